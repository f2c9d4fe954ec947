"""What is worth knowing of two images: findings that came, and findings that went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container, leaf
from analyzer.findings.model import FindingKind

if TYPE_CHECKING:
    from analyzer.findings.model import Finding
    from analyzer.report import Document, ImageReport

FINDINGS = "findings"
"""Subject of the part."""
NO_CONFIG = "there is no config to look at"
_CONFIG, _FILES = "config", "files"
_OF_THE_CONFIG = frozenset({FindingKind.RUNS_AS_ROOT, FindingKind.SECRET, FindingKind.PORT})
_Key = tuple[str, str, str, str]


def compare_findings(
    before: ImageReport, after: ImageReport, unread: Sequence[str] = ()
) -> Difference:
    """The part `findings`: one child per finding that only one side has.

    A finding is the same where it says the same of the same place, whatever layer it came with.
    Where one side has no config, what the other one's says is no difference, and likewise of files
    where some were not read; `unread` says why. A child `config` or `files` of kind unknown stands
    for what was not compared.
    """
    unknown = [leaf(_CONFIG, Kind.UNKNOWN, notes=notes) for notes in [_no_config(before, after)]]
    unknown += [leaf(_FILES, Kind.UNKNOWN, notes=unread)]
    children = [child for child in unknown if child.notes]
    left_out = {child.subject for child in children}
    one, two = _counted(before, left_out), _counted(after, left_out)
    children += [_leaf(key, Kind.REMOVED) for key in (one - two).elements()]
    children += [_leaf(key, Kind.ADDED) for key in (two - one).elements()]
    return container(
        FINDINGS,
        sorted(children, key=lambda child: (child.subject, child.kind)),
        before=one.total(),
        after=two.total(),
    )


def _no_config(before: ImageReport, after: ImageReport) -> list[str]:
    if bool(before.config) == bool(after.config):
        return []
    return [(AFTER if before.config else BEFORE) + NO_CONFIG]


def _counted(image: ImageReport, left_out: set[str]) -> Counter[_Key]:
    return Counter(_key(each) for each in image.findings if _source(each) not in left_out)


def _source(finding: Finding) -> str:
    """What tells it."""
    return _CONFIG if finding.kind in _OF_THE_CONFIG else _FILES


def _key(finding: Finding) -> _Key:
    return finding.kind.value, finding.where, finding.what, finding.masked


def _leaf(key: _Key, kind: Kind) -> Difference:
    what, where, text, masked = key
    value: Document = {"kind": what, "where": where, "what": text, "masked": masked}
    sides = (value, None) if kind is Kind.REMOVED else (None, value)
    return leaf(f"{what} {where}", kind, *sides)
