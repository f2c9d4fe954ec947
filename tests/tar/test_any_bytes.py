"""Whatever comes in: entries and problems, or LimitExceeded, and nothing else."""

from __future__ import annotations

import time
from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyzer.errors import LimitExceeded
from analyzer.limits import Limits
from tests.support.tarbytes import header, pad
from tests.tar.strategies import archives
from tests.tar.walking import END, walk

_TYPES = [bytes([kind]) for kind in b"0\x001234567xgLKSVMD"]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=4096))
def test_any_bytes(data: bytes) -> None:
    with suppress(LimitExceeded):
        walk(data)


@st.composite
def crafted(draw: st.DrawFn) -> bytes:
    """Headers whose checksum fits while other fields are arbitrary."""
    archive = b""
    for _ in range(draw(st.integers(1, 4))):
        data = draw(st.binary(max_size=80))
        block = bytearray(header(b"name", len(data), draw(st.sampled_from(_TYPES))))
        for start, end in ((0, 100), (100, 124), (124, 148), (157, 257), (257, 512)):
            if draw(st.booleans()):
                noise = draw(st.binary(max_size=end - start))
                block[start : start + len(noise)] = noise
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        archive += bytes(block) + pad(data)
    return archive + END


@settings(max_examples=200, deadline=None)
@given(crafted(), st.integers(1, 2000))
def test_any_fields(archive: bytes, cut: int) -> None:
    with suppress(LimitExceeded):
        assert walk(archive, [min(cut, len(archive))]) == walk(archive)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(["path", "size", "uid", "mtime", "GNU.sparse.map"]), max_size=3),
    st.binary(max_size=60),
)
@example([], b"24 LIBARCHIVE.xattr.\xff=A\n")
@example([], b"20 GNU.sparse.size=\n")
def test_any_pax_data(keys: list[str], noise: bytes) -> None:
    for kind in (b"x", b"g", b"L", b"K"):
        records = b"".join(
            b"%d %s=%s\n" % (len(key) + len(noise) + 5, key.encode(), noise) for key in keys
        )
        for data in (noise, records + noise):
            with suppress(LimitExceeded):
                walk(header(b"x", len(data), kind) + pad(data) + header(b"f") + END)


@settings(max_examples=100, deadline=None)
@given(archives(), st.integers(0, 1 << 16), st.integers(1, 255))
def test_one_flipped_bit_never_loses_an_entry_in_silence(
    archive: bytes, position: int, flip: int
) -> None:
    bent = bytearray(archive)
    bent[position % len(bent)] ^= flip
    before, after = walk(archive), walk(bytes(bent))
    if len(after.entries) < len(before.entries):
        assert after.problems


def test_time_stays_linear_in_the_size_of_extended_headers() -> None:
    """Four MiB of tiny records, and names fed byte by byte, take seconds at the very worst."""
    records = b"6 a=b\n" * (4 * 1024 * 1024 // 6)
    started = time.monotonic()
    seen = walk(header(b"x", len(records), b"x") + pad(records) + header(b"f") + END)
    assert seen.paths == ["f"]
    pieces = b"n" * 100_000
    archive = header(b"L", len(pieces), b"L") + pad(pieces) + header(b"f") + END
    walk(archive, range(len(archive)), Limits(path_bytes=200_000))
    assert time.monotonic() - started < 20
