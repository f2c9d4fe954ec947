"""Where two tar streams begin to differ, and what lies there. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.tarheader import BLOCK_BYTES, Entry, EntryKind

FIELDS = (
    (0, "name"),
    (100, "mode"),
    (108, "uid"),
    (116, "gid"),
    (124, "size"),
    (136, "mtime"),
    (148, "checksum"),
    (156, "type"),
    (157, "link target"),
    (257, "tar format"),
    (265, "user name"),
    (297, "group name"),
    (329, "device"),
    (345, "name prefix"),
    (500, "padding"),
)
"""Where each field of a header begins (POSIX.1-2017 pax(1), "ustar Interchange Format")."""
_CHECKSUM = "checksum"
_BEHIND = (
    ("type", "kind"),
    ("link target", "link"),
    ("user name", "uname"),
    ("group name", "gname"),
    ("device", "device"),
)
"""Fields that stand behind the checksum, and the members of `Entry` that hold them."""
_STARTS = [start for start, _ in FIELDS]
EXTENDED = "extended header"
CONTENT = "content"
PADDING = "padding"
END = "end of the archive"


@dataclass(frozen=True, slots=True)
class TarPlace:
    """A place in a tar: `what` of the entry at `path`; no path is after the last one."""

    path: str
    what: str

    @property
    def words(self) -> str:
        """Such as `mtime of etc/hostname`."""
        return f"{self.what} of {self.path}" if self.path else self.what


def first_difference(one: Iterable[bytes], two: Iterable[bytes]) -> int | None:
    """The offset of the first byte that two streams do not share; None where they are equal.

    One stream that goes on after the end of the other differs there. Pieces may be cut anywhere;
    neither stream is read further than needed.
    """
    left, right = _Pieces(one), _Pieces(two)
    offset = 0
    while True:
        a, b = left.take(), right.take()
        length = min(len(a), len(b))
        if not length:
            return None if not a and not b else offset
        if a[:length] != b[:length]:
            return offset + _first_other(a[:length], b[:length])
        offset += length
        left.keep(a[length:])
        right.keep(b[length:])


class _Pieces:
    """A stream of which the rest of a piece can be put back."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream: Iterator[bytes] = iter(stream)
        self._rest = memoryview(b"")

    def take(self) -> memoryview:
        """The next piece; an empty one at the end."""
        if self._rest:
            rest, self._rest = self._rest, memoryview(b"")
            return rest
        return next((memoryview(piece) for piece in self._stream if piece), memoryview(b""))

    def keep(self, rest: memoryview) -> None:
        """Put back what was not compared yet."""
        self._rest = rest


def _first_other(one: memoryview, two: memoryview) -> int:
    """Halved until it is one byte: comparing pieces is much quicker than comparing bytes."""
    start, length = 0, len(one)
    while length > 1:
        half = length // 2
        if one[start : start + half] == two[start : start + half]:
            start, length = start + half, length - half
        else:
            length = half
    return start


def place_between(one: Sequence[Entry], two: Sequence[Entry], offset: int) -> TarPlace:
    """What lies where two streams begin to differ, in which `one` and `two` are the entries.

    Fields behind the checksum show in it first; then the first of them that differs is told.
    """
    place = min(place_at(one, offset), place_at(two, offset), key=lambda p: (p.what == END, p.path))
    if place.what != _CHECKSUM:
        return place
    here, there = (
        {entry.offset - BLOCK_BYTES: entry for entry in entries} for entries in (one, two)
    )
    start = next((s for s in here.keys() & there.keys() if s <= offset < s + BLOCK_BYTES), None)
    if start is None:
        return place
    a, b = here[start], there[start]
    other = (name for name, field in _BEHIND if getattr(a, field) != getattr(b, field))
    return TarPlace(place.path, next(other, place.what))


def place_at(entries: Sequence[Entry], offset: int) -> TarPlace:
    """What lies at `offset` of the stream in which `entries` are, in their order."""
    headers = [entry.offset - BLOCK_BYTES for entry in entries]
    number = bisect_right(headers, offset) - 1
    if number >= 0:
        entry = entries[number]
        if offset < entry.offset:
            return TarPlace(entry.path, _field(offset - headers[number]))
        stored = entry.size if entry.kind is EntryKind.FILE else 0
        if offset < entry.offset + stored:
            return TarPlace(entry.path, CONTENT)
        if offset < entry.offset + -(-stored // BLOCK_BYTES) * BLOCK_BYTES:
            return TarPlace(entry.path, PADDING)
    if number + 1 < len(entries):
        return TarPlace(entries[number + 1].path, EXTENDED)
    return TarPlace("", END)


def _field(offset: int) -> str:
    return FIELDS[bisect_right(_STARTS, offset) - 1][1]
