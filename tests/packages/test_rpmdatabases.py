"""Berkeley DB and NDB databases that are damaged or made to mislead."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.packages.catalogers.rpm import CATALOGER
from analyzer.packages.formats import bdbhash, rpmndb
from analyzer.packages.formats.damage import Damage, Unreadable
from tests.packages.cases import FOLDER, parse
from tests.support import rpms

NDB = "usr/lib/sysimage/rpm/Packages.db"
BDB = f"{rpms.FOLDER}/Packages"
BLOBS = [
    (f"{number}:".encode() * 5000)[:size] for number, size in enumerate([9, 200, 3000, 40_000])
]


def split(items: list[bytes | Damage]) -> tuple[list[bytes], list[str]]:
    return [i for i in items if isinstance(i, bytes)], [
        i.what for i in items if isinstance(i, Damage)
    ]


def read_bdb(data: bytes) -> tuple[list[bytes], list[str]]:
    return split(list(bdbhash.values(data)))


@pytest.mark.parametrize("order", [1234, 4321])
@pytest.mark.parametrize("size", [512, 4096, 65536])
def test_values_come_back_as_they_were_loaded(size: int, order: int, tmp_path: Path) -> None:
    blobs = BLOBS * 30
    data = rpms.berkeley(tmp_path, blobs, db_pagesize=size, db_lorder=order)
    ours, damage = read_bdb(data)
    assert sorted(ours) == sorted(blobs)
    assert damage == []


def test_pages_of_the_older_unsorted_type_are_read(tmp_path: Path) -> None:
    """Type 2, of Berkeley DB before 4.6, has the same form; rpm reads both alike."""
    data = bytearray(rpms.berkeley(tmp_path, BLOBS, db_pagesize=512))
    sorted_pages = [start for start in range(512, len(data), 512) if data[start + 25] == 13]
    for start in sorted_pages:
        data[start + 25] = 2
    assert sorted_pages
    assert sorted(read_bdb(bytes(data))[0]) == sorted(BLOBS)


def test_deleted_and_replaced_packages_are_gone(tmp_path: Path) -> None:
    """db_load replaces the values of keys that are there; freed pages stay in the file."""
    first = rpms.berkeley(tmp_path, BLOBS * 20, db_pagesize=512)
    assert len(read_bdb(first)[0]) == len(BLOBS) * 20
    lines = ["VERSION=3", "format=bytevalue", "type=hash", "HEADER=END"]
    for number in range(1, len(BLOBS) * 20 + 1):
        lines += [f" {struct.pack('<I', number).hex()}", " 6e6577"]
    rpms.load(tmp_path, [*lines, "DATA=END\n"])
    replaced = (tmp_path / "Packages").read_bytes()
    assert len(replaced) > len(first) // 2
    assert read_bdb(replaced) == ([b"new"] * len(BLOBS) * 20, [])


def overflow_pages(data: bytes | bytearray) -> list[int]:
    return [start for start in range(512, len(data), 512) if data[start + 25] == 7]


def test_chain_of_overflow_pages_that_bites_its_tail_ends(tmp_path: Path) -> None:
    data = bytearray(rpms.berkeley(tmp_path, BLOBS, db_pagesize=512))
    longest = overflow_pages(data)[-3]
    data[longest + 16 : longest + 20] = (longest // 512).to_bytes(4, "little")
    ours, damage = read_bdb(bytes(data))
    assert len(ours) == len(BLOBS) - 1
    assert len(damage) == 1
    assert "is used twice" in damage[0]


def test_chain_of_bucket_pages_that_bites_its_tail_ends(tmp_path: Path) -> None:
    data = bytearray(rpms.berkeley(tmp_path, BLOBS, db_pagesize=512))
    page = next(start for start in range(512, len(data), 512) if data[start + 25] == 13)
    data[page + 16 : page + 20] = (page // 512).to_bytes(4, "little")
    ours, damage = read_bdb(bytes(data))
    assert ours
    assert f"page {page // 512} is used twice" in damage


def test_items_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """A page of 64 KiB whose thousands of items are each nearly the page."""
    data = bytearray(rpms.berkeley(tmp_path, [bytes(30_000)], db_pagesize=65536))
    page = next(s for s in range(65536, len(data), 65536) if data[s + 25] == 13 and data[s + 20])
    count = 8000
    struct.pack_into("<H", data, page + 20, count)
    struct.pack_into(f"<{count}H", data, page + 26, *([60_000, 17_000] * (count // 2)))
    ours, damage = read_bdb(bytes(data))
    assert sum(map(len, ours)) <= 30_000
    assert damage == [f"page {page // 65536} is not what it should be"]


def test_database_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    data = rpms.berkeley(tmp_path, BLOBS * 20, db_pagesize=512)
    ours, damage = read_bdb(data[: len(data) // 2])
    assert 0 < len(ours) < len(BLOBS) * 20
    assert set(ours) <= set(BLOBS)
    assert damage[0] == "the file is cut short"


def test_more_buckets_than_a_file_can_have_end_at_its_pages(tmp_path: Path) -> None:
    data = bytearray(rpms.berkeley(tmp_path, BLOBS, db_pagesize=512))
    struct.pack_into("<I", data, 72, 0xFFFFFFFF)
    ours, damage = read_bdb(bytes(data))
    assert set(ours) <= set(BLOBS)
    assert "more buckets than pages" in damage


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        (12, 0x00053162, "not a Berkeley DB hash"),
        (16, 7, "of version 7"),
        (20, 100, "pages of 100 bytes"),
        (24, 1, "encrypted"),
    ],
)
def test_other_databases_are_refused(place: int, value: int, why: str, tmp_path: Path) -> None:
    data = bytearray(rpms.berkeley(tmp_path, BLOBS))
    struct.pack_into("<I", data, place, value)
    with pytest.raises(Unreadable, match=why):
        read_bdb(bytes(data))


def ndb() -> bytes:
    return (FOLDER / "rpm" / "ndb" / NDB).read_bytes()


def slots(data: bytes | bytearray) -> list[int]:
    """Where the slots in use are."""
    return [start for start in range(32, 4096, 16) if data[start + 8 : start + 12] != bytes(4)]


def test_ndb_blob_with_another_checksum_is_read_and_told() -> None:
    data = bytearray(ndb())
    number, block, count = struct.unpack_from("<3I", data, slots(data)[0] + 4)
    data[(block + count) * 16 - 12] ^= 1
    ours, damage = split(list(rpmndb.values(bytes(data))))
    assert ours == split(list(rpmndb.values(ndb())))[0]
    assert damage == [f"the blob of package {number} has another checksum than it states"]


@pytest.mark.parametrize("offset", [0, 4, 12])
def test_ndb_blob_with_a_damaged_head_is_left_out(offset: int) -> None:
    data = bytearray(ndb())
    _, block, _ = struct.unpack_from("<3I", data, slots(data)[0] + 4)
    data[block * 16 + offset] ^= 1
    ours, damage = split(list(rpmndb.values(bytes(data))))
    assert len(ours) == len(slots(ndb())) - 1
    assert len(damage) == 1
    assert "it is not whole" in damage[0]


def test_ndb_slots_of_one_blob_do_not_multiply_it() -> None:
    data = bytearray(ndb())
    used = slots(data)
    for start in range(32, 4096, 16):
        data[start : start + 16] = data[used[0] : used[0] + 16]
    ours, damage = split(list(rpmndb.values(bytes(data))))
    assert len(ours) == 1
    assert len(damage) == 4064 // 16 - 1
    assert all("it overlaps another" in what for what in damage)


def test_ndb_slot_without_its_mark_and_file_cut_short() -> None:
    data = bytearray(ndb())
    data[slots(data)[0]] ^= 1
    ours, damage = split(list(rpmndb.values(bytes(data))))
    assert len(ours) == len(slots(ndb())) - 1
    assert damage == [f"no slot at {slots(ndb())[0]}, where one should be"]
    assert split(list(rpmndb.values(ndb()[:4000])))[1][0] == "the file is cut short"
    with pytest.raises(Unreadable, match="version 1"):
        list(rpmndb.values(bytes(data[:4] + b"\1" + data[5:])))


CASES = {"ndb": NDB, "berkeley": BDB, "strange": BDB, "ordinary": f"{rpms.FOLDER}/rpmdb.sqlite"}


@settings(deadline=None)
@given(choice=st.data())
def test_changed_bytes_never_do_more_than_damage(choice: st.DataObject) -> None:
    case, path = choice.draw(st.sampled_from(sorted(CASES.items())))
    data = bytearray((FOLDER / "rpm" / case / path).read_bytes())
    for _ in range(choice.draw(st.integers(1, 8))):
        place = choice.draw(st.integers(0, len(data) - 1))
        data[place] = choice.draw(st.integers(0, 255))
    packages, problems = parse(CATALOGER, {path: bytes(data)})
    assert CATALOGER.owns
    files = list(CATALOGER.owns({path: bytes(data)}))
    assert all(package.name for package in packages)
    assert all(problem.where == path for problem in problems)
    assert {entry.owner for entry in files} <= {(p.name, p.version, p.arch) for p in packages}


@settings(deadline=None)
@given(choice=st.data())
def test_database_cut_anywhere_says_so_or_is_whole(choice: st.DataObject) -> None:
    case, path = choice.draw(st.sampled_from(sorted(CASES.items())))
    data = (FOLDER / "rpm" / case / path).read_bytes()
    whole, _ = parse(CATALOGER, {path: data})
    packages, problems = parse(
        CATALOGER, {path: data[: choice.draw(st.integers(0, len(data) - 1))]}
    )
    missing = {package.key for package in whole} - {package.key for package in packages}
    assert not missing or "error" in {problem.severity for problem in problems}
