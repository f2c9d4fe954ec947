"""mtree(5) as NetBSD's mtree and libarchive take it: they compare it with what umoci unpacked."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder
from tests.support.realimages import real_image
from tests.support.richtree import rich, unpack
from tests.support.tarbytes import Dir, Entries, File, Link
from tests.support.tools import require_tool, run

MTREE = "mtree"
ODD: Entries = {
    "d/": Dir(),
    "d/a b#c\\d*e?f[g]=h": File(b"odd"),
    "d/\udcff\u00e9\n\x1b\t": File(b"bytes"),
    "d/to": Link("a b\n#"),
    "d/fraction": File(b"", mtime=1714564800.25),
}


@pytest.fixture(scope="module", autouse=True)
def _tidy() -> Iterator[None]:
    yield
    if rich.cache_info().currsize:
        shutil.rmtree(rich()[0].parent, ignore_errors=True)
        rich.cache_clear()


def spec_of(layout: Path, folder: Path, *options: str) -> Path:
    """The listing of the one image of `layout`, with digests, in a file."""
    spec = folder / "spec.mtree"
    answer = call("files", layout, "--sha256", "-o", f"mtree={spec}", *options)
    assert answer.code == 0, answer.err
    return spec


def differences(spec: Path, root: Path) -> list[str]:
    """What NetBSD's mtree says differs, but times of directories, which unpacking changes."""
    done = run([require_tool(MTREE), "-f", spec, "-p", root], check=False)
    lines = (done.stdout + done.stderr).decode(errors="replace").splitlines()
    said = "\n".join(lines)
    blocks = re.split(r"\n(?=\S)", said) if said else []
    return [block for block in blocks if not _is_time_of_a_directory(block, root)]


def _is_time_of_a_directory(block: str, root: Path) -> bool:
    head, *rest = [line.strip() for line in block.split("\n")]
    name, _, first = head.partition(":")
    only = [line for line in (first.strip(), *rest) if line and line != "changed"]
    return (root / name.strip()).is_dir() and all(line.startswith("modification") for line in only)


def keywords(line: bytes) -> tuple[bytes, dict[str, str]]:
    """A line of an mtree file: the name decoded, and its keywords."""
    name, *words = line.split(b" ")
    raw = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), name)
    found = dict(word.decode().partition("=")[::2] for word in words if b"=" in word)
    return raw, found


def test_netbsd_finds_the_tree_as_it_is_described(tmp_path: Path) -> None:
    layout, root = rich()
    assert differences(spec_of(layout, tmp_path), root) == []


def test_netbsd_would_have_noticed(tmp_path: Path) -> None:
    layout, root = rich()
    spec = spec_of(layout, tmp_path)
    text = spec.read_text("ascii")
    assert text.count("size=3000000") == 1
    changes = [
        ("size=3000000", "size=2999999"),
        ("mode=4755", "mode=0755"),
        ("link=usr/bin", "link=usr/sbin"),
        ("native,1,3", "native,1,5"),
        ("./run/pipe", "./run/pope"),
    ]
    for before, after in changes:
        assert before in text
        spec.write_text(text.replace(before, after, 1), "ascii")
        assert differences(spec, root) != [], before


def test_names_survive_whatever_is_in_them(tmp_path: Path) -> None:
    layout = ImageBuilder().layer(ODD).write_oci(tmp_path / "layout", ref_name="v")
    spec = spec_of(layout, tmp_path)
    root = unpack(layout, tmp_path / "bundle")
    assert differences(spec, root) == []
    data = spec.read_bytes()
    assert data.isascii()
    names = {keywords(line)[0] for line in data.splitlines()[1:]}
    theirs = {os.path.relpath(path, os.fsencode(root)) for path in _below(os.fsencode(root))}
    assert names == {b"."} | {b"./" + name for name in theirs}


def _below(root: bytes) -> Iterator[bytes]:
    for folder, folders, files in os.walk(root):
        for name in [*folders, *files]:
            yield os.path.join(folder, name)  # noqa: PTH118 - names are bytes


def libarchive(root: Path) -> dict[bytes, dict[str, str]]:
    """The tree at `root` as bsdtar writes it down."""
    options = ["--format=mtree", "--options=mtree:!all,type,mode,uid,gid,size,time,link,device"]
    options[-1] += ",sha256"
    done = run([require_tool("bsdtar"), *options, "-cf", "-", "-C", root, "."])
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith(b"#")]
    found = dict(keywords(line) for line in lines)
    for words in found.values():
        words["mode"] = f"{int(words['mode'], 8):04o}"
        words.pop("time")
        if "sha256digest" in words:
            words["sha256"] = words.pop("sha256digest")
    return found


def test_libarchive_writes_the_same_of_the_unpacked_tree(tmp_path: Path) -> None:
    layout, root = rich()
    ours = dict(keywords(line) for line in spec_of(layout, tmp_path).read_bytes().splitlines()[1:])
    for words in ours.values():
        words.pop("time", None)
    assert ours == libarchive(root)


@pytest.mark.parametrize("architecture", ["amd64"])
def test_libarchive_reads_what_we_write_of_a_real_image(architecture: str, tmp_path: Path) -> None:
    spec = spec_of(real_image("oci-layout"), tmp_path, "--platform", f"linux/{architecture}")
    empty = tmp_path / "empty"
    empty.mkdir()
    done = run([require_tool("bsdtar"), "-tvf", spec], cwd=empty, env={"LC_ALL": "C.UTF-8"})
    lines = done.stdout.decode().splitlines()
    files = call("files", real_image("oci-layout"), "--platform", "linux/amd64", "-o", "json")
    [image] = files.json["images"]
    listed = {file["path"]: file for file in image["files"]}
    seen = {}
    for line in lines:
        mode, _, uid, gid, *_ = line.split()
        name = line.partition(" ./")[2].split(" -> ")[0]
        seen[name or "."] = (mode[0], int(uid), int(gid))
    letters = {"directory": "d", "symlink": "l", "character-device": "c", "fifo": "p"}
    expected = {
        path: (letters.get(file["type"], "-"), file["uid"], file["gid"])
        for path, file in listed.items()
    }
    assert seen == {".": ("d", 0, 0)} | expected
