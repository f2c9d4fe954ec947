"""Merged trees equal what umoci unpacks, entry by entry: real images and odd layers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.rootfs import cases
from tests.rootfs.trees import merged, unpacked
from tests.support.imagebuilder import ImageBuilder
from tests.support.realimages import expected_tree, real_image
from tests.support.tarbytes import Dir, Entries, HardLink, Link
from tests.support.tools import require_tool

LOWER: Entries = {**dict(cases.LOWER), "dangling": Link("/x/../new/deep")}

UPPER: dict[str, Entries] = {
    "an opaque marker before its siblings": {"dir/": Dir(), "dir/.wh..wh..opq": b"", "dir/n": b""},
    "an opaque marker after its siblings": {"dir/": Dir(), "dir/n": b"n", "dir/.wh..wh..opq": b""},
    "a file, then its own whiteout": {"foo": b"new", ".wh.foo": b""},
    "a whiteout, then the file again": {".wh.foo": b"", "foo": b"new"},
    "a whiteout of a directory": {".wh.dir": b""},
    "a directory whited out, then made again": {".wh.dir": b"", "dir/": Dir(), "dir/new": b"n"},
    "an entry below a directory that is then whited out": {"dir/new": b"n", ".wh.dir": b""},
    "an entry through a link": {"lib/n": b"n"},
    "a directory over a link": {"lib/": Dir(), "lib/n": b"n"},
    "a directory over a link, then an opaque marker in it": {
        "lib/": Dir(),
        "lib/.wh..wh..opq": b"",
        "lib/n": b"n",
    },
    "a directory over a link, then a whiteout in it": {"lib/": Dir(), "lib/.wh.l1": b""},
    "a whiteout below a file": {"reg/.wh.x": b""},
    "a whiteout in a directory that is not there": {"m/n/.wh.x": b""},
    "an opaque marker below a link to nowhere": {"dangling/.wh..wh..opq": b""},
    "a directory whited out, made again and then emptied": {
        ".wh.dir": b"",
        "dir/": Dir(),
        "dir/.wh..wh..opq": b"",
        "dir/n": b"n",
    },
    "a file over a directory": {"dir": b"file"},
    "a link over a directory": {"dir": Link("usr")},
    "a whiteout through a link": {"lib/.wh.l1": b""},
    "a hard link to a file of a lower layer": {"hl3": HardLink("keep")},
    "a whiteout of one of two hard links": {".wh.hl1": b""},
    "a new content for one of two hard links": {"hl1": b"changed"},
    "a directory over a directory keeps its children": {"dir/": Dir(mode=0o700)},
    "an opaque marker at the root": {".wh..wh..opq": b"", "only": b"1"},
    "a whiteout of what is not there": {".wh.nothing": b""},
    "names that climb or are absolute": {"../up": b"u", "/abs": b"a", "x/../y": b"y"},
    "a whiteout of a link deletes the link alone": {".wh.lib": b""},
    "an entry below a whiteout name": {".wh.x/n": b"n"},
    "an entry through a link to nowhere": {"dangling/n": b"n"},
    "a reserved whiteout name": {"dir/.wh..wh.a": b""},
}


def umoci_tree(layout: Path, bundle: Path) -> dict[str, dict[str, object]]:
    subprocess.run(
        [require_tool("umoci"), "unpack", "--image", f"{layout}:v", str(bundle)],
        check=True,
        capture_output=True,
    )
    return unpacked(bundle / "rootfs")


@pytest.mark.parametrize("name", UPPER)
def test_an_odd_layer_merges_as_umoci_does(name: str, tmp_path: Path) -> None:
    image = ImageBuilder().layer(LOWER, codec="gzip").layer(UPPER[name], codec="gzip")
    layout = image.write_oci(tmp_path / "layout", ref_name="v")
    ours, _ = merged(layout)
    assert ours == umoci_tree(layout, tmp_path / "bundle")


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_a_real_tree_is_what_umoci_unpacked(architecture: str) -> None:
    ours, problems = merged(real_image("oci-layout"), f"linux/{architecture}")
    theirs = {entry["path"]: entry for entry in expected_tree(architecture)}
    assert {path: {"path": path, **row} for path, row in ours.items()} == theirs
    assert problems == ()


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_the_zstd_twin_has_the_same_tree_as_the_gzip_one(architecture: str) -> None:
    zstd, _ = merged(real_image(f"oci-archive-zstd-{architecture}"))
    gzip, _ = merged(real_image(f"oci-archive-{architecture}"))
    assert zstd == gzip
    assert len(gzip) > 1000
