"""The first byte in which two tars differ, and whose it is."""

from __future__ import annotations

import io
import itertools
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.diff.filesystem.tarplaces import first_difference, place_between
from analyzer.limits import Limits
from analyzer.tarheader import Entry
from analyzer.tarstream import TarWalker
from tests.support.tools import require_tool


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(st.binary(max_size=64), st.binary(max_size=64), st.integers(1, 9), st.integers(1, 9))
def test_it_is_where_reading_both_side_by_side_finds_it(
    one: bytes, two: bytes, here: int, there: int
) -> None:
    both = enumerate(itertools.zip_longest(one, two))
    expected = next((number for number, (a, b) in both if a != b), None)
    assert first_difference(pieces(one, here), pieces(two, there)) == expected


@given(st.binary(min_size=1, max_size=300), st.integers(0, 299), st.integers(1, 99))
def test_one_other_byte_is_found_wherever_it_is(data: bytes, place: int, size: int) -> None:
    place %= len(data)
    other = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    assert first_difference(pieces(data, size), [other]) == place


def test_it_is_where_cmp_finds_it(tmp_path: Path) -> None:
    require_tool("cmp")
    one, two = (tmp_path / name for name in "ab")
    one.write_bytes(made([member("a", b"x" * 700), member("b", b"y")]))
    two.write_bytes(made([member("a", b"x" * 699 + b"z"), member("b", b"y")]))
    told = subprocess.run(["cmp", one, two], check=False, capture_output=True, text=True).stdout
    offset = first_difference([one.read_bytes()], [two.read_bytes()])
    assert offset is not None
    assert f"byte {offset + 1}," in told


def member(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def made(members: list[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def entries(data: bytes) -> list[Entry]:
    found: list[Entry] = []
    walker = TarWalker(lambda entry: found.append(entry), Limits(), "tar")  # noqa: PLW0108 - None
    walker.feed(data)
    walker.finish()
    return found


PLAIN = [member("a", b"1"), member("b/c", b"x" * 700), member("d")]
CASES = {
    "mtime of b/c": ("mtime", 9),
    "mode of b/c": ("mode", 0o600),
    "uid of b/c": ("uid", 9),
    "gid of b/c": ("gid", 9),
    "user name of b/c": ("uname", "eve"),
    "group name of b/c": ("gname", "eve"),
}


@pytest.mark.parametrize("words", CASES)
def test_a_field_is_named_that_another_writer_set(words: str) -> None:
    field, value = CASES[words]
    other = [PLAIN[0], member("b/c", b"x" * 700, **{field: value}), PLAIN[2]]
    assert told(made(PLAIN), made(other)) == words


def told(one: bytes, two: bytes) -> str:
    offset = first_difference([one], [two])
    assert offset is not None
    return place_between(entries(one), entries(two), offset).words


def test_content_is_named() -> None:
    other = [PLAIN[0], member("b/c", b"x" * 699 + b"y"), PLAIN[2]]
    assert told(made(PLAIN), made(other)) == "content of b/c"


def test_an_extended_header_belongs_to_the_entry_behind_it() -> None:
    one, two = (
        [PLAIN[0], member("b/c", b"x", pax_headers={"SCHILY.xattr.user.a": value})]
        for value in ("1", "2")
    )
    assert told(made(one), made(two)) == "extended header of b/c"


def test_an_archive_that_goes_on_differs_at_the_entry_that_the_other_lacks() -> None:
    one, two = made(PLAIN[:2]), made(PLAIN)
    assert told(one, two) == "name of d"
    assert told(made([]), made([], tarfile.USTAR_FORMAT) + bytes(512)) == "end of the archive"
    assert told(two, one) == "name of d"


def test_other_order_is_another_name() -> None:
    assert told(made(PLAIN), made([PLAIN[1], PLAIN[0], PLAIN[2]])) == "name of a"
    assert told(made([PLAIN[1], PLAIN[0], PLAIN[2]]), made(PLAIN)) == "name of a"


def test_what_fills_the_last_block_of_a_file_is_padding() -> None:
    data = bytearray(made(PLAIN))
    data[512 + 1] = 7
    assert told(made(PLAIN), bytes(data)) == "padding of a"
