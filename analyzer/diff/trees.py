"""The rung of the root filesystem: what was found between two merged trees, in a few words."""

from __future__ import annotations

from analyzer.diff.filesystem.model import FileChange, FileChanges
from analyzer.diff.rungs import Rung, Step, Why, cut, proven, refuted, unknown
from analyzer.diff.tree import Kind

NOT_WHOLE = "some of its layers cannot be read whole"
OTHER_TIMES = "modification times differ at {} of them"
AS_PLATFORMS = "{} paths differ, all as platforms do"
_MOST_PATHS = 3
_PATH_CHARACTERS = 60


def no_tree_step(before: bool, after: bool) -> Step:  # noqa: FBT001 - one per side
    """Where the tree of a side, or of both, could not be read (False)."""
    words = ["" if known else NOT_WHOLE for known in (before, after)]
    return unknown(Rung.ROOTFS, Why("", *words))


def tree_step(changes: FileChanges) -> Step:
    """Whether both trees hold the same paths with the same things at them; times do not count."""
    if changes.differing:
        return refuted(Rung.ROOTFS, _first(changes.differing))
    if changes.expected:
        return refuted(Rung.ROOTFS, Why(AS_PLATFORMS.format(len(changes.expected))))
    if changes.unknown:
        return unknown(Rung.ROOTFS, Why("the content of some files was not read"))
    times = len(changes.only_times)
    detail = OTHER_TIMES.format(times) if times else ""
    return proven(Rung.ROOTFS, Why(f"{changes.before} paths", detail=detail))


def _first(changes: tuple[FileChange, ...]) -> Why:
    """How many paths differ, and in what the first ones do."""
    named = [
        f"{cut(_lower(change), _PATH_CHARACTERS)} ({_what(change)})"
        for change in changes[:_MOST_PATHS]
    ]
    more = ["..."] if len(changes) > _MOST_PATHS else []
    text = f"{len(changes)} paths differ" if len(changes) > 1 else "1 path differs"
    return Why(text, detail=", ".join([*named, *more]))


def _lower(change: FileChange) -> str:
    """Of two paths the same one, whichever side comes first."""
    return min(change.path, change.before_path or change.path)


def _what(change: FileChange) -> str:
    if change.kind is Kind.MOVED:
        return "moved"
    if change.before is None or change.after is None:
        return "on one side only"
    return ", ".join(what for what in change.what if what != "time")
