"""Sparse files in tars: where their stored bytes belong, and the holes between them.

Formats: GNU tar manual, "Storing Sparse Files" (old GNU; pax 0.0, 0.1 and 1.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analyzer.tarheader import BLOCK_BYTES, SPARSE_MAP, BadHeader, Sink, decimal, number

Segment = tuple[int, int]
"""Where stored bytes belong in the file, and how many they are."""

_PAIR_BYTES = 24
_HOLE = memoryview(bytes(1 << 16))


def header_segments(block: bytes) -> list[Segment]:
    """The first four segments, which stand in the old GNU header itself."""
    return list(_table(block[386:482]))


def extension_segments(block: bytes) -> Iterator[Segment]:
    """The segments of an old GNU extension block."""
    return _table(block[:504])


def _table(data: bytes) -> Iterator[Segment]:
    """Twelve bytes each of offset and length; an empty offset ends the table, as in Go."""
    for start in range(0, len(data), _PAIR_BYTES):
        pair = data[start : start + _PAIR_BYTES]
        if not pair[0]:
            return
        yield number(pair[:12]), number(pair[12:])


def pax_form(records: Mapping[str, bytes]) -> int | None:
    """In which form pax records state the map: 0 in themselves, 1 before the data, None in none.

    As Go's archive/tar tells it (reader.go, `readGNUSparsePAXHeaders`): without a form that it
    knows the entry is no sparse file, and no record of one counts, not even the name.
    """
    version = records.get("GNU.sparse.major", b""), records.get("GNU.sparse.minor", b"")
    if version == (b"1", b"0"):
        return 1
    if version in {(b"0", b"0"), (b"0", b"1")}:
        return 0
    return 0 if version == (b"", b"") and records.get(SPARSE_MAP) else None


def pax_segments(records: Mapping[str, bytes]) -> list[Segment]:
    """The segments that pax records of form 0 hold."""
    text = records.get(SPARSE_MAP, b"")
    return _pairs(text.split(b",") if text else [])


def is_counted(records: Mapping[str, bytes], segments: Sequence[Segment]) -> bool:
    """Whether the records state how many segments there are, without which Go refuses them."""
    try:
        return decimal(records.get("GNU.sparse.numblocks", b""), "count") == len(segments)
    except BadHeader:
        return False


def _pairs(numbers: Sequence[bytes]) -> list[Segment]:
    if len(numbers) % 2:
        raise BadHeader("sparse map with half a segment")
    values = [decimal(digits, "sparse map") for digits in numbers]
    return list(zip(values[::2], values[1::2], strict=True))


class Expander:
    """A sink for the stored bytes of a sparse file that passes the whole file on to another.

    It writes exactly `size` bytes, in pieces; whoever gives it a sink has looked at the size.
    `segments` None means that the data begins with the map, of at most `map_bytes`.

    Raises (from all methods): BadHeader, where map, size and data contradict each other.
    """

    def __init__(
        self, inner: Sink, size: int, segments: list[Segment] | None, map_bytes: int
    ) -> None:
        self._inner = inner
        self._size = size
        self._map_bytes = map_bytes
        self._map = bytearray()
        self._lines_left = 1
        self._count = 0  # of the segments that the map has
        self._segments = iter(_checked(segments, size)) if segments is not None else None
        self._position = 0  # in the whole file
        self._left = 0  # of the current segment

    def write(self, data: memoryview) -> None:
        """Take stored bytes."""
        if self._segments is None:
            data = self._take_map(data)
        while len(data):
            if not self._left and not self._next_segment():
                raise BadHeader("sparse map names less than is stored")
            piece = data[: self._left]
            self._pass_on(piece)
            self._left -= len(piece)
            data = data[len(piece) :]

    def close(self) -> None:
        """All stored bytes were there: fill up to the size."""
        if self._segments is None or self._left or self._next_segment():
            raise BadHeader("sparse map names more than is stored")
        self._fill(self._size)
        self._inner.close()

    def _pass_on(self, piece: memoryview) -> None:
        self._inner.write(piece)
        self._position += len(piece)

    def _fill(self, until: int) -> None:
        while self._position < until:
            self._pass_on(_HOLE[: until - self._position])

    def _next_segment(self) -> bool:
        for start, length in self._segments or ():
            self._fill(start)
            if length:
                self._left = length
                return True
        return False

    def _take_map(self, data: memoryview) -> memoryview:
        """Format 1.0: numbers, a line each, filled up to whole blocks; the first counts pairs."""
        while len(data) and self._segments is None:
            taken = data[: BLOCK_BYTES - len(self._map) % BLOCK_BYTES]
            self._map += taken
            data = data[len(taken) :]
            if len(self._map) > self._map_bytes:
                raise BadHeader("sparse map without an end")
            if len(self._map) % BLOCK_BYTES == 0:
                self._end_map_block()
        return data

    def _end_map_block(self) -> None:
        first_block = len(self._map) == BLOCK_BYTES
        if first_block:
            self._count = decimal(bytes(self._map.partition(b"\n")[0]), "sparse map")
            if self._count < 0:
                raise BadHeader(f"sparse map of {self._count} segments")
            self._lines_left = 1 + 2 * self._count
        self._lines_left -= self._map.count(b"\n", len(self._map) - BLOCK_BYTES)
        if self._lines_left <= 0:
            lines = bytes(self._map).split(b"\n")[1 : 1 + 2 * self._count]
            self._segments = iter(_checked(_pairs(lines), self._size))


def _checked(segments: list[Segment], size: int) -> list[Segment]:
    """Segments that are in order, apart from each other, and inside the file."""
    position = 0
    for start, length in segments:
        if length < 0 or start < position or start + length > size:
            raise BadHeader(f"sparse segment of {length} bytes at {start} does not fit")
        position = start + length
    return segments
