"""Compressed streams of every codec, and inflating them in any pieces."""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

import zstandard

from analyzer.codec import BadStream, Codec, inflater, sniff
from analyzer.gzipheader import Stated
from tests.support.gzips import go_gzip

PACK: dict[Codec, Callable[[bytes], bytes]] = {
    Codec.GZIP: lambda data: go_gzip(data, 6),
    Codec.ZSTD: lambda data: zstandard.ZstdCompressor(level=3, write_checksum=True).compress(data),
    Codec.XZ: lzma.compress,
    Codec.BZIP2: bz2.compress,
}


@dataclass(frozen=True)
class Answer:
    """What came out; `whole` is None after BadStream."""

    data: bytes
    whole: bool | None
    trailing: bool

    @property
    def clean(self) -> bool:
        return self.whole is True and not self.trailing


def inflate(data: bytes, codec: Codec, cuts: Iterable[int] = ()) -> Answer:
    """Feed `data`, cut before each position of `cuts`."""
    state = inflater(codec)
    out = bytearray()
    try:
        for start, end in pairwise([0, *sorted(cuts), len(data)]):
            for piece in state.feed(data[start:end]):
                out += piece
        whole: bool | None = state.finish()
    except BadStream:
        whole = None
    return Answer(bytes(out), whole, state.trailing)


def first_header(head: bytes) -> Stated | None:
    """What the header says that a stream begins with, if it is one of gzip."""
    state = inflater(sniff(head))
    with suppress(BadStream):
        for _ in state.feed(head):
            pass
    return state.headers.first


def skippable(content: bytes, low: int = 0) -> bytes:
    """A zstd skippable frame (RFC 8878, section 3.1.2)."""
    return bytes([0x50 + low]) + b"\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content
