"""Layers with a table of contents, byte by byte after the documents of both forms.

estargz: containerd/stargz-snapshotter, docs/estargz.md. zstd:chunked: containers/storage,
pkg/chunked/internal/minimal/compression.go.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import zstandard

from tests.support.gzips import go_gzip
from tests.support.tarbytes import (
    BLOCK,
    Device,
    Dir,
    Entries,
    Entry,
    File,
    HardLink,
    Link,
    entry_bytes,
    tar_bytes,
)

Rows = list[dict[str, Any]]
Change = Callable[[Rows], object]
END = bytes(2 * BLOCK)

RICH: Entries = {
    "bin/": Dir(),
    "bin/sh": File(b"#!shell" * 300, mode=0o4755, xattrs={"security.capability": b"\0\xff"}),
    "bin/ash": HardLink("bin/sh"),
    "etc/": Dir(mode=0o700, uid=5, gid=6),
    "etc/empty": b"",
    "lib": Link("/usr/lib"),
    "dev/null": Device("c", 1, 3),
}


def rows_of(entries: Entries) -> Rows:
    """The table of an archive, true in every member."""
    return [_row(name, entry) for name, entry in _pairs(entries)]


def _pairs(entries: Entries) -> list[tuple[str, Entry]]:
    return entries if isinstance(entries, list) else list(entries.items())


def _row(name: str, entry: Entry) -> dict[str, Any]:
    node = File(entry) if isinstance(entry, bytes) else entry
    row: dict[str, Any] = {"name": name, "mode": node.mode, "uid": node.uid, "gid": node.gid}
    row["modtime"] = datetime.fromtimestamp(node.mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    match node:
        case File():
            row |= {"type": "reg", "size": len(node.data)}
            if node.data:
                row["digest"] = "sha256:" + hashlib.sha256(node.data).hexdigest()
            if node.xattrs:
                row["xattrs"] = {
                    key: base64.b64encode(value).decode() for key, value in node.xattrs.items()
                }
        case Dir():
            row["type"] = "dir"
        case Link() | HardLink():
            kind = "symlink" if isinstance(node, Link) else "hardlink"
            row |= {"type": kind, "linkName": node.target}
        case Device():
            row |= {"type": "char", "devMajor": node.major, "devMinor": node.minor}
    return row


def table(rows: Rows) -> bytes:
    return json.dumps({"version": 1, "entries": rows}).encode()


def changed(entries: Entries, change: Change | None) -> bytes:
    rows = rows_of(entries)
    if change is not None:
        change(rows)
    return table(rows)


def skippable(content: bytes) -> bytes:
    return b"\x50\x2a\x4d\x18" + struct.pack("<I", len(content)) + content


def chunked(entries: Entries, toc: bytes, *, old: bool = False, **lies: int) -> bytes:
    """A zstd:chunked blob; `lies` are other values for members of its footer."""
    packer = zstandard.ZstdCompressor()
    blob = packer.compress(tar_bytes(entries))
    packed, split = packer.compress(toc), packer.compress(b"tar-split")
    offset = len(blob) + 8
    numbers = {"offset": offset, "stored": len(packed), "size": len(toc), "kind": 1}
    values = list((numbers | lies).values())
    blob += skippable(packed)
    if old:
        return blob + skippable(struct.pack("<4Q", *values) + b"GnUlInUx")
    values += [offset + len(packed) + 8, len(split), 9]
    return blob + skippable(split) + skippable(struct.pack("<7Q", *values) + b"GNUlInUx")


def estargz(entries: Entries, toc: bytes, *, at: int | None = None, after: bool = False) -> bytes:
    """An estargz blob; `at` is a lie of the footer, `after` puts the table behind the tar's end."""
    blob = b"".join(go_gzip(entry_bytes(name, entry)) for name, entry in _pairs(entries))
    if after:
        blob += go_gzip(END)
    offset = len(blob) if at is None else at
    blob += go_gzip(entry_bytes("stargz.index.json", toc) + END)
    extra = b"SG" + struct.pack("<H", 22) + b"%016xSTARGZ" % offset
    footer = b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff" + struct.pack("<H", len(extra)) + extra
    footer += b"\x01\x00\x00\xff\xff" + struct.pack("<II", zlib.crc32(b""), 0)
    assert len(footer) == 51
    return blob + footer
