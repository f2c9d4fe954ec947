"""Members of two tars, plain or compressed, read by the walker that reads layers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from analyzer.diff.content.members import Archive, Fetch, Look, Member, Pair, compare_members, named
from analyzer.diff.content.packed import pieces
from analyzer.diff.content.room import Found, Room, Unreadable
from analyzer.digest import Hash, finish, new_hash
from analyzer.layers.wants import Content
from analyzer.limits import MIB, Limits
from analyzer.tarheader import BLOCK_BYTES, Entry, EntryKind, Sink, checksum_fits
from analyzer.tarstream import TarWalker

_PERMISSIONS = 0o7777


def is_tar(head: bytes) -> bool:
    """Whether bytes begin with a sound tar header."""
    block = head[:BLOCK_BYTES]
    return len(block) == BLOCK_BYTES and any(block) and checksum_fits(block)


def compare_tars(before: Content, after: Content, look: Look, room: Room) -> Found:
    """Members with type, size, mode, owner, time, link target and SHA-256.

    Raises:
        Unreadable: the compressed stream is damaged.
        LimitExceeded: by `room`.
    """
    archives = _read(before, room), _read(after, room)
    fetch: Fetch | None = None
    if not room.bottom:
        fetch = partial(_fetch, (before, after), archives, room)
    return compare_members(*archives, fetch, look, room)


def _limits(limits: Limits) -> Limits:
    """Those of a layer, but for what a small archive has no need of."""
    return replace(
        limits,
        pax_bytes=min(limits.pax_bytes, MIB),
        layer_pax_bytes=min(limits.layer_pax_bytes, 64 * MIB),
    )


def _read(content: Content, room: Room) -> Archive:
    found: list[tuple[Entry, _Hashing]] = []

    def on_entry(entry: Entry) -> Sink | None:
        room.count_member()
        sink = _Hashing(entry.size, room)
        found.append((entry, sink))
        return sink if entry.kind is EntryKind.FILE else None

    walker = TarWalker(on_entry, _limits(room.limits), "")
    for piece in pieces(content, room):
        walker.feed(piece)
    walker.finish()
    faults = [problem.detail for problem in walker.problems]
    if not found and faults:
        raise Unreadable(faults[0])
    members = named((entry.path or ".", _member(entry, sink)) for entry, sink in found)
    return Archive(members, faults)


def _member(entry: Entry, sink: _Hashing) -> Member:
    file = entry.kind is EntryKind.FILE
    target = entry.link
    if entry.device is not None:
        target = f"{entry.device[0]}:{entry.device[1]}"
    return Member(
        entry.kind.value,
        entry.size if file else None,
        sink.digest,
        f"{entry.mode & _PERMISSIONS:04o}",
        f"{entry.uid}:{entry.gid}",
        entry.mtime,
        target,
        entry.offset,
    )


class _Hashing:
    """Hashes one member; holes of a sparse one are charged, as they cost time."""

    def __init__(self, size: int, room: Room) -> None:
        self._state: Hash = new_hash()
        self._room = room
        self._taken = 0
        self.size = size
        self.digest: str | None = None

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self._room.spend(len(data))
        self._state.update(data)

    def close(self) -> None:
        """All of it was there."""
        self.digest = finish(self._state)


class _Keeping:
    """Keeps one member."""

    def __init__(self) -> None:
        self._data = bytearray()
        self.data: bytes | None = None

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self._data += data

    def close(self) -> None:
        """All of it was there."""
        self.data = bytes(self._data)


def _fetch(
    contents: tuple[Content, Content],
    archives: tuple[Archive, Archive],
    room: Room,
    names: Sequence[str],
) -> Iterator[tuple[str, Pair]]:
    """Both tars once more; what is kept together is bounded by what is kept of one text."""
    most = room.limits.content_text_bytes
    kept: list[str] = []
    for name in names:
        sizes = [archive.members[name].size or 0 for archive in archives]
        if sum(sizes) <= most:
            most -= sum(sizes)
            kept.append(name)
    sides = [
        _contents(content, [archive.members[name].place for name in kept], room)
        for content, archive in zip(contents, archives, strict=True)
    ]
    found = set(kept)
    for name in names:
        pair = [
            side.get(archive.members[name].place) if name in found else None
            for side, archive in zip(sides, archives, strict=True)
        ]
        yield name, (pair[0], pair[1])


def _contents(content: Content, places: Collection[int], room: Room) -> dict[int, bytes]:
    sinks: dict[int, _Keeping] = {place: _Keeping() for place in places}

    def on_entry(entry: Entry) -> Sink | None:
        return sinks.get(entry.offset) if entry.kind is EntryKind.FILE else None

    walker = TarWalker(on_entry, _limits(room.limits), "")
    _feed(walker, pieces(content, room))
    return {place: sink.data for place, sink in sinks.items() if sink.data is not None}


def _feed(walker: TarWalker, data: Iterable[bytes]) -> None:
    for piece in data:
        walker.feed(piece)
    walker.finish()
