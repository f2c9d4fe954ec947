"""A bill in the model of spdx-tools: SPDX 2.3 or 2.2 (spdx-spec, chapters 6 to 12).

What SPDX has no member for goes to a comment or an annotation, and is counted: nothing is dropped
silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from spdx_tools.spdx.model.actor import Actor, ActorType
from spdx_tools.spdx.model.annotation import Annotation, AnnotationType
from spdx_tools.spdx.model.checksum import Checksum, ChecksumAlgorithm
from spdx_tools.spdx.model.document import CreationInfo, Document
from spdx_tools.spdx.model.external_document_ref import ExternalDocumentRef
from spdx_tools.spdx.model.relationship import Relationship, RelationshipType
from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion
from spdx_tools.spdx.model.spdx_none import SpdxNone

from analyzer.bills.members import prose
from analyzer.bills.model import Bill, Element, Lost, Party
from analyzer.bills.verification import verification_codes
from analyzer.sbom.created import UNKNOWN_TIME, utc_seconds
from analyzer.sbom.spdxelements import Elements, is_file
from analyzer.sbom.spdxids import DOCUMENT, NO_ELEMENT, with_spdx_ids
from analyzer.sbom.spdxlicences import Expressions
from analyzer.sbom.spdxrest import Losses, Notes
from analyzer.sbom.spdxvalues import OLD, creator, line, sha1_of
from analyzer.sbom.spdxvalues import facts as facts_of
from analyzer.version import __version__

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_RELATIONS = frozenset(each.name for each in RelationshipType)
_NOT_IN_OLD = frozenset({"AMENDS", "REQUIREMENT_DESCRIPTION_FOR", "SPECIFICATION_FOR"})
"""Relations that the schema of 2.2 does not list."""

_Link = tuple[str, str, str, str]
"""An element, the relation, another element, and a comment."""


def document_of(bill: Bill, version: str) -> tuple[Document, tuple[Lost, ...]]:
    """The document with an empty namespace, and what of the bill has no place in it.

    `version` is `2.3` or `2.2`.
    """
    losses = Losses()
    built = _Builder(with_spdx_ids(bill, losses), version, losses).document()
    return built, losses.told()


class _Builder:
    """Makes the parts of one document; every ref of `bill` is an SPDXID already."""

    def __init__(self, bill: Bill, version: str, losses: Losses) -> None:
        self._bill = bill
        self._version = version
        self._losses = losses
        made = [creator(party) for party in dict.fromkeys(bill.creators)]
        ours = Actor(ActorType.TOOL, f"ociscope-{__version__}")
        self._creators = [each for each in made if each is not None] or [ours]
        losses.add("creators without a name", made.count(None))
        losses.add("kinds of creators (written as organizations)", _unknown(bill.creators))
        tools = [each for each in self._creators if each.actor_type is ActorType.TOOL]
        self._annotator = [*tools, ours][0]
        self._stated = utc_seconds(bill.created)
        self._created = datetime.strptime(self._stated or UNKNOWN_TIME, _TIME)  # noqa: DTZ007 (theirs)
        self._files = {id(each) for each in bill.elements if is_file(each)}
        self._elements = [each for each in bill.elements if self._is_written(each)]
        self._known = {each.ref for each in self._elements}

    def document(self) -> Document:
        bill = self._bill
        expressions = Expressions(bill.licence_texts, self._losses)
        files = {each.ref for each in self._elements if id(each) in self._files}
        codes = self._codes(files)
        elements = Elements(self._version, expressions, bill.subjects, codes, self._losses)
        return Document(
            self._creation_info(),
            packages=[elements.package(e) for e in self._elements if e.ref not in files],
            files=[elements.file(e) for e in self._elements if e.ref in files],
            annotations=[self._annotation(*each) for each in sorted(set(self._remarks()))],
            relationships=[_relationship(*each) for each in sorted(set(self._links()), key=_order)],
            extracted_licensing_info=expressions.texts,
        )

    def _is_written(self, element: Element) -> bool:
        """A file without a SHA-1 is none; but what the whole bill is about is then a package."""
        good = (
            element.kind != "file"
            or id(element) in self._files
            or element.ref in self._bill.subjects
        )
        self._losses.add("files without a SHA-1", not good)
        return good

    def _codes(self, files: set[str]) -> Mapping[str, str | None]:
        """The elements that contain files, and the verification code where it is of them all."""
        inside = [each for each in self._bill.relations if each.kind == "CONTAINS"]
        others = {each.ref for each in self._bill.elements if each.kind == "file"} - files
        doubtful = {each.one for each in inside if each.other in others}
        codes = verification_codes(self._bill)
        return {
            each.one: None if each.one in doubtful else codes.get(each.one)
            for each in inside
            if each.other in files
        }

    def _creation_info(self) -> CreationInfo:
        return CreationInfo(
            spdx_version=f"SPDX-{self._version}",
            spdx_id=DOCUMENT,
            name=line(self._bill.name) or "unnamed",
            document_namespace="",
            creators=self._creators,
            created=self._created,
            external_document_refs=[
                ExternalDocumentRef(
                    each.ref, each.uri, Checksum(ChecksumAlgorithm.SHA1, sha1_of(each.digests))
                )
                for each in self._bill.external
            ],
            document_comment=self._comment(),
        )

    def _comment(self) -> str | None:
        notes = Notes(self._losses)
        stated = line(self._bill.created)
        if not self._stated:
            words = f"says {stated}" if stated else "states none"
            words = f"Creation time unknown: what this document was made from {words}"
            notes.add("time of creation", words)
        elif stated != self._stated:
            notes.add("time of creation", f"Time of creation as it was stated: {stated}")
        if self._bill.lifecycle:
            notes.add("lifecycle", f"Lifecycle phase: {line(self._bill.lifecycle)}")
        return notes.with_comment(prose(self._bill.comment).strip())

    def _remarks(self) -> Iterator[tuple[str, str]]:
        """What annotations say, each with the SPDXID that it is about."""
        for remark in self._bill.remarks:
            yield self._place(remark.ref), prose(remark.words).strip()
        for each in self._bill.completeness:
            whole = bool(each.refs) and each.refs == self._bill.subjects
            words = f"Completeness of {each.about}: {each.aggregate}"
            words = f"{words}; {each.words}" if each.words else words
            yield self._place(each.refs[0]) if whole else DOCUMENT, prose(words).strip()
            listed = 0 if whole else len(each.refs)
            self._losses.add("elements that a statement of completeness is about", listed)
        for element in self._elements:
            facts = facts_of(element)
            if facts and id(element) not in self._files:
                self._losses.add("properties (kept as annotations)", len(facts))
                yield element.ref, "\n".join(facts)

    def _place(self, ref: str) -> str:
        return ref if ref in self._known else DOCUMENT

    def _annotation(self, ref: str, words: str) -> Annotation:
        kind = AnnotationType.OTHER
        return Annotation(ref, kind, self._annotator, self._created, words or "(no words)")

    def _links(self) -> Iterator[_Link]:
        yield from ((DOCUMENT, "DESCRIBES", ref, "") for ref in self._described())
        for external in self._bill.external:
            if self._leads(external.about):
                yield external.about, "DESCRIBED_BY", f"{external.ref}:{DOCUMENT}", ""
        for each in self._bill.relations:
            if not self._leads(each.one) or not self._leads(each.other):
                self._losses.add("relations with an element that is not in the document")
            elif each.kind not in _RELATIONS or self._is_new(each.kind):
                self._losses.add("relations that SPDX has no word for (kept as OTHER)")
                said = f"{each.kind}: {each.comment}" if each.comment else each.kind
                yield each.one, "OTHER", each.other, prose(said)
            else:
                yield each.one, each.kind, each.other, prose(each.comment).strip()

    def _leads(self, ref: str) -> bool:
        return ref in self._known or ref in NO_ELEMENT or ref == DOCUMENT or ":" in ref

    def _is_new(self, kind: str) -> bool:
        return self._version == OLD and kind in _NOT_IN_OLD

    def _described(self) -> list[str]:
        """SPDX 2.3, 11.1: a document says what it describes.

        Where a bill names no subject, everything in it is; where it is empty, there is none.
        """
        subjects = [ref for ref in self._bill.subjects if ref in self._known]
        if subjects:
            return subjects
        self._losses.add("a subject, since none is named; all elements are described")
        return [element.ref for element in self._elements] or ["NONE"]


def _unknown(creators: Iterable[Party]) -> int:
    return sum(1 for party in creators if party.name and not party.kind)


def _order(link: _Link) -> tuple[bool, _Link]:
    return link[0] != DOCUMENT, link


def _relationship(one: str, kind: str, other: str, comment: str) -> Relationship:
    target: str | SpdxNone | SpdxNoAssertion = other
    if other in NO_ELEMENT:
        target = SpdxNone() if other == "NONE" else SpdxNoAssertion()
    return Relationship(one, RelationshipType[kind], target, comment or None)
