"""Two images compared, and one part of what was found."""

from __future__ import annotations

from typing import Any

from analyzer.diff.compare import compare
from analyzer.diff.tree import Difference, difference_document
from analyzer.report import ImageReport
from tests.diff.reports import image, report


def stranger(name: str, **members: Any) -> ImageReport:  # noqa: ANN401 - as `image` takes them
    """An image with digests of its own."""
    own = f"{name} {members.get('platform')}"
    return image(name, image_id=f"config of {own}", manifest=f"manifest of {own}", **members)


def part(
    name: str, before: ImageReport, after: ImageReport, *, kind: str = "oci-layout tar"
) -> Difference:
    """The part `name` of the comparison of two images, each alone; `kind` is of the first file."""
    found = compare(report(before, kind=kind), report(after))
    assert len(found.children) == 1
    child = found.children[0].child(name)
    assert child is not None
    return child


def normal(difference: Difference) -> str:
    """One text for trees that differ only in the order of siblings and notes."""
    document = difference_document(difference)

    def sort(node: dict[str, Any]) -> dict[str, Any]:
        node["notes"] = sorted(node["notes"])
        node["children"] = sorted((sort(child) for child in node["children"]), key=repr)
        return node

    return repr(sort(document))
