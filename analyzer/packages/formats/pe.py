"""Sections and exported names of Windows programs, 32 and 64 bit.

https://learn.microsoft.com/en-us/windows/win32/debug/pe-format. A section is both the named piece
and what is loaded; longer names than eight bytes, which only object files need, are cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from struct import Struct
from typing import Final

from analyzer.packages.contract import Slices
from analyzer.packages.formats.binary import Binary, Section, Segment, name_at, piece, rows

MAGIC: Final = b"MZ"
_SIGNATURE: Final = b"PE\0\0"
_DOS: Final = Struct("<60xI")
"""Of the old header, where the new one is."""
_COFF: Final = Struct("<4xHHIIIHH")
_SECTION: Final = Struct("<8sIIII12xI")
_LONG: Final = Struct("<I")
_EXPORTS: Final = Struct("<20xIIIII")
_FIRST_DIRECTORY: Final = (96, 112)
"""In the optional header, narrow and wide."""
_BASES: Final = (Struct("<28xI"), Struct("<24xQ"))
_PE32_PLUS: Final = 0x20B
_ALIGNMENT: Final = 0x600000
"""As debug/buildinfo of Go masks it, though the field is one bit wider."""
_DATA: Final = 0xC0000040
"""Initialised data, to be read and written, and nothing else."""
_MOST_EXPORTS: Final = 1 << 16
"""Ordinals have 16 bits."""
_MOST_SECTIONS: Final = 96
"""What the Windows loader takes."""


def read(content: Slices) -> Binary | None:
    """Sections, also as segments; None for no PE file."""
    start = _start(content)
    if start is None:
        return None
    _, number, _, _, _, optional_size, _ = _COFF.unpack(piece(content, start, _COFF.size))
    optional = piece(content, start + _COFF.size, optional_size)
    base, wide = _base(optional)
    table = piece(content, start + _COFF.size + optional_size, number * _SECTION.size)
    sections = tuple(islice(_sections(table, base), _MOST_SECTIONS))
    segments = tuple(
        Segment(s.address, s.offset, s.size, s.kind & ~_ALIGNMENT == _DATA) for s in sections
    )
    end = max((s.offset + s.size for s in sections), default=0)
    fault = ""
    if len(table) < number * _SECTION.size or end > len(content):
        fault = f"the program is cut off: {len(content)} bytes of at least {end}"
    return Binary("<", wide, sections, segments, fault)


def exports(content: Slices, binary: Binary, wanted: frozenset[bytes]) -> dict[bytes, int]:
    """The addresses of these exported names."""
    start = _start(content)
    if start is None:
        return {}
    optional = piece(content, start + _COFF.size, _FIRST_DIRECTORY[1] + _LONG.size)
    base, wide = _base(optional)
    directory = optional[_FIRST_DIRECTORY[wide] :][: _LONG.size]
    raw = binary.at(content, base + int.from_bytes(directory, "little"), _EXPORTS.size)
    if len(raw) < _EXPORTS.size:
        return {}
    functions, names, function_table, name_table, ordinal_table = _EXPORTS.unpack(raw)
    names = min(names, _MOST_EXPORTS)
    found: dict[bytes, int] = {}
    pointers = binary.at(content, base + name_table, 4 * names)
    longest = max(map(len, wanted)) + 1
    for index, (pointer,) in enumerate(rows(_LONG, pointers, 4)):
        name = name_at(binary.at(content, base + pointer, longest), 0)
        if name in wanted:
            ordinal = int.from_bytes(
                binary.at(content, base + ordinal_table + 2 * index, 2), "little"
            )
            raw = binary.at(content, base + function_table + 4 * ordinal, 4)
            if ordinal < functions and len(raw) == _LONG.size:
                found.setdefault(name, base + _LONG.unpack(raw)[0])
    return found


def _start(content: Slices) -> int | None:
    raw = content[: _DOS.size]
    if raw[:2] != MAGIC or len(raw) < _DOS.size:
        return None
    (start,) = _DOS.unpack(raw)
    head = piece(content, start, _COFF.size)
    return int(start) if head[:4] == _SIGNATURE and len(head) == _COFF.size else None


def _base(optional: bytes) -> tuple[int, bool]:
    """Where the program wants to be loaded, and whether it is of 64 bit."""
    wide = int.from_bytes(optional[:2], "little") == _PE32_PLUS
    layout = _BASES[wide]
    if len(optional) < layout.size:
        return 0, wide
    return int(layout.unpack_from(optional)[0]), wide


def _sections(table: bytes, base: int) -> Iterator[Section]:
    for at in range(0, len(table) - _SECTION.size + 1, _SECTION.size):
        name, _, address, size, offset, kind = _SECTION.unpack_from(table, at)
        yield Section(name.rstrip(b"\0"), offset, size, base + address, kind)
