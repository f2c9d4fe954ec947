"""An exported tar, unpacked by GNU tar as root, is what umoci unpacks of the same image."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from tests.cli.harness import MULTI, SAVE, call, program
from tests.extract.hosts import full_tree, require_root, umoci_root, untarred
from tests.rootfs.test_against_umoci import LOWER, UPPER
from tests.rootfs.trees import unpacked
from tests.support.engines import dockerd
from tests.support.imagebuilder import Device, Dir, File, HardLink, ImageBuilder, Link
from tests.support.realimages import expected_tree, real_image
from tests.support.tarbytes import Entries
from tests.support.tools import require_tool, run

CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")
LONG = "x" * 101
"""Longer than a tar header's name, so that a record has it, where a NUL ends nothing."""
RICH: Entries = {
    "./": Dir(0o750, 5, 6),
    "bin/": Dir(),
    "bin/ping": File(b"p", 0o755, xattrs={"security.capability": CAPABILITY}),
    "bin/su": File(b"s", 0o4755, 0, 0),
    "big/": Dir(0o2775, 3_000_000, 4_000_000, xattrs={"user.d": b"\xff\x00=\n"}),
    "big/owner": File(b"o", 0o600, 2_097_152, 2_097_151, xattrs={"user.a": b"a", "user.b": b"b"}),
    "h1": b"linked",
    "h2": HardLink("h1"),
    "big/h3": HardLink("h1"),
    "l" * 101: b"long",
    "d" * 99 + "/": Dir(),
    "d" * 99 + "/f": b"1",
    "größe": "ü".encode(),
    "raw\udcff": b"not UTF-8",
    "new\nline": b"n",
    "link": Link("/etc/" + "x" * 150),
    "rawlink": Link("t\udcff"),
    "again": HardLink("rawlink"),
    "fraction": File(b"", mtime=1714564800.5),
    "null": Device("c", 1, 3, 0o666),
    "disk": Device("b", 8, 17, 0o660, 0, 6),
    "pipe": Device("p"),
    "closed/": Dir(0o000),
    "closed/f": b"inside",
}


def exported(path: Path, tar: Path, platform: str = "linux/amd64") -> Path:
    answer = call("export", path, tar, "--platform", platform)
    assert (answer.code, answer.err) == (0, "")
    return tar


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_a_real_image_is_what_umoci_unpacked(architecture: str, tmp_path: Path) -> None:
    require_root()
    tar = exported(real_image("oci-layout"), tmp_path / "r.tar", f"linux/{architecture}")
    theirs = {row.pop("path"): row for row in expected_tree(architecture)}
    ours = unpacked(untarred(tar, tmp_path / "root"))
    assert len(theirs) > 1000
    assert {path: {**row, "xattrs": None} for path, row in ours.items()} == {
        path: {**row, "xattrs": None} for path, row in theirs.items()
    }


def test_a_real_image_has_the_hard_links_times_and_attributes_of_umoci(tmp_path: Path) -> None:
    require_root()
    layout = tmp_path / "layout"
    source = f"oci-archive:{real_image('oci-archive-amd64')}"
    run([require_tool("skopeo"), "copy", "-q", source, f"oci:{layout}:v"])
    tar = exported(layout, tmp_path / "r.tar")
    theirs = full_tree(umoci_root(layout, tmp_path / "bundle"))
    ours = full_tree(untarred(tar, tmp_path / "root"))
    assert sum(row.get("same as", path) != path for path, row in theirs.items()) > 0
    assert ours == theirs


def test_everything_that_an_entry_can_have_is_kept(tmp_path: Path) -> None:
    require_root()
    image = ImageBuilder().layer(RICH).layer({"h1": b"changed", "h4": HardLink("h2")})
    layout = image.write_oci(tmp_path / "layout", ref_name="v")
    tar = exported(layout, tmp_path / "r.tar")
    theirs, ours = umoci_root(layout, tmp_path / "bundle"), untarred(tar, tmp_path / "root")
    assert full_tree(ours) == full_tree(theirs)
    assert (ours.stat().st_mode, ours.stat().st_uid) == (theirs.stat().st_mode, 5)
    assert (ours / "fraction").stat().st_mtime == 1714564800.5


@pytest.mark.parametrize("name", UPPER)
def test_an_odd_layer_comes_out_as_umoci_has_it(name: str, tmp_path: Path) -> None:
    require_root()
    image = ImageBuilder().layer(LOWER).layer(UPPER[name])
    layout = image.write_oci(tmp_path / "layout", ref_name="v")
    call("export", layout, tmp_path / "r.tar")
    root = untarred(tmp_path / "r.tar", tmp_path / "root")
    assert unpacked(root) == unpacked(umoci_root(layout, tmp_path / "bundle"))


def test_docker_exports_the_same_tree(tmp_path: Path) -> None:
    with dockerd() as docker:
        docker("load", "-i", SAVE)
        container = docker("create", "localhost/multi:1.0", "/bin/true").strip()
        docker("export", "-o", tmp_path / "docker.tar", container)
    theirs = unpacked(untarred(tmp_path / "docker.tar", tmp_path / "theirs"))
    ours = unpacked(untarred(exported(SAVE, tmp_path / "r.tar"), tmp_path / "ours"))
    added = set(theirs) - set(ours)
    # What docker's init layer puts over the image (moby daemon/initlayer/setup_unix.go).
    assert {path.split("/")[0] for path in added} <= {".dockerenv", "dev", "etc", "proc", "sys"}
    assert {path: theirs[path] for path in ours} == ours


def test_docker_takes_the_tar_as_an_image(tmp_path: Path) -> None:
    """Go reads every header of ours: odd names, attributes, large numbers."""
    tar = exported(ImageBuilder().layer(RICH).write_oci(tmp_path / "layout"), tmp_path / "r.tar")
    with dockerd() as docker:
        docker("import", tar, "rich:1")
        container = docker("create", "rich:1", "/bin/true").strip()
        docker("export", "-o", tmp_path / "docker.tar", container)
    theirs = full_tree(untarred(tmp_path / "docker.tar", tmp_path / "theirs"))
    ours = full_tree(untarred(tar, tmp_path / "ours"))
    # The daemon keeps of all attributes those of capabilities alone (moby pkg/archive).
    for row in ours.values():
        if "xattrs" in row:
            row["xattrs"] = {k: v for k, v in row["xattrs"].items() if k == "security.capability"}
    assert {path: theirs[path] for path in ours} == ours


@pytest.mark.parametrize(
    "name", ["oci-archive-amd64", "oci-archive-zstd-amd64", "docker-archive-amd64"]
)
def test_every_form_of_a_real_image_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    call("export", real_image("oci-layout"), tmp_path / "a.tar", "--platform", "linux/amd64")
    assert (
        exported(real_image(name), tmp_path / "b.tar").read_bytes()
        == (tmp_path / "a.tar").read_bytes()
    )


def test_the_same_image_gives_the_same_bytes_however_it_is_packed(tmp_path: Path) -> None:
    first = exported(SAVE, tmp_path / "a.tar").read_bytes()
    assert exported(MULTI, tmp_path / "b.tar").read_bytes() == first
    for seed in ("1", "2"):
        words = ("export", MULTI, "-", "--platform", "linux/amd64")
        assert program(*words, PYTHONHASHSEED=seed).out == first


def test_the_standard_library_reads_it_too(tmp_path: Path) -> None:
    tar = exported(ImageBuilder().layer(RICH).write_oci(tmp_path / "layout"), tmp_path / "r.tar")
    with tarfile.open(tar) as opened:
        members = {member.name: member for member in opened}
    assert members["big"].uid == 3_000_000
    assert members["big"].type == tarfile.DIRTYPE
    assert members["disk"].devminor == 17
    assert members["raw\udcff"].size == 9
    value = members["bin/ping"].pax_headers["SCHILY.xattr.security.capability"]
    assert value.encode("utf-8", "surrogateescape") == CAPABILITY


def test_a_sparse_file_is_written_whole(tmp_path: Path) -> None:
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as stream:
        stream.truncate(3_000_000)
        stream.seek(1_000_000)
        stream.write(b"data")
    expected = hashlib.sha256(sparse.read_bytes()).hexdigest()
    layer = run(["tar", "-S", "--format=posix", "-C", tmp_path, "-cf", "-", "sparse"]).stdout
    assert len(layer) < 100_000
    layout = ImageBuilder().layer(raw_tar=layer).write_oci(tmp_path / "layout")
    with tarfile.open(exported(layout, tmp_path / "r.tar")) as opened:
        member = opened.extractfile("sparse")
        assert member is not None
        assert hashlib.sha256(member.read()).hexdigest() == expected
    copy = tmp_path / "copy"
    assert call("cp", layout, "sparse", copy).code == 0
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == expected
    assert copy.stat().st_blocks * 512 < 1_000_000


class TestWhatATarCannotHold:
    def test_is_named_and_the_rest_is_there(self, tmp_path: Path) -> None:
        layer: Entries = {
            f"nul\0{LONG}": b"1",
            f"nul\0{LONG}dir/": Dir(),
            f"nul\0{LONG}dir/f": b"1",
            "device": Device("c", 0, 0),
            "attribute": File(b"", xattrs={"user.a": b"1"}),
            "fine": b"1",
        }
        layout = ImageBuilder().layer(layer).write_oci(tmp_path / "layout")
        answer = call("export", layout, tmp_path / "r.tar")
        assert answer.code == 3
        assert rf"left out: nul\x00{LONG}: its name has a NUL" in answer.err
        assert rf"left out: nul\x00{LONG}dir: " in answer.err
        assert f"{LONG}dir/f" not in answer.err
        names = tarfile.open(fileobj=io.BytesIO((tmp_path / "r.tar").read_bytes())).getnames()  # noqa: SIM115
        assert names == ["attribute", "device", "fine"]


def test_hard_links_of_links_and_pipes_are_those_of_umoci(tmp_path: Path) -> None:
    require_root()
    entries: Entries = {"s": Link("far"), "t": HardLink("s"), "p": Device("p"), "q": HardLink("p")}
    layout = ImageBuilder().layer(entries).write_oci(tmp_path / "layout", ref_name="v")
    tar = exported(layout, tmp_path / "r.tar")
    for root in (umoci_root(layout, tmp_path / "bundle"), untarred(tar, tmp_path / "root")):
        assert (root / "s").lstat().st_ino == (root / "t").lstat().st_ino
        assert (root / "p").lstat().st_ino == (root / "q").lstat().st_ino
        assert (root / "t").readlink() == Path("far")
