"""The quick look at a header says what the thorough one says, or nothing."""

from __future__ import annotations

import tarfile
from contextlib import suppress
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from analyzer.problems import ProblemLog
from analyzer.tarentry import EntryReader
from analyzer.tarheader import BLOCK_BYTES, BadHeader, EntryKind, checksum_fits

FORMATS: list[Literal[0, 1]] = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT]
TYPES = [tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE]


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """One header block as Python's writer makes it, and often something else written over it."""
    info = tarfile.TarInfo(draw(st.sampled_from(["a", "./a/b", "d/", "/x", "a/../b", "é", "a//b"])))
    info.type = draw(st.sampled_from(TYPES))
    info.size = draw(st.sampled_from([0, 1, 511, 8**11 - 1])) if info.isreg() else 0
    info.uname = draw(st.sampled_from(["", "root"]))
    block = bytearray(info.tobuf(draw(st.sampled_from(FORMATS)), "utf-8")[:BLOCK_BYTES])
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.one_of(st.integers(0, 170), st.integers(0, BLOCK_BYTES - 1)))
        block[at] = draw(st.one_of(st.sampled_from(b"\0 0178/."), st.integers(0, 255)))
    if draw(st.booleans()):
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def reader_that_knows(block: bytes, log: ProblemLog) -> EntryReader:
    """A reader that has met the owners and the time of the block before."""
    reader = EntryReader("x", log)
    with suppress(BadHeader):
        reader.read(block, BLOCK_BYTES)
    return reader


@given(headers())
def test_it_agrees_with_the_thorough_reader(block: bytes) -> None:
    entry = reader_that_knows(block, ProblemLog("x")).ordinary(block, 1024)
    if entry is None:
        return
    log = ProblemLog("x")
    assert entry == EntryReader("x", log).read(block, 1024).entry
    assert log.finish() == ()
    assert checksum_fits(block)


def test_it_takes_what_writers_write() -> None:
    for form in FORMATS:
        for kind in (tarfile.REGTYPE, tarfile.DIRTYPE):
            info = tarfile.TarInfo("usr/share/doc")
            info.type, info.mode, info.mtime = kind, 0o755, 1_700_000_000
            block = info.tobuf(form)
            entry = reader_that_knows(block, ProblemLog("x")).ordinary(block, 512)
            assert entry is not None
            assert entry.kind is (EntryKind.FILE if info.isreg() else EntryKind.DIRECTORY)
