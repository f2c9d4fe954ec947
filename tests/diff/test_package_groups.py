"""Binary packages of one source in one line, and never two stories in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.diff.packagegroups import Group, grouped
from analyzer.diff.tree import Kind
from tests.diff.images import part
from tests.diff.reports import image, layer, package

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.packages.contract import Package


def groups(before: Sequence[Package], after: Sequence[Package]) -> list[Group]:
    """The groups of two images that differ in packages alone."""
    one, two = (image("a:1", layers=[layer("base")], packages=p) for p in (before, after))
    return grouped(part("packages", one, two).children)


def said(found: Sequence[Group]) -> list[tuple[str, str, str, list[str]]]:
    """What a person reads of each group."""
    return [(group.subject, group.before, group.after, group.names) for group in found]


def of_source(names: str, version: str, *source: str, arch: str = "amd64") -> list[Package]:
    """Binary packages of one version, each of `source`: name and version."""
    return [
        package(name, version, source=(source[0], source[1]), arch=arch) for name in names.split()
    ]


def test_packages_of_one_source_that_went_together() -> None:
    """Debian builds them all from glibc."""
    (found,) = groups(
        of_source("libc6 libc-bin locales", "2.36-9", "glibc", "2.36-9"),
        of_source("libc6 libc-bin locales", "2.36-10", "glibc", "2.36-10"),
    )
    assert said([found]) == [
        ("deb/glibc", "2.36-9", "2.36-10", ["libc-bin", "libc6", "locales"]),
    ]
    assert found.notes == ("upgraded",)
    assert len(found.children) == 3


def test_where_the_packages_have_versions_of_their_own_the_source_speaks() -> None:
    """As bsdutils, with an epoch that the others of util-linux have not."""
    one, two = "2.38.1-5+deb12u1", "2.38.1-5+deb12u3"
    found = groups(
        of_source("mount", one, "util-linux", one)
        + of_source("bsdutils", f"1:{one}", "util-linux", one),
        of_source("mount", two, "util-linux", two)
        + of_source("bsdutils", f"1:{two}", "util-linux", two),
    )
    assert said(found) == [("deb/util-linux", one, two, ["bsdutils", "mount"])]


def test_rebuilds_of_one_source_go_by_their_own_versions() -> None:
    """Binary rebuilds (+b1) leave the version of the source as it was."""
    found = groups(
        of_source("a b", "1-1", "s", "1-1") + of_source("c", "1-1+b3", "s", "1-1"),
        of_source("a b", "1-1+b1", "s", "1-1") + of_source("c", "1-1+b4", "s", "1-1"),
    )
    assert said(found) == [
        ("deb/s", "1-1", "1-1+b1", ["a", "b"]),
        ("deb/c:amd64", "1-1+b3", "1-1+b4", ["c"]),
    ]


def test_what_came_and_what_went_are_groups_of_their_own() -> None:
    found = groups(
        of_source("a b", "1", "s", "1") + of_source("old older", "1", "s", "1"),
        of_source("a b", "2", "s", "2") + of_source("new newer", "2", "s", "2"),
    )
    assert [(group.kind, *line) for group, line in zip(found, said(found), strict=True)] == [
        (Kind.CHANGED, "deb/s", "1", "2", ["a", "b"]),
        (Kind.ADDED, "deb/s", "", "2", ["new", "newer"]),
        (Kind.REMOVED, "deb/s", "1", "", ["old", "older"]),
    ]


def test_who_has_more_to_say_stands_alone() -> None:
    """A licence, a state or an owner must not be lost in a group."""
    after = of_source("a b c", "2", "s", "2")
    after[2] = package("c", "2", source=("s", "2"), licenses=("MIT",))
    found = groups(of_source("a b c", "1", "s", "1"), after)
    assert [group.names for group in found] == [["a", "b"], ["c"]]


def test_two_architectures_of_a_name_are_told_apart() -> None:
    one, two = (
        of_source("libc6 libc-bin", v, "glibc", v) + of_source("libc6", v, "glibc", v, arch="i386")
        for v in ("1", "2")
    )
    assert groups(one, two)[0].names == ["libc-bin", "libc6:amd64", "libc6:i386"]


def test_another_type_or_no_source_is_no_group() -> None:
    one, two = (
        [package("x", v, kind="npm", arch=""), package("y", v, kind="npm", arch="")]
        for v in ("1.0.0", "2.0.0")
    )
    assert [len(group.children) for group in groups(one, two)] == [1, 1]


def test_a_source_that_was_renamed_stands_alone() -> None:
    found = groups(of_source("a b", "1", "s", "1"), of_source("a b", "2", "t", "2"))
    assert [group.subject for group in found] == ["deb/a:amd64", "deb/b:amd64"]
