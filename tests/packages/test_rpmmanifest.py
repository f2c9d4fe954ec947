"""Lists of rpm packages: what the cases of `fixtures/packages/rpmmanifest` do not show."""

from __future__ import annotations

from analyzer.packages.catalogers.rpmmanifest import CATALOGER
from tests.packages.cases import parse

SHORT = "var/lib/rpmmanifest/container-manifest-1"


def test_columns_in_the_list_of_names_are_no_name() -> None:
    """The file without columns has one word in each line (`rpm -qa`), and no name has a tab."""
    packages, problems = parse(CATALOGER, {SHORT: b"a-1-1.x86_64\nb\tc-1-1.x86_64\n"})
    assert [package.name for package in packages] == ["a"]
    assert [(problem.severity, problem.where) for problem in problems] == [("error", SHORT)]
