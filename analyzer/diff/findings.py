"""What is worth knowing of two images: findings that came, and findings that went."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from analyzer.diff.tree import Difference, Kind, container, leaf

if TYPE_CHECKING:
    from analyzer.findings.model import Finding
    from analyzer.report import Document, ImageReport

FINDINGS = "findings"
"""Subject of the part."""
_Key = tuple[str, str, str, str]


def compare_findings(before: ImageReport, after: ImageReport) -> Difference:
    """The part `findings`: one child per finding that only one side has.

    A finding is the same where it says the same of the same place, whatever layer it came with.
    """
    one, two = _counted(before), _counted(after)
    children = [_leaf(key, Kind.REMOVED) for key in (one - two).elements()]
    children += [_leaf(key, Kind.ADDED) for key in (two - one).elements()]
    return container(
        FINDINGS,
        sorted(children, key=lambda child: (child.subject, child.kind)),
        before=one.total(),
        after=two.total(),
    )


def _counted(image: ImageReport) -> Counter[_Key]:
    return Counter(_key(finding) for finding in image.findings)


def _key(finding: Finding) -> _Key:
    return finding.kind.value, finding.where, finding.what, finding.masked


def _leaf(key: _Key, kind: Kind) -> Difference:
    what, where, text, masked = key
    value: Document = {"kind": what, "where": where, "what": text, "masked": masked}
    sides = (value, None) if kind is Kind.REMOVED else (None, value)
    return leaf(f"{what} {where}", kind, *sides)
