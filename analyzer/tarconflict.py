"""Where a tar header and the extended headers before it say different things of one entry.

pax(1) lets records override the header, and Go's archive/tar, which the engines use, obeys. Readers
that do not know pax, or read one of two values only, see another archive (CVE-2025-62518 is one).
Writers use a record because the header cannot hold the value; only then may they differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.paths import clean, decode, quoted
from analyzer.tarheader import HEADER_ONLY, BadHeader, decimal, header_time, number, pax_time

_NAME_BYTES = 100
_SIZE = 8**11
"""The first size and time that eleven octal digits cannot hold; seven hold an ID below `_ID`."""
_ID = 8**7


def conflicts(
    block: bytes, pax: Mapping[str, bytes], long_name: bytes, long_link: bytes
) -> Iterator[str]:
    """Each contradiction in words; values that are no numbers are reported elsewhere."""
    if not any(key.startswith("GNU.sparse.") for key in pax):
        yield from _names("path", pax, long_name, _header_name(block))
        if block[156] not in HEADER_ONLY:
            yield from _numbers("size", pax, block[124:136], _SIZE)
    yield from _names("linkpath", pax, long_link, block[157:257].partition(b"\0")[0])
    yield from _numbers("uid", pax, block[108:116], _ID)
    yield from _numbers("gid", pax, block[116:124], _ID)
    if "mtime" in pax:
        yield from _times(pax["mtime"], block[136:148])


def _header_name(block: bytes) -> bytes:
    name = block[:_NAME_BYTES].partition(b"\0")[0]
    if block[345] and block[257:263] == b"ustar\0":
        return block[345:500].partition(b"\0")[0] + b"/" + name
    return name


def _names(key: str, pax: Mapping[str, bytes], long: bytes, header: bytes) -> Iterator[str]:
    stated = pax.get(key, b"")
    if stated and long and stated != long:
        yield f"pax {key} {_show(stated)}, GNU long name {_show(long)}, which engines take"
    elif stated and not long and len(stated) <= _NAME_BYTES and _plain(stated) != _plain(header):
        engines = "for which engines refuse the layer" if b"\0" in stated else "which engines take"
        yield f"pax {key} {_show(stated)}, {engines}, header {_show(header)}"


def _plain(name: bytes) -> str:
    """A name without what writers leave out of a header: Go drops, Python replaces by `?`."""
    if not name.isascii() or b"?" in name:
        name = bytes(byte for byte in name if byte < 0x80 and byte != ord("?"))  # noqa: PLR2004 - ASCII
    return clean(decode(name))[0]


def _show(name: bytes) -> str:
    return quoted(decode(name), 118)


def _numbers(key: str, pax: Mapping[str, bytes], field: bytes, beyond: int) -> Iterator[str]:
    if key not in pax:
        return
    try:
        stated, header = decimal(pax[key], key), number(field)
    except BadHeader:
        return
    if stated < beyond and stated != header:
        yield f"pax {key} {stated}, which engines take, header {header}"


def _times(value: bytes, field: bytes) -> Iterator[str]:
    try:
        stated, header = pax_time(value), header_time(field)
    except BadHeader:
        return
    if 0 <= stated < _SIZE and abs(float(stated) - float(header)) > 1:
        yield f"pax mtime {stated}, which engines take, header {header}"
