"""Sparse files of all four GNU forms: sizes and contents as `tarfile` and GNU tar have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.limits import Limits
from analyzer.problems import Code
from tests.support.tarbytes import header, member, pad, pax_records
from tests.support.tools import require_tool, run
from tests.tar.walking import END, told_by_tarfile, told_by_us, walk

BLOCK = 4096
_FORMS = {
    "old GNU": ["--format=gnu"],
    "pax 0.0": ["--format=posix", "--sparse-version=0.0"],
    "pax 0.1": ["--format=posix", "--sparse-version=0.1"],
    "pax 1.0": ["--format=posix", "--sparse-version=1.0"],
}
_SHAPES = {
    "a hole first": [(100, 1)],
    "a hole last": [(0, 1), (200, 0)],
    "no data at all": [(64, 0)],
    "more segments than a header has": [(n * 40, 1) for n in range(7)],
    "more segments than an extension block has": [(n * 40 + 3, 1) for n in range(60)],
}


def write_sparse(path: Path, shape: list[tuple[int, int]]) -> None:
    """Data blocks at the given places (4 KiB units); a length of 0 only sets the size."""
    with path.open("wb") as file:
        for number, (start, length) in enumerate(shape):
            file.seek(start * BLOCK)
            file.write(bytes([65 + number % 26]) * (length * BLOCK))
            file.truncate(max(file.tell(), start * BLOCK))


@pytest.mark.parametrize("shape", _SHAPES.values(), ids=_SHAPES.keys())
@pytest.mark.parametrize("form", _FORMS.values(), ids=_FORMS.keys())
def test_files_stored_sparse_by_gnu_tar(
    form: list[str], shape: list[tuple[int, int]], tmp_path: Path
) -> None:
    tar = require_tool("tar")
    write_sparse(tmp_path / "holes", shape)
    (tmp_path / "after").write_bytes(b"after")
    run([tar, "-C", tmp_path, "--sparse", *form, "-cf", tmp_path / "a.tar", "holes", "after"])
    archive = (tmp_path / "a.tar").read_bytes()
    assert len(archive) < (tmp_path / "holes").stat().st_size, "GNU tar did not store it sparse"
    seen = walk(archive)
    assert seen.data == {"holes": (tmp_path / "holes").read_bytes(), "after": b"after"}
    assert told_by_us(seen) == told_by_tarfile(archive)
    assert [entry.sparse for entry in seen.entries] == [True, False]
    assert not seen.problems


# Archives written by hand, to bend them.


def old_gnu(segments: list[tuple[int, int]], size: int, data: bytes) -> bytes:
    """An old GNU sparse file; segments beyond four go to extension blocks of 21."""

    def table(part: list[tuple[int, int]], room: int) -> bytes:
        out = b"".join(b"%011o\0%011o\0" % segment for segment in part)
        return out.ljust(24 * room, b"\0")

    block = bytearray(header(b"holes", len(data), b"S"))
    block[257:265] = b"ustar  \0"
    block[386:482] = table(segments[:4], 4)
    rest = segments[4:]
    block[482] = bool(rest)
    block[483:495] = b"%011o\0" % size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    blocks = bytes(block)
    while rest:
        more, rest = rest[:21], rest[21:]
        blocks += table(more, 21) + bytes([bool(rest)]) + bytes(7)
    return blocks + pad(data)


def sparse_pax(records: dict[str, bytes], data: bytes) -> bytes:
    return member(b"x", pax_records(records), b"x") + member(b"GNUSparseFile.0/h", data)


def pax_0_0(segments: list[tuple[int, int]], size: int, data: bytes) -> bytes:
    pairs = segments or [(size, 0)]  # as GNU tar does it; without any pair Go knows no sparse file
    records = pax_records({"GNU.sparse.size": b"%d" % size})
    records += pax_records({"GNU.sparse.numblocks": b"%d" % len(pairs)})
    for start, length in pairs:
        records += pax_records({"GNU.sparse.offset": b"%d" % start})
        records += pax_records({"GNU.sparse.numbytes": b"%d" % length})
    return member(b"x", records, b"x") + member(b"holes", data)


def pax_0_1(segments: list[tuple[int, int]], size: int, data: bytes) -> bytes:
    # GNU tar marks the end of a file that ends in a hole; tarfile refuses an empty map.
    pairs = segments or [(size, 0)]
    numbers = ",".join(f"{start},{length}" for start, length in pairs)
    records = {"GNU.sparse.size": b"%d" % size, "GNU.sparse.map": numbers.encode()}
    records["GNU.sparse.numblocks"] = b"%d" % len(pairs)
    return sparse_pax({**records, "GNU.sparse.name": b"holes"}, data)


def pax_1_0(segments: list[tuple[int, int]], size: int, data: bytes) -> bytes:
    lines = "".join(f"{start}\n{length}\n" for start, length in segments)
    records = {"GNU.sparse.major": b"1", "GNU.sparse.minor": b"0", "GNU.sparse.name": b"holes"}
    records["GNU.sparse.realsize"] = b"%d" % size
    return sparse_pax(records, pad(f"{len(segments)}\n{lines}".encode()) + data)


WRITERS = {"old GNU": old_gnu, "pax 0.0": pax_0_0, "pax 0.1": pax_0_1, "pax 1.0": pax_1_0}
every_form = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())


@st.composite
def sparse_files(draw: st.DrawFn) -> tuple[list[tuple[int, int]], int, bytes]:
    """Segments in order, the size, and the stored bytes."""
    gaps = draw(st.lists(st.tuples(st.integers(1, 900), st.integers(1, 900)), max_size=30))
    segments, position = [], 0
    for gap, length in gaps:
        segments.append((position + gap, length))
        position += gap + length
    stored = sum(length for _, length in segments)
    size = position + draw(st.integers(0, 900))
    return segments, size, bytes(n % 251 + 1 for n in range(stored))


@every_form
@settings(max_examples=40, deadline=None)
@given(file=sparse_files(), cuts=st.lists(st.integers(1, 3000), max_size=8))
def test_any_sparse_map_expands_to_what_tarfile_reads(
    write: object, file: tuple[list[tuple[int, int]], int, bytes], cuts: list[int]
) -> None:
    segments, size, data = file
    assert callable(write)
    archive: bytes = write(segments, size, data) + member(b"after", b"1") + END
    expected = bytearray(size)
    position = 0
    for start, length in segments:
        expected[start : start + length] = data[position : position + length]
        position += length
    seen = walk(archive, [cut for cut in cuts if cut < len(archive)])
    assert seen.data == {"holes": bytes(expected), "after": b"1"}
    assert seen.entries[0].size == size
    assert told_by_us(seen) == told_by_tarfile(archive)
    assert not seen.problems


BENT = {
    "a segment beyond the size": ([(90, 20)], 100, b"x" * 20),
    "segments that overlap": ([(0, 20), (10, 20)], 100, b"x" * 40),
    "segments out of order": ([(50, 10), (10, 10)], 100, b"x" * 20),
    "a map that names more than is stored": ([(10, 20)], 100, b"x" * 10),
    "a map that names less than is stored": ([(10, 20)], 100, b"x" * 30),
    "data without any map": ([], 100, b"x" * 30),
}


@every_form
@pytest.mark.parametrize("bent", BENT.values(), ids=BENT.keys())
def test_a_map_that_contradicts_the_data_costs_that_file_only(
    write: object, bent: tuple[list[tuple[int, int]], int, bytes]
) -> None:
    assert callable(write)
    seen = walk(write(*bent) + member(b"after", b"1") + END)
    assert seen.paths == ["holes", "after"]
    assert seen.data == {"after": b"1"}
    assert seen.codes == [Code.HEADER_DAMAGED]
    assert "'holes'" in seen.problems[0].detail


RECORDS = {
    "half a pair": {"GNU.sparse.map": b"1,2,3"},
    "no numbers": {"GNU.sparse.map": b"a,b"},
    "negative numbers": {"GNU.sparse.map": b"-1,5", "GNU.sparse.numblocks": b"1"},
}


@pytest.mark.parametrize("records", RECORDS.values(), ids=RECORDS.keys())
def test_maps_that_are_none(records: dict[str, bytes]) -> None:
    records = {"GNU.sparse.size": b"50", "GNU.sparse.name": b"holes", **records}
    seen = walk(sparse_pax(records, b"data") + member(b"after", b"1") + END)
    assert seen.paths == ["holes", "after"]
    assert seen.data == {"after": b"1"}
    assert seen.codes == [Code.HEADER_DAMAGED]


@pytest.mark.parametrize("text", [b"x\n", b"2\n1\n1\n", b"1\n1\n-1\n", b"99999999999999999999\n"])
def test_maps_before_the_data_that_are_none(text: bytes) -> None:
    records = {"GNU.sparse.major": b"1", "GNU.sparse.minor": b"0", "GNU.sparse.name": b"holes"}
    records["GNU.sparse.realsize"] = b"50"
    seen = walk(sparse_pax(records, pad(text)) + member(b"after", b"1") + END)
    assert seen.paths == ["holes", "after"]
    assert seen.data == {"after": b"1"}
    assert seen.codes == [Code.HEADER_DAMAGED]


def test_a_map_before_the_data_is_bounded() -> None:
    archive = pax_1_0([(n * 10, 1) for n in range(400)], 5000, b"x" * 400) + END
    assert walk(archive).codes == []
    bounded = walk(archive, limits=Limits(pax_bytes=1024))
    assert bounded.codes == [Code.HEADER_DAMAGED]
    assert bounded.data == {}


def test_pairs_out_of_order_are_told() -> None:
    records = pax_records({"GNU.sparse.size": b"9"}) + pax_records({"GNU.sparse.numbytes": b"1"})
    seen = walk(member(b"x", records, b"x") + member(b"f", b"1") + END)
    assert Code.HEADER_DAMAGED in seen.codes


def test_an_archive_cut_in_an_extended_sparse_map_is_truncated() -> None:
    archive = old_gnu([(n * 10, 1) for n in range(10)], 500, b"x" * 10)
    for cut in (512, 700):
        seen = walk(archive[:cut])
        assert seen.codes == [Code.LAYER_TRUNCATED]
        assert seen.paths == []


def test_a_sparse_size_that_is_negative_costs_the_entry_only() -> None:
    block = bytearray(old_gnu([], 0, b""))
    block[483:495] = b"\xff" * 12
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    seen = walk(bytes(block) + member(b"after") + END)
    assert seen.paths == ["after"]
    assert seen.codes == [Code.HEADER_DAMAGED]
