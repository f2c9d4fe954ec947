"""Gzip headers with every field they may have, in pieces of every size, as Python reads them.

Found by fuzzing: isal lost its place in a header of several fields that was cut between two
reads, and a sound layer was called damaged.
"""

from __future__ import annotations

import gzip
import struct
import zlib

import pytest

from analyzer import gzipmember
from analyzer.codec import Codec
from tests.layers.streams import Answer, inflate

TEXT = b"hello " * 50


def packed(flags: int, extra: bytes = b"AB\x01\0x", name: bytes = b"name") -> bytes:
    """A member with the optional fields of RFC 1952 that `flags` asks for."""
    head = b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\0\x03"
    head += struct.pack("<H", len(extra)) + extra if flags & 4 else b""
    head += name + b"\0" if flags & 8 else b""
    head += b"comment\0" if flags & 16 else b""
    head += struct.pack("<H", zlib.crc32(head) & 0xFFFF) if flags & 2 else b""
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (
        head + body.compress(TEXT) + body.flush() + struct.pack("<II", zlib.crc32(TEXT), len(TEXT))
    )


@pytest.fixture(params=["isal", "zlib"], autouse=True)
def gzip_library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gzipmember, "_ISAL", request.param == "isal")


@pytest.mark.parametrize("flags", range(0, 32, 2))
def test_every_field_in_pieces_of_every_size(flags: int) -> None:
    two = packed(flags) + packed(flags ^ 30)
    text = gzip.decompress(two)
    assert text == TEXT * 2
    for step in range(1, len(two) + 1):
        cuts = range(step, len(two), step)
        assert inflate(two, Codec.GZIP, cuts) == Answer(text, whole=True, trailing=False)


def test_fields_of_their_greatest_length() -> None:
    large = packed(28, extra=b"e" * 65_535, name=b"n" * 1_000_000)
    assert gzip.decompress(large) == TEXT
    for step in (1000, 1 << 18, len(large)):
        cuts = range(step, len(large), step)
        assert inflate(large, Codec.GZIP, cuts) == Answer(TEXT, whole=True, trailing=False)


@pytest.mark.parametrize("at", [2, 24])
def test_a_wrong_method_or_checksum_is_refused(at: int) -> None:
    bent = bytearray(packed(2 | 4 | 8))
    bent[at] ^= 1
    with pytest.raises((OSError, zlib.error, EOFError)):
        zlib.decompress(bytes(bent), 31)
    assert inflate(bytes(bent), Codec.GZIP).whole is None


def test_a_header_that_ends_early_is_not_whole() -> None:
    head = packed(30)[:-40]
    for end in range(2, 30):
        assert not inflate(head[:end], Codec.GZIP).whole
