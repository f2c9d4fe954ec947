"""Nix stores: what the cases of `fixtures/packages/nix` do not show."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from analyzer.packages.catalogers.nix import CATALOGER
from analyzer.packages.contract import Code
from analyzer.packages.dependencies import dependencies
from analyzer.packages.formats.nixstore import package_of, split_name
from analyzer.packages.formats.sqlitedb import rows
from analyzer.packages.formats.sqlitewal import read_log
from tests.packages.cases import FOLDER, Case, parse

FILES = Case(FOLDER / "nix" / "ordinary").files
DATABASE = "nix/var/nix/db/db.sqlite"
HASH = "0123456789abcdfghijklmnpqrsvwxyz"


@pytest.mark.parametrize(
    ("written", "name", "version"),
    [
        ("glibc-2.37-8", "glibc", "2.37-8"),
        ("python3.11-six-1.16.0", "python3.11-six", "1.16.0"),
        ("hello", "hello", ""),
        ("font-adobe-100dpi-1.0.3", "font-adobe", "100dpi-1.0.3"),
        ("nix-2.8pre_abc", "nix", "2.8pre_abc"),
        ("a-b-_c", "a-b", "_c"),
        ("x264-unstable-2021-10-05", "x264-unstable", "2021-10-05"),
        ("foo-", "foo-", ""),
        ("foo--1", "foo", "-1"),
        ("-1", "", "1"),
        ("gcc-wrapper-12.2.0", "gcc-wrapper", "12.2.0"),
        ("7zip", "7zip", ""),
    ],
)
def test_names_are_split_as_nix_does(written: str, name: str, version: str) -> None:
    """`builtins.parseDrvName` of nix 2.8.0."""
    assert split_name(written) == (name, version)


def test_the_derivation_tells_outputs_from_versions() -> None:
    """Only without it the usual names of outputs have to do."""
    drv = f"{HASH}-tool-1.0-static.drv"
    assert package_of(f"{HASH}-tool-1.0-static", drv) == ("tool", "1.0-static")
    assert package_of(f"{HASH}-tool-1.0-static-dev", drv) == ("tool", "1.0-static")
    assert package_of(f"{HASH}-tool-1.0-odd", f"{HASH}-tool-1.0.drv") == ("tool", "1.0")
    assert package_of(f"{HASH}-tool-1.0-static") == ("tool", "1.0")
    assert package_of(f"{HASH}-tool-1.0-odd") == ("tool", "1.0-odd")


def test_needs_are_met_by_outputs() -> None:
    """`nix-store -q --references` of hello names glibc and six."""
    packages, _ = parse(CATALOGER, FILES)
    needs = {p.name: needed for p, needed in zip(packages, dependencies(packages), strict=True)}
    assert needs["hello"] == ("generic:glibc@2.37-8", "generic:python3.11-six@1.16.0")
    assert needs["glibc"] == ()


def test_the_database_is_as_its_log_leaves_it(tmp_path: Path) -> None:
    """SQLite's own program registers a path; the database file itself stays as it was."""
    path = tmp_path / "db.sqlite"
    path.write_bytes(FILES[DATABASE])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("DELETE FROM ValidPaths WHERE path LIKE '%profile-env'")
        connection.execute(
            "INSERT INTO ValidPaths (path, hash, registrationTime) VALUES (?, 'sha256:0', 0)",
            (f"/nix/store/{HASH}-new-3.0-dev",),
        )
        files = {DATABASE: path.read_bytes(), f"{DATABASE}-wal": Path(f"{path}-wal").read_bytes()}
        ids = list(connection.execute("SELECT id, path FROM ValidPaths ORDER BY id"))
    packages, problems = parse(CATALOGER, files)
    assert problems == []
    assert ("new", "3.0") in {(package.name, package.version) for package in packages}
    log = read_log(files[f"{DATABASE}-wal"])
    found = rows(files[DATABASE], log, "ValidPaths", numbered=True)
    # Ids have a gap where a row was deleted, and are not stored with the rows.
    assert [(row[0], row[2].decode()) for row in found] == ids  # type: ignore[index, union-attr]


def test_a_store_without_its_database_says_that_the_list_is_not_whole() -> None:
    """Fonts, manuals and other data have no file in the places that are looked at."""
    path = f"nix/store/{HASH}-tool-1.0/bin/tool"
    (package,), (told,) = parse(CATALOGER, {path: b"x"})
    assert (package.name, package.version) == ("tool", "1.0")
    assert (package.method, package.confidence) == ("file-name", "medium")
    assert (told.code, told.severity) == (Code.PACKAGE_DATABASE_ABSENT, "note")
    assert parse(CATALOGER, {DATABASE: FILES[DATABASE], path: b"x"})[1] == []
    assert parse(CATALOGER, {f"nix/store/{HASH}-profile/bin/tool": b"x"}) == ([], [])
