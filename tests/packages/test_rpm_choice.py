"""Which database counts where a folder or an image has several."""

from __future__ import annotations

import pytest

from analyzer.packages.catalogers.rpm import CATALOGER
from tests.packages.cases import FOLDER, parse

CASES = FOLDER / "rpm"
SQLITE = (CASES / "ordinary/var/lib/rpm/rpmdb.sqlite").read_bytes()
EMPTY = (CASES / "empty/var/lib/rpm/rpmdb.sqlite").read_bytes()
NDB = (CASES / "ndb/usr/lib/sysimage/rpm/Packages.db").read_bytes()
BDB = (CASES / "strange/var/lib/rpm/Packages").read_bytes()
IN_SQLITE = {"library", "program", "other"}
IN_NDB = {"library", "program"}
IN_BDB = {"older-than-regions", "dribbles"}
UNUSED, DAMAGED = "package-database-unused", "package-database-damaged"


def read(files: dict[str, bytes]) -> tuple[set[str], set[str], list[tuple[str, str, str]]]:
    """Names of packages, of owners of files, and problems."""
    packages, problems = parse(CATALOGER, files)
    assert CATALOGER.owns
    owners = {entry.owner[0] for entry in CATALOGER.owns(files)}
    told = [(p.code.value, p.severity.value, p.where.rpartition("/")[2]) for p in problems]
    return {package.name for package in packages}, owners, told


@pytest.mark.parametrize("folder", ["var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"])
def test_newest_form_counts(folder: str) -> None:
    files = {f"{folder}/rpmdb.sqlite": SQLITE, f"{folder}/Packages": BDB}
    assert read(files) == (IN_SQLITE, {"library"}, [(UNUSED, "note", "Packages")])
    files = {f"{folder}/Packages.db": NDB, f"{folder}/Packages": BDB}
    assert read(files) == (IN_NDB, {"library"}, [(UNUSED, "note", "Packages")])
    files[f"{folder}/rpmdb.sqlite"] = SQLITE
    assert read(files) == (
        IN_SQLITE,
        {"library"},
        [(UNUSED, "note", "Packages.db"), (UNUSED, "note", "Packages")],
    )


def test_newest_form_without_packages_gives_way() -> None:
    files = {"var/lib/rpm/rpmdb.sqlite": EMPTY, "var/lib/rpm/Packages.db": NDB}
    assert read(files) == (IN_NDB, {"library"}, [(UNUSED, "note", "rpmdb.sqlite")])


def test_newest_form_that_cannot_be_read_gives_way_with_an_error() -> None:
    files = {"var/lib/rpm/rpmdb.sqlite": b"SQLite?", "var/lib/rpm/Packages": BDB}
    assert read(files) == (
        IN_BDB,
        {"older-than-regions"},
        [(UNUSED, "note", "rpmdb.sqlite"), (DAMAGED, "error", "rpmdb.sqlite")],
    )


def test_nothing_that_can_be_read_is_an_error() -> None:
    files = {"var/lib/rpm/rpmdb.sqlite": b"", "var/lib/rpm/Packages": b"x"}
    assert read(files) == (
        set(),
        set(),
        [
            (DAMAGED, "error", "rpmdb.sqlite"),
            (UNUSED, "note", "Packages"),
            (DAMAGED, "error", "Packages"),
        ],
    )


def test_log_without_its_database_is_an_error() -> None:
    files = {"var/lib/rpm/rpmdb.sqlite-wal": b"log", "var/lib/rpm/Packages": BDB}
    names, _, told = read(files)
    assert names == IN_BDB
    assert told == [(DAMAGED, "error", "rpmdb.sqlite-wal")]
    files["var/lib/rpm/rpmdb.sqlite-wal"] = b""
    assert read(files)[2] == []


def test_log_that_is_none_is_a_warning() -> None:
    files = {"var/lib/rpm/rpmdb.sqlite": SQLITE, "var/lib/rpm/rpmdb.sqlite-wal": b"x" * 100}
    names, _, told = read(files)
    assert names == IN_SQLITE
    assert told == [(DAMAGED, "warning", "rpmdb.sqlite")]


def test_databases_of_several_folders_are_all_read() -> None:
    files = {"var/lib/rpm/Packages": BDB, "usr/lib/sysimage/rpm/Packages.db": NDB}
    assert read(files) == (IN_NDB | IN_BDB, {"library", "older-than-regions"}, [])


def test_copy_of_the_base_counts_where_it_is_the_only_one() -> None:
    base = {"usr/lib/sysimage/rpm-ostree-base-db/rpmdb.sqlite": SQLITE}
    assert read(base) == (IN_SQLITE, {"library"}, [])
    assert read({**base, "usr/share/rpm/Packages.db": NDB}) == (IN_NDB, {"library"}, [])
    assert read({}) == (set(), set(), [])


def test_requirement_of_a_file_is_met_by_its_owner() -> None:
    packages, _ = parse(CATALOGER, {"var/lib/rpm/Packages": BDB})
    old = next(package for package in packages if package.name == "older-than-regions")
    assert old.requires == (("/etc/old",),)
    assert "/etc/old" in old.provides
    assert "/bin/old" not in old.provides
