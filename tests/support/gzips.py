"""Gzip as Go's `compress/gzip` writes it, which most writers of layers use."""

from __future__ import annotations

import gzip


def go_gzip(data: bytes, level: int = 9) -> bytes:
    """`data` in one member whose header states neither time nor system, on every Python.

    `gzip.compress` of Python 3.11 with `mtime=0` leaves the header to zlib, which writes the
    system that it was built for.
    """
    packed = gzip.compress(data, level, mtime=0)
    return packed[:9] + b"\xff" + packed[10:]
