"""The zip reader against Python's zipfile, and against archives that somebody broke."""

from __future__ import annotations

import io
import mmap
import struct
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import LimitExceeded
from analyzer.layers.reduced import pack
from analyzer.limits import Budget, Limits
from analyzer.packages.formats.jar import MOST_DEPTH, Jar, opened, reduce
from analyzer.packages.formats.zipreader import Allowance, Member, ZipError, members, read

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "packages" / "java"
ANY = (b"",)
MOST = 1 << 20


def no_charge(_count: int) -> None:
    """Everything is free."""


def made(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive by zipfile."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return target.getvalue()


def streamed(files: dict[str, bytes]) -> bytes:
    """An archive whose sizes stand behind the data, as a pipe makes zipfile write it."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

    target = Pipe()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def contents(data: bytes) -> dict[str, bytes]:
    """All members by our reader; raises what it yields."""
    found: dict[str, bytes] = {}
    for item in members(data, 1000, ANY):
        if isinstance(item, ZipError):
            raise item
        found[item.name] = read(data, item, no_charge, MOST)
    return found


def jar(data: bytes) -> Jar:
    """An archive reduced, kept and opened again."""
    return opened(pack(reduce(data, no_charge)))


FILES = st.dictionaries(
    st.text("abc/.é", min_size=1, max_size=8), st.binary(max_size=300), max_size=5
)


class TestWholeArchives:
    """zipfile writes, we read."""

    @given(FILES, st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    def test_members_and_contents(self, files: dict[str, bytes], method: int) -> None:
        assert contents(made(files, method)) == files

    @given(FILES, st.binary(max_size=200))
    def test_bytes_in_front(self, files: dict[str, bytes], front: bytes) -> None:
        assert contents(front + made(files)) == files

    @given(FILES)
    def test_sizes_behind_the_data(self, files: dict[str, bytes]) -> None:
        assert contents(streamed(files)) == files

    @given(FILES, st.binary(max_size=100))
    def test_a_comment_and_what_looks_like_an_end(
        self, files: dict[str, bytes], end: bytes
    ) -> None:
        target = io.BytesIO(made(files))
        with zipfile.ZipFile(target, "a") as archive:
            archive.comment = end + b"PK\x05\x06" + bytes(18) + b"x"
        assert contents(target.getvalue()) == files

    def test_a_member_written_as_zip64(self) -> None:
        target = io.BytesIO()
        with (
            zipfile.ZipFile(target, "w") as archive,
            archive.open(zipfile.ZipInfo("wide"), "w", force_zip64=True) as member,
        ):
            member.write(b"data")
        assert contents(target.getvalue()) == {"wide": b"data"}

    @pytest.mark.parametrize("front", [b"", b"#!/bin/sh\n"])
    def test_wide_fields_in_the_directory(self, front: bytes) -> None:
        """Sizes and offset in the zip64 field, behind another one; zipfile agrees."""
        data = made({"first": b"1", "wide": b"data" * 100})
        start = data.rindex(b"PK\x01\x02")
        end = data.rindex(b"PK\x05\x06")
        entry = bytearray(data[start:end])
        packed, size = struct.unpack_from("<2L", entry, 20)
        (offset,) = struct.unpack_from("<L", entry, 42)
        wide = struct.pack("<2H2x2H3Q", 0x9999, 2, 1, 24, size, packed, offset)
        struct.pack_into("<2L", entry, 20, 0xFFFFFFFF, 0xFFFFFFFF)
        struct.pack_into("<H", entry, 30, len(wide))
        struct.pack_into("<L", entry, 42, 0xFFFFFFFF)
        tail = bytearray(data[end:])
        (whole,) = struct.unpack_from("<L", tail, 12)
        struct.pack_into("<L", tail, 12, whole + len(wide))
        archive = front + data[:start] + bytes(entry) + wide + bytes(tail)
        expected = {"first": b"1", "wide": b"data" * 100}
        with zipfile.ZipFile(io.BytesIO(archive)) as theirs:
            assert {name: theirs.read(name) for name in theirs.namelist()} == expected
        assert contents(archive) == expected

    @pytest.mark.parametrize("front", [b"", b"#!/bin/sh\n"])
    def test_a_directory_of_zip64(self, front: bytes) -> None:
        """Zipfile writes zip64 records at 65 536 members."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for number in range(0x10000):
                archive.writestr(zipfile.ZipInfo(f"{number:x}"), b"")
        data = front + target.getvalue()
        assert b"PK\x06\x06" in data
        found = list(members(data, 100_000, (b"ffff",)))
        assert [item.name for item in found if isinstance(item, Member)] == ["ffff"]
        assert len(found) == 1

    def test_a_mapped_file(self) -> None:
        files = {"META-INF/MANIFEST.MF": b"A: b\n", "x.jar": made({"y.jar": made({"z": b"1"})})}
        with tempfile.TemporaryFile() as file:
            file.write(made(files))
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                assert reduce(mapped, no_charge) == reduce(made(files), no_charge)


def seeds() -> list[bytes]:
    """Archives to be damaged."""
    return [path.read_bytes() for path in sorted(FIXTURES.rglob("*.jar"))]


class TestDamagedArchives:
    """Whatever is done to an archive: an answer, never an exception, and never silence."""

    @given(st.sampled_from(seeds()), st.lists(st.tuples(st.integers(0), st.integers(0, 255))))
    def test_changed_bytes(self, data: bytes, changes: list[tuple[int, int]]) -> None:
        broken = bytearray(data)
        for at, value in changes:
            broken[at % len(broken)] = value
        jar(bytes(broken))

    @given(st.sampled_from(seeds()), st.integers(0, 20_000))
    def test_a_cut_is_told(self, data: bytes, length: int) -> None:
        cut = data[:length]
        if cut and len(cut) < len(data):
            try:
                whole = zipfile.ZipFile(io.BytesIO(cut)).testzip() is None
            except zipfile.BadZipFile:
                whole = False
            assert whole or jar(cut).lost

    @given(st.binary(max_size=3000))
    def test_random_bytes(self, data: bytes) -> None:
        for magic in (b"", b"PK\x03\x04", b"PK\x05\x06"):
            if parts := reduce(magic + data, no_charge):
                found = opened(pack(parts))
                assert found.archives or found.lost

    @pytest.mark.parametrize("write", [made, streamed])
    def test_without_its_directory_all_members_are_found(self, write: object) -> None:
        poms = {f"{n}/pom.properties": b"version=%d" % n * 50 for n in range(9)}
        data = write(poms)  # type: ignore[operator]
        jar_ = jar(data[: data.index(b"PK\x01\x02")])
        assert jar_.archives[0].properties == poms
        assert len(jar_.lost) == 1

    def test_more_members_than_are_looked_at(self) -> None:
        data = made({f"{number}": b"" for number in range(20)})
        found = list(members(data, Allowance(7), ANY))
        assert [type(item) for item in found] == [Member] * 7 + [ZipError]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({8: 1}, "encrypted"),
            ({10: 12}, "method 12"),
            ({42: 1}, "no header"),
            ({20: 0xFF, 21: 0xFF}, "breaks off"),
        ],
    )
    def test_a_member_that_cannot_be_read_is_told(self, change: dict[int, int], words: str) -> None:
        """Bytes of its entry in the directory: flags, method, offset, packed size."""
        data = bytearray(made({"pom.properties": b"version=1"}))
        entry = data.index(b"PK\x01\x02")
        for at, value in change.items():
            data[entry + at] = value
        (word,) = jar(bytes(data)).lost
        assert word.startswith("pom.properties: ")
        assert words in word

    def test_what_begins_as_an_empty_archive_is_not_passed_over(self) -> None:
        empty = made({})
        assert len(empty) == 22
        assert not jar(empty).archives
        hidden = empty + made({"pom.properties": b"version=1"})
        assert jar(hidden).archives[0].properties == {"pom.properties": b"version=1"}

    def test_a_wrong_number_of_members_is_told(self) -> None:
        """Java: invalid END header (bad entry count)."""
        data = bytearray(made({"a": b"", "b": b""}))
        end = data.index(b"PK\x05\x06")
        data[end + 10] = 3
        assert "2 members" in jar(bytes(data)).lost[0]

    def test_a_wrong_checksum_is_told(self) -> None:
        data = made({"pom.properties": b"version=1"}, zipfile.ZIP_STORED)
        changed = data.replace(b"version=1", b"version=2")
        assert zipfile.ZipFile(io.BytesIO(changed)).namelist() == ["pom.properties"]
        assert jar(changed).archives[0].properties == {}
        assert "checksum" in jar(changed).lost[0]


def test_memory_holds_one_inner_archive_at_a_time() -> None:
    """Fifty archives of two mebibytes each in one."""
    inner = {f"lib/{number}.jar": made({"a": bytes(range(256)) * 8192}, 0) for number in range(50)}
    with tempfile.TemporaryFile() as file:
        file.write(made(inner))
        del inner
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            tracemalloc.start()
            try:
                parts = reduce(mapped, no_charge)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
    assert len(opened(pack(parts)).archives) == 51
    assert peak < 8 << 20


class TestBombs:
    """Little that becomes much."""

    def test_a_nested_bomb_is_ended_by_the_budget(self) -> None:
        """Ten archives of which each has ten of which each inflates to a mebibyte."""
        leaf = made({"a.jar": made({}) + bytes(1 << 20)})
        middle = made({f"{number}.jar": leaf for number in range(10)})
        bomb = made({f"{number}.jar": middle for number in range(10)})
        assert len(bomb) < 100_000
        budget = Budget(Limits(inflated_bytes=20 << 20))
        with pytest.raises(LimitExceeded, match="inflated_bytes"):
            reduce(bomb, lambda count: budget.spend_inflated(count, "bomb.jar"))

    def test_no_more_is_inflated_than_was_charged_and_a_step(self) -> None:
        data = made({"pom.properties": bytes(8 << 20)})
        charged: list[int] = []

        def charge(count: int) -> None:
            charged.append(count)
            if sum(charged) > 1 << 20:
                raise LimitExceeded("limit-exceeded", "enough")  # type: ignore[arg-type]

        with pytest.raises(LimitExceeded):
            reduce(data, charge)
        assert max(charged) <= 1 << 18

    def test_a_member_that_lies_about_its_size_is_cut_short(self) -> None:
        data = made({"META-INF/MANIFEST.MF": bytes(64 << 20)})
        size = (64 << 20).to_bytes(4, "little")
        lying = data.replace(size, (100).to_bytes(4, "little"))
        spent: list[int] = []
        parts = reduce(lying, spent.append)
        assert "more than" in opened(pack(parts)).lost[0]
        assert sum(spent) < 9 << 20

    def test_depth_has_an_end_and_says_so(self) -> None:
        data = made({"pom.properties": b"version=1"})
        for _ in range(MOST_DEPTH + 1):
            data = made({"x.jar": data}, zipfile.ZIP_STORED)
        found = jar(data)
        assert len(found.archives) == MOST_DEPTH + 1
        assert "deep" in found.lost[0]

    @pytest.mark.parametrize(
        ("limit", "words"),
        [
            ("MOST_ARCHIVES", "more than 3 archives"),
            ("MOST_WANTED", "more than 3 members"),
            ("MOST_PARTS", "more than 3 bytes"),
            ("MOST_PART", "more than the 3"),
            ("MOST_NESTED", "more than the 3"),
            ("MOST_MEMBERS", "more than 3 members"),
            ("MOST_DEPTH", "more than 3 archives deep"),
        ],
    )
    def test_what_a_bound_leaves_out_is_told(
        self, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
    ) -> None:
        inner = made({f"{number}/pom.properties": b"version=1" for number in range(5)})
        data = made({f"{number}.jar": inner for number in range(5)})
        for _ in range(4):
            data = made({"pom.properties": b"version=2", "x.jar": data})
        assert not jar(data).lost
        monkeypatch.setattr(f"analyzer.packages.formats.jar.{limit}", 3)
        assert any(words in line for line in jar(data).lost), jar(data).lost

    def test_one_archive_under_many_names_is_counted(self) -> None:
        """A directory whose entries all lie on the same member."""
        data = made({"1.jar": made({"2.jar": made({"x": b""})})})
        entry_at, end_at = data.index(b"PK\x01\x02", 100), data.rindex(b"PK\x05\x06")
        start = end_at - int.from_bytes(data[end_at + 12 : end_at + 16], "little")
        assert start <= entry_at or start > 0
        entry = data[start:end_at]
        entries = b"".join(entry.replace(b"1.jar", b"%c.jar" % c) for c in b"abcdefgh")
        count = (8).to_bytes(2, "little") * 2
        size = len(entries).to_bytes(4, "little")
        end = data[end_at : end_at + 8] + count + size + data[end_at + 16 :]
        found = jar(data[:start] + entries + end)
        assert len(found.archives) == 1 + 8 * 2
