"""`ociscope diff` says which side is which, and which of them an error is about."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from tests.cli.harness import MULTI, SAVE, call
from tests.support.imagebuilder import ImageBuilder


def image(text: bytes) -> ImageBuilder:
    made = ImageBuilder()
    made.layer({"etc/motd": text}, created_by="RUN it")
    return made


def heading(*words: object) -> str:
    """The line that names a pair, up to its headline."""
    return call("diff", *words).text.split("\n\n")[1].partition(":  ")[0].splitlines()[0]


def test_two_names_are_both_said(tmp_path: Path) -> None:
    one = image(b"1").write_save(tmp_path / "one.tar", "app:1")
    two = image(b"2").write_save(tmp_path / "two.tar", "docker.io/library/app:2")
    assert heading(one, two).startswith("app:1 -> app:2 linux/amd64: ")
    assert heading(two, one).startswith("app:2 -> app:1 linux/amd64: ")
    assert "### app:1 → app:2" in call("diff", one, two, "-o", "md").text
    assert call("diff", one, two, "--unexplained").text.startswith("app:1 -> app:2 linux/amd64\n")


def test_one_name_is_said_once_and_platforms_in_their_order() -> None:
    start = "1.0 -> localhost/multi:1.0 linux/amd64: "
    assert heading(MULTI, SAVE, "--platform", "linux/amd64").startswith(start)
    for one, two in (("amd64", "arm64"), ("arm64", "amd64")):
        platforms = ("--platform", f"linux/{one}", "--platform", f"linux/{two}")
        assert heading(MULTI, *platforms).startswith(f"1.0 linux/{one} -> linux/{two}: ")


@pytest.fixture
def trees(tmp_path: Path) -> list[Path]:
    """Two folders of one name, as `umoci unpack` leaves them."""
    folders = [tmp_path / name / "rootfs" for name in ("old", "new")]
    for folder in folders:
        for name in ("etc", "usr", "bin", "var"):
            (folder / name).mkdir(parents=True)
        (folder / "etc" / "motd").write_text(folder.parent.name)
    return folders


def test_root_filesystems_have_no_name_and_no_platform(trees: list[Path], tmp_path: Path) -> None:
    assert heading(*trees).startswith("root filesystem: ")
    layout = image(b"new").write_oci(tmp_path / "image", "1.0")
    assert heading(trees[0], layout).startswith("root filesystem -> 1.0 linux/amd64: ")
    assert "unknown" not in call("diff", trees[0], layout).text


def test_files_of_one_name_are_told_apart_by_their_folders(trees: list[Path]) -> None:
    answer = call("diff", *trees)
    assert answer.text.startswith("old/rootfs (rootfs directory) -> new/rootfs (rootfs directory)")
    assert "old/rootfs → new/rootfs" in call("diff", *trees, "-o", "md").text
    assert call("diff", *trees, "-o", "json").json["before"]["name"] == "rootfs"


def test_an_error_says_which_side_it_is_about(tmp_path: Path) -> None:
    good = image(b"1").write_oci(tmp_path / "good", "1.0")
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
        with tarfile.open(folder / "image.tar", "w") as tar:
            tar.add(good / "oci-layout", "oci-layout")
    broken = folders[1] / "image.tar"
    for sides in ((good, broken), (broken, good)):
        assert call("diff", *sides).err.startswith("ociscope: error: image.tar: index.json: ")
    both = call("diff", *(folder / "image.tar" for folder in folders))
    assert both.err.startswith("ociscope: error: a/image.tar: index.json: ")


def test_damage_is_said_of_the_side_that_has_it(tmp_path: Path) -> None:
    good = image(b"1").write_oci(tmp_path / "good", "1.0")
    bad = Path(shutil.copytree(good, tmp_path / "bad"))
    layer = max(
        (bad / "blobs" / "sha256").iterdir(), key=lambda blob: blob.read_bytes()[:2] == b"\x1f\x8b"
    )
    layer.write_bytes(layer.read_bytes()[:-1] + b"?")
    for sides in ((good, bad), (bad, good)):
        lines = call("diff", *sides).err.splitlines()
        assert lines
        assert all(line.startswith("ociscope: error: bad: ") for line in lines)
    twice = call("diff", bad, bad).err.splitlines()
    assert twice
    assert len(set(twice)) == len(twice)
