"""Sections, segments and symbols of Mach-O files, 32 and 64 bit, both byte orders, fat or not.

mach-o/loader.h and mach-o/fat.h of Apple's XNU:
https://github.com/apple-oss-distributions/xnu/tree/main/EXTERNAL_HEADERS/mach-o. A fat file is a
table of files, one for each architecture; it has the same first bytes as a Java class.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from analyzer.packages.contract import Slices
from analyzer.packages.formats.binary import (
    Binary,
    ByteOrder,
    Section,
    Segment,
    name_at,
    piece,
    rows,
)

MAGICS: Final[dict[bytes, tuple[ByteOrder, bool]]] = {
    b"\xfe\xed\xfa\xce": (">", False),
    b"\xce\xfa\xed\xfe": ("<", False),
    b"\xfe\xed\xfa\xcf": (">", True),
    b"\xcf\xfa\xed\xfe": ("<", True),
}
"""Byte order, and whether it is of 64 bit."""
FAT_MAGICS: Final = {b"\xca\xfe\xba\xbe": Struct(">8xII"), b"\xca\xfe\xba\xbf": Struct(">8xQQ")}
_FAT_STRIDE: Final = {b"\xca\xfe\xba\xbe": 20, b"\xca\xfe\xba\xbf": 32}
_MOST_ARCHITECTURES: Final = 30
"""Java classes have their major version here, which began with 45."""
_SEGMENTS: Final = frozenset({0x1, 0x19})
_SYMTAB: Final = 0x2
_ZEROFILL: Final = frozenset({0x1, 0xC, 0x12})
_READ_WRITE: Final = 3
_COMMANDS_BYTES: Final = 1 << 20
_TABLE_BYTES: Final = 8 << 20


class _Layout(NamedTuple):
    header: Struct
    """ncmds, sizeofcmds."""
    segment: Struct
    section: Struct
    symbol: Struct
    command: Struct
    symtab: Struct


def _layout(order: ByteOrder, *, wide: bool) -> _Layout:
    word = "Q" if wide else "I"
    return _Layout(
        Struct(f"{order}16xII{'8x' if wide else '4x'}"),
        # segname, vmaddr, vmsize, fileoff, filesize, maxprot, initprot, nsects, flags
        Struct(f"{order}8x16s{word * 4}IIII"),
        # sectname, segname, addr, size, offset, align, reloff, nreloc, flags, reserved
        Struct(f"{order}16s16s{word * 2}IIIII{'12x' if wide else '8x'}"),
        Struct(f"{order}IBBH{word}"),
        Struct(f"{order}II"),
        Struct(f"{order}8xIIII"),
    )


_LAYOUTS: Final = {(order, wide): _layout(order, wide=wide) for order, wide in MAGICS.values()}


class _Command(NamedTuple):
    kind: int
    raw: bytes


def read(content: Slices) -> list[tuple[Binary, int]]:
    """Each architecture, with where in the file it begins; nothing for no Mach-O file."""
    magic = content[:4]
    if magic in MAGICS:
        binary = _thin(content, 0)
        return [(binary, 0)] if binary else []
    layout = FAT_MAGICS.get(magic)
    if layout is None:
        return []
    number = int.from_bytes(content[4:8], "big")
    if number > _MOST_ARCHITECTURES:
        return []
    stride = _FAT_STRIDE[magic]
    found = []
    for offset, _ in rows(layout, piece(content, 8, number * stride), stride):
        if binary := _thin(content, offset):
            found.append((binary, offset))
    return found


def symbols(
    content: Slices, binary: Binary, start: int, wanted: frozenset[bytes]
) -> dict[bytes, int]:
    """The addresses of these symbols, by their names without the leading underscore."""
    found: dict[bytes, int] = {}
    layout = _LAYOUTS[binary.order, binary.wide]
    longest = max(map(len, wanted)) + 2
    for command in _commands(content, start):
        if command.kind != _SYMTAB or len(command.raw) < layout.symtab.size:
            continue
        place, number, names_place, names_size = layout.symtab.unpack_from(command.raw)
        table = piece(content, start + place, min(number * layout.symbol.size, _TABLE_BYTES))
        names = piece(content, start + names_place, min(names_size, _TABLE_BYTES))
        for start_of_name, _, _, _, address in rows(layout.symbol, table, layout.symbol.size):
            name = name_at(names, start_of_name, longest)
            if name[:1] == b"_" and name[1:] in wanted and address:
                found.setdefault(name[1:], address)
        # One per file, and a hostile file could have the same a hundred thousand times.
        break
    return found


def _thin(content: Slices, start: int) -> Binary | None:
    kind = MAGICS.get(piece(content, start, 4))
    if kind is None:
        return None
    layout = _LAYOUTS[kind]
    sections: list[Section] = []
    segments: list[Segment] = []
    for command in _commands(content, start):
        if command.kind not in _SEGMENTS or len(command.raw) < layout.segment.size:
            continue
        name, address, _, offset, size, most, first, number, _ = layout.segment.unpack_from(
            command.raw
        )
        if name.rstrip(b"\0") != b"__PAGEZERO":
            data = most == first == _READ_WRITE
            segments.append(Segment(address, start + offset, size, data))
        table = command.raw[layout.segment.size :][: number * layout.section.size]
        sections += _sections(table, layout, start)
    end = max((segment.offset + segment.size for segment in segments), default=0)
    fault = ""
    if end > len(content):
        fault = f"the program is cut off: {len(content)} bytes of at least {end}"
    return Binary(*kind, tuple(sections), tuple(segments), fault)


def _sections(table: bytes, layout: _Layout, start: int) -> Iterator[Section]:
    for at in range(0, len(table) - layout.section.size + 1, layout.section.size):
        name, segment, address, size, offset, _, _, _, flags = layout.section.unpack_from(table, at)
        held = 0 if flags & 0xFF in _ZEROFILL else size
        full = segment.rstrip(b"\0") + b"," + name.rstrip(b"\0")
        yield Section(full, start + offset, held, address, flags)


def _commands(content: Slices, start: int) -> Iterator[_Command]:
    """The load commands; as many as are whole."""
    kind = MAGICS.get(piece(content, start, 4))
    if kind is None:
        return
    layout = _LAYOUTS[kind]
    head = piece(content, start, layout.header.size)
    if len(head) < layout.header.size:
        return
    number, total = layout.header.unpack(head)
    raw = piece(content, start + len(head), min(total, _COMMANDS_BYTES))
    at = 0
    for _ in range(number):
        if at + layout.command.size > len(raw):
            return
        command, length = layout.command.unpack_from(raw, at)
        if length < layout.command.size:
            return
        yield _Command(command, raw[at : at + length])
        at += length
