"""Two layers: as of each the trees that umoci unpacks, as stored what tar lists."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analyzer.comparing.differences import Asked, differences
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.comparing.layers import LayerPair
from analyzer.diff.tree import Difference, mirrored
from analyzer.limits import Limits
from tests.comparing.test_real_trees import Changes, by_umoci, by_us
from tests.diff.images import normal
from tests.support.realimages import successor
from tests.support.richtree import rich_image
from tests.support.tools import require_tool, run
from tests.support.truncated import blobs, truncated, unpacked


def files(one: Path, two: Path, pair: LayerPair) -> Difference:
    """The files part of the only pair, with its mirror image checked."""
    turned = LayerPair(pair.after, pair.before, as_of=pair.as_of)
    with open_inputs([Wanted(str(one)), Wanted(str(two))]) as (before, after):
        found = differences(before, after, Asked(pair), Limits())
        other = differences(after, before, Asked(turned), Limits())
    assert normal(other) == normal(mirrored(found))
    part = found.children[0].child("files")
    assert part is not None
    return part


@pytest.mark.parametrize(
    ("before", "after"), [((0, "rich"), (1, "rich")), ((3, "after"), (8, "after"))]
)
def test_as_of_layers_trees_differ_where_umoci_unpacks_them_differently(
    before: tuple[int, str], after: tuple[int, str], tmp_path: Path
) -> None:
    if os.geteuid():
        pytest.skip("only root can unpack files with their owners")
    trees, paths = [], []
    for layer, name in (before, after):
        path = rich_image(tmp_path / f"image{layer}") if name == "rich" else successor(name)
        cut = truncated(path, layer, tmp_path / f"cut{layer}")
        trees.append(unpacked(cut, tmp_path / f"bundle{layer}"))
        paths.append(path)
    expected = by_umoci(trees[0], trees[1])
    assert len(expected) >= 5
    part = files(paths[0], paths[1], LayerPair(before[0], after[0], as_of=True))
    assert by_us(part) == expected


def test_as_of_layers_of_two_images_trees_differ_where_umoci_unpacks_them_differently(
    tmp_path: Path,
) -> None:
    if os.geteuid():
        pytest.skip("only root can unpack files with their owners")
    sides = (("before", 2), ("after", 5))
    trees = [
        unpacked(truncated(successor(name), layer, tmp_path / name), tmp_path / f"{name}-bundle")
        for name, layer in sides
    ]
    part = files(successor("before"), successor("after"), LayerPair(2, 5, as_of=True))
    expected = by_umoci(trees[0], trees[1])
    assert expected
    assert by_us(part) == expected


Listed = dict[str, list[str]]
"""By name: permissions with the type, owner, size or device, link target."""


def tar_lists(blob: Path) -> Listed:
    """`tar -tv`; the last entry of a name counts."""
    text = run([require_tool("tar"), "--numeric-owner", "-tvf", blob]).stdout.decode()
    found: Listed = {}
    for line in text.splitlines():
        rights, owner, size, _day, _time, name = line.split(maxsplit=5)
        target = ""
        for arrow in (" -> ", " link to "):
            if rights[0] in "lh" and arrow in name:
                name, _, target = name.partition(arrow)
        found[name.removeprefix("./").strip("/")] = [rights, owner, size, target]
    found.pop("", None)
    return found


def content(blob: Path, name: str) -> bytes:
    """What tar takes out of a layer; the builder writes names as they are, buildah too."""
    names = run([require_tool("tar"), "-tf", blob]).stdout.decode().splitlines()
    stored = next(n for n in names if n.removeprefix("./").strip("/") == name)
    return run([require_tool("tar"), "-xOf", blob, stored]).stdout


def by_tar(one: Path, two: Path) -> Changes:
    """What differs between two listings, extended attributes and times aside."""
    before, after = tar_lists(one), tar_lists(two)
    found = {path: {"removed"} for path in before.keys() - after.keys()}
    found |= {path: {"added"} for path in after.keys() - before.keys()}
    for path in before.keys() & after.keys():
        (mode, owner, size, target), (mode2, owner2, size2, target2) = before[path], after[path]
        same_type = mode[0] == mode2[0]
        what = {"type"} if not same_type else set()
        what |= {"mode"} if mode[1:] != mode2[1:] and "l" not in (mode[0], mode2[0]) else set()
        what |= {"owner"} if owner != owner2 else set()
        what |= {"target"} if same_type and target != target2 else set()
        if same_type and mode[0] in "cb":
            what |= {"device"} if size != size2 else set()
        if same_type and mode[0] == "-":
            what |= {"content"} if content(one, path) != content(two, path) else set()
        if what:
            found[path] = what
    return found


@pytest.mark.parametrize(("one", "two"), [(0, 1), (1, 0)])
def test_stored_layers_differ_where_tar_lists_them_differently(
    one: int, two: int, tmp_path: Path
) -> None:
    path = rich_image(tmp_path / "image")
    stored = blobs(path)
    expected = by_tar(stored[one], stored[two])
    assert {"etc/conf.d/.wh.old.conf", "var/lib/db/.wh..wh..opq"} < expected.keys()
    assert expected["etc/app.conf"] == {"mode", "content"}
    assert by_us(files(path, path, LayerPair(one, two))) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [(("after", 3), ("after", 4)), (("before", 3), ("again", 6)), (("after", 5), ("after", 8))],
)
def test_stored_layers_of_a_real_build_differ_where_tar_lists_them_differently(
    before: tuple[str, int], after: tuple[str, int]
) -> None:
    (one, first), (two, second) = before, after
    first = min(first, len(blobs(successor(one))) - 1)
    expected = by_tar(blobs(successor(one))[first], blobs(successor(two))[second])
    assert expected
    part = files(successor(one), successor(two), LayerPair(first, second))
    assert by_us(part) == expected
