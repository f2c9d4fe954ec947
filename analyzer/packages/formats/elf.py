"""Sections, segments, symbols and notes of ELF files, 32 and 64 bit, both byte orders.

System V ABI, "Object Files": https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html.
`section_names` is for looking at every program of an image: it reads the file header, one section
header and one string table, and tells whether the rest is worth reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from analyzer.packages.contract import HEAD_BYTES, Slices
from analyzer.packages.formats.binary import (
    Binary,
    ByteOrder,
    Section,
    Segment,
    name_at,
    piece,
    rows,
)

MAGIC: Final = b"\x7fELF"
SYMBOL_TABLES: Final = frozenset({2, 11})
"""SHT_SYMTAB and SHT_DYNSYM."""
_MOST_TABLES: Final = 2
"""The ABI allows one of each type."""
_NOBITS: Final = 8
_LOAD: Final = 1
_EXECUTE_WRITE: Final = 3
_WRITE: Final = 2
_EXECUTE: Final = 1
_EXTENDED: Final = 0xFFFF
"""SHN_XINDEX: the number stands in the first section header."""
_TABLE_BYTES: Final = 8 << 20
"""More than a table of 65 535 sections has, or their names in any program that people build."""


class _Layout(NamedTuple):
    """Where the fields of one class and byte order are."""

    header: Struct
    """e_phoff, e_shoff, then six of 16 bit from e_ehsize on."""
    section: Struct
    segment: Struct
    symbol: Struct


def _layouts(order: ByteOrder) -> dict[int, _Layout]:
    return {
        1: _Layout(
            Struct(order + "28xII4x6H"),
            Struct(order + "IIIIIIIIII"),
            Struct(order + "IIIIIIII"),
            Struct(order + "IIIBBH"),
        ),
        2: _Layout(
            Struct(order + "32xQQ4x6H"),
            Struct(order + "IIQQQQIIQQ"),
            Struct(order + "IIQQQQQQ"),
            Struct(order + "IBBHQQ"),
        ),
    }


_ORDERS: Final[dict[int, ByteOrder]] = {1: "<", 2: ">"}
_LAYOUTS: Final = {number: _layouts(order) for number, order in _ORDERS.items()}
_HEADERS: Final = (52, 64)
"""Bytes of the file header by class."""
_WIDE: Final = 2
"""ELFCLASS64."""


class _Header(NamedTuple):
    order: ByteOrder
    wide: bool
    layout: _Layout
    segments: tuple[int, int, int]
    """Offset, stride and number of program headers."""
    sections: tuple[int, int, int]
    names: int
    """Index of the section with the names of sections."""


def section_names(content: Slices) -> bytes | None:
    """The names of all sections, NUL between; empty without sections, None for no ELF file."""
    header = _header(content)
    if header is None:
        return None
    return _names(content, header, header.names)


def read(content: Slices) -> Binary | None:
    """Sections and segments; None for no ELF file."""
    header = _header(content)
    if header is None:
        return None
    sections = tuple(_sections(content, header))
    segments = tuple(_segments(content, header))
    return Binary(header.order, header.wide, sections, segments, fault(content))


def code(head: bytes) -> tuple[int, int]:
    """Where the largest segment that is run and not written begins and ends, from the first bytes.

    Both are 0 where these do not tell, and where more than code may lie in it: it has some of the
    first `HEAD_BYTES` in it, the section headers, or bytes of another segment (linkers put all
    that is only read into one segment without `-z separate-code`, ld(1)).
    """
    header = _header(head)
    if header is None:
        return 0, 0
    offset, stride, number = header.segments
    if not 0 < offset + stride * number <= len(head):
        return 0, 0
    parts = [(place, place + size, flags) for flags, place, _, size in _loaded(head, header)]
    runs = [part for part in parts if part[2] & _EXECUTE_WRITE == _EXECUTE]
    start, end, _ = chosen = max(runs, key=lambda part: part[1] - part[0], default=(0, 0, 0))
    tables = header.sections[0], header.sections[0] + header.sections[1] * header.sections[2]
    others = [(0, HEAD_BYTES), tables, *(part[:2] for part in parts if part is not chosen)]
    if any(first < end and last > start for first, last in others):
        return 0, 0
    return start, end


def fault(content: Slices) -> str:
    """Words for a file that ends before its own section headers do; else empty."""
    header = _header(content)
    if header is None:
        return ""
    offset, stride, number = header.sections
    end = offset + stride * number
    if offset and end > len(content):
        return f"the program is cut off: {len(content)} bytes of at least {end}"
    return ""


def _header(content: Slices) -> _Header | None:
    raw = content[: _HEADERS[1]]
    if raw[:4] != MAGIC or len(raw) < _HEADERS[0]:
        return None
    order = _ORDERS.get(raw[5])
    if order is None or raw[4] not in (1, 2):
        return None
    layout = _LAYOUTS[raw[5]][raw[4]]
    if len(raw) < layout.header.size:
        return None
    phoff, shoff, _, phentsize, phnum, shentsize, shnum, names = layout.header.unpack_from(raw)
    if shoff and (shnum == 0 or names == _EXTENDED):
        shnum, names = _extended(content, layout, shoff, shnum, names)
    return _Header(
        order,
        raw[4] == _WIDE,
        layout,
        (phoff, phentsize, phnum),
        (shoff, shentsize, shnum),
        names,
    )


def _extended(
    content: Slices, layout: _Layout, shoff: int, shnum: int, names: int
) -> tuple[int, int]:
    """Numbers too large for the header, which are then in the first section header."""
    first = piece(content, shoff, layout.section.size)
    if len(first) < layout.section.size:
        return shnum, names
    fields = layout.section.unpack(first)
    return shnum or fields[5], fields[6] if names == _EXTENDED else names


def _names(content: Slices, header: _Header, index: int) -> bytes:
    offset, stride, number = header.sections
    layout = header.layout.section
    if index >= number or stride < layout.size:
        return b""
    raw = piece(content, offset + index * stride, layout.size)
    if len(raw) < layout.size:
        return b""
    fields = layout.unpack(raw)
    return piece(content, fields[4], min(fields[5], _TABLE_BYTES))


def _sections(content: Slices, header: _Header) -> Iterator[Section]:
    offset, stride, number = header.sections
    names = _names(content, header, header.names)
    table = piece(content, offset, min(stride * number, _TABLE_BYTES))
    for fields in rows(header.layout.section, table, stride):
        name, kind, _, address, place, size, link = fields[:7]
        held = 0 if kind == _NOBITS else size
        yield Section(name_at(names, name), place, held, address, kind, link)


def _segments(content: Slices, header: _Header) -> Iterator[Segment]:
    for flags, place, address, size in _loaded(content, header):
        yield Segment(address, place, size, flags & _EXECUTE_WRITE == _WRITE)


def _loaded(content: Slices, header: _Header) -> Iterator[tuple[int, int, int, int]]:
    """Flags, place in the file, address and size in the file of each segment that is loaded."""
    offset, stride, number = header.segments
    table = piece(content, offset, min(stride * number, _TABLE_BYTES))
    for fields in rows(header.layout.segment, table, stride):
        if header.wide:
            kind, flags, place, address, _, size = fields[:6]
        else:
            kind, place, address, _, size, _, flags = fields[:7]
        if kind == _LOAD:
            yield flags, place, address, size


def symbols(content: Slices, binary: Binary, wanted: frozenset[bytes]) -> dict[bytes, int]:
    """The addresses of the first defined symbols of these names."""
    found: dict[bytes, int] = {}
    layout = _LAYOUTS[1 if binary.order == "<" else 2][1 + binary.wide].symbol
    longest = max(map(len, wanted)) + 1
    tables = [s for s in binary.sections if s.kind in SYMBOL_TABLES]
    for section in tables[:_MOST_TABLES]:
        if section.link >= len(binary.sections):
            continue
        strings = binary.sections[section.link]
        names = piece(content, strings.offset, min(strings.size, _TABLE_BYTES))
        table = piece(content, section.offset, min(section.size, _TABLE_BYTES))
        for fields in rows(layout, table, layout.size):
            address, defined = (fields[4], fields[3]) if binary.wide else fields[1:6:4]
            name = name_at(names, fields[0], longest)
            if defined and name in wanted:
                found.setdefault(name, address)
    return found


def notes(raw: bytes, order: ByteOrder) -> Iterator[tuple[bytes, int, bytes]]:
    """Owner, type and description of each whole note of a note section.

    Names and descriptions are padded to four bytes, in 64-bit files too, whatever the ABI says.
    """
    layout = Struct(order + "III")
    at = 0
    while at + layout.size <= len(raw):
        name_size, size, kind = layout.unpack_from(raw, at)
        start = at + layout.size
        begin = start + _padded(name_size)
        if begin + size > len(raw):
            return
        yield raw[start : start + name_size].rstrip(b"\0"), kind, raw[begin : begin + size]
        at = begin + _padded(size)


def _padded(size: int) -> int:
    return (size + 3) & ~3
