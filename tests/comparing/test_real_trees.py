"""The files part of real images against two trees that umoci unpacked, compared by the file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.diff.filesystem.part import PATH
from analyzer.diff.tree import Difference, Kind, mirrored, walk
from tests.diff.images import normal
from tests.support.realimages import successor, successor_tree
from tests.support.tools import require_tool, run

Changes = dict[str, set[str]]
"""By path: `added`, `removed`, or in what it differs."""
_SPELLED = {"sha256": "content", "uid": "owner", "gid": "owner"}
CAPABILITY = "security.capability"


def by_umoci(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Changes:
    """What differs between two unpacked trees; times are not in the lists."""
    one, two = ({entry["path"]: entry for entry in side} for side in (before, after))
    found = {path: {"removed"} for path in one.keys() - two.keys()}
    found |= {path: {"added"} for path in two.keys() - one.keys()}
    for path in one.keys() & two.keys():
        if what := _what(one[path], two[path]):
            found[path] = what
    return found


def _what(one: dict[str, Any], two: dict[str, Any]) -> set[str]:
    if one["type"] != two["type"]:
        content = {"sha256", "target", "device", "size", "xattrs"}
        keys = {key for key in one if one[key] != two.get(key)} - content
    else:
        keys = {key for key in {*one, *two} if one.get(key) != two.get(key)} - {"size", "xattrs"}
    if "symlink" in {one["type"], two["type"]}:
        keys -= {"mode"}
    values = [side.get("xattrs", {}) for side in (one, two)]
    names = {n for n in {*values[0], *values[1]} if values[0].get(n) != values[1].get(n)}
    keys |= {"capabilities" if name == CAPABILITY else "xattrs" for name in names}
    return {_SPELLED.get(key, key) for key in keys}


def by_us(part: Difference) -> Changes:
    """The same of a files part; what moved went from one path and came to another."""
    found: Changes = {}
    for child in part.children:
        moved = child.child(PATH)
        if moved is not None:
            found[moved.before], found[moved.after] = {"removed"}, {"added"}
        elif child.kind in {Kind.ADDED, Kind.REMOVED}:
            found[child.subject] = {child.kind.value}
        elif what := {member.subject for member in child.children} - {"time"}:
            found[child.subject] = what
    return found


def files(one: Wanted, two: Wanted, *, times: bool = False) -> Difference:
    """The files part of the only pair, with its mirror image checked."""
    with open_inputs([one, two]) as (before, after):
        found = compare_inputs(before, after, times=times)
        turned = compare_inputs(after, before, times=times)
    assert normal(turned) == normal(mirrored(found))
    part = found.children[0].child("files")
    assert part is not None
    return part


def of_successor(before: str, after: str, *, times: bool = False) -> Difference:
    sides = [Wanted(str(successor(name))) for name in (before, after)]
    return files(sides[0], sides[1], times=times)


@pytest.mark.parametrize(("before", "after"), [("before", "after"), ("after", "again")])
def test_a_successor_differs_where_unpacked_trees_do(before: str, after: str) -> None:
    expected = by_umoci(successor_tree(before), successor_tree(after))
    assert expected
    assert by_us(of_successor(before, after)) == expected


def test_an_image_does_not_differ_from_itself() -> None:
    part = of_successor("after", "after", times=True)
    assert (part.kind, part.children, part.notes) == (Kind.SAME, (), ())


def test_what_was_planted_is_said_in_its_words() -> None:
    part = of_successor("before", "after")
    children = {child.subject: child for child in walk(part)}
    tee = children["usr/bin/tee"]
    assert (tee.notes, [m.subject for m in tee.children]) == (("after: setuid",), ["mode"])
    assert children["etc/debian_version"].notes == ("after: world-writable",)
    moved = children["usr/share/ledger/guide/manual.txt"].child(PATH)
    assert moved is not None
    assert moved.before == "usr/share/ledger/manual.txt"


def test_times_are_those_that_umoci_sets(tmp_path: Path) -> None:
    """Of everything but folders, whose times change as files are put into them."""
    if os.geteuid():
        pytest.skip("only root can unpack files with their owners")
    times = []
    for name in ("before", "after"):
        bundle = tmp_path / name
        run([require_tool("umoci"), "unpack", "--image", f"{successor(name)}:1.0", bundle])
        root = bundle / "rootfs"
        found = [path for path in root.rglob("*") if path.is_symlink() or not path.is_dir()]
        times.append({str(p.relative_to(root)): int(p.lstat().st_mtime) for p in found})
    common = times[0].keys() & times[1].keys()
    expected = {path for path in common if times[0][path] != times[1][path]}
    part = of_successor("before", "after", times=True)
    told = {child.subject for child in part.children if child.child("time") is not None}
    told -= {child.subject for child in part.children if child.child(PATH) is not None}
    folders = {
        child.subject
        for child in part.children
        if isinstance(child.before, dict) and child.before["type"] == "directory"
    }
    assert told - folders == expected


@pytest.mark.parametrize("form", ["directory", "tar"])
def test_an_unpacked_tree_is_the_image(form: str, tmp_path: Path) -> None:
    """Of what umoci unpacks nothing but times of folders is otherwise."""
    if os.geteuid():
        pytest.skip("only root can unpack files with their owners")
    bundle = tmp_path / "bundle"
    run([require_tool("umoci"), "unpack", "--image", f"{successor('after')}:1.0", bundle])
    place = bundle / "rootfs"
    if form == "tar":
        options = ["--xattrs", "--xattrs-include=*", "--format=pax"]
        run(["tar", *options, "-C", place, "-cf", tmp_path / "root.tar", "."])
        place = tmp_path / "root.tar"
    part = files(Wanted(str(successor("after"))), Wanted(str(place)))
    assert (part.kind, part.children) == (Kind.SAME, ())
