"""rpm's databases by packages: what `rpm -qa` tells of two of them, in every form."""

from __future__ import annotations

import ctypes
import mmap
import sqlite3
import struct
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.diff.content.compare import compare_content
from analyzer.diff.content.room import Room
from analyzer.diff.content.rpmrecords import Beside, Rpm, across, beside_of
from analyzer.diff.content.rpmtags import DEPENDENCIES, OF_FILES, TIMES, WORDS
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, mirrored
from analyzer.limits import Limits
from tests.diff.content.comparing import compare, shown
from tests.packages.cases import FOLDER
from tests.support import rpms
from tests.support.tools import require_tool

SQLITE = f"{rpms.FOLDER}/rpmdb.sqlite"
LOG = f"{SQLITE}-wal"
BERKELEY = f"{rpms.FOLDER}/Packages"
NDB = "usr/lib/sysimage/rpm/Packages.db"
FIELDS = {
    "name": "NAME",
    "epoch": "EPOCH",
    "version": "VERSION",
    "release": "RELEASE",
    "architecture": "ARCH",
    "source package": "SOURCERPM",
    "vendor": "VENDOR",
    "packager": "PACKAGER",
    "license": "LICENSE",
    "size": "SIZE",
    "install time": "INSTALLTIME",
    "summary": "SUMMARY",
    "URL": "URL",
    "module": "MODULARITYLABEL",
    "build host": "BUILDHOST",
    "SHA-256 of the header": "SHA256HEADER",
    "SHA-1 of the header": "SHA1HEADER",
    "transaction": "INSTALLTID",
    "script after installing": "POSTIN",
    "payload digest": "PAYLOADDIGEST",
}
QUERY = "\\t".join(f"%{{{tag}}}" for tag in FIELDS.values()) + "\\t%{FILENAMES:arraysize}\\n"
NEWER = rpms.MAIN.replace("Release: 3.el9", "Release: 4.el9").replace("echo conf", "echo other")
ROOM = Room(Limits())


@dataclass(frozen=True)
class World:
    """Two databases: `main` and `shlib` upgraded, `zero` gone, `shared-one` new, `many` there."""

    one: Path
    two: Path

    def content(self, side: str) -> bytes:
        folder: Path = getattr(self, side)
        return (folder / "rpmdb.sqlite").read_bytes()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("rpm")
    old = rpms.build(folder / "old", (rpms.MAIN, rpms.MANY, rpms.ZERO))
    new = rpms.build(folder / "new", (NEWER, rpms.SHARED.format(name="one")))
    one, two = folder / "one", folder / "two"
    one.mkdir()
    rpms.install(one, *old)
    rpms.copy(one, two)
    rpms.rpm(two, "-e", "--justdb", "--nodeps", "zero", "main", "shlib")
    rpms.install(two, *new)
    return World(one, two)


def asked(database: Path, backend: str = "sqlite") -> dict[str, dict[str, str]]:
    """What rpm says of each package, by its name and architecture."""
    found = {}
    for line in rpms.rpm(database, "-qa", "--qf", QUERY, backend=backend).splitlines():
        *values, _ = line.split("\t")
        fields = dict(zip(FIELDS, values, strict=True))
        moment = datetime.fromtimestamp(int(fields["install time"]), UTC)
        fields["install time"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        known = {name: value for name, value in fields.items() if value != "(none)"}
        found[f"{known['name']}.{known['architecture']}"] = known
    return found


def fields(record: Difference) -> dict[str, tuple[str | None, str | None]]:
    return {field.subject: (field.before, field.after) for field in record.children}


def agrees(
    found: Difference, one: Mapping[str, dict[str, str]], two: Mapping[str, dict[str, str]]
) -> None:
    """Whether records are those that differ between two lists of rpm, and their fields, too."""
    kinds = {
        name: Kind.ADDED if name not in one else Kind.REMOVED if name not in two else Kind.CHANGED
        for name in {*one, *two}
        if one.get(name) != two.get(name)
    }
    assert {child.subject: child.kind for child in found.children} == kinds
    for child in found.children:
        before, after = one.get(child.subject, {}), two.get(child.subject, {})
        if child.kind is Kind.CHANGED:
            told = {name: pair for name, pair in fields(child).items() if name in FIELDS}
            assert told == {
                name: (before.get(name), after.get(name))
                for name in FIELDS
                if before.get(name) != after.get(name)
            }
        else:
            record = child.before or child.after
            known = before or after
            assert {name: value for name, value in record.items() if name in FIELDS} == {
                name: known[name] for name in record if name in FIELDS
            }
            assert {"name", "version", "release", "install time", "files"} <= record.keys()


def test_packages_and_fields_are_those_in_which_two_lists_of_rpm_differ(world: World) -> None:
    one, two = asked(world.one), asked(world.two)
    found = compare(SQLITE, world.content("one"), world.content("two"))
    assert found.before["kind"] == found.after["kind"] == "rpm database (SQLite)"
    agrees(found, one, two)
    assert {"main.x86_64", "zero.noarch", "shared-one.noarch"} <= {
        child.subject for child in found.children
    }
    assert "many.noarch" not in {child.subject for child in found.children}


def test_files_are_those_in_which_two_lists_of_rpm_differ(world: World) -> None:
    query = "[%{FILENAMES}\\t%{FILEDIGESTS}\\t%{FILEMODES:octal}\\t%{FILESIZES}\\n]"
    lists = []
    for folder in (world.one, world.two):
        lines = rpms.rpm(folder, "-q", "main", "--qf", query).splitlines()
        lists.append({line.split("\t")[0]: line.split("\t")[1:] for line in lines})
    (path,) = (path for path in lists[0] if lists[0][path] != lists[1][path])
    found = compare(SQLITE, world.content("one"), world.content("two")).child("main.x86_64")
    assert found is not None
    told = {name: pair for name, pair in fields(found).items() if name.startswith("file ")}
    assert set(told) == {f"file {path}"}
    for value, known in zip(told[f"file {path}"], lists, strict=True):
        digest, mode, size = known[path]
        assert value is not None
        assert f"{mode} root:root digest {digest} size {size} " in value


@pytest.mark.parametrize("order", [1234, 4321])
def test_the_same_in_berkeley_db(world: World, tmp_path: Path, order: int) -> None:
    data = [
        rpms.berkeley(tmp_path / side, rpms.headers(getattr(world, side)), db_lorder=order)
        for side in ("one", "two")
    ]
    found = compare(BERKELEY, *data)
    assert found.before["kind"] == "rpm database (Berkeley DB)"
    agrees(found, asked(tmp_path / "one", "bdb_ro"), asked(tmp_path / "two", "bdb_ro"))


def test_the_name_of_the_folder_does_not_matter(world: World) -> None:
    sides = world.content("one"), world.content("two")
    wanted = compare(SQLITE, *sides)
    for folder in ("usr/lib/sysimage/rpm", "usr/share/rpm", "usr/lib/sysimage/rpm-ostree-base-db"):
        assert compare(f"{folder}/rpmdb.sqlite", *sides) == wanted


def test_a_database_that_was_rebuilt_holds_the_same(world: World, tmp_path: Path) -> None:
    again = rpms.copy(world.one, tmp_path / "again")
    rpms.rpm(again, "--rebuilddb")
    assert asked(again) == asked(world.one)
    found = compare(SQLITE, world.content("one"), (again / "rpmdb.sqlite").read_bytes())
    (note,) = found.notes
    assert note == (
        "the same 4 packages, header for header; only how the file keeps them differs: its pages,"
        " indexes or free space"
    )
    assert [child.subject for child in found.children] == ["first differing byte"]


def test_a_package_put_in_again_differs_in_when(world: World, tmp_path: Path) -> None:
    again = rpms.copy(world.one, tmp_path / "again")
    packages = sorted((world.one.parent / "old" / "RPMS").rglob("zero*.rpm"))
    rpms.rpm(again, "-e", "--justdb", "--nodeps", "zero")
    then = int(rpms.rpm(world.one, "-q", "zero", "--qf", "%{INSTALLTIME}"))
    while int(time.time()) <= then:  # rpm writes down the second
        time.sleep(0.05)
    rpms.install(again, *packages)
    one, two = asked(world.one), asked(again)
    found = compare(SQLITE, world.content("one"), (again / "rpmdb.sqlite").read_bytes())
    agrees(found, one, two)
    (zero,) = found.children
    assert set(fields(zero)) == {"install time", "transaction"}


def test_the_log_of_a_database_counts(world: World, tmp_path: Path) -> None:
    other = rpms.copy(world.one, tmp_path / "other")
    before = asked(other)
    with rpms.logging(other):
        rpms.rpm(other, "-e", "--justdb", "--nodeps", "zero")
        logged = rpms.copy(other, tmp_path / "logged")
    main, log = ((logged / name).read_bytes() for name in ("rpmdb.sqlite", "rpmdb.sqlite-wal"))
    after = asked(logged)
    assert set(before) - set(after) == {"zero.noarch"}
    room = Room(Limits())
    nothing = bytearray(world.content("two"))
    beside: Beside = ({}, {LOG: log})
    found = compare_content(SQLITE, bytes(nothing), main, room, beside)
    agrees(found, asked(world.two), after)
    assert compare_content(SQLITE, main, bytes(nothing), room, beside[::-1]) == mirrored(found)
    unread = compare_content(SQLITE, bytes(nothing), main, room, ({}, {LOG: None}))
    assert unread.notes == (AFTER + "rpmdb.sqlite-wal beside it was not read",)
    assert [child.subject for child in unread.children] == ["first differing byte"]


def test_two_logs_of_one_database(world: World, tmp_path: Path) -> None:
    logs, lists = [], []
    for gone in ("zero", "many"):
        folder = rpms.copy(world.one, tmp_path / gone)
        with rpms.logging(folder):
            rpms.rpm(folder, "-e", "--justdb", "--nodeps", gone)
            logged = rpms.copy(folder, tmp_path / f"{gone}-logged")
        logs.append((logged / "rpmdb.sqlite-wal").read_bytes())
        main = (logged / "rpmdb.sqlite").read_bytes()
        lists.append(asked(logged))
    assert beside_of(LOG) == SQLITE
    found = compare_content(LOG, logs[0], logs[1], ROOM, ({SQLITE: main}, {SQLITE: main}))
    agrees(found, *lists)
    alone = compare(LOG, *logs)
    (note,) = alone.notes
    assert note == (
        "not compared as write-ahead log of an rpm database: the database beside it, rpmdb.sqlite,"
        " was not read on both sides"
    )


def test_contents_that_are_mapped(world: World, tmp_path: Path) -> None:
    """So come files out of layers."""
    maps = []
    for side in ("one", "two"):
        with (getattr(world, side) / "rpmdb.sqlite").open("rb") as file:
            maps.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    found = compare_content(SQLITE, maps[0], maps[1], ROOM)
    assert found == compare(SQLITE, world.content("one"), world.content("two"))
    for side, name in zip(("one", "two"), ("a", "b"), strict=True):
        (tmp_path / name).write_bytes(
            rpms.berkeley(tmp_path / side, rpms.headers(getattr(world, side)))
        )
    data = [(tmp_path / name) for name in ("a", "b")]
    maps = []
    for path in data:
        with path.open("rb") as file:
            maps.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    wanted = compare(BERKELEY, data[0].read_bytes(), data[1].read_bytes())
    assert compare_content(BERKELEY, maps[0], maps[1], ROOM) == wanted


def test_a_damaged_database_is_compared_as_bytes(world: World) -> None:
    """What could not be read must not look removed."""
    path = FOLDER / "rpm" / "damaged" / SQLITE
    whole = FOLDER / "rpm" / "ordinary" / SQLITE
    found = compare(SQLITE, whole.read_bytes(), path.read_bytes())
    assert [child.subject for child in found.children] == ["first differing byte"]
    assert any(note.startswith(AFTER) for note in found.notes)
    cut = compare(SQLITE, world.content("one"), world.content("one")[:5000])
    assert [child.subject for child in cut.children] == ["first differing byte"]
    assert cut.notes


def test_a_damaged_ndb_is_compared_as_bytes() -> None:
    data = (FOLDER / "rpm" / "ndb" / NDB).read_bytes()
    found = compare(NDB, data, data[:4000])
    assert [child.subject for child in found.children] == ["first differing byte"]
    assert found.notes == (AFTER + "the file is cut short; and 3 more such",)


def test_databases_of_two_forms_that_hold_the_same(world: World, tmp_path: Path) -> None:
    one = Rpm("rpmdb.sqlite", world.content("one"))
    two = Rpm("Packages", rpms.berkeley(tmp_path, rpms.headers(world.one)))
    says = across((SQLITE, BERKELEY), one, two, ROOM)
    assert says == (
        "var/lib/rpm/Packages (rpm database (Berkeley DB)) and var/lib/rpm/rpmdb.sqlite"
        " (rpm database (SQLite)) hold the same 4 packages in other forms"
    )
    assert across((BERKELEY, SQLITE), two, one, ROOM) == says
    other = Rpm("rpmdb.sqlite", world.content("two"))
    assert across((SQLITE, BERKELEY), other, two, ROOM).endswith(" hold other packages")
    cut = Rpm("Packages", two.data[:5000])
    assert "cannot be read whole" in across((SQLITE, BERKELEY), one, cut, ROOM)


def test_several_packages_of_one_name_are_told_by_their_versions(
    world: World, tmp_path: Path
) -> None:
    """Kernels stand beside each other."""
    spec = rpms.SHARED.format(name="kernel")
    versions = [spec.replace("Version: 1", f"Version: {n}") for n in (1, 2, 3)]
    built = [rpms.build(tmp_path / f"k{n}", (text,)) for n, text in enumerate(versions)]
    folders = [tmp_path / "before", tmp_path / "after"]
    for folder, kept in zip(folders, ((0, 1), (1, 2)), strict=True):
        folder.mkdir()
        rpms.install(folder, "--replacefiles", *(built[n][0] for n in kept))
    found = compare(SQLITE, *((folder / "rpmdb.sqlite").read_bytes() for folder in folders))
    kinds = {child.subject: child.kind for child in found.children}
    kinds.pop("shared-kernel-2-1.noarch", None)  # it may have been installed a second later
    assert kinds == {
        "shared-kernel-1-1.noarch": Kind.REMOVED,
        "shared-kernel-3-1.noarch": Kind.ADDED,
    }


def test_files_are_bounded_and_packages_are_not(world: World, tmp_path: Path) -> None:
    other = rpms.MANY.replace("echo $d $f", "echo $d x $f")
    built = [
        rpms.build(tmp_path / name, (spec,)) for name, spec in (("a", rpms.MANY), ("b", other))
    ]
    data = []
    for name, packages in zip(("1", "2"), built, strict=True):
        (tmp_path / name).mkdir()
        rpms.install(tmp_path / name, *packages)
        data.append((tmp_path / name / "rpmdb.sqlite").read_bytes())
    (many,) = compare(SQLITE, *data, content_lines=40).children
    files = [field for field in many.children if field.subject.startswith("file ")]
    assert len(files) == 40
    assert many.notes == ("and 2460 more files that differ",)
    assert "  note: and 2460 more files that differ" in shown(SQLITE, *data, content_lines=40)
    bounded = compare(SQLITE, world.content("one"), world.content("two"), content_lines=2)
    assert len(bounded.children) == 2
    assert bounded.notes[-1].startswith("and 2 more records that differ")


def test_numbers_of_tags_are_those_of_rpm() -> None:
    """Its library tells the name of a number."""
    require_tool("rpm")
    library = ctypes.CDLL("librpm.so.9")
    library.rpmTagGetName.restype = ctypes.c_char_p
    numbers = [*TIMES, *WORDS, *OF_FILES, *(tag for some in DEPENDENCIES for tag in some[1:])]
    assert len(set(numbers)) == len(numbers)
    names = {number: library.rpmTagGetName(number).decode().upper() for number in numbers}
    assert [number for number, name in names.items() if name == "(UNKNOWN)"] == [278], "of rpm 6"
    for some in DEPENDENCIES:
        stem = some.word.upper().removesuffix("S")
        assert [names[tag] for tag in some[1:]] == [
            f"{stem}{w}" for w in ("NAME", "FLAGS", "VERSION")
        ]
    assert {names[tag] for tag in TIMES} == {"BUILDTIME", "INSTALLTIME"}
    assert all("FILE" in names[tag] or names[tag] == "VERITYSIGNATURES" for tag in OF_FILES)


def pragmas(path: Path) -> dict[str, object]:
    names = ("page_size", "page_count", "freelist_count", "schema_version", "user_version")
    with closing(sqlite3.connect(path)) as connection:
        return {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (*names, "application_id", "encoding")
        }


def test_any_other_sqlite_database_by_its_header(tmp_path: Path) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    for path, size, rows in ((one, 512, 1), (two, 8192, 900)):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA page_size = {size}")
            connection.execute(f"PRAGMA user_version = {-rows}")
            connection.execute(f"PRAGMA application_id = {rows}")
            connection.execute(f"PRAGMA encoding = 'UTF-{16 if rows > 1 else 8}'")
            connection.execute("CREATE TABLE t (x)")
            connection.executemany("INSERT INTO t VALUES (?)", [("x" * 99,)] * rows)
            connection.execute("CREATE INDEX i ON t (x)")
            connection.commit()
            connection.execute("DROP INDEX i")
            connection.commit()
    found = compare("var/lib/app/state", one.read_bytes(), two.read_bytes())
    assert found.before["kind"] == found.after["kind"] == "SQLite"
    assert found.notes == ("an SQLite database; its rows are not compared",)
    before, after = pragmas(one), pragmas(two)
    told = fields(found)
    assert told.pop("first differing byte")
    told = {name: pair for name, pair in told.items() if name in before}
    assert told == {
        name: (before[name], after[name]) for name in before if before[name] != after[name]
    }
    assert {"page_size", "page_count", "user_version", "application_id", "encoding"} <= set(told)


def greedy(tags: int, data: bytes) -> bytes:
    """A header each of whose tags claims all of `data`."""
    entries = [struct.pack(">IIiI", 1000, 6, 0, 1)]
    entries += [struct.pack(">IIiI", 20_000 + n, 7, 0, len(data)) for n in range(tags)]
    return struct.pack(">II", len(entries), len(data)) + b"".join(entries) + data


def test_values_that_overlap_are_told_and_not_all_read(tmp_path: Path) -> None:
    """These two would stand for 60 GB."""
    data = [
        rpms.berkeley(tmp_path / name, [greedy(60_000, b"name\0" + last * 1_000_000)])
        for name, last in (("one", b"1"), ("two", b"2"))
    ]
    (record,) = compare(BERKELEY, data[0], data[1]).children
    assert record.notes == (
        BEFORE + "a header whose values overlap",
        AFTER + "a header whose values overlap",
    )
    assert record.children


CASES = {
    "ordinary": SQLITE,
    "berkeley": BERKELEY,
    "strange": BERKELEY,
    "ndb": NDB,
}


@settings(deadline=None, max_examples=40)
@given(choice=st.data())
def test_changed_bytes_never_do_more_than_a_note(choice: st.DataObject) -> None:
    """`compare` holds the mirror against it, and that nothing reaches the terminal."""
    case, path = choice.draw(st.sampled_from(sorted(CASES.items())))
    whole = (FOLDER / "rpm" / case / path).read_bytes()
    data = bytearray(whole)
    for _ in range(choice.draw(st.integers(1, 8))):
        place = choice.draw(st.integers(0, len(data) - 1))
        data[place] = choice.draw(st.integers(0, 255))
    found = compare(path, whole, bytes(data), content_lines=20)
    assert found.differs == (bytes(data) != whole)
