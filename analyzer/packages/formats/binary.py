"""What ELF, PE and Mach-O have in common: named pieces of a file, and where they are loaded.

Every number in such a file is somebody's claim. Nothing here reads beyond the end of the file;
what is asked for and not there is short or empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final, Literal, NamedTuple

from analyzer.packages.contract import Slices

LONGEST_NAME: Final = 64
"""Of a name that is compared; none that is looked for comes near."""
ByteOrder = Literal["<", ">"]
"""As `struct` writes it."""


class Section(NamedTuple):
    """A named piece of a program."""

    name: bytes
    """Of Mach-O, `segment,section`."""
    offset: int
    """In the file."""
    size: int
    """In the file; 0 for what is only made in memory, and for what a file of debugging
    information tells of another."""
    address: int
    kind: int
    """ELF section type, PE characteristics, Mach-O flags."""
    link: int = 0
    """ELF `sh_link`."""


class Segment(NamedTuple):
    """A piece of a program as it is loaded."""

    address: int
    offset: int
    size: int
    """Of what the file holds."""
    data: bool
    """Loaded to be written and not to be run."""


@dataclass(frozen=True, slots=True)
class Binary:
    """One program: an ELF or PE file, or one architecture of a Mach-O file."""

    order: ByteOrder
    wide: bool
    """64 bit."""
    sections: tuple[Section, ...]
    segments: tuple[Segment, ...]
    fault: str = ""
    """What its headers promise and the file does not hold."""

    def section(self, name: bytes) -> Section | None:
        """The first section of that name."""
        return next((section for section in self.sections if section.name == name), None)

    def offset_of(self, address: int) -> int | None:
        """Where in the file the byte is that is loaded at `address`."""
        for segment in self.segments:
            if segment.address <= address < segment.address + segment.size:
                return segment.offset + address - segment.address
        return None

    def at(self, content: Slices, address: int, size: int) -> bytes:
        """`size` bytes as loaded at `address`; fewer where the segment or the file ends."""
        for segment in self.segments:
            if segment.address <= address < segment.address + segment.size:
                inside = address - segment.address
                return piece(content, segment.offset + inside, min(size, segment.size - inside))
        return b""


def piece(content: Slices, offset: int, size: int) -> bytes:
    """`size` bytes from `offset`; fewer where the file ends."""
    if offset < 0 or size <= 0:
        return b""
    return content[offset : offset + size]


def rows(layout: Struct, table: bytes, stride: int) -> list[tuple[int, ...]]:
    """The whole records of a table whose records are `stride` bytes apart."""
    if stride < layout.size:
        return []
    last = len(table) - layout.size
    return [layout.unpack_from(table, at) for at in range(0, last + 1, stride)]


def name_at(names: bytes, start: int, longest: int = LONGEST_NAME) -> bytes:
    """The C string that begins at `start`, cut after `longest` bytes.

    A hostile file can point at the same endless name a hundred thousand times.
    """
    return names[start : start + longest].partition(b"\0")[0]
