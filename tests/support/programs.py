"""Small programs that are whole to whoever reads their headers, written without the analyzer.

`trimmed_*` make a fixture of a real program: the pieces asked for, at the addresses that they had,
and nothing of the rest. Tools such as `go version -m` and `readelf` read the result.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

LOAD = 1
READ_WRITE, READ_RUN = 6, 5
PROGBITS, SYMTAB, STRTAB, NOTE, NOBITS = 1, 2, 3, 7, 8
SECTION_BYTES = 40
READ_DATA, READ_WRITE_DATA = 0x40000040, 0xC0000040
"""Characteristics of PE sections."""


@dataclass(frozen=True)
class Part:
    """A section or a segment of an ELF file to be written."""

    address: int
    data: bytes
    name: bytes = b""
    """Of a section; a segment has none."""
    kind: int = PROGBITS
    flags: int = READ_WRITE
    link: int = 0


@dataclass(frozen=True)
class Shape:
    """Class, byte order and machine of an ELF file."""

    wide: bool = True
    order: str = "<"
    machine: int = 62
    header: str = field(default="", repr=False)

    @property
    def formats(self) -> tuple[str, str, str]:
        """`struct` formats of the file header after e_ident, a program and a section header."""
        word = "Q" if self.wide else "I"
        segment = "IIQQQQQQ" if self.wide else "IIIIIIII"
        section = "IIQQQQIIQQ" if self.wide else "IIIIIIIIII"
        return (
            f"{self.order}HHI{word}{word}{word}IHHHHHH",
            self.order + segment,
            self.order + section,
        )


def elf(segments: Sequence[Part], sections: Sequence[Part], shape: Shape | None = None) -> bytes:
    """An ELF file; a section whose bytes a segment loads shares them."""
    shape = shape or Shape()
    head, phdr, shdr = shape.formats
    names = b"\0" + b"".join(part.name + b"\0" for part in sections) + b".shstrtab\0"
    table = [Part(0, b"", kind=0), *sections, Part(0, names, b".shstrtab", STRTAB)]
    at = 16 + struct.calcsize(head) + len(segments) * struct.calcsize(phdr)
    body = bytearray()
    places: list[int] = []
    for part in segments:
        places.append(at + len(body))
        body += part.data
    loads = b"".join(_segment(shape, phdr, p, o) for p, o in zip(segments, places, strict=True))
    headers = bytearray()
    for index, part in enumerate(table):
        inside = (
            o + part.address - p.address
            for p, o in zip(segments, places, strict=True)
            if part.address and p.address <= part.address < p.address + len(p.data)
        )
        place = next(inside, None)
        if place is None:
            place = at + len(body)
            body += part.data
        name = names.index(b"\0" + part.name + b"\0") + 1 if part.name else 0
        size = len(part.data)
        common = (place if index else 0, size, part.link, 0, 1, 0)
        headers += struct.pack(shdr, name, part.kind, 0, part.address, *common)
    numbers = (
        *(16 + struct.calcsize(head), struct.calcsize(phdr), len(segments)),
        *(struct.calcsize(shdr), len(table), len(table) - 1),
    )
    start = at + len(body)
    ident = b"\x7fELF" + bytes([1 + shape.wide, 1 if shape.order == "<" else 2, 1]) + bytes(9)
    first = struct.pack(
        head, 2, shape.machine, 1, 0, numbers[0], start, 0, numbers[0], *numbers[1:]
    )
    return ident + first + loads + bytes(body) + bytes(headers)


def _segment(shape: Shape, layout: str, part: Part, place: int) -> bytes:
    size = len(part.data)
    if shape.wide:
        return struct.pack(
            layout, LOAD, part.flags, place, part.address, part.address, size, size, 1
        )
    return struct.pack(layout, LOAD, place, part.address, part.address, size, size, part.flags, 1)


def note(owner: bytes, kind: int, text: bytes, order: str = "<") -> bytes:
    """One note of a note section."""
    name = owner + b"\0"
    head = struct.pack(f"{order}III", len(name), len(text), kind)
    return head + name + bytes(-len(name) % 4) + text + bytes(-len(text) % 4)


def pe(sections: Sequence[Part], base: int = 0x140000000, exports: int = 0) -> bytes:
    """A 64-bit PE file; addresses of sections and of the export directory are from `base` on.

    `kind` of a part are its characteristics.
    """
    head = 64 + 24 + 240 + len(sections) * SECTION_BYTES
    places = [head + sum(len(part.data) for part in sections[:n]) for n in range(len(sections))]
    optional = struct.pack("<H22xQ", 0x20B, base).ljust(108, b"\0") + struct.pack("<I", 16)
    optional += struct.pack("<II", exports, 40 if exports else 0)
    coff = struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, 240, 0x22)
    table = b"".join(
        struct.pack(
            "<8sIIII12xI",
            *(part.name, len(part.data), part.address, len(part.data), place, part.kind),
        )
        for part, place in zip(sections, places, strict=True)
    )
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    data = b"".join(part.data for part in sections)
    return dos + b"PE\0\0" + coff + optional.ljust(240, b"\0") + table + data


def trimmed_pe(content: bytes, keep: bytes = b".data", most: int = 1 << 30) -> bytes:
    """A Windows program with the first `most` bytes of one section and no others."""
    start = struct.unpack_from("<I", content, 0x3C)[0]
    number, optional = struct.unpack_from("<H12xH", content, start + 6)
    table = start + 24 + optional
    end = table + number * SECTION_BYTES
    head = bytearray(content[:end])
    struct.pack_into("<II", head, start + 12, 0, 0)
    data = b""
    for at in range(table, end, SECTION_BYTES):
        name, size, place = struct.unpack_from("<8s8xII", head, at)
        if name.rstrip(b"\0") == keep:
            data = content[place : place + min(size, most)]
            struct.pack_into("<II", head, at + 16, len(data), end)
        else:
            struct.pack_into("<II", head, at + 16, 0, 0)
    return bytes(head) + data


def trimmed_macho(content: bytes, keep: bytes = b"__DATA", most: int = 1 << 30) -> bytes:
    """A 64-bit little-endian Mach-O with the first `most` bytes of one segment and no others."""
    number, total = struct.unpack_from("<II", content, 16)
    head = bytearray(content[: 32 + total])
    data = b""
    at = 32
    for _ in range(number):
        command, size = struct.unpack_from("<II", head, at)
        if command == 0x19:
            name, place, length = struct.unpack_from("<16s16xQQ", head, at + 8)
            kept = name.rstrip(b"\0") == keep
            if kept:
                data = content[place : place + min(length, most)]
            struct.pack_into("<QQ", head, at + 40, len(head) if kept else 0, len(data) * kept)
            sections = struct.unpack_from("<I", head, at + 64)[0]
            for inner in range(at + 72, at + 72 + sections * 80, 80):
                (where,) = struct.unpack_from("<I", head, inner + 48)
                # Zero-filled sections have no place in the file.
                moved = where - place + len(head) if kept and where else 0
                struct.pack_into("<I", head, inner + 48, moved)
                if not kept:
                    struct.pack_into("<Q", head, inner + 40, 0)
        elif command in (0x2, 0xB):
            head[at + 8 : at + size] = bytes(size - 8)
        at += size
    return bytes(head) + data
