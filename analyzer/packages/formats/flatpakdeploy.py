"""What flatpak notes when it installs something: a GVariant of type `(ssasta{sv})`.

The members: flatpak `common/flatpak-dir.c`, "Deploy data"; the coding of GVariants:
https://docs.gtk.org/glib/gvariant-specification-1.0.html. Offsets are little-endian everywhere;
the numbers, which are not, are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.packages.formats.text import text

_COMMIT = re.compile(rb"[0-9a-f]{64}\0")
_ALIGNMENT = 8
_FRAMED = 3
"""Members of the tuple whose ends are noted: two strings and a list of strings."""
_NUMBER = 8
_SIZES = ((0xFF, 1), (0xFFFF, 2), (0xFFFFFFFF, 4))


def read(data: bytes) -> dict[str, str]:
    """The texts of the dictionary at the end, by key, and the first two as `origin`, `commit`.

    Raises:
        ValueError: it is no such value.
    """
    raw = bytes(data)
    width = _width(len(raw))
    ends = [_offset(raw, len(raw) - width * place, width) for place in (1, 2, 3)]
    commit = raw[ends[0] : ends[1]]
    if not 0 < ends[0] < ends[1] <= ends[2] <= len(raw) or not _COMMIT.fullmatch(commit):
        raise ValueError("not the data of an installation: its members overlap")
    start = _aligned(_aligned(ends[2]) + _NUMBER)
    values = dict(_texts(raw[start : len(raw) - width * _FRAMED]))
    values["origin"] = text(raw[: ends[0] - 1])
    values["commit"] = text(commit[:-1])
    return values


def _texts(array: bytes) -> Iterator[tuple[str, str]]:
    """The entries of `a{sv}` whose value is a text."""
    if not array:
        return
    width = _width(len(array))
    table = _offset(array, len(array) - width, width)
    if (len(array) - table) % width:
        raise ValueError("not the data of an installation: its entries overlap")
    start = 0
    for place in range(table, len(array), width):
        end = _offset(array, place, width)
        if not start <= end <= table:
            raise ValueError("not the data of an installation: its entries overlap")
        if pair := _pair(array[start:end]):
            yield pair
        start = _aligned(end)


def _pair(entry: bytes) -> tuple[str, str] | None:
    """An entry `{sv}`; nothing for a value of another type than text."""
    width = _width(len(entry))
    end = _offset(entry, len(entry) - width, width)
    value, _, kind = entry[_aligned(end) : len(entry) - width].rpartition(b"\0")
    if kind != b"s" or not 0 < end <= len(entry):
        return None
    return text(entry[: end - 1]), text(value.removesuffix(b"\0"))


def _width(size: int) -> int:
    """Of the offsets in a container of `size` bytes."""
    return next((width for most, width in _SIZES if size <= most), 8)


def _offset(data: bytes, place: int, width: int) -> int:
    if not 0 <= place <= len(data) - width:
        raise ValueError("not the data of an installation: too short")
    return int.from_bytes(data[place : place + width], "little")


def _aligned(place: int) -> int:
    return -(-place // _ALIGNMENT) * _ALIGNMENT
