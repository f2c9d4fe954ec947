"""Contents kept out of everybody's reach until they are proven."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from tempfile import SpooledTemporaryFile
from types import TracebackType

from analyzer.extract.listing import StoredFile
from analyzer.nameless import spooled_file

MEMORY_BYTES = 8 << 20
"""What is kept in memory; more goes to a temporary file that has no name."""
PIECE_BYTES = 1 << 18


class Spool(AbstractContextManager["Spool"]):
    """Files one behind the other, in memory or in a temporary file without a name."""

    def __init__(self) -> None:
        self._file = spooled_file(MEMORY_BYTES)
        self._spans: dict[tuple[int, int], tuple[int, int]] = {}

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of everything."""
        self._file.close()

    def sink(self, file: StoredFile) -> _SpoolSink:
        """Takes the content of `file`; one at a time."""
        return _SpoolSink(self._file, self._spans, (file.layer, file.entry.offset))

    def has(self, file: StoredFile) -> bool:
        """Whether all of `file` is here."""
        return (file.layer, file.entry.offset) in self._spans

    def pieces(self, file: StoredFile) -> Iterator[bytes]:
        """The content of `file`."""
        start, end = self._spans[file.layer, file.entry.offset]
        self._file.seek(start)
        while start < end and (data := self._file.read(min(PIECE_BYTES, end - start))):
            start += len(data)
            yield data


class _SpoolSink:
    """Writes one file behind what is there; only a complete one is known afterwards."""

    def __init__(
        self,
        file: SpooledTemporaryFile[bytes],
        spans: dict[tuple[int, int], tuple[int, int]],
        key: tuple[int, int],
    ) -> None:
        self._file = file
        self._spans = spans
        self._key = key
        self._start = file.seek(0, 2)

    def write(self, data: memoryview) -> None:
        """Keep a piece."""
        self._file.write(data)

    def close(self) -> None:
        """Keep the file."""
        self._spans[self._key] = self._start, self._file.tell()
