"""A tar as input: members in place, links inside it, damage told."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analyzer.errors import InputError, LimitExceeded
from analyzer.limits import Limits
from analyzer.problems import Code
from analyzer.source.tararchive import TarSource
from tests.support.tarbytes import Device, Dir, Entries, HardLink, Link, member, tar_bytes
from tests.tar.test_sparse import pax_1_0
from tests.tar.walking import END

Opener = Callable[[bytes], TarSource]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Opens tars, and closes them when the test is over."""
    sources: list[TarSource] = []

    def make(data: bytes) -> TarSource:
        path = tmp_path / f"{len(sources)}.tar"
        path.write_bytes(data)
        found = TarSource(path.open("rb", buffering=0), len(data), "a.tar", Limits())
        sources.append(found)
        return found

    yield make
    for found in sources:
        found.close()


def read(source: TarSource, name: str) -> bytes:
    with source.open(name) as stream:
        return stream.read()


def test_members_are_what_tarfile_says(opened: Opener) -> None:
    data = tar_bytes({"a": b"1" * 5000, "d": Dir(), "d/b": b"", "./c": b"c", "é" * 90: b"long"})
    source = opened(data)
    with tarfile.open(fileobj=io.BytesIO(data)) as oracle:
        files = [info for info in oracle if info.isfile()]
        expected = {i.name.removeprefix("./"): oracle.extractfile(i) for i in files}
        assert set(source.names()) == set(expected)
        for name, stream in expected.items():
            assert stream is not None
            assert read(source, name) == stream.read()
    assert source.problems == ()
    assert source.size_bytes == len(data)


def test_a_reader_stays_inside_its_member(opened: Opener) -> None:
    source = opened(tar_bytes({"a": b"0123456789", "b": b"behind"}))
    with source.open("a") as stream:
        assert stream.read(4) == b"0123"
        assert stream.tell() == 4
        assert stream.read(100) == b"456789"
        assert stream.read() == b""
        assert stream.seek(-3, io.SEEK_END) == 7
        assert stream.read() == b"789"
        assert stream.seek(100) == 100
        assert stream.read(5) == b""
        assert stream.seek(-100, io.SEEK_CUR) == 0
        assert stream.read(-1) == b"0123456789"


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("d/l", Link("../a")),
        ("d/l", Link("./../d/../a")),
        ("d/l", Link("/a")),
        ("l", Link("a")),
        ("l", Link("./a")),
        ("d/l", HardLink("a")),
        ("d/l", HardLink("./a")),
    ],
)
def test_links_lead_to_members(opened: Opener, name: str, link: Link | HardLink) -> None:
    source = opened(tar_bytes({"a": b"data", name: link, "chain": Link(name)}))
    for asked in (name, "chain"):
        assert source.has(asked)
        assert source.identity(asked) == source.identity("a")
        assert source.size(asked) == 4
        assert read(source, asked) == b"data"
    assert set(source.names()) == {"a", name, "chain"}
    assert source.problems == ()


def test_a_link_may_stand_before_its_target(opened: Opener) -> None:
    assert (
        read(opened(tar_bytes({"l": Link("a"), "h": HardLink("a"), "a": b"data"})), "h") == b"data"
    )


@pytest.mark.parametrize(
    "entries",
    [
        {"l": Link("l")},
        {"l": Link("m"), "m": Link("l")},
        {"l": HardLink("m"), "m": HardLink("l")},
        {"l": Link("absent")},
        {"l": HardLink("absent")},
        {"l": Link("d"), "d": Dir()},
        {"l": Link("p"), "p": Device("p")},
        {"l": Device("c", 1, 3)},
        {"l": Link("")},
        {"l": HardLink("")},
    ],
)
def test_links_to_nothing_are_missing(opened: Opener, entries: Entries) -> None:
    source = opened(tar_bytes(entries))
    assert not source.has("l")
    assert source.names() == []
    assert source.identity("l") is None
    for call in (source.open, source.size):
        with pytest.raises(InputError) as caught:
            call("l")
        assert caught.value.code is Code.BLOB_MISSING


@pytest.mark.parametrize("target", ["../a", "../../a", "d/../../a", "../etc/passwd"])
def test_links_that_climb_out_are_refused_and_told_once(opened: Opener, target: str) -> None:
    source = opened(tar_bytes({"a": b"1", "etc/passwd": b"2", "l": Link(target)}))
    assert not source.has("l")
    assert not source.has("l")
    assert [(problem.code, problem.where) for problem in source.problems] == [
        (Code.UNSAFE_LINK, "l")
    ]


def test_of_several_members_the_last_counts(opened: Opener) -> None:
    source = opened(tar_bytes([("a", b"old"), ("b", b""), ("a", b"new")]))
    assert read(source, "a") == b"new"
    assert [(problem.code, problem.where) for problem in source.problems] == [
        (Code.DUPLICATE_MEMBER, "a")
    ]


def test_a_member_that_is_cut_has_the_bytes_that_are_there(opened: Opener) -> None:
    source = opened(member(b"a", b"1") + member(b"b", b"x" * 2000)[:1512])
    assert (source.size("b"), read(source, "b")) == (1000, b"x" * 1000)
    assert [problem.code for problem in source.problems] == [Code.ARCHIVE_TRUNCATED]


def test_a_damaged_header_hides_its_member_only(opened: Opener) -> None:
    source = opened(member(b"a", b"1") + b"\1" * 512 + member(b"b", b"2") + END)
    assert set(source.names()) == {"a", "b"}
    assert [problem.code for problem in source.problems] == [Code.ARCHIVE_DAMAGED]


def test_a_sparse_member_is_told_and_not_read(opened: Opener) -> None:
    """Also when a plain member of the same name stood before it."""
    source = opened(member(b"holes", b"old") + pax_1_0([(5, 2)], 9, b"xx") + END)
    assert source.names() == []
    codes = [problem.code for problem in source.problems]
    assert codes == [Code.ENTRY_UNSUPPORTED, Code.SPARSE_FILE]


def test_readers_in_threads_do_not_disturb_each_other(opened: Opener) -> None:
    contents = {f"m{n}": bytes([n]) * (40_000 + n) for n in range(16)}
    source = opened(tar_bytes(contents))

    def in_small_steps(name: str) -> bytes:
        with source.open(name) as stream:
            return b"".join(iter(lambda: stream.read(701), b""))

    with ThreadPoolExecutor(8) as pool:
        assert dict(zip(contents, pool.map(in_small_steps, contents), strict=True)) == contents


def test_the_number_of_members_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tar_bytes({"a": b"", "b": b""}))
    with path.open("rb") as file, pytest.raises(LimitExceeded):
        TarSource(file, path.stat().st_size, "a.tar", Limits(archive_members=1))


def test_names_that_would_harm_a_terminal_are_shown_without_harm(opened: Opener) -> None:
    source = opened(tar_bytes([("\x1b[31m", b""), ("\x1b[31m", b"")]))
    assert source.problems[0].where == "\\x1b[31m"
