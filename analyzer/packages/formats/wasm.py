"""Custom sections of WebAssembly modules, where compilers leave what they have to say.

https://webassembly.github.io/spec/core/binary/modules.html: sections of a number, a length and
bytes; number 0 is a custom section, which begins with its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from analyzer.packages.contract import Slices
from analyzer.packages.formats.binary import LONGEST_NAME, Binary, Section, piece

MAGIC: Final = b"\0asm"
_HEADER_BYTES: Final = 8
_MOST_SECTIONS: Final = 10_000
_NUMBER_BYTES: Final = 5
"""Of a 32-bit number in LEB128."""
_MORE: Final = 0x80


def read(content: Slices) -> Binary | None:
    """The custom sections; None for no module."""
    if content[: len(MAGIC)] != MAGIC:
        return None
    return Binary("<", wide=False, sections=tuple(_custom(content)), segments=())


def _custom(content: Slices) -> Iterator[Section]:
    at = _HEADER_BYTES
    for _ in range(_MOST_SECTIONS):
        kind = piece(content, at, 1)
        size, start = _number(content, at + 1)
        if not kind or start is None:
            return
        if kind == b"\0":
            length, name_at = _number(content, start)
            if name_at is not None and name_at + length <= start + size:
                name = piece(content, name_at, min(length, LONGEST_NAME))
                payload = name_at + length
                yield Section(name, payload, start + size - payload, 0, 0)
        at = start + size


def _number(content: Slices, at: int) -> tuple[int, int | None]:
    """A number in LEB128 and where it ends; None for one that does not end."""
    number = 0
    for index, byte in enumerate(piece(content, at, _NUMBER_BYTES)):
        number |= (byte & ~_MORE) << (7 * index)
        if not byte & _MORE:
            return number, at + index + 1
    return 0, None
