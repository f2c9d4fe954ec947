"""The manifests of chisel: a zstd stream with one JSON object per line, "jsonwall".

https://documentation.ubuntu.com/chisel/en/latest/reference/manifest; written by chisel's
`public/jsonwall/jsonwall.go`, after whose names the members are called here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analyzer.codec import BadStream, Codec, inflater, sniff
from analyzer.layers.wants import Charge, Content, Reducer
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.jsonfile import NotAnObject, line, read_object
from analyzer.paths import clean

SCHEMAS = frozenset({"1.0"})
"""Of the members of the lines; chisel refuses any other."""
_VERSION = "1."
_WALL, _FAULT = "wall", "fault"
_PIECE = 1 << 16
_MODE_DIGITS = 5
MOST_BYTES = 64 << 20
"""Of a manifest, inflated; one with every file of a distribution has a tenth of that."""

Row = Mapping[str, Any]


def reduce(content: Content, charge: Charge) -> Mapping[str, bytes]:
    """The lines of a whole manifest, and why there are not more.

    Raises:
        LimitExceeded: by `charge`.
    """
    if sniff(content[:8]) is not Codec.ZSTD:
        return {_FAULT: b"not compressed with zstd"}
    wall = bytearray()
    try:
        fault = _inflate(content, wall, charge)
    except BadStream:
        fault = b"the compressed data is damaged"
    return {_WALL: bytes(wall), **({_FAULT: fault} if fault else {})}


def _inflate(content: Content, wall: bytearray, charge: Charge) -> bytes:
    """Inflate all of `content` onto `wall`; what is wrong with it. Raises BadStream."""
    stream = inflater(Codec.ZSTD)
    for at in range(0, len(content), _PIECE):
        for piece in stream.feed(content[at : at + _PIECE]):
            charge(len(piece))
            if len(wall) + len(piece) > MOST_BYTES:
                return f"it inflates to more than {MOST_BYTES} bytes".encode()
            wall += piece
    if not stream.finish():
        return b"the compressed data is cut off"
    return b"bytes that are no zstd follow" if stream.trailing else b""


REDUCER = Reducer("jsonwall", 1, reduce)


def rows(parts: Mapping[str, bytes]) -> Iterator[Row | Fault]:
    """The objects below the header, and what is wrong with the manifest."""
    kept = parts.get(_WALL, b"").split(b"\n")
    if fault := parts.get(_FAULT):
        yield Fault(len(kept), fault.decode(), lost=True)
        kept.pop()
    elif unfinished := kept.pop():
        kept.append(unfinished)
        yield Fault(len(kept), "the file ends in the middle of this line", lost=True)
    if not kept:
        return
    yield from _header_faults(kept[0], len(kept), cut=bool(fault))
    for number, data in enumerate(kept[1:], 2):
        try:
            yield read_object(data)
        except NotAnObject as wrong:
            yield Fault(number, str(wrong), lost=True)


def _header_faults(data: bytes, count: int, *, cut: bool) -> Iterator[Fault]:
    try:
        header = read_object(data)
    except NotAnObject as wrong:
        yield Fault(1, f"no header: {wrong}", lost=True)
        return
    if not line(header, "jsonwall").startswith(_VERSION) or line(header, "schema") not in SCHEMAS:
        yield Fault(1, "a version of the format that is not known here", lost=True)
    promised = header.get("count")
    if isinstance(promised, int) and promised > count and not cut:
        yield Fault(count, f"{promised} lines were promised, and {count} are there", lost=True)


def path_of(row: Row) -> str:
    """The root-relative path of a row; empty for the root and where there is none."""
    path = row.get("path")
    return clean(path)[0] if isinstance(path, str) else ""


def size_of(row: Row) -> int:
    """The size of a row; a zero is left out there (`omitempty`), as is what is none."""
    size = row.get("size")
    return size if isinstance(size, int) and size > 0 else 0


def mode_of(row: Row) -> int | None:
    """The permission bits of a row, which are written in octal."""
    digits = line(row, "mode")
    if not 0 < len(digits) <= _MODE_DIGITS or not set(digits) <= set("01234567"):
        return None
    return int(digits, 8) & 0o7777
