"""A bill with SPDXIDs for refs, and no relation that leads nowhere.

SPDX 2.3, 3.2 and 7.2: an SPDXID is `SPDXRef-` and letters, digits, `.` and `-`, unique in its
document. Bills that were read name elements by package URLs, UUIDs, anything, also twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from analyzer.bills.model import Bill, Element, ExternalDocument, Relation
from analyzer.sbom.ids import element_id, fingerprint
from analyzer.sbom.spdxrest import Losses
from analyzer.sbom.spdxvalues import is_uri, sha1_of

DOCUMENT = "SPDXRef-DOCUMENT"
NO_ELEMENT = frozenset({"NONE", "NOASSERTION"})
"""What may stand in a relation instead of its second element (SPDX 2.3, 11.1)."""
_PREFIX = "SPDXRef-"
_LEGAL = re.compile(r"[A-Za-z0-9.-]{1,200}")
_LEGAL_DOCUMENT = re.compile(r"DocumentRef-[A-Za-z0-9.-]{1,200}")
_NOT_REF = re.compile(r"[^A-Za-z0-9.-]+")
_READABLE_LENGTH = 40


def with_spdx_ids(bill: Bill, losses: Losses) -> Bill:
    """`bill` with the SPDXID of each element for its `ref`, and `DocumentRef-` likewise.

    A ref that can be an SPDXID is one; any other gives words and a fingerprint, always the same.
    Where elements share a ref, what is said of it is said of the first. Relations that lead
    nowhere are left out and counted.
    """
    names = _unique([_own(element) for element in bill.elements])
    external = {each.ref: each for each in reversed(bill.external) if _is_document(each)}
    losses.add("other documents without an address and a SHA-1", len(bill.external) - len(external))
    documents = _documents(external)
    targets = _Targets(bill.elements, names, documents)
    changed = sum(map(_is_changed, (each.ref for each in bill.elements), names))
    losses.add("refs that are no SPDXID (given another name)", changed)
    losses.add("refs that several elements have; the first has their relations", targets.repeated)
    return replace(
        bill,
        elements=tuple(
            replace(element, ref=name) for element, name in zip(bill.elements, names, strict=True)
        ),
        subjects=targets.all(bill.subjects, "subjects that are no element", losses),
        relations=tuple(_relations(bill.relations, targets, losses)),
        remarks=tuple(
            replace(remark, ref=targets.of(remark.ref) or DOCUMENT) for remark in bill.remarks
        ),
        completeness=tuple(
            replace(each, refs=tuple(filter(None, map(targets.of, each.refs))))
            for each in bill.completeness
        ),
        external=tuple(
            replace(external[ref], ref=name, about=targets.of(external[ref].about))
            for ref, name in sorted(documents.items(), key=lambda pair: pair[1])
        ),
    )


class _Targets:
    """What the refs of a bill lead to."""

    def __init__(
        self, elements: Sequence[Element], names: Sequence[str], documents: dict[str, str]
    ) -> None:
        self.repeated = 0
        self._documents = documents
        self._by_ref: dict[str, str] = {}
        for element, name in zip(elements, names, strict=True):
            known = self._by_ref.setdefault(element.ref, name) if element.ref else name
            self.repeated += known != name

    def of(self, ref: str) -> str:
        """As SPDX writes it; empty where it leads nowhere.

        An element of another document is `DocumentRef-...:SPDXRef-...` (SPDX 2.3, 11.1).
        """
        if ref in self._by_ref or ref == DOCUMENT:
            return self._by_ref.get(ref, DOCUMENT)
        document, colon, element = ref.partition(":")
        legal = element.startswith(_PREFIX) and _LEGAL.fullmatch(element)
        if colon and legal and document in self._documents:
            return f"{self._documents[document]}:{element}"
        return ""

    def all(self, refs: Iterable[str], what: str, losses: Losses) -> tuple[str, ...]:
        """Each that leads somewhere, once; the others are counted as `what`."""
        found = [self.of(ref) for ref in dict.fromkeys(refs)]
        losses.add(what, found.count(""))
        return tuple(dict.fromkeys(filter(None, found)))


def _relations(
    relations: Iterable[Relation], targets: _Targets, losses: Losses
) -> Iterator[Relation]:
    for relation in relations:
        one = targets.of(relation.one)
        other = targets.of(relation.other)
        if not other and relation.other in NO_ELEMENT:
            other = relation.other
        if one and other:
            yield Relation(one, relation.kind, other, relation.comment)
        else:
            losses.add("relations with an element that is not in the document")


def _is_changed(ref: str, name: str) -> bool:
    return ref != "" and name not in {ref, f"{_PREFIX}{ref}"}


def _own(element: Element) -> str:
    """The ref itself where it can be, else words for people and a fingerprint."""
    spdx_id = element.ref if element.ref.startswith(_PREFIX) else f"{_PREFIX}{element.ref}"
    if _LEGAL.fullmatch(spdx_id[len(_PREFIX) :]) and spdx_id != DOCUMENT:
        return spdx_id
    facts = [element.ref] if element.ref else [element.purl, *element.digests]
    return element_id(element.kind.title(), (element.name, element.version), facts)


def _unique(names: Sequence[str]) -> list[str]:
    """The first holder of a name keeps it; others get a number that makes no other's name."""
    taken = set(names)
    seen: Counter[str] = Counter()
    given = []
    for name in names:
        seen[name] += 1
        own = name
        while seen[name] > 1 and (own := f"{name}-{seen[name]}") in taken:
            seen[name] += 1
        taken.add(own)
        given.append(own)
    return given


def _is_document(external: ExternalDocument) -> bool:
    """SPDX 2.3, 6.6: another document is referred to by its namespace and its SHA-1."""
    return is_uri(external.uri) and sha1_of(external.digests) != ""


def _documents(refs: Iterable[str]) -> dict[str, str]:
    """`DocumentRef-` names that SPDX allows (2.3, 6.6.1), by the refs of the bill."""
    known = sorted(refs)
    return dict(zip(known, _unique([_document(ref) for ref in known]), strict=True))


def _document(ref: str) -> str:
    if _LEGAL_DOCUMENT.fullmatch(ref):
        return ref
    readable = _NOT_REF.sub("-", ref.removeprefix("DocumentRef-"))[:_READABLE_LENGTH].strip("-")
    return "-".join(part for part in ("DocumentRef", readable, fingerprint(ref)) if part)
