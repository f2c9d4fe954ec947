"""Conan's caches: whose files are where, what is built and never finished, references."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.catalogers import conan
from analyzer.packages.contract import Owned, Package, Problem
from analyzer.packages.purl import package_url
from tests.packages.cases import FOLDER, Case

INFO = "conaninfo.txt"
ORDINARY = Case(FOLDER / "conan" / "ordinary").files
IDENT = "7" * 40


def packages(files: dict[str, bytes]) -> list[Package]:
    """The packages in `files`, in which nothing is wrong."""
    found = list(conan.parse(files))
    assert [item for item in found if isinstance(item, Problem)] == []
    return [item for item in found if isinstance(item, Package)]


def test_purls_are_as_the_definition_of_the_type_has_them() -> None:
    database = [package for package in packages(ORDINARY) if package.method == "database"]
    assert {package_url(package, None) for package in database} == {
        (
            "pkg:conan/demozip@1.3.1"
            "?prev=ed860b77e2d83b251d1fa07ab135863a&rrev=72839d4f5e8ef2288707aa0b7ccd43bb"
        ),
        (
            "pkg:conan/demotool@2.0?channel=stable"
            "&prev=ca3f4e14b7a4ffb4c6a001ccd65e6bd8&rrev=39eb4a06fdb3f22eb06a18e3d6fba1ab&user=acme"
        ),
        (
            "pkg:conan/demoapp@0.4.0-beta"
            "?prev=51dd7e6a78ac5f044da7dfff1e991d1b&rrev=4dfce4c9f151e377027540e9d00eff27"
        ),
    }


def test_owned_files_are_those_of_the_manifest() -> None:
    """`md5sum` of the folder that the fixture is of; its header is not in the fixture."""
    folder = "root/.conan2/p/b/demozf0e1c571ae774/p"
    owned = [entry for entry in conan.owns(ORDINARY) if entry.path.startswith(folder)]
    owner = ("demozip", "1.3.1", "x86_64")
    header = "md5:1eb33bdda7ba9e048337de3708b527b7"
    assert owned == [
        Owned(owner, f"{folder}/conanmanifest.txt", "file"),
        Owned(owner, f"{folder}/{INFO}", "file", "md5:424025a19140bbb9496a61b72c4ef546"),
        Owned(owner, f"{folder}/include/demozip.h", "file", header),
    ]


def test_digests_are_those_that_conan_wrote_down() -> None:
    stated = {entry.path: entry.digest for entry in conan.owns(ORDINARY) if entry.digest}
    compared = [path for path in stated if path in ORDINARY]
    assert sorted(compared) == sorted(path for path in ORDINARY if path.endswith(INFO))
    for path in compared:
        digest = hashlib.md5(ORDINARY[path], usedforsecurity=False).hexdigest()
        assert stated[path] == f"md5:{digest}"


def test_a_manifest_names_nothing_outside_its_folder() -> None:
    folder = "opt/full_deploy/host/x/1"
    manifest = f"1\n../y: {'a' * 32}\n/etc/z: {'b' * 32}\na b: c: {'c' * 32}\n".encode()
    files = {f"{folder}/{INFO}": b"", f"{folder}/conanmanifest.txt": manifest}
    assert [entry.path for entry in conan.owns(files)] == [
        f"{folder}/conanmanifest.txt",
        f"{folder}/a b: c",
    ]
    [problem] = [item for item in conan.parse(files) if isinstance(item, Problem)]
    assert problem.where == f"{folder}/conanmanifest.txt"


@pytest.mark.parametrize(
    "folder",
    [
        f"root/.conan/data/x/1.0/_/_/build/{IDENT}",
        f"root/.conan/data/x/1.0/_/_/build/{IDENT}/build/Release",
        "root/.conan2/p/b/x0123456789abc/b",
        "root/.conan2/p/b/x0123456789abc/b/build/Release",
    ],
)
def test_where_conan_builds_is_no_package(folder: str) -> None:
    assert packages({f"{folder}/{INFO}": b"[requires]\ny/1.0\n"}) == []


def test_a_package_that_was_never_finished_is_not_listed(tmp_path: Path) -> None:
    """`get_package_references` of Conan asks for a package revision that is not NULL."""
    with sqlite3.connect(tmp_path / "cache.sqlite3") as connection:
        connection.execute("CREATE TABLE packages (reference, rrev, pkgid, prev, path)")
        row = ("x/1.0", "a" * 32, IDENT, None, "t/x")
        connection.execute("INSERT INTO packages VALUES (?, ?, ?, ?, ?)", row)
    connection.close()
    database = (tmp_path / "cache.sqlite3").read_bytes()
    assert packages({"root/.conan2/p/cache.sqlite3": database}) == []


PARTS = st.from_regex(r"[a-z0-9_][a-z0-9_+.-]{1,20}", fullmatch=True)
"""Of a reference, by `validate_ref` of Conan 2."""


@given(name=PARTS, version=PARTS, user=PARTS, channel=PARTS, suffix=st.integers(0, 3))
def test_every_legal_reference_is_read(
    name: str, version: str, user: str, channel: str, suffix: int
) -> None:
    place = ("", "@", f"@{user}", f"@{user}/{channel}")[suffix]
    line = f"{name}/{version}{place}#{'a' * 32}:{IDENT}#{'b' * 32}"
    data = f"[full_requires]\n    {line}\n".encode()
    [package] = packages({f"src/{INFO}": data})
    wanted = {"user": user, "channel": channel} if suffix == 3 else {"user": user}
    assert dict(package.qualifiers) == {
        **(wanted if suffix > 1 else {}),
        "rrev": "a" * 32,
        "prev": "b" * 32,
    }
    assert (package.name, package.version, package.state) == (name, version, "declared")


@given(data=st.binary(max_size=300))
def test_any_bytes_beside_a_package_leave_the_package(data: bytes) -> None:
    base = "data/x/1.0/_/_"
    folder = f"{base}/package/{IDENT}"
    files = {f"{folder}/{INFO}": data, f"{folder}/conanmanifest.txt": data}
    files |= {f"{base}/metadata.json": data, "p/cache.sqlite3": data}
    found = [item for item in conan.parse(files) if isinstance(item, Package)]
    assert [(package.name, package.version) for package in found] == [("x", "1.0")]
    assert all(entry.path.startswith(f"{folder}/") for entry in conan.owns(files))


@pytest.mark.parametrize("name", [INFO, "conanmanifest.txt"])
def test_more_lines_than_a_document_has_are_not_taken_apart(name: str) -> None:
    path = f"opt/full_deploy/host/x/1/{name}"
    found = conan.parse({path: b"\n" * 1_000_001})
    [problem] = [item for item in found if isinstance(item, Problem)]
    assert (problem.where, problem.severity) == (path, "error")
