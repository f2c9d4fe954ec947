"""Damaged and cut archives: nothing behind the damage is lost, nothing is lost in silence."""

from __future__ import annotations

import pytest

from analyzer.errors import LimitExceeded
from analyzer.limits import Limits
from analyzer.problems import Code, Severity
from tests.support.tarbytes import BLOCK, Dir, header, member, pad, pax_records, tar_bytes
from tests.tar.walking import END, Walk, walk

FIRST = member(b"first", b"1")
LAST = member(b"last", b"9")


def errors(seen: Walk) -> list[Code]:
    return [problem.code for problem in seen.problems if problem.severity is Severity.ERROR]


@pytest.mark.parametrize("position", [0, 100, 124, 148, 156, 257, 511])
def test_entries_behind_a_flipped_byte_of_a_header_are_found(position: int) -> None:
    middle = bytearray(member(b"middle", b"x" * 2000))
    middle[position] ^= 0xFF
    seen = walk(FIRST + bytes(middle) + LAST + END)
    assert seen.paths == ["first", "last"]
    assert errors(seen) == [Code.HEADER_DAMAGED]
    assert "at byte 1024" in seen.problems[0].detail
    assert seen.data["last"] == b"9"


def v7(name: bytes, data: bytes = b"") -> bytes:
    """A header without magic, as Version 7 tar wrote it."""
    block = bytearray(header(name, len(data)))
    block[156:157] = b"\0"
    block[257:512] = bytes(255)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + pad(data)


def test_entries_behind_damage_are_found_in_v7_archives_too() -> None:
    damaged = bytearray(v7(b"middle", b"data"))
    damaged[3] ^= 1
    seen = walk(v7(b"first") + bytes(damaged) + v7(b"last", b"9") + END)
    assert seen.paths == ["first", "last"]
    assert errors(seen) == [Code.HEADER_DAMAGED]


def test_a_damaged_last_header_is_one_error() -> None:
    damaged = bytearray(LAST)
    damaged[0] ^= 1
    seen = walk(FIRST + bytes(damaged) + END)
    assert seen.paths == ["first"]
    assert seen.codes == [Code.HEADER_DAMAGED]
    assert "no valid header follows" in seen.problems[0].detail


def test_every_damage_of_an_archive_is_told() -> None:
    bad = b"\1" * BLOCK
    seen = walk(bad + FIRST + bad + bad + LAST + END)
    assert seen.paths == ["first", "last"]
    details = [problem.detail for problem in seen.problems]
    assert [("byte 0 " in details[0]), ("byte 1536 " in details[1])] == [True, True]
    assert "1024 bytes not understood" in details[1]


@pytest.mark.parametrize("raw_size", [b"\xff" * 12, b"\x80\x01" + bytes(10), b"notanumber!!"])
def test_impossible_sizes_cost_their_entry_only(raw_size: bytes) -> None:
    seen = walk(FIRST + header(b"bad", raw_size=raw_size) + LAST + END)
    assert seen.paths == ["first", "last"]
    assert errors(seen) == [Code.HEADER_DAMAGED]


def _spoiled(start: int, end: int, name: bytes = b"odd") -> bytes:
    block = bytearray(header(name, 3))
    block[start:end] = b"!" * (end - start)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + pad(b"abc")


@pytest.mark.parametrize(
    ("field", "start", "end"),
    [("mode", 100, 108), ("uid", 108, 116), ("gid", 116, 124), ("mtime", 136, 148)],
)
def test_a_field_without_consequence_does_not_cost_the_entry(
    field: str, start: int, end: int
) -> None:
    seen = walk(_spoiled(start, end) + LAST + END)
    assert seen.paths == ["odd", "last"]
    assert getattr(seen.entries[0], field) == 0
    assert seen.data["odd"] == b"abc"
    assert errors(seen) == [Code.HEADER_DAMAGED]
    assert field in seen.problems[0].detail


@pytest.mark.parametrize("raw", [b"\x80" + b"\xff" * 11, b"\xff" + bytes(11)])
def test_times_beyond_all_calendars_are_damage(raw: bytes) -> None:
    block = bytearray(header(b"a"))
    block[136:148] = raw
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    seen = walk(bytes(block) + END)
    assert seen.entries[0].mtime == 0
    assert errors(seen) == [Code.HEADER_DAMAGED]


# Ends.


def test_two_zero_blocks_are_a_clean_end() -> None:
    assert not walk(FIRST + END).problems


def test_an_archive_of_zeros_is_empty_and_sound() -> None:
    assert walk(bytes(10240)) == Walk()


@pytest.mark.parametrize("archive", [FIRST, FIRST + bytes(512), b"", FIRST + bytes(700)])
def test_a_missing_or_half_end_marker_is_a_warning(archive: bytes) -> None:
    """Runtimes accept it, but the archive may have been cut at an entry boundary."""
    seen = walk(archive)
    assert seen.codes == [Code.END_MARKER_MISSING]
    assert seen.problems[0].severity is Severity.WARNING


@pytest.mark.parametrize("cut", range(1, BLOCK + 4, 37))
def test_a_cut_inside_header_or_data_is_an_error(cut: int) -> None:
    whole = FIRST + member(b"last", b"12345")
    seen = walk(whole[: len(FIRST) + cut])
    assert errors(seen) == [Code.LAYER_TRUNCATED]
    assert seen.data == {"first": b"1"}


def test_data_that_ends_early_names_its_entry() -> None:
    seen = walk(FIRST + header(b"dir/victim", 1000) + b"x" * 400)
    assert "'dir/victim' ends 600 bytes early" in seen.problems[0].detail


def test_a_cut_in_the_padding_of_complete_data_keeps_the_data() -> None:
    seen = walk(FIRST[:-100])
    assert seen.data == {"first": b"1"}
    assert seen.codes == [Code.END_MARKER_MISSING]


EXTENSIONS = {
    "pax": member(b"x", pax_records({"path": b"other"}), b"x"),
    "empty pax": member(b"x", b"", b"x"),
    "long name": member(b"././@LongLink", b"n" * 300 + b"\0", b"L"),
    "long link": member(b"././@LongLink", b"n" * 300 + b"\0", b"K"),
}


@pytest.mark.parametrize("extension", EXTENSIONS.values(), ids=EXTENSIONS.keys())
@pytest.mark.parametrize("end", [b"", END], ids=["cut", "ended"])
def test_an_extended_header_without_an_entry_is_an_error(extension: bytes, end: bytes) -> None:
    seen = walk(FIRST + extension + end)
    assert seen.paths == ["first"]
    assert errors(seen) == [Code.LAYER_TRUNCATED]


def test_a_cut_in_the_padding_of_an_extended_header_is_an_error() -> None:
    assert errors(walk(FIRST + EXTENSIONS["pax"][:-3])) == [Code.LAYER_TRUNCATED]


def test_a_zero_block_between_entries_is_told_and_read_over() -> None:
    seen = walk(FIRST + bytes(512) + LAST + END)
    assert seen.paths == ["first", "last"]
    assert seen.codes == [Code.RUNTIME_DEPENDENT]


@pytest.mark.parametrize("rest", [b"x", bytes(3000) + b"x", tar_bytes({"second": b"archive"})])
def test_bytes_behind_the_end_marker_are_told_and_not_read(rest: bytes) -> None:
    seen = walk(FIRST + END + rest)
    assert seen.paths == ["first"]
    assert seen.codes == [Code.TRAILING_DATA]


def test_zeros_behind_the_end_marker_are_padding() -> None:
    assert not walk(FIRST + END + bytes(9001)).problems


# Limits.


def limit_of(archive: bytes, limits: Limits) -> str:
    with pytest.raises(LimitExceeded) as caught:
        walk(archive, limits=limits)
    return caught.value.message.split()[1]


def test_limits_of_entries_names_and_extended_headers() -> None:
    long = tar_bytes({"d/" * 60 + "é": b""})
    length = len(("d/" * 60 + "é").encode())
    assert walk(long, limits=Limits(path_bytes=length)).codes == []
    assert limit_of(long, Limits(path_bytes=length - 1)) == "path_bytes"
    assert limit_of(FIRST + LAST + END, Limits(layer_entries=1)) == "layer_entries"
    assert limit_of(long, Limits(pax_bytes=10)) == "pax_bytes"
    assert limit_of(long[:-1024] * 3, Limits(layer_pax_bytes=2 * length)) == "layer_pax_bytes"


def test_link_targets_are_names_too() -> None:
    target = member(b"././@LongLink", b"t" * 300 + b"\0", b"K")
    archive = target + header(b"s", flag=b"2", link=b"t") + END
    assert limit_of(archive, Limits(path_bytes=299)) == "path_bytes"
    assert walk(archive, limits=Limits(path_bytes=300)).entries[0].link == "t" * 300


def test_a_huge_extended_header_is_refused_before_it_comes() -> None:
    assert limit_of(header(b"x", 8**11 - 1, b"x"), Limits()) == "pax_bytes"


def test_entries_may_be_directories_only() -> None:
    assert walk(tar_bytes({"a": Dir(), "a/b": Dir()})).paths == ["a", "a/b"]


def test_zeros_in_data_that_lost_its_header_are_no_end_marker() -> None:
    damaged = bytearray(member(b"middle", bytes(5000)))
    damaged[0] ^= 1
    seen = walk(FIRST + bytes(damaged) + LAST + END)
    assert seen.paths == ["first", "last"]
    assert seen.codes == [Code.HEADER_DAMAGED]
