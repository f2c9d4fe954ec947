r"""The build information that Go's linker leaves in every program, found and taken out.

After `debug/buildinfo` of Go: https://github.com/golang/go/blob/master/src/debug/buildinfo. A
header of 32 bytes: magic, pointer size, flags (1 big-endian, 2 inline). Inline, since Go 1.18, two
strings with their lengths follow; before, two pointers to Go's string headers.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from analyzer.packages.contract import Slices
from analyzer.packages.formats.binary import Binary, ByteOrder, piece

SECTION: Final = b".go.buildinfo"
"""Of ELF."""
_MACHO_SECTION: Final = b",__go_buildinfo"
_MAGIC: Final = b"\xff Go buildinf:"
_ALIGNMENT: Final = 16
_HEADER_BYTES: Final = 32
_NARROW: Final = 4
"""Bytes of a pointer on 32-bit systems; all others have twice as many."""
_MORE: Final = 0x80
"""Of a byte of a varint: another follows."""
_BIG_ENDIAN: Final = 1
_INLINE: Final = 2
_SCANNED_BYTES: Final = 4 << 20
"""Of a data segment. The linker puts the header near its begin; Go 1.17 looked at 64 KiB."""
_STRING_BYTES: Final = 1 << 20
"""More than the module text of any program that people build."""
_FRAME: Final = 16
"""Bytes before and after the module text (`infoStart` and `infoEnd` of cmd/go)."""


class BuildInfo(NamedTuple):
    """What the linker wrote: `go1.21.5`, and the module text, empty without modules."""

    version: bytes
    modules: bytes
    fault: str = ""


def find(content: Slices, binary: Binary) -> BuildInfo | None:
    """The build information of a program; None where there is none."""
    for section in binary.sections:
        if section.size and (section.name == SECTION or section.name.endswith(_MACHO_SECTION)):
            at = _scan(content, section.offset, section.address, section.size)
            if at is None:
                return BuildInfo(b"", b"", "the section for Go's build info holds none")
            return _decode(content, binary, at)
    for segment in binary.segments:
        if segment.data and segment.size:
            at = _scan(content, segment.offset, segment.address, segment.size)
            return None if at is None else _decode(content, binary, at)
    return None


def _scan(content: Slices, offset: int, address: int, size: int) -> int | None:
    """Where in the file the header is: at an address that 16 divides."""
    data = piece(content, offset, min(size, _SCANNED_BYTES))
    at = data.find(_MAGIC)
    while at >= 0:
        if (address + at) % _ALIGNMENT == 0:
            return offset + at
        at = data.find(_MAGIC, at + 1)
    return None


def _decode(content: Slices, binary: Binary, at: int) -> BuildInfo:
    header = piece(content, at, _HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        return BuildInfo(b"", b"", "Go's build info is cut off")
    if header[15] & _INLINE:
        version, after = _inline(content, at + _HEADER_BYTES)
        modules, _ = _inline(content, after)
    else:
        order: ByteOrder = ">" if header[15] & _BIG_ENDIAN else "<"
        width = _NARROW if header[14] == _NARROW else 2 * _NARROW
        version = _pointed(content, binary, _number(header[16 : 16 + width], order), width, order)
        second = _number(header[16 + width : 16 + 2 * width], order)
        modules = _pointed(content, binary, second, width, order) if second else b""
    if not version:
        return BuildInfo(b"", b"", "Go's build info has no version of Go that can be read")
    if modules is None:
        return BuildInfo(version, b"", "the list of Go modules is cut off, or beyond 1 MiB")
    if not modules:
        return BuildInfo(version, b"")
    if len(modules) < 2 * _FRAME + 1 or modules[-_FRAME - 1 : -_FRAME] != b"\n":
        return BuildInfo(version, b"", "the list of Go modules has no proper end")
    return BuildInfo(version, modules[_FRAME:-_FRAME])


def _inline(content: Slices, at: int) -> tuple[bytes | None, int]:
    """A string behind its length as a varint, and where it ends; None for a cut one."""
    head = piece(content, at, 10)
    length = 0
    for index, byte in enumerate(head):
        length |= (byte & ~_MORE) << (7 * index)
        if not byte & _MORE:
            start = at + index + 1
            found = piece(content, start, min(length, _STRING_BYTES))
            return (found if len(found) == length else None), start + length
    return None, at


def _pointed(
    content: Slices, binary: Binary, address: int, width: int, order: ByteOrder
) -> bytes | None:
    """The string whose header (pointer, length) is loaded at `address`."""
    header = binary.at(content, address, 2 * width)
    if len(header) < 2 * width:
        return None
    length = _number(header[width:], order)
    found = binary.at(content, _number(header[:width], order), min(length, _STRING_BYTES))
    return found if len(found) == length else None


def _number(raw: bytes, order: ByteOrder) -> int:
    return int.from_bytes(raw, "big" if order == ">" else "little")
