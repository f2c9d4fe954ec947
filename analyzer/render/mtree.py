"""A merged tree in the format of mtree(5), as libarchive and NetBSD's mtree read and write it.

libarchive, libarchive/mtree.5 and archive_write_set_format_mtree.c: a line for each name, spaces
between keywords, names encoded as by vis(3) with VIS_OCTAL.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterable, Iterator

from analyzer.digest import encoded_of
from analyzer.listing.items import IMPLIED_MODE, ROOT, Item, Kind
from analyzer.tarheader import Seconds

_TYPES = {
    Kind.FILE: "file",
    Kind.DIRECTORY: "dir",
    Kind.SYMLINK: "link",
    Kind.CHARACTER_DEVICE: "char",
    Kind.BLOCK_DEVICE: "block",
    Kind.FIFO: "fifo",
}
_PLAIN = frozenset((string.ascii_letters + string.digits + "!$%&'()+,-./:;<>@^_`{|}~").encode())
"""Bytes that stand for themselves: not the comment's `#`, the backslash, `=`, blanks or globs."""
_NANO = 1_000_000_000


def mtree_lines(items: Iterable[Item]) -> Iterator[bytes]:
    """The listing of a merged tree; a root that no layer lists is as engines make it."""
    return (f"{line}\n".encode("ascii") for line in _lines(items))


def _lines(items: Iterable[Item]) -> Iterator[str]:
    yield "#mtree"
    first = True
    for item in items:
        if first and item.path != ROOT:
            yield f". type=dir mode={IMPLIED_MODE:04o} uid=0 gid=0"
        first = False
        yield " ".join(_words(item))


def _words(item: Item) -> Iterator[str]:
    entry = item.entry
    yield ROOT if item.path == ROOT else encoded(f"./{item.path}")
    yield f"type={_TYPES[item.kind]}"
    yield f"mode={item.mode:04o}"
    yield "uid={} gid={}".format(*item.owner)
    if entry is None:
        return
    if entry.uname:
        yield f"uname={encoded(entry.uname)}"
    if entry.gname:
        yield f"gname={encoded(entry.gname)}"
    if item.kind is Kind.FILE:
        yield f"size={item.size}"
    yield f"time={time_text(entry.mtime)}"
    if item.target is not None:
        yield f"link={encoded(item.target)}"
    if entry.device is not None:
        yield "device=native,{},{}".format(*entry.device)
    if item.digest is not None:
        yield f"sha256={encoded_of(item.digest)}"


def encoded(name: str) -> str:
    """A name as vis(3) writes it: every byte that might mean something as backslash and octal."""
    raw = name.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in raw)


def time_text(seconds: Seconds) -> str:
    """Seconds and nanoseconds, each a whole number."""
    whole = math.floor(seconds)
    return f"{whole}.{int((seconds - whole) * _NANO):09d}"
