"""SPDX documents of version 2 in the shape that they have as JSON, to bills.

https://spdx.github.io/spdx-spec/v2.3/ and its JSON schema; the other forms are brought into this
shape first. Mistakes that many documents have are read as they are meant: see `_PURPOSES`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from analyzer.bills import spdxparts
from analyzer.bills.facts import digest, image_kind, party
from analyzer.bills.members import Json, Members, Rest
from analyzer.bills.model import (
    Bill,
    Element,
    ExternalDocument,
    Kind,
    Relation,
    Remark,
)
from analyzer.bills.places import of_trivy

DOCUMENT = "SPDXRef-DOCUMENT"
_PURPOSES: dict[str, Kind] = {
    "APPLICATION": "application",
    "ARCHIVE": "archive",
    "CONTAINER": "image",
    "DEVICE": "device",
    "FILE": "file",
    "FIRMWARE": "firmware",
    "FRAMEWORK": "framework",
    "INSTALL": "install",
    "LIBRARY": "library",
    "OPERATING-SYSTEM": "system",
    "OTHER": "other",
    "SOURCE": "source",
}
"""SPDX 2.3, 7.24. The text writes OPERATING-SYSTEM, the JSON schema OPERATING_SYSTEM; tools write
either into either."""
_BY_ID: dict[str, Kind] = {
    "SPDXRef-ContainerImage-": "image",
    "SPDXRef-DocumentRoot-Image-": "image",
    "SPDXRef-OperatingSystem-": "system",
}
"""How trivy and syft name what had no purpose yet in SPDX 2.2 (`pkg/sbom/spdx/marshal.go`,
`syft/format/common/spdxhelpers/to_format_model.go`)."""


@dataclass
class _Reading:
    """What is collected on the way through a document."""

    rest: Rest
    elements: list[Element] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    implied: list[Relation] = field(default_factory=list)
    """Which packages say by members instead of relationships."""
    remarks: list[Remark] = field(default_factory=list)


def is_spdx(document: Json) -> bool:
    """Whether a JSON object is an SPDX document of version 2; apko left the version empty."""
    version = document.get("spdxVersion")
    return (isinstance(version, str) and version.startswith("SPDX-")) or (
        document.get("SPDXID") == DOCUMENT and "creationInfo" in document
    )


def read(document: Json, rest: Rest) -> Bill:
    """The bill that a document is; its members are taken out of `document`."""
    reading = _Reading(rest)
    root = Members(document, "", rest)
    root.ignore("$schema", "SPDXID", "spdxVersion", "dataLicense")
    described = root.words("documentDescribes")
    _elements(reading, root)
    remarks, facts = spdxparts.remarks(root, "")
    reading.remarks += (*remarks, *(Remark("", f"{name}: {value}") for name, value in facts))
    relations, more = spdxparts.relations(root.each("relationships"), DOCUMENT)
    subjects = tuple(dict.fromkeys([*described, *more]))
    known = set(relations)
    relations += [each for each in dict.fromkeys(reading.implied) if each not in known]
    creation = root.one("creationInfo")
    creation.ignore("licenseListVersion")
    bill = Bill(
        name=root.word("name"),
        subjects=subjects,
        elements=tuple(reading.elements),
        relations=tuple(relations),
        created=creation.word("created"),
        creators=tuple(filter(None, map(party, creation.words("creators")))),
        comment="\n".join(filter(None, (root.prose("comment"), creation.prose("comment")))),
        licence_texts=tuple(sorted(_licences(root))),
        remarks=tuple(reading.remarks),
        external=tuple(_external(root)),
        identifier=root.word("documentNamespace"),
    )
    return spdxparts.with_image_parts(bill)


def _elements(reading: _Reading, root: Members) -> None:
    for entry in root.each("packages"):
        element = _package(entry, reading)
        reading.elements.append(element)
        reading.implied += (
            Relation(element.ref, "CONTAINS", ref) for ref in entry.words("hasFiles")
        )
    for entry in root.each("files"):
        reading.elements.append(_file(entry, reading))


def _package(entry: Members, reading: _Reading) -> Element:
    """A package (clause 7)."""
    ref = entry.word("SPDXID")
    remarks, facts = spdxparts.remarks(entry, ref)
    reading.remarks += remarks
    evidence, facts = of_trivy(facts)
    found, comment = spdxparts.licence_words(entry)
    entry.ignore("filesAnalyzed")
    purls, cpes, references = spdxparts.references(entry.each("externalRefs"))
    purl, purl_comment = purls[0] if purls else ("", "")
    return Element(
        ref=ref,
        kind=_kind(entry, ref, purl),
        name=entry.word("name"),
        version=entry.word("versionInfo"),
        purl=purl,
        purl_comment=purl_comment,
        digests=_digests(entry),
        supplier=party(entry.said("supplier")),
        originator=party(entry.said("originator")),
        licence=entry.said("licenseDeclared"),
        licence_concluded=entry.said("licenseConcluded"),
        licences_found=found,
        copyright=_prose(entry, "copyrightText"),
        cpes=cpes,
        homepage=entry.said("homepage"),
        download=entry.said("downloadLocation"),
        summary=entry.prose("summary"),
        description=entry.prose("description"),
        comment=entry.prose("comment"),
        origin=entry.prose("sourceInfo"),
        evidence=tuple(evidence),
        references=references,
        properties=tuple(sorted((*facts, *comment))),
    )


def _kind(entry: Members, ref: str, purl: str) -> Kind:
    stated = entry.word("primaryPackagePurpose").upper().replace("_", "-")
    kind = _PURPOSES.get(stated)
    if kind is None and stated:
        entry.give_up(f"primaryPackagePurpose = {stated}")
    if not stated:
        kind = next((kind for start, kind in _BY_ID.items() if ref.startswith(start)), None)
    part = image_kind(purl)
    return part if part and kind in {None, "image", "archive"} else kind or "package"


def _file(entry: Members, reading: _Reading) -> Element:
    """A file (clause 8)."""
    ref = entry.word("SPDXID")
    remarks, facts = spdxparts.remarks(entry, ref)
    reading.remarks += remarks
    name = entry.word("fileName")
    comment = entry.prose("comment")
    evidence = spdxparts.syft_layer(name, comment)
    stated, words = spdxparts.licence_words(entry)
    in_file = (t for t in entry.words("licenseInfoInFiles") if t not in {"NOASSERTION", "NONE"})
    return Element(
        ref=ref,
        kind="file",
        name=name,
        digests=_digests(entry),
        licence_concluded=entry.said("licenseConcluded"),
        licences_found=tuple(dict.fromkeys((*in_file, *stated))),
        copyright=_prose(entry, "copyrightText"),
        comment="" if evidence else comment,
        evidence=evidence,
        properties=tuple(sorted((*facts, *words))),
    )


def _digests(entry: Members) -> tuple[str, ...]:
    found = (digest(each, "algorithm", "checksumValue") for each in entry.each("checksums"))
    return tuple(dict.fromkeys(each for group in found for each in group))


def _prose(entry: Members, name: str) -> str:
    found = entry.prose(name).strip()
    if found == "NONE":
        entry.give_up(f"{name} = NONE")
    return "" if found in {"NOASSERTION", "NONE"} else found


def _licences(root: Members) -> Iterator[tuple[str, str]]:
    """Licences that are not on SPDX's list (clause 10)."""
    for entry in root.each("hasExtractedLicensingInfos"):
        ref = entry.word("licenseId")
        if entry.peek("name") == ref:
            entry.ignore("name")
        yield ref, entry.prose("extractedText")


def _external(root: Members) -> Iterator[ExternalDocument]:
    for entry in root.each("externalDocumentRefs"):
        yield ExternalDocument(
            ref=entry.word("externalDocumentId"),
            uri=entry.word("spdxDocument"),
            digests=digest(checksum, "algorithm", "checksumValue")
            if (checksum := entry.one("checksum"))
            else (),
        )
