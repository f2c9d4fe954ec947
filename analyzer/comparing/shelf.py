"""Files of one side kept in a temporary file without a name, until they are compared."""

from __future__ import annotations

import mmap
import os
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from types import TracebackType

from analyzer.comparing.sides import Side
from analyzer.errors import AnalyzerError
from analyzer.layers.wants import Content
from analyzer.nameless import nameless_file
from analyzer.tarheader import Entry, Sink


class CannotWriteError(Exception):
    """Temporary disk failed; neither OSError nor AnalyzerError, which say that input is damaged."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(reason)
        self.reason = reason


class Shelf(AbstractContextManager["Shelf"]):
    """Files of one side, one behind the other in a temporary file without a name."""

    def __init__(self) -> None:
        try:
            self._file = nameless_file()
        except OSError as problem:
            raise CannotWriteError(problem) from problem
        self._spans: dict[str, tuple[int, int]] = {}
        self._missed: set[str] = set()
        self._end = 0

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of everything."""
        self._file.close()

    def fill(self, side: Side, paths: Collection[str], most: int) -> None:
        """Read the files at `paths`.

        Those larger than `most` are left out, and those of layers that are not proven.

        Raises:
            CannotWriteError: there is no room.
        """
        for layer, places in sorted(side.places(paths).items()):
            spans: dict[int, tuple[int, int]] = {}

            def choose(
                entry: Entry,
                places: Mapping[int, list[str]] = places,
                spans: dict[int, tuple[int, int]] = spans,
            ) -> Sink | None:
                wanted = entry.offset in places and entry.size <= most
                return _Kept(self, entry.offset, spans) if wanted else None

            try:
                proven = side.read(layer, choose)
            except (AnalyzerError, OSError):
                proven = False
            self._missed.update(path for names in places.values() for path in names)
            if proven:
                self._spans |= {
                    path: spans[offset]
                    for offset, names in places.items()
                    if offset in spans
                    for path in names
                }

    def begin(self) -> int:
        """Where the next file starts: at a place from which it can be mapped."""
        step = mmap.ALLOCATIONGRANULARITY
        self._end = -(-self._end // step) * step
        return self._end

    def append(self, data: memoryview) -> None:
        """Keep a piece. Raises CannotWriteError."""
        left = data
        try:
            while left:
                count = os.pwrite(self._file.fileno(), left, self._end)
                self._end += count
                left = left[count:]
        except OSError as problem:
            raise CannotWriteError(problem) from problem

    @property
    def end(self) -> int:
        """Where what was kept ends."""
        return self._end

    def content(self, path: str) -> Content | None:
        """The whole content of a file, mapped; None where it was not read or not proven."""
        span = self._spans.get(path)
        if span is None:
            return None
        start, end = span
        if start == end:
            return b""
        return mmap.mmap(self._file.fileno(), end - start, access=mmap.ACCESS_READ, offset=start)

    def missed(self, path: str) -> bool:
        """Whether there is such a file, of which the content was asked for and is not to be had."""
        return path in self._missed and path not in self._spans


class _Kept:
    """Writes one file on the shelf; only a whole one is known afterwards."""

    def __init__(self, shelf: Shelf, offset: int, spans: dict[int, tuple[int, int]]) -> None:
        self._shelf = shelf
        self._offset = offset
        self._spans = spans
        self._start = shelf.begin()

    def write(self, data: memoryview) -> None:
        """Keep a piece."""
        self._shelf.append(data)

    def close(self) -> None:
        """All of it was there."""
        self._spans[self._offset] = self._start, self._shelf.end
