"""The values of rpm's own database format, NDB (`Packages.db`).

There is no document but rpm's source, `lib/backend/ndb/rpmpkg.c`,
https://github.com/rpm-software-management/rpm. Integers are little-endian. Slots fill the first
pages; each says in which blocks of 16 bytes a package's blob is.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from analyzer.packages.formats.damage import Damage, Unreadable

_MAGIC, _SLOT, _BEGIN, _END = b"RpmP", b"Slot", b"BlbS", b"BlbE"
_HEADER = struct.Struct("<4s4I")
_SLOT_OF = struct.Struct("<4s3I")
_BLOB = struct.Struct("<4s3I")
_TAIL = struct.Struct("<II4s")
_PAGE, _BLOCK = 4096, 16
_FIRST_SLOT = 32


def values(data: bytes) -> Iterator[bytes | Damage]:
    """The blob of every slot in use; raises Unreadable where it is no such file."""
    if len(data) < _FIRST_SLOT or data[:4] != _MAGIC:
        raise Unreadable("not an rpm NDB database")
    _, version, _, pages, _ = _HEADER.unpack_from(data)
    if version:
        raise Unreadable(f"an rpm NDB database of version {version}")
    end = pages * _PAGE
    if end > len(data):
        yield Damage("the file is cut short")
    taken = end
    slots: list[tuple[int, int, int]] = []
    for place in range(_FIRST_SLOT, min(end, len(data)) - _SLOT_OF.size + 1, _SLOT_OF.size):
        magic, package, start, count = _SLOT_OF.unpack_from(data, place)
        if magic != _SLOT:
            yield Damage(f"no slot at {place}, where one should be")
        elif start:
            slots.append((start * _BLOCK, count * _BLOCK, package))
    # In the order of their places two that overlap are beside each other, and are refused, so
    # that a small file cannot stand for a lot of data.
    for start, size, package in sorted(slots):
        try:
            yield from _blob(data, taken, start, size, package)
            taken = start + size
        except Unreadable as why:
            yield Damage(f"the blob of package {package}: {why}")


def _blob(data: bytes, taken: int, start: int, size: int, package: int) -> Iterator[bytes | Damage]:
    """One blob behind `taken` and, where its checksum is another, that; raises Unreadable."""
    end = start + size
    if start < taken:
        raise Unreadable("it overlaps another")
    if size < _BLOB.size + _TAIL.size or end > len(data):
        raise Unreadable("it lies beyond the end")
    magic, number, _, length = _BLOB.unpack_from(data, start)
    checksum, again, last = _TAIL.unpack_from(data, end - _TAIL.size)
    needed = -(-(_BLOB.size + length + _TAIL.size) // _BLOCK) * _BLOCK
    if (magic, number, last) != (_BEGIN, package, _END) or length != again or needed != size:
        raise Unreadable("it is not whole")
    body = start + _BLOB.size
    if zlib.adler32(memoryview(data)[start : end - _TAIL.size]) != checksum:
        # rpm does not look at it when it reads, either.
        yield Damage(
            f"the blob of package {package} has another checksum than it states", lost=False
        )
    yield data[body : body + length]
