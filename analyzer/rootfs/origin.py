"""Who did what: every change that the layers of a stack make to the merged tree, and its fate.

OCI image-spec v1.1, layer.md: a layer adds, changes and removes names; what it removes or
replaces stays in the layers below and is still shipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial

from analyzer.digest import Digest
from analyzer.layers.scan import LayerScan
from analyzer.problems import Problem
from analyzer.rootfs.merge import Cause, apply_layer
from analyzer.rootfs.tree import Node, State, new_directory
from analyzer.tarheader import NO_XATTRS, Entry, EntryKind


class Change(StrEnum):
    """What a layer did to a name."""

    ADDED = "added"
    CONTENT = "content changed"
    METADATA = "metadata changed"
    SAME = "written again, the same"
    REPLACED = "replaced by another type"
    REMOVED = "removed by a whiteout"
    HIDDEN = "hidden by an opaque directory"
    DROPPED = "dropped with its directory"
    """Something else than a directory was put in place of a directory above it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one name by one layer (0-based). `path` is where the name really is.

    `before` and `after` are what the name was and is; None where there is nothing.
    """

    layer: int
    path: str
    change: Change
    before: State | None
    after: State | None

    @property
    def gone(self) -> bool:
        """Whether nothing is left at the name."""
        return self.after is None


DigestOf = Callable[[int, Entry], Digest | None]
"""The SHA-256 of a file entry of a layer; None where it was not taken."""


class History:
    """The merged tree and, for who asks, everything that happened to it in that order.

    The events are found by merging once more: most questions are about the tree alone, and a
    million names have a million events.
    """

    def __init__(
        self, root: Node, problems: Sequence[Problem], events: Callable[[], Iterable[Event]]
    ) -> None:
        self.root = root
        self.problems = tuple(problems)
        self._find = events

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Every change of a name, from the bottom layer up."""
        return tuple(self._find())

    def of(self, path: str) -> tuple[Event, ...]:
        """What happened to the name at `path`."""
        return tuple(event for event in self.events if event.path == path)


def replay(scans: Sequence[LayerScan | None], names: Sequence[str], digest_of: DigestOf) -> History:
    """Merge `scans` (bottom first, None for a layer that could not be read) and take notes.

    Args:
        scans: one per layer position.
        names: what problems call each layer.
        digest_of: tells content apart; where it does not know, two files of one size and time
            are taken for the same.
    """
    root = new_directory(None, 0)
    problems: list[Problem] = []
    for layer, scan in enumerate(scans):
        if scan is not None:
            problems += apply_layer(root, scan.entries, layer, names[layer])
    return History(root, problems, partial(_events, scans, names, digest_of))


def _events(
    scans: Sequence[LayerScan | None], names: Sequence[str], digest_of: DigestOf
) -> list[Event]:
    root = new_directory(None, 0)
    events: list[Event] = []
    for layer, scan in enumerate(scans):
        if scan is None:
            continue

        def watch(
            path: str, before: State | None, after: State | None, cause: Cause, at: int = layer
        ) -> None:
            change = change_of(before, after, cause, digest_of)
            if change is not None:
                events.append(Event(at, path, change, before, after))

        apply_layer(root, scan.entries, layer, names[layer], watch)
    return events


_GONE = {
    Cause.WHITEOUT: Change.REMOVED,
    Cause.OPAQUE: Change.HIDDEN,
    Cause.ENTRY: Change.DROPPED,
    Cause.IMPLIED: Change.DROPPED,
}


def change_of(
    before: State | None, after: State | None, cause: Cause, digest_of: DigestOf
) -> Change | None:
    """What changes `before` into `after`; None where there is nothing either way."""
    if after is None:
        return _GONE[cause] if before is not None else None
    if before is None:
        return Change.ADDED
    if before.kind is not after.kind:
        return Change.REPLACED
    if before.kind is EntryKind.FILE and not _same_content(before, after, digest_of):
        return Change.CONTENT
    return Change.SAME if _metadata(before) == _metadata(after) else Change.METADATA


def _same_content(before: State, after: State, digest_of: DigestOf) -> bool:
    one, two = before.content, after.content
    if one is two or one is None or two is None:
        return one is two
    first, second = digest_of(before.content_layer, one), digest_of(after.content_layer, two)
    if first is not None and second is not None:
        return first == second
    return (one.size, one.mtime) == (two.size, two.mtime)


def _metadata(state: State) -> tuple[object, ...]:
    """What `stat`, `readlink` and `getfattr` show of a name, but its times and size."""
    entry = state.content
    if entry is None:
        return (None,)
    xattrs = tuple(sorted((entry.xattrs or NO_XATTRS).items()))
    link = entry.link if entry.kind is EntryKind.SYMLINK else None
    return (entry.mode, entry.uid, entry.gid, link, entry.device, xattrs, entry.mtime)
