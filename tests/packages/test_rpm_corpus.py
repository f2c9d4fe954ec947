"""Databases of other projects' tests against rpm itself, and against what those tests say."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from analyzer.packages.catalogers.rpm import CATALOGER
from tests.packages.cases import parse
from tests.packages.test_rpm import (
    FILE_QUERY,
    QUERY,
    expected_facts,
    facts,
    found,
    owned,
    parties,
    rows,
    told,
)
from tests.support import rpms
from tests.support.tools import shared

BASES = {
    "centos": "archives/aboutcode-org-scancode.io/centos.tar.gz",
    "bom": "rpmdb/kubernetes-sigs-bom/rpmdb.tar.gz",
    "scancode": "rpmdb/aboutcode-org-scancode-toolkit/rpmdb.sqlite",
    "scalibr": "rpmdb/google-osv-scalibr/Packages_epoch",
    "osquery-bdb": "rpmdb/osquery-osquery/rpm-bdb/Packages",
    "osquery-sqlite": "rpmdb/osquery-osquery/rpm-sqlite/rpmdb.sqlite",
}
NDB = "rpmdb/osquery-osquery/rpm-ndb"


def stated(path: str) -> dict[str, Any]:
    """What the corpus knows of a file."""
    entries = json.loads(shared("corpus", "expected.json").read_text("utf-8"))
    return next((dict(entry) for entry in entries if entry["path"] == path), {})


def database(data: bytes) -> tuple[str, bytes]:
    """The name and bytes of the database in what may be a tar of layers of it."""
    if data[:2] == b"\x1f\x8b" or data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                name = member.name.rpartition("/")[2]
                if content and name in {"Packages", "Packages.db", "rpmdb.sqlite"}:
                    return name, content.read()
                if content and name.endswith(".tar"):
                    found_inside = database(content.read())
                    if found_inside[1]:
                        return found_inside
        return "", b""
    return ("rpmdb.sqlite" if data[:6] == b"SQLite" else "Packages"), data


@pytest.fixture(params=BASES)
def held(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path, dict[str, bytes]]:
    """A database of the corpus: which, a copy for rpm, and as an image has it."""
    path = BASES[request.param]
    name, data = database(shared("corpus", *path.split("/")).read_bytes())
    assert data, path
    (tmp_path / name).write_bytes(data)
    return path, tmp_path, {f"{rpms.FOLDER}/{name}": data}


def ask(folder: Path, *arguments: str) -> list[list[str]]:
    backend = "bdb_ro" if (folder / "Packages").exists() else "sqlite"
    return rows(rpms.rpm(folder, *arguments, backend=backend))


def test_packages_are_those_of_rpm(held: tuple[str, Path, dict[str, bytes]]) -> None:
    path, folder, files = held
    expected = [
        [*row[:-1], row[-1].rpartition("Key ID ")[2].replace("(none)", "")]
        for row in map(parties, ask(folder, "-qa", "--qf", QUERY))
        if row[0] != "gpg-pubkey"
    ]
    ours = found(files)
    assert sorted(map(told, ours)) == sorted(expected)
    fact = stated(path)
    if "package_count" in fact:
        # ScanCode counts the two keys that this rpm trusts, too.
        keys = 2 if "scancode" in path else 0
        assert len(ours) + keys == fact["package_count"]
    names = {package.name for package in ours}
    assert {name for name, *_ in fact.get("packages", ())} <= names


def test_files_are_those_of_rpm(held: tuple[str, Path, dict[str, bytes]]) -> None:
    _, folder, files = held
    query = FILE_QUERY.replace("[", "[%{=NEVRA}\\t%{=FILEDIGESTALGO}\\t")
    theirs = {}
    for nevra, algorithm, *row in ask(folder, "-qa", "--qf", query):
        name = {"8": "sha256", "(none)": "md5", "1": "md5"}[algorithm]
        told_by_rpm = expected_facts(row)
        digest = str(told_by_rpm[1]).replace("sha256:", f"{name}:")
        # Both give the size of a file without content, and no digest.
        digest = "" if digest == f"{name}:" else digest
        if row[8] not in {"2", "3"}:
            theirs[nevra, row[0]] = (told_by_rpm[0], digest, *told_by_rpm[2:])
    versions = {(p.name, p.version, p.arch) for p in found(files)}
    ours = {}
    for entry in owned(files):
        assert entry.owner in versions
        name, version, arch = entry.owner
        path = f"/{entry.path}" if entry.path else "/"
        ours[f"{name}-{version}.{arch}", path] = facts(entry)
    theirs.pop(next((key for key in theirs if key[1] == "/"), ("", "")), None)
    assert ours == theirs


def test_required_and_provided_names_are_those_of_rpm(
    held: tuple[str, Path, dict[str, bytes]],
) -> None:
    _, folder, files = held
    for kind in ("REQUIRE", "PROVIDE"):
        theirs: dict[str, set[str]] = {}
        for nevra, name in ask(folder, "-qa", "--qf", f"[%{{=NEVRA}}\\t%{{{kind}NAME}}\\n]"):
            if not name.startswith(("rpmlib(", "(")) and not nevra.startswith("gpg-pubkey"):
                theirs.setdefault(nevra, set()).add(name)
        for package in found(files):
            nevra = f"{package.name}-{package.version}.{package.arch}"
            if kind == "REQUIRE":
                ours = {tokens[0] for tokens in package.requires}
                assert theirs.get(nevra, set()) <= ours
            else:
                ours = {token for token in package.provides if not token.startswith("/")}
                named = theirs.get(nevra, set()) - {package.name}
                assert {name for name in named if not name.startswith("/")} == ours


def test_all_that_a_whole_distribution_requires_is_there() -> None:
    """Else rpm would not have installed it."""
    name, data = database(shared("corpus", *BASES["centos"].split("/")).read_bytes())
    packages = found({f"{rpms.FOLDER}/{name}": data})
    met = {p.name for p in packages} | {token for p in packages for token in p.provides}
    required = [(p.name, tokens) for p in packages for tokens in p.requires]
    assert [item for item in required if not met.intersection(item[1])] == []
    assert len(required) > 1000


def test_ndb_database_of_suse() -> None:
    """And beside it the empty database that an rpm of another form made when it was asked."""
    path = f"{NDB}/Packages.db"
    data = shared("corpus", *path.split("/")).read_bytes()
    ours = found({f"usr/lib/sysimage/rpm/{path.rpartition('/')[2]}": data})
    assert {package.name for package in ours} == {name for name, *_ in stated(path)["packages"]}
    files = rpms.captured(shared("corpus", *NDB.split("/")))
    assert len(files) == 3
    packages, problems = parse(CATALOGER, files)
    assert {package.name for package in packages} == {package.name for package in ours}
    assert [(p.code, p.severity, p.where) for p in problems] == [
        ("package-database-unused", "note", f"{rpms.FOLDER}/rpmdb.sqlite")
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("google-osv-scalibr/rpm-empty.sqlite", "rpmdb.sqlite"),
        ("google-osv-scalibr/rpm-invalid-Packages", "Packages"),
        ("quay-claircore/no_packages.sqlite", "rpmdb.sqlite"),
    ],
)
def test_what_is_no_database_is_an_error(path: str, name: str) -> None:
    data = shared("corpus", "malformed", *path.split("/")).read_bytes()
    packages, problems = parse(CATALOGER, {f"{rpms.FOLDER}/{name}": data})
    assert packages == []
    assert [problem.severity for problem in problems] == ["error"]
