"""Digests and compressors with fixed settings, so that equal input gives equal bytes."""

from __future__ import annotations

import bz2
import hashlib
import json
import lzma

import zstandard

from tests.support.gzips import go_gzip

#: Suffix of the OCI layer media type, and of Docker's, for each codec.
CODECS = ("none", "gzip", "gzip-multi", "zstd", "xz", "bzip2")


def sha256(data: bytes) -> str:
    """The digest of `data` in the form documents use."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def hex_of(digest: str) -> str:
    """The part of a digest behind the algorithm."""
    return digest.partition(":")[2]


def compact(document: object) -> bytes:
    """JSON the way Go's encoder writes it: no blanks, members in given order."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def compress(data: bytes, codec: str | None) -> bytes:
    """Compress reproducibly: no time stamps, no names, fixed levels."""
    match codec:
        case None | "none":
            return data
        case "gzip":
            return go_gzip(data, 6)
        case "gzip-multi":
            return _many_members(data)
        case "zstd":
            return zstandard.ZstdCompressor(level=3).compress(data)
        case "xz":
            return lzma.compress(data, preset=6)
        case "bzip2":
            return bz2.compress(data, 9)
    raise ValueError(f"unknown codec {codec!r}, known are {CODECS}")


def _many_members(data: bytes) -> bytes:
    """At least three gzip members back to back, cut at odd places, one of them empty."""
    third = len(data) // 3 + 1
    parts = [data[:third], data[third : 2 * third], b"", data[2 * third :]]
    return b"".join(go_gzip(part, 6) for part in parts)
