"""Headers that are not what their own digests are of: rpm leaves the package out, we say so."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from analyzer.packages.catalogers.rpm import CATALOGER
from analyzer.packages.contract import Code, Problem
from analyzer.problems import Severity
from tests.packages.cases import parse
from tests.support import rpms
from tests.support.rpmheaders import Value, header

BASIC: dict[int, Value] = {1000: "alpha", 1001: "7.5", 1002: "2", 1014: "MIT", 1022: "noarch"}
QUERY = "%{NAME} %{EVR}\\n"
MAGIC = bytes.fromhex("8eade80100000000")
DIGESTS = [(269, "sha1"), (273, "sha256")]
"""RPMTAG_SHA1HEADER and RPMTAG_SHA256HEADER, of rpm's `include/rpm/rpmtag.h`."""


def both(folder: Path, *blobs: bytes) -> tuple[list[str], list[str], list[Problem]]:
    """What we and what rpm list of headers in a database, and our problems."""
    folder.mkdir()
    data = rpms.berkeley(folder, blobs)
    packages, problems = parse(CATALOGER, {f"{rpms.FOLDER}/Packages": data})
    ours = [f"{package.name} {package.version}" for package in packages]
    theirs = rpms.rpm(folder, "-qa", "--qf", QUERY, backend="bdb_ro").splitlines()
    return sorted(ours), sorted(theirs), problems


@pytest.mark.parametrize(("tag", "algorithm"), DIGESTS)
def test_a_digest_is_of_what_rpm_takes_it_of(tag: int, algorithm: str, tmp_path: Path) -> None:
    digest = hashlib.new(algorithm, MAGIC + header(BASIC)).hexdigest()
    whole = header(BASIC, {tag: digest, 1003: 4})
    assert both(tmp_path / "whole", whole) == (["alpha 4:7.5-2"], ["alpha 4:7.5-2"], [])

    altered = whole.replace(b"7.5\0", b"7.6\0")
    ours, theirs, problems = both(tmp_path / "altered", altered)
    assert (ours, theirs) == (["alpha 4:7.6-2"], [])
    assert [(each.code, each.severity) for each in problems] == [
        (Code.PACKAGE_DATABASE_DAMAGED, Severity.ERROR)
    ]
    assert "package alpha" in problems[0].detail


def test_what_was_added_at_installation_is_in_no_digest(tmp_path: Path) -> None:
    digest = hashlib.sha256(MAGIC + header(BASIC)).hexdigest()
    whole = header(BASIC, {273: digest, 1003: 0x11223344})
    altered = whole.replace(bytes.fromhex("11223344"), bytes.fromhex("00000005"))
    ours, theirs, problems = both(tmp_path / "altered", altered)
    assert ours == theirs == ["alpha 5:7.5-2"]
    assert problems == []


def test_whatever_byte_of_a_package_is_changed_is_told(tmp_path: Path) -> None:
    """Where what we list is not what rpm lists, or is not what it was, a problem says so."""
    database = tmp_path / "sqlite"
    database.mkdir()
    rpms.install(database, "--replacefiles", *rpms.build(tmp_path / "build"))
    blobs = rpms.headers(database)
    whole = parse(CATALOGER, {f"{rpms.FOLDER}/Packages": rpms.berkeley(tmp_path / "bdb", blobs)})
    assert whole[1] == []
    rng = random.Random(3)  # noqa: S311 - the same each time
    blob = min(blobs, key=len)
    differing = 0
    for number in range(12):
        at = rng.randrange(8, len(blob))
        altered = blob[:at] + bytes([blob[at] ^ 1 << rng.randrange(8)]) + blob[at + 1 :]
        ours, theirs, problems = both(tmp_path / str(number), altered)
        assert ours == theirs or problems, at
        differing += ours != theirs
    assert differing
