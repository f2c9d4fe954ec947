"""An element of a bill as a component of CycloneDX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypedDict

from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.contact import OrganizationalContact, OrganizationalEntity
from packageurl import PackageURL

from analyzer.bills.model import Element, ExternalDocument, Kind, Party, Reference
from analyzer.paths import printable
from analyzer.sbom.cdxevidence import evidence
from analyzer.sbom.cdxlicences import LicenceWriter
from analyzer.sbom.cdxtext import LONGEST_VERSION, Losses, cpe, lines, mail, uri

TYPES: dict[Kind, ComponentType] = {
    "image": ComponentType.CONTAINER,
    "index": ComponentType.CONTAINER,
    "manifest": ComponentType.CONTAINER,
    "attestation": ComponentType.DATA,
    "layer": ComponentType.FILE,
    "system": ComponentType.OPERATING_SYSTEM,
    "package": ComponentType.LIBRARY,
    "library": ComponentType.LIBRARY,
    "application": ComponentType.APPLICATION,
    "framework": ComponentType.FRAMEWORK,
    "platform": ComponentType.PLATFORM,
    "file": ComponentType.FILE,
    "source": ComponentType.DATA,
    "archive": ComponentType.FILE,
    "device": ComponentType.DEVICE,
    "firmware": ComponentType.FIRMWARE,
    "install": ComponentType.APPLICATION,
    "data": ComponentType.DATA,
    "other": ComponentType.APPLICATION,
}
"""CycloneDX 1.6, `component.type`. An index and a manifest are what a container is made from and
is pulled as; a layer is one file, the archive of its blob; an attestation says something, and
nothing of it runs. `library` is recommended where it is not known whether software is one,
`application` where nothing better is known."""
_UNTOLD: frozenset[Kind] = frozenset(
    {"index", "manifest", "attestation", "layer", "source", "archive", "install", "other"}
)
"""The kinds that the type does not tell; a property does."""
_HASHES = {
    "md5": (HashAlgorithm.MD5, 32),
    "sha1": (HashAlgorithm.SHA_1, 40),
    "sha256": (HashAlgorithm.SHA_256, 64),
    "sha384": (HashAlgorithm.SHA_384, 96),
    "sha512": (HashAlgorithm.SHA_512, 128),
    "sha3_256": (HashAlgorithm.SHA3_256, 64),
    "sha3_384": (HashAlgorithm.SHA3_384, 96),
    "sha3_512": (HashAlgorithm.SHA3_512, 128),
    "blake2b_256": (HashAlgorithm.BLAKE2B_256, 64),
    "blake2b_384": (HashAlgorithm.BLAKE2B_384, 96),
    "blake2b_512": (HashAlgorithm.BLAKE2B_512, 128),
    "blake3": (HashAlgorithm.BLAKE3, 64),
}
_HEX = re.compile(r"[0-9A-Fa-f]+")
_PURL = re.compile(
    r"pkg:[A-Za-z][A-Za-z0-9.+-]*/(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})+"
)
_REFERENCES = {
    "advisory": ExternalReferenceType.ADVISORIES,
    "url": ExternalReferenceType.OTHER,
    **{each.value: each for each in ExternalReferenceType},
}
"""By the types of CycloneDX, and of SPDX 2.3, Annex F."""

Pairs = list[tuple[str, str]]


class WrittenPurl(PackageURL):
    """A package URL that is written as it was given.

    The library writes one anew in its own way: `/` in the value of a qualifier stays as it is,
    and versions of `oci` and names of some types change their case.
    """

    given: str

    def to_string(self, encode: bool | None = True) -> str:  # noqa: ARG002, FBT001, FBT002 (theirs)
        """The text that it was read from."""
        return self.given

    def __hash__(self) -> int:
        """Equal texts, equal hashes."""
        return hash(self.given)


def written_purl(text: str) -> WrittenPurl | None:
    """`text` as a package URL; None if it is none."""
    if not _PURL.fullmatch(text) or text.count("#") > 1:  # no address has two fragments
        return None
    try:
        made = WrittenPurl.from_string(text)
    except ValueError:
        return None
    made.given = text
    return made


class _Maker(TypedDict, total=False):
    """The members of a component that say who made it."""

    publisher: str
    authors: list[OrganizationalContact]
    manufacturer: OrganizationalEntity | None


class ComponentWriter:
    """Writes the components of one document of one version."""

    def __init__(self, licences: LicenceWriter, version: str, losses: Losses) -> None:
        self._licences = licences
        self._version = version
        self._losses = losses

    def of(
        self,
        element: Element,
        ref: str,
        held: Iterable[tuple[str, str]] = (),
        documents: Iterable[ExternalDocument] = (),
    ) -> Component:
        """The component for `element`, named `ref`.

        `held` are the properties that say what contains it, `documents` those that describe it.
        """
        extra: Pairs = [*element.properties, *held, *_remaining(element)]
        licences, concluded = self._licences.of(element)
        names = self._names(element, extra)
        purl = self._purl(element, extra)
        shown, unshown = evidence(element, self._version, self._losses, identified=purl is not None)
        made = Component(
            name=printable(element.name),
            type=TYPES[element.kind],
            bom_ref=ref,
            group=printable(element.namespace) or None,
            supplier=entity(element.supplier, self._losses),
            description=_description(element),
            hashes=self._hashes(element, extra),
            licenses=licences,
            **self._originator(element.originator),
            copyright=lines(element.copyright) or None,
            external_references=self._references(element, documents, extra),
            evidence=shown,
            version=names.get("version"),
            cpe=names.get("cpe"),
            purl=purl,
        )
        extra += concluded + unshown
        made.properties = [_property(name, value) for name, value in extra]
        return made

    def _names(self, element: Element, extra: Pairs) -> dict[str, str]:
        """Version and CPE, where they are as the schema wants them."""
        names = {}
        version = printable(element.version)
        if len(version) > LONGEST_VERSION:
            self._kept(extra, "version", version, "version of more than 1024 characters")
        elif version:
            names["version"] = version
        for text in element.cpes:
            if not cpe(text):
                self._kept(extra, "cpe", text, "CPE that is none")
            elif "cpe" in names:
                extra.append(("ociscope:cpe", text))
            else:
                names["cpe"] = text
        return names

    def _purl(self, element: Element, extra: Pairs) -> PackageURL | None:
        made = written_purl(element.purl)
        if element.purl and made is None:
            self._kept(extra, "purl", element.purl, "package URL that is none")
        return made

    def _hashes(self, element: Element, extra: Pairs) -> list[HashType]:
        made = []
        for digest in element.digests:
            algorithm, _, content = digest.partition(":")
            known, length = _HASHES.get(algorithm, (None, 0))
            if known and len(content) == length and _HEX.fullmatch(content):
                made.append(HashType(alg=known, content=content))
            else:
                what = f"digest of {algorithm}" if algorithm.isalnum() else "digest"
                self._kept(extra, "digest", digest, f"{printable(what)} that CycloneDX has not")
        return made

    def _originator(self, party: Party | None) -> _Maker:
        """Who made it: an author or manufacturer; before 1.6 the publisher.

        1.5 has `author`, too, which is a text and about to go; other tools write the maintainer
        of a package as its publisher.
        """
        if party is None or not (party.name or party.mail):
            return {}
        if self._version == "1.5":
            mailed = f" <{party.mail}>" if party.mail and party.name else party.mail
            return {"publisher": printable(f"{party.name}{mailed}")}
        if party.kind == "person":
            return {"authors": [contact(party, self._losses)]}
        return {"manufacturer": entity(party, self._losses)}

    def _references(
        self, element: Element, documents: Iterable[ExternalDocument], extra: Pairs
    ) -> list[ExternalReference]:
        """Pointers to elsewhere; what is no URI becomes a property."""
        wanted = [
            ("homepage", ExternalReferenceType.WEBSITE, element.homepage, ""),
            ("download", ExternalReferenceType.DISTRIBUTION, element.download, ""),
            *(_reference(each) for each in element.references),
        ]
        made = [external_document(each, self._losses) for each in documents]
        for name, kind, text, comment in wanted:
            if not text:
                continue
            if target := uri(text):
                made.append(
                    ExternalReference(type=kind, url=XsUri(target), comment=comment or None)
                )
            else:
                self._kept(extra, name, text, "address that is no URI")
        return [each for each in made if each is not None]

    def _kept(self, extra: Pairs, name: str, value: str, what: str) -> None:
        extra.append((f"ociscope:{name}", value))
        self._losses.add(f"{what}, kept as a property")


def entity(party: Party | None, losses: Losses) -> OrganizationalEntity | None:
    """An organization; of a person, one that has the person's name and is reached through them."""
    if party is None or not (party.name or party.mail):
        return None
    contacts = [contact(party, losses)] if party.mail or party.kind == "person" else []
    return OrganizationalEntity(name=printable(party.name) or None, contacts=contacts)


def contact(party: Party, losses: Losses) -> OrganizationalContact:
    """A person, or whom to write to in an organization."""
    address = mail(party.mail)
    if party.mail and not address:
        losses.add("mail address without @")
    named = party.kind == "person" or not address
    return OrganizationalContact(
        name=printable(party.name) or None if named else None, email=address or None
    )


def external_document(document: ExternalDocument, losses: Losses) -> ExternalReference | None:
    """Another document, as a reference of type `bom`."""
    target = uri(document.uri)
    if not target:
        losses.add("reference to another document: no URI")
        return None
    made = []
    for digest in document.digests:
        algorithm, _, content = digest.partition(":")
        known, length = _HASHES.get(algorithm, (None, 0))
        if known and len(content) == length and _HEX.fullmatch(content):
            made.append(HashType(alg=known, content=content))
        else:
            losses.add("digest of another document that CycloneDX has not")
    return ExternalReference(
        type=ExternalReferenceType.BOM,
        url=XsUri(target),
        comment=printable(document.ref) or None,
        hashes=made,
    )


def _reference(reference: Reference) -> tuple[str, ExternalReferenceType, str, str]:
    kind = _REFERENCES.get(reference.type, ExternalReferenceType.OTHER)
    known = kind is not ExternalReferenceType.OTHER or reference.type == kind.value
    words = [] if known else [f"{reference.category} {reference.type}"]
    comment = ": ".join(printable(each) for each in (*words, reference.comment) if each)
    return f"reference:{printable(reference.type)}", kind, reference.locator, comment


def _description(element: Element) -> str | None:
    texts = dict.fromkeys(each for each in (element.summary, element.description) if each)
    return "\n\n".join(lines(each) for each in texts) or None


def _remaining(element: Element) -> Iterator[tuple[str, str]]:
    """What has no member of a component."""
    if element.kind in _UNTOLD:
        yield "ociscope:kind", element.kind
    yield from (
        (name, text)
        for name, text in (
            ("ociscope:comment", element.comment),
            ("ociscope:origin", element.origin),
            ("ociscope:purl:comment", element.purl_comment),
        )
        if text
    )


def _property(name: str, value: str) -> Property:
    return Property(name=printable(name), value=lines(value))
