"""The write-ahead log of an SQLite database: which pages it puts in place of which.

https://www.sqlite.org/fileformat2.html, "The Write-Ahead Log"; what counts after a crash follows
`walIndexRecover` of SQLite's `src/wal.c`: frames up to the first that does not carry on the
checksum, and of those the ones up to the last commit.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.packages.formats.damage import Damage

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = 0x377F0682
"""The lowest bit says in which byte order checksums are computed: 1 is big-endian."""
_VERSION = 3007000
_WORD = 0xFFFFFFFF
PAGE_SIZES = frozenset(2**power for power in range(9, 17))


@dataclass(frozen=True, slots=True)
class Log:
    """The committed state that a log holds; `pages` is empty where it holds none."""

    page_size: int = 0
    size: int = 0
    """Pages of the database after the last commit."""
    pages: Mapping[int, memoryview] = field(default_factory=dict)
    """The newest content by page number (from 1)."""
    damage: tuple[Damage, ...] = ()


def read_log(data: bytes) -> Log:
    """What is committed in `data`, which may be empty."""
    if len(data) <= _HEADER.size:
        return Log(damage=(Damage("a log that is cut short", lost=False),) if data else ())
    magic, version, page_size, _, *salts, first, second = _HEADER.unpack_from(data)
    order = ">" if magic & 1 else "<"
    checksum = _checksum(order, memoryview(data)[: _HEADER.size - 8], (0, 0))
    if magic & ~1 != _MAGIC or version != _VERSION or page_size not in PAGE_SIZES:
        return Log(damage=(Damage("not a write-ahead log", lost=False),))
    if checksum != (first, second):
        # SQLite, too, then goes by the database alone.
        return Log(damage=(Damage("a log whose header is damaged", lost=False),))
    return _frames(data, order, page_size, salts, checksum)


def _frames(
    data: bytes, order: str, page_size: int, salts: list[int], checksum: tuple[int, int]
) -> Log:
    view = memoryview(data)
    committed: dict[int, memoryview] = {}
    pending: dict[int, memoryview] = {}
    size = 0
    damage: tuple[Damage, ...] = ()
    for start in range(
        _HEADER.size, len(data) - _FRAME.size - page_size + 1, _FRAME.size + page_size
    ):
        number, commit, *mine, first, second = _FRAME.unpack_from(data, start)
        if mine != salts:
            break  # left over from before the log was last begun anew
        page = view[start + _FRAME.size : start + _FRAME.size + page_size]
        checksum = _checksum(order, page, _checksum(order, view[start : start + 8], checksum))
        if checksum != (first, second) or not number:
            damage = (Damage("a log with a damaged frame, which ends it", lost=False),)
            break
        pending[number] = page
        if commit:
            committed |= pending
            pending = {}
            size = commit
    return Log(page_size, size, committed, damage)


def _checksum(order: str, data: memoryview, before: tuple[int, int]) -> tuple[int, int]:
    """Carry a checksum on over `data`, whose length is a multiple of 8."""
    first, second = before
    for left, right in struct.iter_unpack(f"{order}II", data):
        first = (first + left + second) & _WORD
        second = (second + right + first) & _WORD
    return first, second
