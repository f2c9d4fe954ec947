"""One file as it streams past: held in memory, or on temporary disk where it has no room there."""

from __future__ import annotations

import mmap
import os
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from analyzer.layers.wants import HEAD_BYTES, Slices, Spare
from analyzer.nameless import nameless_file

Room = Callable[[int], bool]
"""Asked before so many more bytes of a file are held in memory; False sends all of it to disk."""


class Spool:
    """A file without a name on temporary disk; gone when nothing refers to it any more.

    Raises OSError where there is no place for one.
    """

    def __init__(self) -> None:
        with nameless_file() as file:
            self._handle = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._handle)
        self.size = 0

    def extend(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Write pieces at the end. Raises OSError."""
        for piece in pieces:
            left = memoryview(piece)
            while left:
                count = os.pwrite(self._handle, left, self.size)
                self.size += count
                left = left[count:]

    def read(self) -> bytes:
        """All of it, from any thread. Raises OSError."""
        return os.pread(self._handle, self.size, 0)

    def mapped(self) -> mmap.mmap:
        """All of it without reading it. Raises OSError."""
        return mmap.mmap(self._handle, self.size, access=mmap.ACCESS_READ)


class Pieces:
    """A file in memory as it came, in pieces; slices put together no more than they need."""

    def __init__(self, pieces: Sequence[bytes | memoryview]) -> None:
        self._pieces = pieces
        self._ends = list(accumulate(map(len, pieces)))

    def __len__(self) -> int:
        """All bytes."""
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, part: slice) -> bytes:
        """Some of them."""
        start, stop, _ = part.indices(len(self))
        number = bisect_right(self._ends, start)
        if start < stop <= self._ends[number]:  # in one piece, as nearly all of them are
            base = self._ends[number] - len(self._pieces[number])
            return bytes(self._pieces[number][start - base : stop - base])
        found = []
        while start < stop:
            piece, end = self._pieces[number], self._ends[number]
            found.append(piece[len(piece) - (end - start) :][: stop - start])
            start, number = end, number + 1
        return b"".join(found)

    def __iter__(self) -> Iterator[bytes | memoryview]:
        """The pieces."""
        return iter(self._pieces)

    def joined(self) -> bytes:
        """All of it."""
        return b"".join(self._pieces)


class CaptureSink:
    """Collects one file, in memory while there is room; `keep` gets it when it is complete."""

    def __init__(self, room: Room, keep: Callable[[Kept], None]) -> None:
        self._room = room
        self._keep = keep
        self._pieces: list[bytes | memoryview] = []
        self._spool: Spool | None = None
        self._no_disk = False
        self._failed = ""

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        # A view of bytes may be kept, nobody changes them; that of a buffer may not.
        self._pieces.append(data if isinstance(data.obj, bytes) else bytes(data))
        if self._no_disk:
            return
        if self._spool is not None or not self._room(len(data)):
            self._spill()

    def _spill(self) -> None:
        """Move what is in memory to disk."""
        if self._spool is None:
            try:
                self._spool = Spool()
            except OSError:  # no place for temporary files
                self._no_disk = True
                return
        try:
            self._spool.extend(self._pieces)
        except OSError as problem:
            self._failed = problem.strerror or "cannot be written"
        self._pieces = []

    def close(self) -> None:
        """Hand the file over."""
        self._keep(self._collected())

    def _collected(self) -> Pieces | Spool | str:
        if self._spool is None:
            return Pieces(self._pieces)
        return self._failed or self._spool


class NotKept(ValueError):
    """A slice was asked for of what was spared while the file went by."""


class Gapped:
    """A file of which some was spared; slices of the rest as if it were whole.

    What is between the two positions of `spared` is not given, and what is between those of `gap`,
    which are nowhere outside them, is not in `kept`.
    """

    def __init__(self, kept: Slices, spared: tuple[int, int], gap: tuple[int, int]) -> None:
        self._kept = kept
        self._spared = spared
        self._missing = gap[1] - gap[0]

    def __len__(self) -> int:
        """All bytes, spared ones included."""
        return len(self._kept) + self._missing

    def __getitem__(self, part: slice) -> bytes:
        """Some of them. Raises NotKept where one of them was spared."""
        start, stop, _ = part.indices(len(self))
        begin, end = self._spared
        if stop <= begin or start >= stop:
            return self._kept[start:stop]
        if start >= end:
            return self._kept[start - self._missing : stop - self._missing]
        raise NotKept(f"bytes {start} to {stop}, of which {begin} to {end} were not kept")


class Spared(NamedTuple):
    """A file as `Gapped` takes it apart."""

    content: Pieces | Spool
    spared: tuple[int, int]
    gap: tuple[int, int]


Kept = Pieces | Spool | Spared | str
"""A file as it was collected, or words that say why the temporary disk could not take it."""


def always(_count: int) -> bool:
    """Room for a file that is known to be small."""
    return True


def room_for(most: int) -> Room:
    """Room for one file of at most `most` bytes."""
    held = 0

    def room(count: int) -> bool:
        nonlocal held
        held += count
        return held <= most

    return room


class SparingSink(CaptureSink):
    """Collects a file without the pieces in which is nothing that anybody looks at."""

    def __init__(self, room: Room, keep: Callable[[Kept], None], spare: Spare) -> None:
        super().__init__(room, keep)
        self._spare = spare
        self._head = b""
        self._spared: tuple[int, int] | None = None
        self._gap = (0, 0)
        self._at = 0

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        start, self._at = self._at, self._at + len(data)
        if self._spared is None:
            self._head += data[: HEAD_BYTES - len(self._head)]
            if len(self._head) == HEAD_BYTES:
                self._spared = self._spare(self._head)
        elif self._spared[0] <= start and self._at <= self._spared[1]:
            self._gap = (self._gap[0] or start, self._at)
            return
        super().write(data)

    def close(self) -> None:
        """Hand the file over, and say what of it was spared."""
        content = self._collected()
        spared = self._spared
        if spared is None or spared[0] == spared[1] or isinstance(content, str):
            self._keep(content)
        else:
            self._keep(Spared(content, spared, self._gap))
