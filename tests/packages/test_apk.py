"""apk's installed database: what the cases of `fixtures/packages/apk` do not show."""

from __future__ import annotations

import pytest

from analyzer.packages.catalogers.apk import CATALOGER
from tests.packages.cases import FOLDER, Case, parse

DATABASE = "lib/apk/db/installed"


def test_origin_is_the_source_and_shares_the_version() -> None:
    """Apk_spec, index key `o`."""
    packages, _ = parse(CATALOGER, {DATABASE: b"P:libssl3\nV:3.3.0-r2\no:openssl\n\n"})
    assert packages[0].source
    assert (packages[0].source.name, packages[0].source.version) == ("openssl", "3.3.0-r2")


def test_virtual_packages_are_kept() -> None:
    packages, problems = parse(CATALOGER, {DATABASE: b"P:.deps\nV:20240501.120000\n\n"})
    assert [package.name for package in packages] == [".deps"]
    assert packages[0].installed
    assert problems == []


@pytest.mark.parametrize("ending", [b"", b"\n"])
def test_a_missing_last_line_break_is_worse_than_a_missing_blank_line(ending: bytes) -> None:
    _, problems = parse(CATALOGER, {DATABASE: b"P:a\nV:1-r0" + ending})
    assert [problem.severity for problem in problems] == ["warning" if ending else "error"]


def test_whatever_is_cut_off_is_noticed() -> None:
    """Cut anywhere but behind a record, a database is never silently shorter."""
    whole = Case(FOLDER / "apk" / "ordinary").files[DATABASE]
    for end in range(1, len(whole)):
        _, problems = parse(CATALOGER, {DATABASE: whole[:end]})
        assert bool(problems) is not whole[:end].endswith(b"\n\n"), end


def test_both_paths_are_read_each_alone() -> None:
    one, other = b"P:a\nV:1-r0\n\n", b"P:b\nV:1-r0\n\n"
    packages, _ = parse(CATALOGER, {DATABASE: one, f"usr/{DATABASE}": other})
    assert [(p.name, p.locations[0].path) for p in packages] == [
        ("a", DATABASE),
        ("b", f"usr/{DATABASE}"),
    ]
