"""Targets for tables of contents: the rows by themselves, and layers that end in a table."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress

from analyzer.layers.scan import scan_layer
from analyzer.layers.toc import differences
from analyzer.layers.tocrows import BadToc
from analyzer.layers.wants import NOTHING
from analyzer.limits import Budget
from analyzer.problems import Code, Severity
from tests.fuzz.streams import SMALL
from tests.fuzz.target import Target
from tests.support.tocs import RICH, changed, chunked, estargz, rows_of, table

_TAR = estargz(RICH, changed(RICH, None))
ENTRIES = scan_layer(io.BytesIO(_TAR), "layer", NOTHING, Budget(SMALL)).entries
_ALLOWED = {Code.TOC_MISMATCH, Code.SKIPPABLE_FRAME, Code.LIMIT_EXCEEDED}


def run_rows(data: bytes) -> None:
    """A table is compared in words that a terminal can show, or is no table."""
    with suppress(BadToc):
        for line in differences(data, ENTRIES, {}):
            assert line.isprintable()


def run_zstd_table(data: bytes) -> None:
    """Between a sound tar and a sound footer, any bytes instead of the table."""
    size = int.from_bytes(data[:2], "little")
    found = scan_layer(
        io.BytesIO(chunked(RICH, data[2:], size=size)), "layer", NOTHING, Budget(SMALL)
    )
    assert found.complete
    assert {problem.code for problem in found.problems} <= _ALLOWED
    assert Severity.ERROR not in {problem.severity for problem in found.problems}


def run_gzip_table(data: bytes) -> None:
    """The same for estargz; the first byte moves what the footer says."""
    at = data[0] if data[:1] and data[0] else None
    found = scan_layer(io.BytesIO(estargz(RICH, data[1:], at=at)), "layer", NOTHING, Budget(SMALL))
    assert {problem.code for problem in found.problems} <= _ALLOWED
    assert found.entries[: len(ENTRIES) - 1] == ENTRIES[:-1]


def _rows() -> Iterator[bytes]:
    yield changed(RICH, None)
    yield table(rows_of(RICH)[:2])
    yield b'{"version":1,"entries":[{"name":"a","type":"chunk"},{"name":"b/","type":"dir"}]}'


def _zstd() -> Iterator[bytes]:
    for rows in _rows():
        yield len(rows).to_bytes(2, "little") + rows


def _gzip() -> Iterator[bytes]:
    yield from (b"\0" + rows for rows in _rows())
    yield b"\x64" + changed(RICH, None)


_WORDS = (b'"entries"', b'"type":"reg"', b'"digest"', b'"xattrs"', b'"linkName"', b'"modtime"')
TABLES = (
    Target("toc-rows", run_rows, _rows, _WORDS),
    Target("toc-zstd", run_zstd_table, _zstd, _WORDS),
    Target("toc-gzip", run_gzip_table, _gzip, _WORDS),
)
