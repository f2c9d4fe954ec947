"""Portage's database: what the cases of `fixtures/packages/portage` do not show."""

from __future__ import annotations

import pytest

from analyzer.packages.catalogers.portage import CATALOGER
from analyzer.packages.contract import Owned, files_for
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.portagedb import Entry, contents, dependencies, split_name
from tests.packages.cases import FOLDER, Case, groups


def owned(case: str) -> dict[str, Owned]:
    """What the packages of a case say of each path."""
    assert CATALOGER.owns
    given = files_for(CATALOGER.wants, Case(FOLDER / "portage" / case).files)
    found = [item for group in groups(CATALOGER, given) for item in CATALOGER.owns(group)]
    return {item.path: item for item in found}


@pytest.mark.parametrize(
    ("folder", "name", "version"),
    [
        ("demo-1.2.3-r4", "demo", "1.2.3-r4"),
        ("3d-100dpi-0.1b_p3-r2", "3d-100dpi", "0.1b_p3-r2"),
        ("font-adobe-100dpi-1.0.3", "font-adobe-100dpi", "1.0.3"),
        ("gtk+-3.24.41-r1", "gtk+", "3.24.41-r1"),
        ("foo-1.2b_alpha3_pre4-r0", "foo", "1.2b_alpha3_pre4-r0"),
        ("_x-9999", "_x", "9999"),
        ("foo--1", "foo-", "1"),
        ("foo-1_p20240101-r100", "foo", "1_p20240101-r100"),
        ("foo-bar", "foo-bar", ""),
        ("foo-1a2", "foo-1a2", ""),
        ("foo-1.2.3-", "foo-1.2.3-", ""),
        ("foo-bar-1bc", "foo-bar-1bc", ""),
    ],
)
def test_folders_are_split_as_portage_does(folder: str, name: str, version: str) -> None:
    """`portage.versions.catpkgsplit` of portage 3.0.83."""
    assert split_name(folder) == (name, version)


def test_files_are_those_that_portage_merged() -> None:
    """`ordinary`: as `portageq contents` lists them, digests as md5sum of the files' content."""
    files = {path: item for path, item in owned("ordinary").items() if item.kind != "dir"}
    assert set(files) == {
        "usr/lib64/libdemo.so",
        "usr/lib64/libdemo.so.1",
        "usr/bin/demo",
        "usr/bin/demo link",
        "usr/share/demo dir/a -> b.txt",
        "var/lib/demo/.keep_app-misc_demo-3.11",
        "var/lib/demo/pipe",
    }
    assert files["usr/share/demo dir/a -> b.txt"].digest == "md5:764efa883dda1e11db47671c4a3bbd9e"
    assert files["usr/share/demo dir/a -> b.txt"].owner == ("demo", "1.2.3-r4", "")
    assert (files["usr/bin/demo link"].kind, files["usr/bin/demo link"].target) == ("link", "demo")
    assert files["var/lib/demo/pipe"].kind == "other"


@pytest.mark.parametrize(
    ("line", "target"),
    [
        (b"sym /a -> b 17", "b"),
        (b"sym /a -> b -> c d 17", "c d"),
        # `_contents_re` of portage takes both forms of what follows.
        (b"sym /a -> b (41471, 1L, 2L, 1, 0, 0, 1, 2, 3, 4)", "b"),
        (b"sym /a -> b", None),
        (b"sym /a b 17", None),
        (b"obj /a b 17", None),
        pytest.param(b"sym " + b"a -> (" * 50_000, None, id="long link"),
        pytest.param(b"obj " + b"a " * 50_000, None, id="long file"),
    ],
)
def test_lines_of_contents(line: bytes, target: str | None) -> None:
    """Were the time more than linear, the long ones would not end while anybody waits."""
    (item,) = contents(line + b"\n")
    assert isinstance(item, Fault) if target is None else isinstance(item, Entry)
    assert getattr(item, "target", None) == target


def test_odd_lines_of_contents() -> None:
    found = owned("strange")
    assert found["usr/\udcff\udcfe.txt"].digest == "md5:d41d8cd98f00b204e9800998ecf8427e"
    assert found["a -> b"].target == "c"
    assert found["dev/null"].kind == "other"


@pytest.mark.parametrize("text", ["( " * 500, ") ( || a? (", "|| ( ) ( ( a/b", "a/b/c ! ||"])
def test_dependencies_that_follow_no_grammar_do_no_harm(text: str) -> None:
    assert set(dependencies(text, frozenset())) <= {("a/b",)}
