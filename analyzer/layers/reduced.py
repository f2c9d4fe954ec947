"""The parts that a reducer took out of a file, packed into the one value that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct, error

_LENGTHS = Struct("<IQ")


def pack(parts: Mapping[str, bytes]) -> bytes:
    """`parts` as bytes, the same for the same parts."""
    packed = bytearray()
    for name in sorted(parts):
        title = name.encode("utf-8", "surrogateescape")
        packed += _LENGTHS.pack(len(title), len(parts[name])) + title + parts[name]
    return bytes(packed)


def unpack(packed: bytes) -> dict[str, bytes]:
    """What `pack` was given.

    Raises:
        ValueError: these bytes are not of `pack`.
    """
    parts: dict[str, bytes] = {}
    at = 0
    while at < len(packed):
        try:
            title, size = _LENGTHS.unpack_from(packed, at)
        except error as cut:
            raise ValueError("packed parts that are cut off") from cut
        at += _LENGTHS.size
        end = at + title + size
        if end > len(packed):
            raise ValueError("packed parts that are cut off")
        name = packed[at : at + title].decode("utf-8", "surrogateescape")
        parts[name] = packed[at + title : end]
        at = end
    return parts
