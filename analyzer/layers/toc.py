"""Tables of contents of estargz and zstd:chunked layers, compared with the tar.

Sources: containerd/stargz-snapshotter, docs/estargz.md ("If metadata in a TOCEntry of a file
differs from the corresponding tar entry, TOCEntry SHOULD be respected"); containers/storage,
pkg/chunked/internal/minimal/compression.go. Engines that fetch layers piece by piece show the
table, all others the tar.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import floor
from typing import Any

from analyzer.codec import BadStream, Codec, inflater
from analyzer.digest import Digest, digest_bytes
from analyzer.image.model import Table
from analyzer.layers.tocrows import BadToc, Row, rows_of
from analyzer.paths import SHOWN, clean, printable, quoted
from analyzer.tarheader import Entry, EntryKind
from analyzer.zstdframes import Skipped

CHUNKED, ESTARGZ = "zstd:chunked", "estargz"
STARGZ_TOC = "stargz.index.json"
TAR_SPLIT = "tarsplitdigest"
"""The table's member of that name, in small letters."""
FOOTER_BYTES = 51
_STARGZ_FOOTER = re.compile(rb"\x1f\x8b\x08\x04.{6}\x1a\0SG\x16\0([0-9a-f]{16})STARGZ", re.DOTALL)
_CHUNKED_FOOTER = struct.Struct("<7Q8s")
_OLD_FOOTER = struct.Struct("<4Q8s")
"""Before tar-split was added, as skopeo 1.9.3 writes it."""
_CHUNKED_MAGICS = (b"GNUlInUx", b"GnUlInUx")
"""With tar-split, and before."""
_SPLIT = "digest of the tar-split data"
_TYPES = {
    "reg": EntryKind.FILE,
    "dir": EntryKind.DIRECTORY,
    "symlink": EntryKind.SYMLINK,
    "hardlink": EntryKind.HARDLINK,
    "char": EntryKind.CHARACTER_DEVICE,
    "block": EntryKind.BLOCK_DEVICE,
    "fifo": EntryKind.FIFO,
}
_LINKS = frozenset({EntryKind.SYMLINK, EntryKind.HARDLINK})
_DEVICES = frozenset({EntryKind.CHARACTER_DEVICE, EntryKind.BLOCK_DEVICE})


def ends_in_table(tail: bytes) -> bool:
    """Whether a layer whose last `FOOTER_BYTES` stored bytes are `tail` says it has a table."""
    return tail.endswith(_CHUNKED_MAGICS) or ends_as_estargz(tail)


def ends_as_estargz(tail: bytes) -> bool:
    """Whether such a layer ends in the footer of estargz, a gzip member without content."""
    return _STARGZ_FOOTER.match(tail[-FOOTER_BYTES:]) is not None


def is_chunked(skipped: Skipped) -> bool:
    """Whether the stream ends as zstd:chunked does."""
    last = skipped.last[-1].data if skipped.last else None
    return last is not None and last.endswith(_CHUNKED_MAGICS)


def toc_frames(skipped: Skipped) -> int:
    """How many frames such a stream has for its table: footer, table, and tar-split if new."""
    footer = skipped.last[-1].data or b""
    return 3 if len(footer) == _CHUNKED_FOOTER.size else 2


def chunked_toc(skipped: Skipped, limit: int) -> tuple[bytes, Table]:
    """The table of a stream for which `is_chunked`, of at most `limit` bytes, and what it is.

    Raises:
        BadToc: the footer leads to none.
    """
    footer = skipped.last[-1].data or b""
    if len(footer) not in {_CHUNKED_FOOTER.size, _OLD_FOOTER.size}:
        raise BadToc(f"a footer of {len(footer)} bytes is of no known form")
    form = _CHUNKED_FOOTER if len(footer) == _CHUNKED_FOOTER.size else _OLD_FOOTER
    offset, stored, size, kind, *split = form.unpack(footer)[:-1]
    if kind != 1:
        raise BadToc(f"a table of the unknown kind {kind}")
    for frame in skipped.last:
        if (frame.offset, frame.size) == (offset, stored):
            if frame.data is None or size > limit:
                raise BadToc(f"a table of {max(size, stored)} bytes; not read, {limit} allowed")
            toc = _inflated(frame.data, size)
            place, (digest, end) = (offset, stored, size, kind), _split(skipped, split)
            table = Table(CHUNKED, digest_bytes(toc), digest_bytes(frame.data), place, digest, end)
            return toc, table
    raise BadToc(f"the footer points to byte {offset}, where no frame of {stored} bytes is")


def _split(skipped: Skipped, stated: Sequence[int]) -> tuple[Digest | None, tuple[int, ...] | None]:
    """Digest and place of the tar-split data, where the footer leads to such a frame."""
    for frame in skipped.last:
        if [frame.offset, frame.size] == list(stated[:2]):
            return digest_bytes(frame.data) if frame.data is not None else None, tuple(stated)
    return None, None


def split_conflict(stated: object, table: Table) -> str:
    """Whether the table names other tar-split data than the layer has; empty if it does not.

    containers/storage, pkg/chunked/compression_linux.go, compares the digest of the data as
    stored before it rebuilds the tar from it. Data that was too long to keep contradicts nothing.
    """
    if stated is None or stated in ("", table.split):
        return ""
    if table.split is None:
        return "" if table.split_position else f"{_SPLIT}: table {_word(stated)}, layer has none"
    comparable = not (isinstance(stated, str) and stated.startswith(("sha384:", "sha512:")))
    end = "" if comparable else ", not comparable"
    return f"{_SPLIT}: table {_word(stated)}, layer {table.split}{end}"


def _inflated(data: bytes, size: int) -> bytes:
    found = bytearray()
    state = inflater(Codec.ZSTD)
    try:
        for piece in state.feed(data):
            found += piece
            if len(found) > size:
                break
    except BadStream as problem:
        raise BadToc(f"damaged: {problem}") from problem
    if len(found) != size or not state.finish():
        raise BadToc(f"it does not inflate to the {size} bytes that the footer states")
    return bytes(found)


def footer_conflict(tail: bytes, starts: Sequence[int]) -> str:
    """Whether the footer of an estargz blob points elsewhere than to its last member but one.

    `tail` is the end of the blob, `starts` where its last members begin.
    """
    match = _STARGZ_FOOTER.match(tail[-FOOTER_BYTES:])
    if match is None or len(starts) < 2 or int(match[1], 16) == starts[-2]:  # noqa: PLR2004 - "last but one"
        return ""
    stated = int(match[1], 16)
    return f"the footer says that the table begins at byte {stated}, it does at {starts[-2]}"


def differences(
    toc: bytes,
    entries: Sequence[Entry],
    digests: Mapping[str, Digest],
    others: dict[str, object] | None = None,
) -> Iterator[str]:
    """Each difference between the table and the tar's `entries`, in words.

    Contents are compared where `digests` knows them. `others` is as for `rows_of`. Memory does
    not grow with the table, row by row of which is read and forgotten. Raises BadToc for what is
    no table.
    """
    tar = {entry.path: entry for entry in entries if entry.path != STARGZ_TOC}
    missing = set(tar)
    for number, row in enumerate(rows_of(toc, others), 1):
        if row.get("type") == "chunk":
            continue
        path = clean(row["name"])[0]
        entry = tar.get(path)
        if entry is None:
            yield f"{_show(path)} is in the table, not in the tar; row {number}"
            continue
        if path not in missing:
            yield f"{_show(path)} stands twice in the table; row {number}"
        missing.discard(path)
        for what, stated, measured in _compared(row, entry, digests.get(path)):
            told = f"{what} of {_show(path)}: table {_word(stated)}, tar {_word(measured)}"
            yield f"{told}; row {number}, {_data_at(entry)}"
    for path in sorted(missing):
        yield f"{_show(path)} is in the tar, not in the table; {_data_at(tar[path])}"


def _compared(row: Row, entry: Entry, content: Digest | None) -> Iterator[tuple[str, Any, Any]]:
    """What both state differently: what it is, the table's word, the tar's."""
    stated_type = row.get("type")
    kind = _TYPES.get(stated_type) if isinstance(stated_type, str) else None
    if kind is not entry.kind:
        yield "type", stated_type, entry.kind.value
        return
    mode = row.get("mode", 0)
    if not isinstance(mode, int) or mode & 0o7777 != entry.mode:
        yield "mode", oct(mode & 0o7777) if isinstance(mode, int) else mode, oct(entry.mode)
    pairs = [("uid", entry.uid), ("gid", entry.gid)]
    if kind is EntryKind.FILE:
        pairs.append(("size", entry.size))
    for key, measured in pairs:
        if row.get(key, 0) != measured:
            yield key, row.get(key, 0), measured
    yield from _links(row, entry)
    if "modtime" in row and _seconds(row["modtime"]) != floor(entry.mtime):
        yield "time", row["modtime"], floor(entry.mtime)
    if (stated := _xattrs(row.get("xattrs"))) != dict(entry.xattrs):
        yield "attributes", stated, dict(entry.xattrs)
    if kind is EntryKind.FILE and content and row.get("digest") not in {None, "", content}:
        yield "digest", row["digest"], content


def _links(row: Row, entry: Entry) -> Iterator[tuple[str, Any, Any]]:
    if entry.kind in _LINKS:
        stated = row.get("linkName", "")
        if entry.kind is EntryKind.HARDLINK and isinstance(stated, str):
            stated = clean(stated)[0]
        if stated != entry.link:
            yield "link", stated, entry.link
    if entry.kind in _DEVICES:
        numbers = (row.get("devMajor", 0), row.get("devMinor", 0))
        if numbers != entry.device:
            yield "device", numbers, entry.device


def _seconds(stated: object) -> int | None:
    """An RFC 3339 time in whole seconds."""
    if not isinstance(stated, str):
        return None
    try:
        return int(datetime.fromisoformat(re.sub(r"\.\d+", "", stated)).timestamp())
    except (ValueError, OverflowError):
        return None


def _xattrs(stated: object) -> object:
    """Attributes with their values decoded; what is none as it stands."""
    if not isinstance(stated, dict):
        return {} if stated is None else stated
    try:
        return {name: base64.b64decode(value) for name, value in stated.items()}
    except (binascii.Error, TypeError, ValueError):
        return stated


def _data_at(entry: Entry) -> str:
    return f"its data is at byte {entry.offset} of the tar"


def _word(value: object) -> str:
    if isinstance(value, str):
        return quoted(value, 78)
    return printable(str(value))[:80]


def _show(path: str) -> str:
    return quoted(path, SHOWN)
