"""What dpkg writes after its status file, and bytes of a database that went bad, by dpkg-query."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from analyzer.packages.catalogers.dpkg import CATALOGER
from analyzer.packages.contract import Code, Package, Problem
from analyzer.packages.formats.dpkgdatabase import JOURNAL, STATUS, STATUS_D
from tests.packages.cases import parse
from tests.support.tools import require_tool, run

FORMAT = "${Package}\\t${Architecture}\\t${Version}\\t${db:Status-Status}\\n"
INSTALLED = "install ok installed"
SAME = "Multi-Arch: same\n"
Row = tuple[str, ...]


def stanza(name: str, version: str, arch: str, more: str = "", status: str = INSTALLED) -> str:
    return (
        f"Package: {name}\nStatus: {status}\nMaintainer: x <a@b>\n"
        f"Architecture: {arch}\n{more}Version: {version}\nDescription: y\n\n"
    )


def dpkg_says(folder: Path, files: dict[str, bytes]) -> list[Row] | None:
    """What dpkg-query shows of a database; None where it refuses it."""
    tool = require_tool("dpkg-query")
    for path, data in files.items():
        place = folder / path.removeprefix("var/lib/dpkg/")
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
    (folder / "arch").write_text("amd64\ni386\n")
    shown = run([tool, f"--admindir={folder}", "-W", f"-f={FORMAT}"], check=False)
    if shown.returncode:
        return None
    rows = shown.stdout.decode().splitlines()
    return sorted(tuple(row.split("\t")) for row in rows)


def told(files: dict[str, bytes]) -> tuple[list[Row], list[Problem]]:
    packages, problems = parse(CATALOGER, files)
    rows = [row(package) for package in packages if package.state != "not-installed"]
    return sorted(rows), problems


def row(package: Package) -> Row:
    return package.name, package.arch, package.version, package.state


ONE = stanza("a", "1", "amd64")
JOURNALS = {
    "upgrade": (ONE, [("0000", stanza("a", "2", "amd64"))]),
    "change of architecture": (ONE, [("0000", stanza("a", "2", "all"))]),
    "one more": (ONE, [("0000", stanza("b", "2", "all"))]),
    "several in one": (ONE, [("0000", stanza("b", "2", "all") + stanza("c", "3", "all"))]),
    "one after the other": (
        ONE,
        [("0000", stanza("a", "2", "amd64")), ("0001", stanza("a", "3", "amd64"))],
    ),
    "another architecture": (
        stanza("a", "1", "amd64", SAME),
        [("0000", stanza("a", "1", "i386", SAME)), ("0001", stanza("a", "2", "i386", SAME))],
    ),
    "half done": (ONE, [("0010", stanza("a", "2", "amd64", status="install ok unpacked"))]),
    "configuration left": (
        ONE,
        [("0000", stanza("a", "1", "amd64", status="deinstall ok config-files"))],
    ),
    "removed": (
        ONE + stanza("b", "1", "all"),
        [("0000", "Package: a\nStatus: purge ok not-installed\nArchitecture: amd64\n")],
    ),
    "not a number": (ONE, [("tmp.i", stanza("b", "2", "all"))]),
    "empty": (ONE, [("0000", "")]),
}


@pytest.mark.parametrize("name", JOURNALS)
def test_what_was_written_after_the_status_file_counts(name: str, tmp_path: Path) -> None:
    status, journal = JOURNALS[name]
    files = {STATUS: status.encode()}
    files |= {JOURNAL + number: text.encode() for number, text in journal}
    theirs = dpkg_says(tmp_path, files)
    assert theirs
    assert told(files) == (theirs, [])


def test_a_package_is_proven_by_the_file_that_says_what_became_of_it() -> None:
    files = {STATUS: (ONE + stanza("b", "1", "all")).encode()}
    files[JOURNAL + "0000"] = stanza("a", "2", "amd64").encode()
    packages, _ = parse(CATALOGER, files)
    places = {package.name: package.locations[0].path for package in packages}
    assert places == {"a": JOURNAL + "0000", "b": STATUS}


def test_files_of_a_package_are_owned_by_what_became_of_it() -> None:
    assert CATALOGER.owns is not None
    files = {STATUS: ONE.encode(), JOURNAL + "0000": stanza("a", "2", "amd64").encode()}
    files["var/lib/dpkg/info/a.list"] = b"/.\n/usr\n/usr/a\n"
    owned = {(each.owner, each.path) for each in CATALOGER.owns(files)}
    assert owned == {(("a", "2", "amd64"), "usr"), (("a", "2", "amd64"), "usr/a")}


def test_a_journal_without_a_status_file_is_read() -> None:
    rows, problems = told({JOURNAL + "0000": ONE.encode()})
    assert rows == [("a", "amd64", "1", "installed")]
    assert problems == []


@pytest.mark.parametrize(
    "status",
    [
        ONE + stanza("a", "2", "amd64"),
        ONE + stanza("a", "2", "all"),
        ONE + stanza("a", "2", "i386"),
        stanza("a", "1", "amd64", SAME) + stanza("a", "2", "i386"),
        ONE + stanza("a", "2", "i386", status="deinstall ok config-files"),
    ],
)
def test_packages_that_cannot_be_beside_each_other_are_told(status: str, tmp_path: Path) -> None:
    assert dpkg_says(tmp_path, {STATUS: status.encode()}) is None
    rows, problems = told({STATUS: status.encode()})
    assert len(rows) == 2
    assert ["package a again" in problem.detail for problem in problems] == [True]


@pytest.mark.parametrize(
    "status",
    [
        stanza("a", "1", "amd64", SAME) + stanza("a", "1", "i386", SAME),
        ONE + stanza("a", "2", "i386", status="install ok not-installed"),
    ],
)
def test_packages_that_can_are_not(status: str, tmp_path: Path) -> None:
    rows, problems = told({STATUS: status.encode()})
    assert rows == dpkg_says(tmp_path, {STATUS: status.encode()})
    assert problems == []


@pytest.mark.parametrize("version", ["1:", "x:1", "-1", "1-", ":1", "1 2"])
def test_a_version_that_dpkg_refuses_is_told(version: str, tmp_path: Path) -> None:
    status = stanza("a", version, "all").encode()
    assert dpkg_says(tmp_path, {STATUS: status}) is None
    rows, problems = told({STATUS: status})
    assert rows == [("a", "all", version, "installed")]
    assert len(problems) == 1


@pytest.mark.parametrize("version", ["1", "1:2:3", "0~~", "1-2-3", "2024.01.01+dfsg-1~bpo12+1"])
def test_a_version_that_it_takes_is_not(version: str, tmp_path: Path) -> None:
    status = stanza("a", version, "all").encode()
    rows, problems = told({STATUS: status})
    assert rows == dpkg_says(tmp_path, {STATUS: status})
    assert problems == []


def test_a_conffile_whose_digest_is_none_is_told(tmp_path: Path) -> None:
    lines = ["/a " + "0" * 32, "/b newconffile", f"/c d {'f' * 32} obsolete", "/e newconffile"]
    good = stanza("a", "1", "all", "Conffiles:\n " + "\n ".join(lines) + "\n").encode()
    assert told({STATUS: good}) == (dpkg_says(tmp_path, {STATUS: good}), [])
    _, problems = told({STATUS: good.replace(b"0" * 32, b"0" * 31 + b"g")})
    assert ["not a conffile" in problem.detail for problem in problems] == [True]
    cut = stanza("a", "1", "all", "Conffiles:\n /etc/a\n").encode()
    assert dpkg_says(tmp_path, {STATUS: cut}) is None
    assert len(told({STATUS: cut})[1]) == 1


def test_bytes_overwritten_with_zeros_are_never_taken_in_silence(tmp_path: Path) -> None:
    """Where what we list is not what dpkg lists, or dpkg lists nothing, a problem says so."""
    names = [f"package{number}" for number in range(8)]
    whole = "".join(stanza(name, "2:1.0~rc1-1", "amd64") for name in names).encode()
    rng = random.Random(20)  # noqa: S311 - the same each time
    differing = 0
    for _ in range(150):
        at = rng.randrange(len(whole))
        size = rng.randrange(1, 12)
        damaged = whole[:at] + bytes(len(whole[at : at + size])) + whole[at + size :]
        theirs = dpkg_says(tmp_path, {STATUS: damaged})
        rows, problems = told({STATUS: damaged})
        differing += rows != theirs
        assert rows == theirs or problems, (at, size)
    assert differing


def test_split_stanzas_are_read_beside_a_journal() -> None:
    files = {STATUS_D + "b": b"Package: b\nVersion: 1\n", JOURNAL + "0": ONE.encode()}
    assert [row[0] for row in told(files)[0]] == ["a", "b"]


@pytest.mark.parametrize("source", ["b (\0:1)", "b (", "\0b", "b (1) c"])
def test_a_source_package_that_is_none_is_told(source: str) -> None:
    assert len(told({STATUS: stanza("a", "1", "all", f"Source: {source}\n").encode()})[1]) == 1


def test_zeros_that_eat_the_end_of_a_line_are_told(tmp_path: Path) -> None:
    """What follows is a part of the value before it then, also for dpkg."""
    good = (
        b"Package: b\nMaintainer: x <a@b>\nStatus: install ok installed\nDescription: y\n"
        b"Architecture: all\nVersion: 1\n"
    )
    assert told({STATUS: good}) == (dpkg_says(tmp_path, {STATUS: good}), [])
    bad = good.replace(b"\nStatus", b"\0Status")
    assert dpkg_says(tmp_path, {STATUS: bad}) == []
    rows, problems = told({STATUS: bad})
    assert rows == []
    assert sorted(problem.code for problem in problems) == [
        Code.PACKAGE_DATABASE_DAMAGED,
        Code.PACKAGE_FIELD_MISSING,
    ]
