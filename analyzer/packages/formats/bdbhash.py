"""The values of a Berkeley DB hash database, in either byte order.

Layout: Berkeley DB's `src/dbinc/db_page.h`, https://github.com/berkeleydb/libdb; the way through
the pages is that of rpm's own reader, `lib/backend/bdb_ro.c`: bucket by bucket, each a chain of
pages with keys and values in turn. No page is used twice, so a chain that bites its tail ends.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from analyzer.packages.formats.damage import Damage, Unreadable

_MAGIC, _BTREE_MAGIC = 0x00061561, 0x00053162
_VERSIONS = range(8, 11)
_META_SIZE = 512
_SPARES = 32
_HEADER = 26
_HASH_PAGES = frozenset({2, 13})
"""Unsorted, of Berkeley DB before 4.6, and sorted."""
_OVERFLOW = 7
_INLINE, _OFF_PAGE = 1, 3
_OFF_PAGE_SIZE = 12
_COUNTER = b"\0\0\0\0"
"""Under this key rpm keeps the number of the next package."""


def is_hash(data: bytes) -> bool:
    """Whether a file begins as such a database."""
    return data[12:16] in {_MAGIC.to_bytes(4, "big"), _MAGIC.to_bytes(4, "little")}


def values(data: bytes) -> Iterator[bytes | Damage]:
    """The value of every key but rpm's counter; raises Unreadable where it is no such file."""
    yield from _Hash(data).values()


class _Hash:
    """A database, and the pages of it that have been used."""

    def __init__(self, data: bytes) -> None:
        if not is_hash(data) or len(data) < _META_SIZE:
            raise Unreadable("not a Berkeley DB hash database")
        self._order = "<" if data[12:16] == _MAGIC.to_bytes(4, "little") else ">"
        version, self._size = struct.unpack_from(f"{self._order}II", data, 16)
        (last,) = struct.unpack_from(f"{self._order}I", data, 32)
        if version not in _VERSIONS:
            raise Unreadable(f"a Berkeley DB hash database of version {version}")
        if data[24]:
            raise Unreadable("an encrypted Berkeley DB database")
        if self._size not in {2**power for power in range(9, 17)}:
            raise Unreadable(f"a Berkeley DB database with pages of {self._size} bytes")
        (self._last_bucket,) = struct.unpack_from(f"{self._order}I", data, 72)
        self._spares = struct.unpack_from(f"{self._order}{_SPARES}I", data, 96)
        self._count = min(last + 1, len(data) // self._size)
        self._view = memoryview(data)
        self._used: set[int] = set()
        self._cut = len(data) < (last + 1) * self._size

    def values(self) -> Iterator[bytes | Damage]:
        """All values, bucket by bucket."""
        if self._cut:
            yield Damage("the file is cut short")
        if self._last_bucket >= self._count:
            yield Damage("more buckets than pages")
        for bucket in range(min(self._last_bucket + 1, self._count)):
            number = bucket + self._spares[bucket.bit_length()]
            while number:
                try:
                    page = self._take(number, _HASH_PAGES)
                    number = self._u32(page, 16)
                except Unreadable as why:
                    yield Damage(str(why))
                    break
                yield from self._pairs(page)

    def _u16(self, page: memoryview, place: int) -> int:
        return int(struct.unpack_from(f"{self._order}H", page, place)[0])

    def _u32(self, page: memoryview, place: int) -> int:
        return int(struct.unpack_from(f"{self._order}I", page, place)[0])

    def _take(self, number: int, kinds: frozenset[int]) -> memoryview:
        """Page `number`, once; raises Unreadable."""
        if not 0 < number < self._count:
            raise Unreadable(f"page {number} lies beyond the end")
        page = self._view[number * self._size : (number + 1) * self._size]
        if number in self._used:
            raise Unreadable(f"page {number} is used twice")
        self._used.add(number)
        if page[25] not in kinds or self._u32(page, 8) != number:
            raise Unreadable(f"page {number} is not what it should be")
        return page

    def _pairs(self, page: memoryview) -> Iterator[bytes | Damage]:
        """The values of one page of a bucket; items fill it from its end backwards."""
        count = min(self._u16(page, 20), (self._size - _HEADER) // 2)
        starts = struct.unpack_from(f"{self._order}{count}H", page, _HEADER)
        ends = (self._size, *starts)
        if any(start > end for start, end in zip(starts, ends, strict=False)):
            # Items would overlap, and a small file stand for a lot of data.
            yield Damage(f"page {self._u32(page, 8)} is not what it should be")
            return
        for at in range(0, count - 1, 2):
            try:
                if self._item(page[starts[at] : ends[at]]) != _COUNTER:
                    yield self._item(page[starts[at + 1] : ends[at + 1]])
            except Unreadable as why:
                yield Damage(f"page {self._u32(page, 8)}: {why}")

    def _item(self, item: memoryview) -> bytes:
        kind = item[0] if item else 0
        if kind == _INLINE:
            return bytes(item[1:])
        if kind == _OFF_PAGE and len(item) == _OFF_PAGE_SIZE:
            return b"".join(self._overflow(self._u32(item, 4), self._u32(item, 8)))
        raise Unreadable(f"a record of type {kind}")

    def _overflow(self, number: int, size: int) -> Iterator[memoryview]:
        """The pieces of a value that has pages of its own."""
        while size:
            page = self._take(number, frozenset({_OVERFLOW}))
            length = self._u16(page, 22)
            if not 0 < length <= min(size, self._size - _HEADER):
                raise Unreadable(f"page {number} is not what it should be")
            yield page[_HEADER : _HEADER + length]
            size -= length
            number = self._u32(page, 16)
