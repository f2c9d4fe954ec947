"""Hard links of the merged tree against the inodes that umoci makes."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from tests.cli.harness import call
from tests.support.imagebuilder import Dir, Entries, HardLink, ImageBuilder, Link
from tests.support.tools import require_tool, run

LOWER: Entries = {
    "d/": Dir(),
    "d/x": b"x",
    "ld": Link("d"),
    "h1": b"one",
    "h2": HardLink("h1"),
    "z": b"zzz",
    "z2": HardLink("z"),
    "z4": HardLink("z2"),
    "through": HardLink("ld/x"),
    "b": b"stays",
    "a": HardLink("b"),
    "c": HardLink("a"),
    "alone": b"",
}
UPPER: Entries = {
    "h1": b"new",
    "h3": HardLink("h2"),
    ".wh.z": b"",
    "z3": HardLink("z2"),
    "a": b"another",
    "d/": Dir(),
}
"""Of `h1` and `z` the names under which they are stored are taken away, of `b` another one."""


def test_names_of_one_file_are_those_of_one_inode(tmp_path: Path) -> None:
    layout = ImageBuilder().layer(LOWER).layer(UPPER).write_oci(tmp_path / "layout", ref_name="v")
    assert compared(layout, tmp_path) == {
        "through": "d/x",
        "h3": "h2",
        "z3": "z2",
        "z4": "z2",
        "c": "b",
    }
    assert listed(layout, "--layer", "0")["z4"] == "z2"
    assert listed(layout, "--layer", "1")["h3"] == "h2"
    assert "h2: in the merged tree, a file from layer 0\n" in call("log", layout, "h2").text
    assert "z4: in the merged tree, a file from layer 0, hard link to z2" in re.sub(
        r"\s+", " ", call("log", layout, "z4").text
    )


@pytest.mark.parametrize("seed", range(6))
def test_any_layers_of_hard_links(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - wants repeatable, not secret
    names = [f"n{number}" for number in range(12)]
    builder = ImageBuilder()
    there: set[str] = set()
    for layer in range(4):
        entries: dict[str, bytes | HardLink] = {}
        for name in chance.sample(names, 6):
            others = sorted(there - {name})
            if others and chance.random() < 0.6:
                entries[name] = HardLink(chance.choice(others))
            else:
                entries[name] = f"{layer} {name}".encode()
            there.add(name)
        builder.layer(entries)
    compared(builder.write_oci(tmp_path / "layout", ref_name="v"), tmp_path)


def listed(layout: Path, *options: str) -> dict[str, str]:
    """What each name is a link to, of those that are."""
    document = call("files", layout, *options, "-o", "json").json
    files = document["images"][0]["files"]
    return {file["path"]: file["hardlink"] for file in files if file["hardlink"] is not None}


def compared(layout: Path, folder: Path) -> dict[str, str]:
    """As `listed`, after the inodes were found to say so."""
    bundle = folder / "bundle"
    run([require_tool("umoci"), "unpack", "--image", f"{layout}:v", bundle])
    root = bundle / "rootfs"
    inodes = {
        str(path.relative_to(root)): path.lstat().st_ino
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    links = listed(layout)
    assert links.keys() <= inodes.keys()
    first = {inodes[name]: name for name in inodes if name not in links}
    assert len(first) == len(set(inodes.values())) == len(inodes) - len(links)
    assert all(first[inodes[name]] == target for name, target in links.items())
    return links
