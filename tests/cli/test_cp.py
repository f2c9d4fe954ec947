"""`cp`: files and folders on the host, with the manners of cp(1)."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from tests.cli.harness import MULTI, call, program
from tests.extract.hosts import full_tree, names_in, plain, snapshot, umoci_root
from tests.support.imagebuilder import Dir, File, ImageBuilder, Link
from tests.support.tarbytes import MTIME, Entries
from tests.support.tools import run

AMD64 = ("--platform", "linux/amd64")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    lower: Entries = {
        "etc/": Dir(0o750),
        "etc/conf": File(b"data", 0o640, 5, 6),
        "etc/link": Link("conf"),
        "etc/sub/": Dir(0o555),
        "etc/sub/f": b"1",
        "su": File(b"su", 0o6755, xattrs={"user.a": b"1"}),
        "to": Link("etc/conf"),
        "todir": Link("/etc"),
        "gone": b"secret",
    }
    builder = ImageBuilder().layer(lower).layer({".wh.gone": b"", "d/x": b"1"})
    return builder.write_oci(tmp_path / "layout", ref_name="v")


def test_a_file_goes_to_a_name_or_into_a_folder(image: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for destination, made in [(out, "conf"), (out / "name", "name"), (f"{out}/new/", "new/conf")]:
        answer = call("cp", image, "/etc/conf", destination)
        assert (answer.code, answer.said) == (0, "")
        copy = out / made
        assert copy.read_bytes() == b"data"
        assert (copy.stat().st_mode & 0o7777, copy.stat().st_mtime) == (0o640, MTIME)
        assert copy.stat().st_uid == os.geteuid()


def test_a_link_gives_what_it_leads_to_under_its_own_name(image: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert call("cp", image, "to", out).code == 0
    assert call("cp", image, "todir", out).code == 0
    assert (out / "to").read_bytes() == b"data"
    assert not (out / "to").is_symlink()
    assert (out / "todir" / "conf").read_bytes() == b"data"


def test_a_folder_is_the_one_that_umoci_has(image: Path, tmp_path: Path) -> None:
    assert call("cp", image, "etc", tmp_path / "etc").code == 0
    theirs = umoci_root(image, tmp_path / "bundle") / "etc"
    ours = full_tree(tmp_path / "etc")
    assert plain(ours) == plain(full_tree(theirs))
    assert [row["mode"] for row in ours.values()] == [
        row["mode"] for row in (full_tree(theirs)[path] for path in ours)
    ]
    assert (tmp_path / "etc").stat().st_mode & 0o7777 == 0o750


def test_what_a_later_layer_deleted(image: Path, tmp_path: Path) -> None:
    assert "add --layer 0" in call("cp", image, "gone", tmp_path / "x").err
    assert call("cp", image, "gone", tmp_path / "x", "--layer", 0).code == 0
    assert (tmp_path / "x").read_bytes() == b"secret"


def test_setuid_and_attributes_stay_behind_and_that_is_said(image: Path, tmp_path: Path) -> None:
    answer = call("cp", image, "su", tmp_path / "su")
    assert (tmp_path / "su").stat().st_mode & 0o7777 == 0o755
    assert "note: 1 name was written without the setuid or setgid bit" in answer.err
    assert "note: 1 name was written without extended attributes" in answer.err
    assert answer.code == 0


class TestWhatIsThere:
    def test_a_file_is_replaced_in_one_step(self, image: Path, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(b"old")
        (tmp_path / "other name").hardlink_to(tmp_path / "x")
        assert call("cp", image, "to", tmp_path / "x").code == 0
        assert (tmp_path / "x").read_bytes() == b"data"
        assert (tmp_path / "other name").read_bytes() == b"old"

    @pytest.mark.parametrize("what", ["link", "dangling", "pipe"])
    def test_anything_else_is_left_alone(self, what: str, image: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        out.mkdir()
        (out / "kept").write_bytes(b"kept")
        (out / "link").symlink_to("kept")
        (out / "dangling").symlink_to("new")
        os.mkfifo(out / "pipe")
        before = snapshot(out)
        answer = call("cp", image, "etc/conf", out / what)
        assert answer.code == 2
        assert "stands there; it is not written through or replaced" in answer.err
        assert snapshot(out) == before

    @pytest.mark.parametrize("name", ["conf", "sub"])
    def test_in_a_folder_too(self, name: str, image: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        (tmp_path / "kept").mkdir()
        out.mkdir()
        (out / "conf").symlink_to("../kept/new")
        (out / "sub").symlink_to("../kept")
        before = snapshot(tmp_path)
        assert call("cp", image, f"etc/{name}", out).code == 2
        assert snapshot(tmp_path) == before

    def test_folders_are_not_merged(self, image: Path, tmp_path: Path) -> None:
        (tmp_path / "out" / "etc").mkdir(parents=True)
        (tmp_path / "file").write_bytes(b"")
        assert "is there already" in call("cp", image, "etc", tmp_path / "out").err
        assert "is there already" in call("cp", image, "etc", tmp_path / "file").err
        assert names_in(tmp_path / "out" / "etc") == []

    def test_links_on_the_way_are_the_users_own(self, image: Path, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "short").symlink_to("real")
        assert call("cp", image, "etc/conf", tmp_path / "short").code == 0
        assert call("cp", image, "etc", tmp_path / "short").code == 0
        assert names_in(tmp_path / "real") == ["conf", "etc"]


def test_the_root_needs_a_name(image: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert "no name to give it" in call("cp", image, "/", tmp_path / "out").err
    assert call("cp", image, "/", tmp_path / "out" / "root").code == 0
    assert names_in(tmp_path / "out" / "root") == ["d", "etc", "su", "to", "todir"]


def test_a_tar_on_standard_output_keeps_everything(image: Path, tmp_path: Path) -> None:
    for name, expected in [
        ("etc", ["etc", "etc/conf", "etc/link", "etc/sub", "etc/sub/f"]),
        ("su", ["su"]),
        ("todir", ["todir", "todir/conf", "todir/link", "todir/sub", "todir/sub/f"]),
        ("/", [".", "d", "d/x", "etc"]),
    ]:
        answer = program("cp", image, name, "-")
        assert (answer.code, answer.err) == (0, "")
        with tarfile.open(fileobj=io.BytesIO(answer.out)) as tar:
            names = tar.getnames()
            assert names[: len(expected)] == [n for n in expected if n != "."][: len(expected)] or (
                name == "/"
            )
    with tarfile.open(fileobj=io.BytesIO(call("cp", image, "etc/conf", "-").out)) as tar:
        (member,) = tar.getmembers()
        assert (member.uid, member.gid, member.mode) == (5, 6, 0o640)
        opened = tar.extractfile(member)
        assert opened is not None
        assert opened.read() == b"data"


def test_a_tar_is_not_made_of_what_is_unproven(image: Path) -> None:
    answer = call("cp", image, "etc", "-", "--unverified")
    assert (answer.code, answer.out) == (2, b"")
    assert "[bad-argument]" in answer.err


def test_an_unproven_layer_gives_nothing_unless_asked(tmp_path: Path) -> None:
    builder = ImageBuilder().layer({"d/a": b"1"}, declare_diff_id="sha256:" + "5" * 64)
    path = builder.write_oci(tmp_path / "layout")
    before = snapshot(tmp_path)
    for name in ("d", "d/a"):
        answer = call("cp", path, name, tmp_path / "out")
        assert answer.code == 2
        assert "[diff-id-mismatch]" in answer.err
    assert snapshot(tmp_path).keys() == before.keys()
    for name, made in (("d", "out/a"), ("d/a", "a")):
        answer = call("cp", path, name, tmp_path / made.split("/")[0], "--unverified")
        assert answer.code == 1
        assert "NOT PROVEN" in answer.err
        assert (tmp_path / made).read_bytes() == b"1"


def test_a_missing_folder_on_the_way_is_made(image: Path, tmp_path: Path) -> None:
    assert call("cp", image, "etc/conf", tmp_path / "a" / "b" / "c").code == 0
    assert (tmp_path / "a" / "b" / "c").read_bytes() == b"data"


def test_no_permission_is_said(image: Path, tmp_path: Path) -> None:
    answer = call("cp", image, "etc/conf", "/proc/nothing-can-be-made-here")
    assert answer.code == 2
    assert "[output-failed]" in answer.err


def test_a_choice_of_platforms_is_listed(tmp_path: Path) -> None:
    answer = call("cp", MULTI, "etc/issue", tmp_path / "x")
    assert answer.code == 2
    assert "cp needs one platform, and there are 2" in answer.err
    assert call("cp", MULTI, "etc/issue", tmp_path / "x", *AMD64).code == 0
    assert run(["cat", tmp_path / "x"]).stdout == b"A replaced file\n"
