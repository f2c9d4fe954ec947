"""Packages in SPDX documents of version 2, as JSON or in the tag-value form.

https://spdx.github.io/spdx-spec/v2.3/, clauses 7 (packages) and 11 (relationships). Version 3 is
a graph of another kind and not read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from analyzer.packages.formats.claims import Claim, cpe_names
from analyzer.packages.formats.jsonfile import mapping, sequence, word
from analyzer.packages.formats.text import text

_NOT_SOFTWARE = frozenset({"CONTAINER", "DEVICE", "FILE", "OPERATING-SYSTEM", "SOURCE"})
"""Purposes (7.24) of what is no package in the image, or only what one was built from."""
_ALGORITHM = re.compile(r"SHA(?:1|224|256|384|512)|MD5")
_CPES = frozenset({"cpe22Type", "cpe23Type"})
_UNSAID = frozenset({"", "NOASSERTION", "NONE"})
_AGENT = re.compile(r"(?:Organization|Person):\s*(.*)")
_TAG = re.compile(rb"(\w+):[ \t]*(.*)", re.DOTALL)

Tags = Mapping[str, list[str]]


def is_spdx(document: Mapping[str, object]) -> bool:
    """Whether a JSON object is an SPDX document of version 2."""
    return word(document.get("spdxVersion")).startswith("SPDX-2.")


def is_newer(document: Mapping[str, object]) -> bool:
    """Whether a JSON object is an SPDX document of version 3, which says so by its context."""
    return word(document.get("@context")).startswith("https://spdx.org/rdf/3.")


def from_json(document: Mapping[str, object]) -> Iterator[Claim]:
    """The packages of a document."""
    needs = _needs(
        tuple(word(mapping(entry).get(key)) for key in _RELATION)
        for entry in sequence(document.get("relationships"))
    )
    for entry in map(mapping, sequence(document.get("packages"))):
        if word(entry.get("primaryPackagePurpose")) not in _NOT_SOFTWARE:
            yield _claim(entry, needs)


_RELATION = ("spdxElementId", "relationshipType", "relatedSpdxElement")


def _claim(entry: Mapping[str, object], needs: Mapping[str, tuple[str, ...]]) -> Claim:
    references = [mapping(item) for item in sequence(entry.get("externalRefs"))]
    purls = [
        word(r.get("referenceLocator")) for r in references if r.get("referenceType") == "purl"
    ]
    checksums = [mapping(item) for item in sequence(entry.get("checksums"))]
    supplier, originator = (_agent(word(entry.get(key))) for key in ("supplier", "originator"))
    ref = word(entry.get("SPDXID"))
    return Claim(
        ref=ref,
        name=word(entry.get("name")),
        version=word(entry.get("versionInfo")),
        purl=next(iter(purls), ""),
        licences=_licences(word(entry.get("licenseDeclared")), word(entry.get("licenseConcluded"))),
        supplier=supplier or originator,
        originator=originator if supplier and supplier != originator else "",
        cpes=cpe_names(
            word(r.get("referenceLocator")) for r in references if r.get("referenceType") in _CPES
        ),
        homepage=_said(word(entry.get("homepage"))),
        digests=_digests(
            (word(c.get("algorithm")), word(c.get("checksumValue"))) for c in checksums
        ),
        needs=needs.get(ref, ()),
    )


def from_tags(data: bytes) -> Iterator[Claim]:
    """The packages of a document in the tag-value form (clause 4, "Formats")."""
    sections: list[dict[str, list[str]]] = []
    relations: list[tuple[str, ...]] = []
    current: dict[str, list[str]] | None = None
    for tag, value in _tags(data):
        if tag == "PackageName":
            current = defaultdict(list)
            sections.append(current)
        elif tag in {"FileName", "SnippetSPDXID", "LicenseID"}:
            current = None  # sections about something else
        elif tag == "Relationship":
            relations.append(tuple(value.split()))
        if current is not None:
            current[tag].append(value)
    needs = _needs(relations)
    for section in sections:
        if _first(section, "PrimaryPackagePurpose") not in _NOT_SOFTWARE:
            yield _tagged(section, needs)


def _tagged(section: Tags, needs: Mapping[str, tuple[str, ...]]) -> Claim:
    values = (value.split() for value in section.get("ExternalRef", []))
    references = [words for words in values if len(words) == 3]  # noqa: PLR2004
    purls = [words[2] for words in references if words[1] == "purl"]
    checksums = [value.partition(":") for value in section.get("PackageChecksum", [])]
    ref = _first(section, "SPDXID")
    declared, concluded = "PackageLicenseDeclared", "PackageLicenseConcluded"
    supplier = _agent(_first(section, "PackageSupplier"))
    originator = _agent(_first(section, "PackageOriginator"))
    return Claim(
        ref=ref,
        name=_first(section, "PackageName"),
        version=_first(section, "PackageVersion"),
        purl=next(iter(purls), ""),
        licences=_licences(_first(section, declared), _first(section, concluded)),
        supplier=supplier or originator,
        originator=originator if supplier and supplier != originator else "",
        cpes=cpe_names(words[2] for words in references if words[1] in _CPES),
        homepage=_said(_first(section, "PackageHomePage")),
        digests=_digests((name.strip(), value.strip()) for name, _, value in checksums),
        needs=needs.get(ref, ()),
    )


def _tags(data: bytes) -> Iterator[tuple[str, str]]:
    """Tags and their values; one in `<text>` goes on over lines."""
    lines = iter(bytes(data).splitlines())
    for line in lines:
        match = _TAG.fullmatch(line.strip())
        if line.lstrip().startswith(b"#") or match is None:
            continue
        value = match[2]
        if value.startswith(b"<text>"):
            pieces = [value.removeprefix(b"<text>")]
            while b"</text>" not in pieces[-1] and (more := next(lines, None)) is not None:
                pieces.append(more)
            value = b" ".join(pieces).partition(b"</text>")[0]
        yield text(match[1]), text(value.strip())


def _first(section: Tags, tag: str) -> str:
    return next(iter(section.get(tag, ())), "")


def _needs(
    relations: Iterator[tuple[str, ...]] | list[tuple[str, ...]],
) -> dict[str, tuple[str, ...]]:
    """What depends on what; the other fifty kinds of relationship say less."""
    needs: dict[str, dict[str, None]] = defaultdict(dict)
    for relation in relations:
        match relation:
            case (one, "DEPENDS_ON", other, *_):
                needs[one][other] = None
            case (one, "DEPENDENCY_OF", other, *_):
                needs[other][one] = None
    return {ref: tuple(refs) for ref, refs in needs.items()}


def _licences(declared: str, concluded: str) -> tuple[str, ...]:
    """What the package declares; without that, what somebody concluded."""
    return next(((said,) for said in map(_said, (declared, concluded)) if said), ())


def _said(value: str) -> str:
    return "" if value in _UNSAID else value


def _agent(value: str) -> str:
    match = _AGENT.fullmatch(value)
    return match[1] if match else _said(value)


def _digests(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(
        f"{algorithm.lower()}:{value.lower()}"
        for algorithm, value in pairs
        if _ALGORITHM.fullmatch(algorithm) and value
    )
