"""The files of two platforms as the sides of a difference: without what differs as platforms do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from analyzer.diff.filesystem.compare import in_what, place
from analyzer.diff.filesystem.model import FileChange, FileChanges
from analyzer.diff.platforms.compare import ground_of, image_rows
from analyzer.diff.platforms.files import FileRow, FileTrees, file_rows
from analyzer.diff.platforms.rules import RULES, counted
from analyzer.diff.platforms.sides import EXPECTED
from analyzer.diff.tree import Difference, Expected, Kind
from analyzer.paths import printable
from analyzer.report import ImageReport

_Paths = tuple[Collection[str], Collection[str]]
"""Paths of both sides."""


def without_folded(
    changes: FileChanges, files: FileTrees, images: tuple[ImageReport, ImageReport]
) -> FileChanges:
    """The changes between two platforms that no rule explains, and what rules explain apart.

    A file whose path names the architecture, and that differs in more, is one that was moved.
    """
    rows = file_rows(files, ground_of(images, image_rows(images)))
    folded = [row for row in rows if row.rules]
    pairs = [row for row in rows if not row.rules and _is_pair(row)]
    gone = _paths([*folded, *pairs])
    kept = [left for change in changes.changes for left in _left(change, gone)]
    kept += [_moved(row) for row in pairs]
    return replace(
        changes,
        changes=tuple(sorted(kept, key=place)),
        ambiguous=tuple(_ambiguous(changes, gone)),
        expected=tuple(sorted(map(_expected, folded), key=_place)),
    )


def _is_pair(row: FileRow) -> bool:
    before, after = row.group.paths
    return None not in {before, after} and before != after


def _paths(rows: Sequence[FileRow]) -> _Paths:
    sides: tuple[set[str], set[str]] = (set(), set())
    for row in rows:
        for side, path in zip(sides, row.group.paths, strict=True):
            if path is not None:
                side.add(path)
    return sides


def _left(change: FileChange, gone: _Paths) -> Iterator[FileChange]:
    """What is left of a change without the paths that are told otherwise."""
    before = change.before_path or change.path
    lost = change.before is not None and before in gone[0]
    known = change.after is not None and change.path in gone[1]
    if not lost and not known:
        yield change
    elif change.before is not None and not lost:
        yield FileChange(before, Kind.REMOVED, change.before, None)
    elif change.after is not None and not known:
        yield FileChange(change.path, Kind.ADDED, None, change.after)


def _moved(row: FileRow) -> FileChange:
    (before, after), (one, two) = row.group.paths, row.group.states
    assert one is not None  # noqa: S101 - it is a pair
    assert two is not None  # noqa: S101 - likewise
    return FileChange(after or "", Kind.MOVED, one, two, in_what(one, two), before or "")


def _ambiguous(
    changes: FileChanges, gone: _Paths
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    for old, new in changes.ambiguous:
        left = tuple(path for path in old if path not in gone[0])
        right = tuple(path for path in new if path not in gone[1])
        if left and right:
            yield left, right


def _expected(row: FileRow) -> Expected:
    before, after = (printable(path) if path is not None else None for path in row.group.paths)
    return Expected(before, after, row.rules)


def _place(each: Expected) -> list[str]:
    return sorted(path for path in (each.before, each.after) if path is not None)


def with_folded(part: Difference, expected: Sequence[Expected]) -> Difference:
    """The part `files` with what rules explain: counted in its notes, listed in `expected`."""
    counts = Counter(rule for each in expected for rule in each.rules)
    notes = [EXPECTED + counted(rule, counts[rule]) for rule in RULES if counts[rule]]
    return replace(part, notes=(*part.notes, *notes), expected=tuple(expected))
