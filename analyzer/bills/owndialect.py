"""What our own CycloneDX documents keep in properties, put back where it belongs.

CycloneDX has no members for these; `sbom/cdxcomponent.py`, `cdxgraph.py` and `cdxmodel.py` write
the properties, and docs/sbom.md describes them for others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from analyzer.bills.model import Bill, Completeness, Element, Evidence, Kind, Relation, Remark
from analyzer.bills.places import Pairs

_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_HOLDERS = frozenset({"ociscope:contained-by", "ociscope:layer", "ociscope:owner"})
_DOCUMENT = "ociscope:document:"
_COMPLETENESS = "ociscope:completeness:"
_OF_DOCUMENTS = ("ociscope:created", "ociscope:remark", "ociscope:subject")


def restored(element: Element) -> tuple[Element, list[Relation]]:
    """`element` without the properties that are members of it, and what contains it."""
    facts = dict(element.properties)
    own = _own(facts)
    if not own and not _HOLDERS & facts.keys() and "ociscope:cpe" not in facts:
        return element, []
    cpes = [value for name, value in element.properties if name == "ociscope:cpe"]
    held = [
        Relation(value, "CONTAINS", element.ref)
        for name, value in element.properties
        if name in _HOLDERS
    ]
    used = {*own, *_HOLDERS, "ociscope:cpe"}
    return replace(
        element,
        kind=_KINDS.get(own.get("ociscope:kind", ""), element.kind),
        comment=own.get("ociscope:comment", element.comment),
        origin=own.get("ociscope:origin", element.origin),
        purl_comment=own.get("ociscope:purl:comment", element.purl_comment),
        cpes=(*element.cpes, *cpes),
        properties=tuple(pair for pair in element.properties if pair[0] not in used),
    ), held


def _own(facts: dict[str, str]) -> dict[str, str]:
    names = ("ociscope:comment", "ociscope:origin", "ociscope:purl:comment")
    own = {name: facts[name] for name in names if name in facts}
    if facts.get("ociscope:kind") in _KINDS:
        own["ociscope:kind"] = facts["ociscope:kind"]
    return own


def context(place: Evidence, words: str) -> Evidence:
    """`place` with what the context of an occurrence says: `layer sha256:...; read by dpkg`."""
    rest = []
    for word in words.split("; "):
        if word.startswith("layer ") and not place.layer:
            place = replace(place, layer=word.removeprefix("layer "))
        elif word.startswith("read by ") and not place.by:
            place = replace(place, by=word.removeprefix("read by "))
        else:
            rest.append(word)
    return replace(place, text="; ".join(rest))


def divided(named: Pairs) -> tuple[Pairs, Pairs]:
    """The properties of a document: those that are for `of_document`, and the others."""
    own = tuple(pair for pair in named if _is_own(pair[0]))
    return own, tuple(pair for pair in named if not _is_own(pair[0]))


def _is_own(name: str) -> bool:
    return name in _OF_DOCUMENTS or name.startswith((_DOCUMENT, _COMPLETENESS))


def of_document(bill: Bill, own: Pairs) -> Bill:
    """`bill` with what the properties say of the document as a whole."""
    facts = dict(own)
    return replace(
        bill,
        name=facts.get(f"{_DOCUMENT}name", bill.name),
        comment=facts.get(f"{_DOCUMENT}comment", bill.comment),
        created=bill.created or facts.get("ociscope:created", ""),
        subjects=bill.subjects or tuple(value for name, value in own if name == "ociscope:subject"),
        remarks=(
            *bill.remarks,
            *(Remark("", value) for name, value in own if name == "ociscope:remark"),
        ),
        completeness=tuple(_completeness(bill, own)),
    )


def _completeness(bill: Bill, own: Pairs) -> Iterator[Completeness]:
    """A composition has no words, and there is none about a part without components."""
    words = {
        name.removeprefix(_COMPLETENESS): value
        for name, value in own
        if name.startswith(_COMPLETENESS)
    }
    for each in bill.completeness:
        yield replace(each, words=words.pop(each.about, each.words))
    for about in sorted(words):
        yield Completeness(about, "unknown", words[about])
