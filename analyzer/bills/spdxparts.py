"""Parts of SPDX documents: relationships, external references, and what tools put into comments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from analyzer.bills.facts import image_kind, is_digest
from analyzer.bills.members import Members
from analyzer.bills.model import Bill, Element, Evidence, Kind, Reference, Relation, Remark
from analyzer.bills.places import Pairs, trivy_fact
from analyzer.paths import clean

_OPPOSITES = {
    "ANCESTOR_OF": "DESCENDANT_OF",
    "CONTAINED_BY": "CONTAINS",
    "DEPENDENCY_OF": "DEPENDS_ON",
    "DESCRIBED_BY": "DESCRIBES",
    "GENERATES": "GENERATED_FROM",
    "PREREQUISITE_FOR": "HAS_PREREQUISITE",
}
"""SPDX 2.3, 11.1: these say the same with the ends exchanged."""
_CPES = frozenset({"cpe22Type", "cpe23Type"})
_LAYER = re.compile(r"layerID: (\S+)")
_TRIVY = "Tool: trivy"
_NOBODY = frozenset({"NONE", "NOASSERTION"})
_STATED = "Stated as: "
LICENCE_COMMENT = "spdx:licenseComments"
"""The property that keeps a comment on the licence for documents that have a member for it."""


def relations(entries: Iterable[Members], document: str) -> tuple[list[Relation], list[str]]:
    """The relationships in the model's words, and what the document says that it describes."""
    found: list[Relation] = []
    subjects: list[str] = []
    for entry in entries:
        one, other = entry.word("spdxElementId"), entry.word("relatedSpdxElement")
        kind = entry.word("relationshipType").upper().replace("-", "_")
        if kind in _OPPOSITES:
            one, kind, other = other, _OPPOSITES[kind], one
        comment = entry.prose("comment")
        if kind == "DESCRIBES" and one == document:
            subjects += [other] if other not in _NOBODY else []
            if comment:
                entry.give_up("comment")
        else:
            found.append(Relation(one, kind, other, comment))
    return found, subjects


def references(
    entries: Iterable[Members],
) -> tuple[list[tuple[str, str]], tuple[str, ...], tuple[Reference, ...]]:
    """Package URLs with their comments, CPEs, and all else (7.21).

    Of several package URLs all but the first are given back among the rest, too.
    """
    purls: list[tuple[str, str]] = []
    cpes: list[str] = []
    rest: list[Reference] = []
    for entry in entries:
        category = entry.word("referenceCategory").upper().replace("_", "-")
        kind = entry.word("referenceType").rpartition("#")[2].rpartition("/")[2]
        locator, comment = entry.word("referenceLocator"), entry.prose("comment")
        if kind == "purl" and not purls:
            purls.append((locator, comment))
        elif kind in _CPES and not comment:
            cpes.append(locator)
        else:
            rest.append(Reference(category, kind, locator, comment))
    return purls, tuple(cpes), tuple(rest)


def syft_layer(path: str, comment: str) -> tuple[Evidence, ...]:
    """Where syft found a file (`syft/format/common/spdxhelpers/to_format_model.go`)."""
    match = _LAYER.fullmatch(comment)
    return (Evidence(clean(path)[0], layer=match[1]),) if match else ()


def remarks(entry: Members, ref: str) -> tuple[list[Remark], Pairs]:
    """What annotations say (clause 12), and the facts that trivy puts there.

    Until 0.50 or so trivy put them into attribution texts (`pkg/sbom/spdx/unmarshal.go`).
    """
    found: list[Remark] = []
    facts: list[tuple[str, str]] = []
    for annotation in entry.each("annotations"):
        annotation.ignore("annotationType")
        words = annotation.prose("comment")
        by_trivy = annotation.peek("annotator").startswith(_TRIVY)
        fact = trivy_fact(words) if by_trivy else None
        if fact:
            annotation.ignore("annotator", "annotationDate")
            facts.append(fact)
        elif words:
            found.append(Remark(annotation.word("spdxElementId") or ref, words))
    for text in entry.words("attributionTexts"):
        fact = trivy_fact(text)
        if fact:
            facts.append(fact)
        else:
            entry.give_up("attributionTexts[]")
    return found, tuple(sorted(set(facts)))


def licence_words(entry: Members) -> tuple[tuple[str, ...], Pairs]:
    """What the package states of its licence, as our documents word it; other words as a fact."""
    words = entry.prose("licenseComments").strip()
    if words.startswith(_STATED):
        return tuple(words.removeprefix(_STATED).split("; ")), ()
    return (), ((LICENCE_COMMENT, words),) if words else ()


def with_image_parts(bill: Bill) -> Bill:
    """`bill` with images, indexes and layers told apart where kinds and package URLs do not.

    An index is what is a VARIANT_OF images. SPDX does not say which way round that is: ko and apko
    write `index VARIANT_OF image`, which is kept, bom the opposite. A layer is what an image
    contains and is named by its digest, or looks like an image itself, as apko once wrote them.
    """
    subjects = frozenset(bill.subjects)
    kinds = {element.ref: element.kind for element in bill.elements}
    variants = [each for each in bill.relations if each.kind == "VARIANT_OF"]
    inside = {(each.one, each.other) for each in bill.relations if each.kind == "CONTAINS"}
    turned = {
        each
        for each in variants
        if _is_backwards(each, subjects, kinds, contained=(each.other, each.one) in inside)
    }
    relations = tuple(
        replace(each, one=each.other, other=each.one) if each in turned else each
        for each in bill.relations
    )
    indexes = {each.one for each in relations if each.kind == "VARIANT_OF"}
    named = {each.ref for each in bill.elements if image_kind(each.purl)}
    indexes &= {*bill.subjects, *(each.other for each in turned), *named}
    elements = tuple(
        replace(each, kind="index")
        if each.ref in indexes and each.kind in {"image", "package", "other"}
        else each
        for each in bill.elements
    )
    bill = replace(bill, elements=elements, relations=relations)
    return _with_layers(bill)


def _is_backwards(
    relation: Relation, subjects: frozenset[str], kinds: dict[str, Kind], *, contained: bool
) -> bool:
    """Whether it says that an image is a variant of its index, which contains it in bom's."""
    one, other = kinds.get(relation.one), kinds.get(relation.other)
    if one == "index" or other not in {"index", "image"}:
        return False
    described = relation.other in subjects and relation.one not in subjects
    return other == "index" or (described and contained)


def _with_layers(bill: Bill) -> Bill:
    images = {each.ref for each in bill.elements if each.kind == "image"}
    versions = {each.one for each in bill.relations if each.kind == "VARIANT_OF"}
    versions |= {each.other for each in bill.relations if each.kind == "VARIANT_OF"}
    inside = {
        each.other for each in bill.relations if each.kind == "CONTAINS" and each.one in images
    } - {*bill.subjects, *versions}
    elements = tuple(
        replace(each, kind="layer") if each.ref in inside and _is_layer(each) else each
        for each in bill.elements
    )
    return replace(bill, elements=elements)


def _is_layer(element: Element) -> bool:
    if element.kind in {"archive", "package", "other"}:
        return is_digest(element.name)
    return element.kind == "image"
