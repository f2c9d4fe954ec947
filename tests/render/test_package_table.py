"""Packages in Markdown and CSV: grouped as on the terminal, bounded, each with its source."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from analyzer.diff.compare import compare
from analyzer.render.difference import difference_text
from analyzer.render.differencecsv import difference_csv
from analyzer.render.differencemarkdown import difference_markdown
from tests.diff.reports import image, layer, package, report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.diff.tree import Difference
    from analyzer.packages.contract import Package


def compared(before: Sequence[Package], after: Sequence[Package]) -> Difference:
    """Two images of two shared layers that differ in packages alone."""
    layers = [layer("base"), layer("more")]
    one, two = (report(image("a:1", layers=layers, packages=p)) for p in (before, after))
    return compare(one, two)


def markdown(before: Sequence[Package], after: Sequence[Package]) -> list[str]:
    """What follows the heading of the packages."""
    text = difference_markdown(compared(before, after))
    told = text.partition("#### Packages\n\n")[2].partition("\n<details>")[0]
    return told.rstrip("\n").split("\n")


def glibc(version: str) -> list[Package]:
    return [package(name, version, source=("glibc", version)) for name in ("libc6", "libc-bin")]


def test_a_source_is_one_row() -> None:
    assert markdown(glibc("2.36-9"), glibc("2.36-10")) == [
        "|  | packages | before | after |",
        "| --- | --- | --- | --- |",
        "| ~ | deb/glibc (upgraded: libc-bin, libc6) | 2.36-9 | 2.36-10 |",
    ]


def test_what_else_changed_has_rows_below() -> None:
    one = package("a", "1.0", kind="npm", arch="", licenses=("MIT",))
    two = package("a", "0.9", kind="npm", arch="")._replace(supplier="B", licenses=("MIT", "ISC"))
    assert markdown([one], [two, package("new"), package("x", kind="npm", arch="")])[2:] == [
        "| + | deb/new:amd64 |  | 1.0 |",
        "| + | npm/x |  | 1.0 |",
        "| ~ | npm/a (NOTE) | 1.0 | 0.9 |".replace("NOTE", "which version is newer is not known"),
        "|  | npm/a: licenses | MIT | ISC, MIT |",
        "|  | npm/a: supplier | none | B |",
    ]


def test_a_version_that_is_the_same_stands_in_front_of_what_changed() -> None:
    one = package("a", licenses=("MIT",))
    two = package("a", state="config-files")._replace(licenses=("ISC",))
    assert markdown([one], [two])[2:] == [
        "| ~ | deb/a:amd64 1.0 (after: not installed): state | installed | config-files |",
        "|  | deb/a:amd64 1.0: licenses | MIT | ISC |",
    ]


def test_many_are_cut_and_counted_as_packages() -> None:
    """A group of two is behind the 100 rows of the others."""
    many = [package(f"p{n:03}") for n in range(100)]
    last = [package(name, source=("z", "1")) for name in ("zz1", "zz2")]
    found = markdown([], many + last)
    assert len([line for line in found if line.startswith("| +")]) == 100
    assert found[-1] == "and 2 more packages, `-o json` has all."


def test_what_only_moved_is_counted() -> None:
    here, there = (
        [package(f"p{n}", layer=position) for n in range(3)] + [package("q", str(position))]
        for position in (0, 1)
    )
    assert markdown(here, there)[2:] == [
        "| ~ | deb/q:amd64 (upgraded) | 0 | 1 |",
        "",
        "3 unchanged but from another layer",
    ]


def test_packages_that_moved_are_told_where_nothing_else_differs() -> None:
    one, two = ([package("a", layer=position)] for position in (0, 1))
    layers = [layer("base"), layer("more")]
    before = report(image("a:1", layers=layers, packages=one))
    after = report(image("a:1", layers=[*layers, layer("new")], image_id="c2", packages=two))
    found = compare(before, after)
    assert "#### Packages\n\n1 unchanged but from another layer\n" in difference_markdown(found)
    text = difference_text(found)
    assert "  Packages\n    =  1 unchanged but from another layer\n" in text
    assert "layer 0 -> 1: deb/a:amd64\n" in text
    assert "\n  packages  " not in text, "no difference to count"
    (row,) = (r for r in csv.DictReader(io.StringIO(difference_csv(found))) if r["kind"] == "moved")
    told = [row[name] for name in ("part", "subject", "what", "before", "after")]
    assert told == ["packages", "deb/a:amd64", "introduced_in", "[0]", "[1]"]


def test_names_are_text() -> None:
    assert markdown([], [package("a|<b>", source=("a|<b>", "1"))])[2:] == [
        "| + | deb/a\\|\\<b\\>:amd64 |  | 1.0 |"
    ]


def test_rows_for_spreadsheets_have_the_source_of_each_side() -> None:
    text = difference_csv(compared([*glibc("2.36-9"), package("old")], glibc("2.36-10")))
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["part"] == "packages"]
    assert {(r["subject"], r["source_before"], r["source_after"]) for r in rows} == {
        ("deb/libc-bin:amd64", "glibc 2.36-9", "glibc 2.36-10"),
        ("deb/libc6:amd64", "glibc 2.36-9", "glibc 2.36-10"),
        ("deb/old:amd64", "", ""),
    }
