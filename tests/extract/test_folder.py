"""An exported folder is the image's tree, made without root, and nothing outside it is touched."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import pytest

from tests.cli.harness import MULTI, Answer, call
from tests.extract.hosts import (
    NOBODY,
    as_nobody,
    full_tree,
    names_in,
    nobodys_folder,
    plain,
    require_root,
    snapshot,
    umoci_root,
)
from tests.extract.test_tar import LONG, RICH
from tests.rootfs.test_against_umoci import LOWER, UPPER
from tests.rootfs.trees import unpacked
from tests.support.imagebuilder import Device, Dir, File, HardLink, ImageBuilder, Link
from tests.support.realimages import expected_tree, real_image
from tests.support.tarbytes import Entries, member
from tests.support.tools import run


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_a_real_image_without_root_is_what_umoci_unpacked(architecture: str) -> None:
    theirs = {row.pop("path"): row for row in expected_tree(architecture)}
    with nobodys_folder() as home:
        words = ("export", real_image("oci-layout"), "root", "--platform", f"linux/{architecture}")
        answer = as_nobody(*words, cwd=home)
        assert answer.code == 0
        ours = unpacked(home / "root")
        assert names_in(home) == [".cache", "root"]
    assert len(theirs) > 1000
    assert plain(ours) == plain(theirs)
    assert {row["uid"] for row in ours.values()} == {NOBODY}
    assert {path: int(row["mode"], 8) for path, row in ours.items() if row["type"] == "file"} == {
        path: int(row["mode"], 8) & 0o777 for path, row in theirs.items() if row["type"] == "file"
    }


def test_links_times_and_modes_are_those_of_umoci(tmp_path: Path) -> None:
    require_root()
    layout = ImageBuilder().layer(RICH).write_oci(tmp_path / "layout", ref_name="v")
    answer = call("export", layout, tmp_path / "root")
    theirs, ours = full_tree(umoci_root(layout, tmp_path / "bundle")), full_tree(tmp_path / "root")
    assert plain(ours) == plain(theirs)
    for path, row in ours.items():
        assert row["mtime"] == theirs[path]["mtime"], path
        assert row.get("same as") == theirs[path].get("same as")
        bits = 0o7777 if row["type"] == "symlink" else 0o1777
        assert int(row["mode"], 8) == int(theirs[path]["mode"], 8) & bits
        assert not row.get("xattrs")
    assert answer.code == 0
    assert "note: 2 devices are not made here: disk, null\n" in answer.err
    assert "note: 2 names were written without the setuid or setgid bit\n" in answer.err
    assert "note: 3 names were written without extended attributes\n" in answer.err


def test_hard_links_of_links_and_pipes_are_those_of_umoci(tmp_path: Path) -> None:
    require_root()
    entries: Entries = {
        "a/": Dir(),
        "a/s": Link("far"),
        "t": HardLink("a/s"),
        "u": HardLink("t"),
        "p": Device("p"),
        "q": HardLink("p"),
        "far": Link("t"),
        "null": Device("c", 1, 3),
    }
    layout = ImageBuilder().layer(entries).write_oci(tmp_path / "layout", ref_name="v")
    answer = call("export", layout, tmp_path / "root")
    assert answer.err == "ociscope: note: 1 device is not made here: null\n"
    assert "1 folder, 0 files (0 B), 6 other names" in answer.text
    for root in (umoci_root(layout, tmp_path / "bundle"), tmp_path / "root"):
        inodes = {name: (root / name).lstat().st_ino for name in ("a/s", "t", "u", "p", "q", "far")}
        assert inodes["a/s"] == inodes["t"] == inodes["u"] != inodes["far"]
        assert inodes["p"] == inodes["q"]
        assert (root / "t").readlink() == Path("far")


def test_links_are_two_where_the_host_takes_no_hard_link_of_one(tmp_path: Path) -> None:
    """POSIX link(): whether a hard link of a symbolic link can be made is the system's affair."""
    entries: Entries = {"s": Link("far"), "t": HardLink("s")}
    layout = ImageBuilder().layer(entries).write_oci(tmp_path / "layout", ref_name="v")
    refused = mock.patch("os.link", side_effect=PermissionError(1, "Operation not permitted"))
    with refused:
        assert call("export", layout, tmp_path / "root", "--no-cache").code == 0
    assert (tmp_path / "root" / "s").readlink() == (tmp_path / "root" / "t").readlink()
    assert (tmp_path / "root" / "s").lstat().st_nlink == 1


@pytest.mark.parametrize("name", UPPER)
def test_an_odd_layer_comes_out_as_umoci_has_it(name: str, tmp_path: Path) -> None:
    require_root()
    image = ImageBuilder().layer(LOWER).layer(UPPER[name])
    layout = image.write_oci(tmp_path / "layout", ref_name="v")
    call("export", layout, tmp_path / "root")
    assert plain(unpacked(tmp_path / "root")) == plain(
        unpacked(umoci_root(layout, tmp_path / "bundle"))
    )


class TestPlace:
    def export(self, destination: object, *more: object) -> Answer:
        return call("export", MULTI, destination, "--platform", "linux/amd64", *more)

    def test_may_be_an_empty_folder_which_stays_what_it_is(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        root.mkdir(0o711)
        before = root.stat()
        assert self.export(root).code == 0
        assert (root.stat().st_ino, root.stat().st_mode) == (before.st_ino, before.st_mode)
        assert self.export(tmp_path / "new").code == 0
        assert full_tree(root) == full_tree(tmp_path / "new")

    def test_may_be_a_mounted_one(self, tmp_path: Path) -> None:
        require_root()
        (tmp_path / "m").mkdir()
        run(["mount", "-t", "tmpfs", "none", tmp_path / "m"])
        try:
            assert self.export(tmp_path / "m").code == 0
            assert "etc/issue" in unpacked(tmp_path / "m")
        finally:
            run(["umount", "--lazy", tmp_path / "m"])

    def test_may_be_reached_through_links_of_the_user(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        assert self.export(tmp_path / "link").code == 0
        assert self.export(tmp_path / "link" / ".." / "a" / "b").code == 0
        assert full_tree(tmp_path / "real") == full_tree(tmp_path / "a" / "b")

    @pytest.mark.parametrize("there", ["file", "folder", "dangling", "pipe"])
    def test_is_never_something_that_is_there(self, there: str, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"mine")
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "x").write_bytes(b"mine")
        (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
        os.mkfifo(tmp_path / "pipe")
        before = snapshot(tmp_path)
        answer = self.export(tmp_path / there)
        assert answer.code == 2
        assert "[output-failed]" in answer.err
        assert snapshot(tmp_path) == before

    def test_stays_as_it_was_when_a_layer_is_not_the_promised_one(self, tmp_path: Path) -> None:
        builder = ImageBuilder().layer({"a/": Dir(0o000), "a/b": b"1"})
        builder.layer({"c": b"2"}, declare_digest="sha256:" + "5" * 64)
        layout = builder.write_oci(tmp_path / "layout")
        (tmp_path / "empty").mkdir()
        before = snapshot(tmp_path)
        for destination in ("new", "empty", "new.tar"):
            answer = call("export", layout, tmp_path / destination)
            assert answer.code == 2
            assert "[digest-mismatch]" in answer.err
            assert "nothing was written" in answer.err
        after = snapshot(tmp_path)
        assert {k: v for k, v in after.items() if k != str(tmp_path / "empty")}.keys() == {
            k for k in before if k != str(tmp_path / "empty")
        }
        assert list((tmp_path / "empty").iterdir()) == []

    def test_is_left_as_it_was_by_a_full_disk(self, tmp_path: Path) -> None:
        require_root()
        (tmp_path / "m").mkdir()
        layer: Entries = {"d/": Dir(), "d/a": b"a" * 100_000, "d/b": os.urandom(2_000_000)}
        layout = ImageBuilder().layer(layer).write_oci(tmp_path / "layout")
        run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", tmp_path / "m"])
        try:
            for destination in ("m", "m/new", "m/new.tar"):
                answer = call("export", layout, tmp_path / destination)
                assert answer.code == 2
                assert "No space left on device [output-failed]" in answer.err
                assert list((tmp_path / "m").iterdir()) == []
        finally:
            run(["umount", "--lazy", tmp_path / "m"])


TRICKS: dict[str, list[Entries]] = {
    "climbing and absolute names": [
        {"../../evil": b"x", "/CANARY/evil": b"x", "a/../../../evil": b"x", "..": b"x"}
    ],
    "a file through a link to a folder": [
        {"out": Link("CANARY"), "out/evil": b"x", "up": Link(".."), "up/evil": b"x"}
    ],
    "a file through a link of a lower layer": [
        {"out": Link("CANARY")},
        {"out/evil": b"x", "out/keep": b"overwritten"},
    ],
    "a folder replaced by a link between layers": [
        {"d/": Dir(), "d/a": b"1"},
        {"d": Link("CANARY")},
        {"d/evil": b"x", "d/keep": b"x"},
    ],
    "a folder replaced by a link in one layer": [
        {"d/": Dir(), "d/a": b"1", "d": Link("CANARY"), "d/keep": b"x"}
    ],
    "a file over a link": [{"f": Link("CANARY/keep")}, {"f": b"overwritten"}],
    "a file over a link, in one layer": [[("f", Link("CANARY/keep")), ("f", b"overwritten")]],
    "a hard link to a link": [
        {"l": Link("CANARY/keep"), "h": HardLink("l")},
        [("h", b"overwritten")],
    ],
    "hard links to what is outside": [
        {"h": HardLink("CANARY/keep"), "i": HardLink("../canary/keep"), "h2": HardLink("/etc")}
    ],
    "links in a ring": [{"a": Link("b"), "b": Link("a"), "a/evil": b"x", "c": HardLink("a")}],
    "a link to itself": [{"a": Link("a")}, {"a/b/c": b"x"}],
    "a link as the root": [{"./": Link("CANARY")}, {"evil": b"x", "keep": b"x"}],
    "modes and times of what a link leads to": [
        {"l": Link("CANARY")},
        {"l/": Dir(0o000), "l/keep": File(b"", 0o000)},
    ],
    "a folder over a file over a folder": [
        {"d/": Dir(), "d/x/": Dir(), "d/x/y": b"1"},
        {"d": b"file"},
        {"d/x/y/z": b"2"},
    ],
    "whiteouts of what is outside": [
        {"l": Link("CANARY")},
        {"l/.wh.keep": b"", "../canary/.wh..wh..opq": b"", ".wh...": b""},
    ],
    "odd names": [
        {
            "new\nline": b"1",
            "\x1b[31mred": b"1",
            "raw\udc80": b"1",
            "-rf": b"1",
            " ": b"1",
            "back\\slash": b"1",
            "..name": b"1",
            "...": b"1",
        }
    ],
}
"""Layers that try to get out; `CANARY` stands for a folder beside the destination."""


class TestNothingOutside:
    def layers(self, name: str, canary: Path) -> list[Entries]:
        """The layers with a real path in place of CANARY."""

        def pairs(entries: Entries) -> Entries:
            items = list(entries) if isinstance(entries, list) else list(entries.items())
            return [(path.replace("CANARY", str(canary)), put(entry)) for path, entry in items]

        def put(entry: object) -> bytes | File | Dir | Link | HardLink | Device:
            if isinstance(entry, Link):
                return Link(entry.target.replace("CANARY", str(canary)))
            if isinstance(entry, HardLink):
                return HardLink(entry.target.replace("CANARY", str(canary)))
            assert isinstance(entry, bytes | File | Dir | Device)
            return entry

        return [pairs(entries) for entries in TRICKS[name]]

    def image(self, name: str, home: Path) -> Path:
        """An image with the trick, and the canary, in `home`."""
        canary = home / "canary"
        canary.mkdir()
        (canary / "keep").write_bytes(b"kept")
        builder = ImageBuilder()
        for entries in self.layers(name, canary):
            builder.layer(entries)
        return builder.write_oci(home / "layout")

    @pytest.mark.parametrize("name", TRICKS)
    def test_is_touched_by_any_trick(self, name: str, tmp_path: Path) -> None:
        layout = self.image(name, tmp_path)
        (tmp_path / "into").mkdir()
        before = {path: snapshot(tmp_path / path) for path in ("canary", "layout")}
        answers = [
            call("export", layout, tmp_path / "root"),
            call("cp", layout, "/", tmp_path / "copy"),
            *(call("cp", layout, path, tmp_path / "into") for path in ("d", "l", "f", "h", "out")),
            call("files", layout, "--deleted", "--recover", tmp_path / "lost"),
        ]
        assert {path: snapshot(tmp_path / path) for path in before} == before
        there = {"canary", "layout", "root", "copy", "into"}
        assert set(names_in(tmp_path)) - {"lost"} == there
        assert [answer.err for answer in answers if "internal error" in answer.err] == []
        assert answers[0].code in {0, 3}

    @pytest.mark.parametrize("name", TRICKS)
    def test_is_touched_without_root_either(self, name: str) -> None:
        with nobodys_folder() as home:
            layout = self.image(name, home)
            for path in [home / "canary", *(home / "canary").iterdir()]:
                os.chown(path, NOBODY, NOBODY)
            before = snapshot(home / "canary")
            answer = as_nobody("export", layout, "root", cwd=home)
            assert answer.code in {0, 3}
            assert "Traceback" not in answer.err
            assert snapshot(home / "canary") == before
            assert names_in(home) == [".cache", "canary", "layout", "root"]


class TestNamesThatTheHostCannotHold:
    def test_are_named_and_the_rest_is_made(self, tmp_path: Path) -> None:
        layer: Entries = {
            "fine": b"1",
            "x" * 256: b"1",
            "y" * 256 + "/": Dir(),
            "y" * 256 + "/below": b"1",
            f"nul\0{LONG}": b"1",
            "link": Link("t" * 5000),
            "l" * 256: Link("t" * 5000),
            "same": b"2",
            "z" * 256: HardLink("same"),
        }
        layout = ImageBuilder().layer(layer).write_oci(tmp_path / "layout")
        answer = call("export", layout, tmp_path / "root")
        assert answer.code == 3
        assert names_in(tmp_path / "root") == ["fine", "same"]
        for name in ("x" * 256, "y" * 256, "z" * 256, "l" * 256):
            assert f"left out: {name}: its name is too long for the file system here" in answer.err
        # symlink(2): "ENAMETOOLONG target or linkpath was too long"; Linux takes 4 095 bytes.
        assert "left out: link: a link whose target is too long for the" in answer.err
        assert f"left out: {'y' * 256}/below: its folder could not be made" in answer.err
        assert rf"left out: nul\x00{LONG}: its name has a NUL" in answer.err

    def test_a_file_whose_first_name_is_impossible_has_its_others(self, tmp_path: Path) -> None:
        layer: Entries = {"a" * 256: b"data", "b": HardLink("a" * 256), "c": HardLink("a" * 256)}
        layout = ImageBuilder().layer(layer).write_oci(tmp_path / "layout")
        assert call("export", layout, tmp_path / "root").code == 3
        b, c = tmp_path / "root" / "b", tmp_path / "root" / "c"
        assert (b.read_bytes(), b.stat().st_ino) == (b"data", c.stat().st_ino)

    def test_upper_and_lower_case_where_the_host_takes_them_for_one(self, tmp_path: Path) -> None:
        """As on macOS; the host is played by a function that folds names."""
        layer: Entries = {
            "A": b"first",
            "a": b"second",
            "D/": Dir(),
            "D/one": b"1",
            "d": Link("/"),
            "E": Link("/"),
            "e/": Dir(),
            "e/evil": b"x",
        }
        layout = ImageBuilder().layer(layer).write_oci(tmp_path / "layout")
        fold = mock.patch(
            "analyzer.extract.hostfolder._bytes", lambda name: name.casefold().encode()
        )
        with fold:
            answer = call("export", layout, tmp_path / "root")
        assert answer.code == 3
        assert sorted(unpacked(tmp_path / "root")) == ["a", "d", "d/one", "e", "e/evil"]
        assert (tmp_path / "root" / "a").read_bytes() == b"first"
        for name in ("a", "d", "E"):
            assert f"left out: {name}: the file system here takes its name" in answer.err

    def test_paths_far_deeper_than_the_system_takes_at_once(self, tmp_path: Path) -> None:
        deep = "/".join(["d" * 50] * 150)
        layout = ImageBuilder().layer({f"{deep}/f": b"1"}).write_oci(tmp_path / "layout")
        assert call("export", layout, tmp_path / "root").code == 0
        found = run(["find", tmp_path / "root", "-name", "f", "-size", "1c"]).stdout
        assert found.count(b"/") > 150
        run(["rm", "-rf", tmp_path / "root"])

    def test_a_path_beyond_the_limit_is_left_out(self, tmp_path: Path) -> None:
        half = "/".join(["d" * 200] * 30)
        layers: list[Entries] = [
            {f"{half}/": Dir(), "l": Link(half)},
            {f"l/{half}/f": b"1", "fine": b"1"},
        ]
        builder = ImageBuilder()
        for entries in layers:
            builder.layer(entries)
        answer = call("export", builder.write_oci(tmp_path / "layout"), tmp_path / "root")
        assert answer.code == 3
        assert "and limit path_bytes is 8192" in answer.err
        assert (tmp_path / "root" / "fine").exists()
        run(["rm", "-rf", tmp_path / "root"])


def test_a_sparse_file_of_exabytes_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    records = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
    size = b"GNU.sparse.realsize=4611686018427387904\n"
    records += b"%d " % (len(size) + 3) + size
    sparse_map = b"0\n".ljust(512, b"\0")
    layer = member(b"pax", records, b"x") + member(b"sparse", sparse_map) + bytes(1024)
    layout = ImageBuilder().layer(raw_tar=layer).write_oci(tmp_path / "layout")
    before = snapshot(tmp_path)
    for words in (
        ("export", layout, tmp_path / "r.tar"),
        ("export", layout, tmp_path / "root"),
        ("export", layout, "-"),
        ("cat", layout, "sparse"),
        ("cp", layout, "sparse", tmp_path / "copy"),
        ("cp", layout, "/", tmp_path / "copy"),
    ):
        answer = call(*words)
        assert answer.code == 2
        assert (
            "limit extracted_bytes is 68719476736, seen at least 4611686018427387904" in answer.err
        )
        assert "--limit extracted_bytes=N" in answer.err
        assert answer.out == b""
    assert snapshot(tmp_path) == before
