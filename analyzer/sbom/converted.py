"""A bill read from somebody's document, made ready to be written as a document of ours."""

from __future__ import annotations

from dataclasses import replace

from analyzer.bills.model import Bill, Element, Relation
from analyzer.report import Tool
from analyzer.sbom.compose import creators
from analyzer.sbom.licences import Licences

_EXCLUDED = ("cyclonedx:scope", "excluded")


def converted(bill: Bill, tool: Tool) -> Bill:
    """`bill` with `tool` among its creators, and where it came from in its comment.

    What it says stays as it was said: the author, the time, every element.
    """
    source = f"{bill.form or 'another form'}{f' {bill.identifier}' if bill.identifier else ''}"
    said = f"Converted from {source}; what it says is the work of its authors."
    bound = "".join(
        f"\nIt came in a statement about {subject.name or 'a subject without a name'}"
        f" ({', '.join(subject.digests) or 'no digest'})."
        for subject in bill.bound
    )
    comment = "\n".join(part for part in (bill.comment, said + bound) if part)
    bill = replace(bill, creators=(*bill.creators, *creators(tool)), comment=comment)
    if bill.form.startswith("SPDX"):
        return bill
    return _with_expressions(_with_containment(bill))


def _with_containment(bill: Bill) -> Bill:
    """What a CycloneDX document about an image lists is in the image; no relation says so there.

    Files are in what is said to contain them.
    """
    roots = [each for each in bill.elements if each.ref in bill.subjects]
    if not bill.form.startswith("CycloneDX") or [each.kind for each in roots] != ["image"]:
        return bill
    root = roots[0].ref
    said = {(each.one, each.other) for each in bill.relations if each.kind == "CONTAINS"}
    held = {other for _, other in said}
    inside = dict.fromkeys(
        each.ref for each in bill.elements if _is_inside(each) and each.ref not in {"", root}
    )
    files = {each.ref for each in bill.elements if each.kind == "file"}
    added = (
        Relation(root, "CONTAINS", ref)
        for ref in inside
        if (root, ref) not in said and not (ref in files and ref in held)
    )
    return replace(bill, relations=(*bill.relations, *added))


def _is_inside(element: Element) -> bool:
    return element.kind not in {"image", "index"} and _EXCLUDED not in element.properties


def _with_expressions(bill: Bill) -> Bill:
    """`bill` with an expression for each licence that has a name only, as SPDX wants it."""
    licences = Licences()
    elements = tuple(
        each if each.licence else replace(each, licence=licences.declared(each.licences_found))
        for each in bill.elements
    )
    texts = {**dict(licences.texts), **dict(bill.licence_texts)}
    return replace(bill, elements=elements, licence_texts=tuple(sorted(texts.items())))
