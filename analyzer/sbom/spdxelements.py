"""Elements of a bill as packages and files in the model of spdx-tools (SPDX 2.3, 7 and 8)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from packageurl import PackageURL
from spdx_tools.spdx.model.file import File
from spdx_tools.spdx.model.package import Package, PackagePurpose, PackageVerificationCode
from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion
from spdx_tools.spdx.model.spdx_none import SpdxNone

from analyzer.bills.members import prose
from analyzer.bills.model import Element, Party
from analyzer.bills.spdxparts import LICENCE_COMMENT
from analyzer.sbom import spdxvalues as values
from analyzer.sbom.spdxlicences import Expressions
from analyzer.sbom.spdxrest import Losses, Notes

_KINDS_WITHOUT_PURPOSE = frozenset({"platform", "data"})
_NOT_OF_FILES = (
    "version", "namespace", "purl", "homepage", "download", "summary", "description",
)  # fmt: skip


class Elements:
    """Makes the packages and files of one document."""

    def __init__(
        self,
        version: str,
        expressions: Expressions,
        subjects: Collection[str],
        codes: Mapping[str, str | None],
        losses: Losses,
    ) -> None:
        """`codes` has the elements that contain files, each with its verification code."""
        self._version = version
        self._old = version == values.OLD
        self._expressions = expressions
        self._subjects = subjects
        self._codes = codes
        self._losses = losses

    def package(self, element: Element) -> Package:
        """An element as a package; what it does not state is NOASSERTION."""
        notes = Notes(self._losses)
        purl = values.package_url(element)
        code = self._codes.get(element.ref)
        members: dict[str, Any] = {
            "version": values.line(element.version) or None,
            "supplier": self._actor(element.supplier),
            "files_analyzed": element.ref in self._codes,
            "verification_code": PackageVerificationCode(code) if code else None,
            "checksums": values.checksums(element, self._version, notes),
            "homepage": values.address(element.homepage, "home page", notes),
            "source_info": self._source(element),
            "license_concluded": self._expressions.parse(element.licence_concluded),
            "license_declared": self._expressions.parse(element.licence),
            "license_comment": _stated(element),
            "copyright_text": _copyright(element),
            "summary": _text(element.summary),
            "description": _text(element.description),
            "external_references": values.references(
                element, self._version, notes, good_purl=purl is not None
            ),
            "primary_package_purpose": self._purpose(element, notes),
        }
        if element.originator is not None:
            members["originator"] = self._actor(element.originator)
        if element.ref in self._codes and self._old:
            members["license_info_from_files"] = [SpdxNoAssertion()]
        if element.namespace and not _says(purl, element.namespace):
            notes.add("namespaces", f"Namespace: {values.line(element.namespace)}")
        name = _name(element, notes)
        download = values.location(element.download, notes)
        comment = notes.with_comment(prose(element.comment).strip())
        return Package(element.ref, name, download, comment=comment, **members)

    def file(self, element: Element) -> File:
        """An element as a file; it has a SHA-1."""
        notes = Notes(self._losses)
        concluded = self._expressions.parse(element.licence_concluded)
        members: dict[str, Any] = {
            "checksums": values.checksums(element, self._version, notes),
            "license_info_in_file": self._in_file(element, notes),
            "license_comment": _stated(element),
        }
        if self._old or element.licence_concluded:
            members["license_concluded"] = concluded
        if self._old or element.copyright:
            members["copyright_text"] = _copyright(element)
        for words in (self._source(element), *_unplaced(element)):
            if not words:
                continue
            notes.add("what else is said of files", words)
        name = f"./{values.line(element.name).removeprefix('./').lstrip('/')}"
        comment = notes.with_comment(prose(element.comment).strip())
        return File(name, element.ref, comment=comment, **members)

    def _in_file(self, element: Element, notes: Notes) -> list[object]:
        """SPDX 2.3, 8.6: single licences; 2.2 wants at least one."""
        declared: Any = self._expressions.parse(element.licence)
        silent = isinstance(declared, SpdxNoAssertion)
        if isinstance(declared, SpdxNone) or (not silent and declared.isliteral):
            return [declared]
        if not silent:
            notes.add("licence expressions of files", f"Licence declared: {declared}")
        return [SpdxNoAssertion()] if self._old else []

    def _actor(self, party: Party | None) -> object:
        guessed = party is not None and party.kind not in {"person", "organization"}
        self._losses.add("kinds of suppliers (written as organizations)", guessed)
        return values.actor(party)

    def _source(self, element: Element) -> str | None:
        """In words where it was found (SPDX 2.3, 7.12), with evidence that these do not name."""
        said = prose(element.origin).strip()
        others = dict.fromkeys(
            values.evidence_words(each)
            for each in element.evidence
            if not said or each.path not in said
        )
        self._losses.add("evidence (kept as text)", len(others))
        return "; ".join(part for part in (said, *others) if part) or None

    def _purpose(self, element: Element, notes: Notes) -> PackagePurpose | None:
        """An index is the CONTAINER of its own document, as ko and apko write it.

        In the document of one platform only its image is: nobody shall take it for the index's.
        """
        if element.kind in _KINDS_WITHOUT_PURPOSE:
            notes.add("kinds of elements", f"Kind: {element.kind}")
        purpose = values.PURPOSES.get(element.kind)
        if element.kind == "index" and element.ref in self._subjects:
            purpose = PackagePurpose.CONTAINER
        if purpose is not None and self._old:
            notes.add("purposes of packages", f"Purpose: {purpose.name}")
            return None
        return purpose


def is_file(element: Element) -> bool:
    """Whether an element can be a file in SPDX: each has a SHA-1 (2.3, 8.4)."""
    return element.kind == "file" and values.sha1_of(element.digests) != ""


def _name(element: Element, notes: Notes) -> str:
    """SPDX 2.3, 7.1: every package has a name."""
    name = values.line(element.full_name)
    if name:
        return name
    notes.add("names that are not stated", "No name is stated; this one stands for it")
    return "unnamed"


def _text(text: str) -> str | None:
    return prose(text).strip() or None


def _copyright(element: Element) -> str | SpdxNoAssertion | SpdxNone:
    text = _text(element.copyright)
    if text is None or text == "NOASSERTION":
        return SpdxNoAssertion()
    return SpdxNone() if text == "NONE" else text


def _stated(element: Element) -> str | None:
    """What the package says of its licence, where that is not the expression itself.

    Then what somebody else's document said of it.
    """
    found = dict.fromkeys(filter(None, (_text(text) for text in element.licences_found)))
    other = found and list(found) != [element.licence]
    own = [f"Stated as: {'; '.join(found)}"] if other else []
    said = (_text(value) for name, value in element.properties if name == LICENCE_COMMENT)
    return "\n".join([*own, *filter(None, said)]) or None


def _says(purl: PackageURL | None, namespace: str) -> bool:
    return purl is not None and (purl.namespace or "").lower() == namespace.lower()


def _unplaced(element: Element) -> Iterator[str]:
    """What is said of a file that SPDX has no member for."""
    for name in _NOT_OF_FILES:
        if (stated := getattr(element, name)) and (value := prose(stated).strip()):
            yield f"{name.capitalize()}: {value}"
    for name, party in (("Supplier", element.supplier), ("Originator", element.originator)):
        if party is not None:
            yield f"{name}: {values.actor(party)}"
    for cpe in element.cpes:
        yield f"CPE: {values.line(cpe)}"
    for each in element.references:
        yield values.line(f"{each.type or each.category}: {each.locator} {each.comment}")
    if facts := values.facts(element):
        yield "; ".join(facts)
