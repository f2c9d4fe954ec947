"""What became of what the layers hold: visible, overwritten, removed; what is still shipped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analyzer.layers.scan import LayerScan
from analyzer.rootfs.merge import Cause
from analyzer.rootfs.origin import Change, DigestOf, Event, History, change_of
from analyzer.rootfs.tree import Node, State, walk
from analyzer.tarheader import Entry, EntryKind


class Fate(StrEnum):
    """What the top of the stack shows of an entry of a layer."""

    VISIBLE = "visible"
    OVERWRITTEN = "overwritten"
    REMOVED = "removed"
    HIDDEN = "hidden"
    MARKER = "marker"
    """A whiteout or opaque marker: it removes and is never shown."""
    LEFT_OUT = "left out"
    """The merge did not take it, which a problem explains."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The fate of a name that a layer wrote, and the layer that brought it about.

    `shared`: the file's content is still visible under another name (a hard link).
    """

    fate: Fate
    layer: int | None = None
    shared: bool = False


def endings(history: History) -> Mapping[tuple[int, str], Ending]:
    """By layer and path of each written name, what became of it. Both are of the merged tree."""
    found: dict[tuple[int, str], Ending] = {}
    visible = shown_contents(history.root)
    for event in history.events:
        if event.before is not None and event.before.entry is not None:
            fate = _FATES.get(event.change, Fate.OVERWRITTEN)
            shared = _content_of(event.before) in visible
            found[event.before.layer, event.path] = Ending(fate, event.layer, shared)
        if event.after is not None and event.after.entry is not None:
            found[event.layer, event.path] = Ending(Fate.VISIBLE)
    return found


_FATES = {
    Change.REMOVED: Fate.REMOVED,
    Change.HIDDEN: Fate.HIDDEN,
    Change.DROPPED: Fate.OVERWRITTEN,
}

Stored = tuple[int, int]
"""A file as it is stored: the layer, and the offset of its data in the layer's tar."""


def _content_of(state: State) -> Stored | None:
    if state.kind is not EntryKind.FILE or state.content is None:
        return None
    return state.content_layer, state.content.offset


def shown_contents(root: Node) -> frozenset[Stored]:
    """The stored files whose content the tree shows under some name."""
    return frozenset(
        (node.content_layer, node.content.offset)
        for _, node in walk(root)
        if node.content is not None and node.kind is EntryKind.FILE
    )


@dataclass(frozen=True, slots=True)
class Lost:
    """A file that a layer ships and the merged tree no longer shows under any name.

    `entry` is as stored in layer `layer`; `path` where it was in the tree, and `also` its other
    names there: hard links. `event` took the last name from it.
    """

    path: str
    layer: int
    entry: Entry
    event: Event
    also: tuple[str, ...] = ()


def lost_files(history: History) -> tuple[Lost, ...]:
    """Regular files that are still shipped though deleted or overwritten, by layer and path."""
    visible = shown_contents(history.root)
    found: dict[Stored, list[Event]] = defaultdict(list)
    for event in history.events:
        stored = _content_of(event.before) if event.before is not None else None
        after = _content_of(event.after) if event.after is not None else None
        if stored is not None and stored not in visible and stored != after:
            found[stored].append(event)
    lost = [item for events in found.values() for item in _lost(events)]
    return tuple(sorted(lost, key=lambda item: (item.layer, item.path)))


def _lost(events: Sequence[Event]) -> Iterator[Lost]:
    """The file that lost a name by each of `events`, in whichever order a layer took them.

    It is called by the name under which it is stored, unless that took another content before.
    """
    first, *others = sorted(events, key=_stored_first)
    last = max(event.layer for event in events)
    event = next(event for event in (first, *others) if event.layer == last)
    if first.before is not None and first.before.content is not None:
        also = sorted({other.path for other in others} - {first.path})
        state = first.before
        yield Lost(first.path, state.content_layer, first.before.content, event, tuple(also))


def _stored_first(event: Event) -> tuple[bool, str]:
    state = event.before
    return state is None or state.entry is not state.content, event.path


@dataclass(frozen=True, slots=True)
class LayerWork:
    """What one layer did in all, as the difference of the tree before and after it.

    `added`, `changed` (content, metadata or type) and `removed` count names. `file_bytes` is the
    size of all regular files that the layer stores, `wasted_bytes` of those among them that the
    top of the stack shows under no name.
    """

    added: int
    changed: int
    removed: int
    file_bytes: int
    wasted_bytes: int


def work_of(
    history: History, scans: Sequence[LayerScan | None], digest_of: DigestOf
) -> tuple[LayerWork, ...]:
    """The work of each layer of `scans`, which `history` was made from."""
    visible = shown_contents(history.root)
    names: list[dict[str, tuple[State | None, State | None]]] = [{} for _ in scans]
    for event in history.events:
        if event.path:
            before, _ = names[event.layer].get(event.path, (event.before, None))
            names[event.layer][event.path] = before, event.after
    return tuple(
        _work(names[layer], layer, scan.entries if scan else (), visible, digest_of)
        for layer, scan in enumerate(scans)
    )


def _work(
    names: Mapping[str, tuple[State | None, State | None]],
    layer: int,
    entries: Sequence[Entry],
    visible: frozenset[Stored],
    digest_of: DigestOf,
) -> LayerWork:
    changes = [change_of(before, after, Cause.ENTRY, digest_of) for before, after in names.values()]
    removed = changes.count(Change.DROPPED)
    added = changes.count(Change.ADDED)
    idle = changes.count(None) + changes.count(Change.SAME)
    files = [entry for entry in entries if entry.kind is EntryKind.FILE]
    return LayerWork(
        added=added,
        changed=len(changes) - added - removed - idle,
        removed=removed,
        file_bytes=sum(entry.size for entry in files),
        wasted_bytes=sum(e.size for e in files if (layer, e.offset) not in visible),
    )
