"""Bills made by hand: a document is said in the few words that a test is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.bills.model import Bill, Bound, Element
from analyzer.diff.bill import Document, compare_bill
from tests.diff.reports import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.bills.model import Kind
    from analyzer.diff.tree import Difference
    from analyzer.report import ImageReport

ROOT = "SPDXRef-root"


def entry(purl: str, *, name: str = "", version: str = "", kind: Kind = "package") -> Element:
    """A package of a document; without a name that of its purl is not needed."""
    return Element(ref=f"ref {purl} {name}", kind=kind, name=name, version=version, purl=purl)


def root(
    purl: str = "",
    *,
    name: str = "app",
    version: str = "",
    digests: Sequence[str] = (),
    properties: Sequence[tuple[str, str]] = (),
) -> Element:
    """What a document describes."""
    return Element(
        ref=ROOT,
        kind="image",
        name=name,
        version=version,
        purl=purl,
        digests=tuple(digests),
        properties=tuple(properties),
    )


def bill(
    *entries: Element, of: Element | None = None, bound: Sequence[str] = (), system: str = ""
) -> Bill:
    """A document with `entries` that describes `of`; `system` as `debian 12`."""
    elements = [of or root(), *entries]
    if system:
        ident, _, version = system.partition(" ")
        elements.append(Element("os", "system", ident, version))
    return Bill(
        name="app",
        subjects=(ROOT,),
        elements=tuple(elements),
        bound=tuple(Bound("", (digest,)) for digest in bound),
        form="SPDX 2.3 (JSON)",
    )


def audit(document: Bill, *images: ImageReport, whole: Sequence[ImageReport] = ()) -> Difference:
    """`document` against the images of one file; `whole` is all that the file holds."""
    return compare_bill(
        Document(document, "app.json", 1),
        report(*images),
        report(*whole) if whole else None,
    )
