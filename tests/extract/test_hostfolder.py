"""A folder of the host in which nothing is followed, whoever puts a link there meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyzer.errors import OutputError
from analyzer.extract.hostfolder import HostFolder
from analyzer.extract.place import whole_file, whole_folder
from tests.extract.hosts import names_in


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[HostFolder]:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "keep").write_bytes(b"kept")
    (root / "link").symlink_to("../outside")
    (root / "file").symlink_to("../outside/keep")
    (root / "dangling").symlink_to("../outside/new")
    with HostFolder(os.open(root, os.O_RDONLY)) as made:
        yield made


@pytest.mark.parametrize(
    "act",
    [
        lambda folder: folder.create("link/evil"),
        lambda folder: folder.create("file"),
        lambda folder: folder.create("dangling"),
        lambda folder: folder.make_folder("link/evil"),
        lambda folder: folder.make_folder("link"),
        lambda folder: folder.symlink("link/evil", "/", 0),
        lambda folder: folder.pipe("link/evil", 0o600, 0),
        lambda folder: folder.link("evil", "link/keep"),
        lambda folder: folder.link("link/evil", "file"),
        lambda folder: folder.unlink("link/keep"),
        lambda folder: folder.finish_folder("link", 0, 0),
    ],
)
def test_a_link_in_the_way_is_an_error(
    act: Callable[[HostFolder], None], folder: HostFolder, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    before = (outside.stat().st_mode, outside.stat().st_mtime_ns, (outside / "keep").stat())
    with pytest.raises(OSError, match=r"Not a directory|File exists|symbolic links"):
        act(folder)
    after = (outside.stat().st_mode, outside.stat().st_mtime_ns, (outside / "keep").stat())
    assert after == before
    assert names_in(outside) == ["keep"]


def test_a_hard_link_to_a_link_is_of_the_link(folder: HostFolder, tmp_path: Path) -> None:
    folder.link("copy", "file")
    assert (tmp_path / "root" / "copy").is_symlink()
    assert (tmp_path / "outside" / "keep").stat().st_nlink == 1


class TestWholeFile:
    def test_has_no_name_before_the_end(self, tmp_path: Path) -> None:
        with whole_file(str(tmp_path / "f")) as stream:
            stream.write(b"data")
            assert names_in(tmp_path) == []
        assert names_in(tmp_path) == ["f"]
        assert (tmp_path / "f").read_bytes() == b"data"

    def test_leaves_nothing_when_it_fails(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"old")
        with pytest.raises(KeyboardInterrupt), whole_file(str(tmp_path / "f")) as stream:  # noqa: PT012
            stream.write(b"new")
            raise KeyboardInterrupt
        assert names_in(tmp_path) == ["f"]
        assert (tmp_path / "f").read_bytes() == b"old"

    def test_works_without_nameless_files(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(os, "O_TMPFILE")
        with whole_file(str(tmp_path / "f")) as stream:
            stream.write(b"data")
        assert names_in(tmp_path) == ["f"]
        with pytest.raises(KeyboardInterrupt), whole_file(str(tmp_path / "g")):
            raise KeyboardInterrupt
        assert names_in(tmp_path) == ["f"]

    def test_has_the_mode_that_the_user_gives_new_files(self, tmp_path: Path) -> None:
        before = os.umask(0o027)
        try:
            with whole_file(str(tmp_path / "f")):
                pass
        finally:
            os.umask(before)
        assert (tmp_path / "f").stat().st_mode & 0o777 == 0o640


class TestWholeFolder:
    def test_leaves_nothing_when_it_fails_whatever_was_made(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        for name in ("new", "empty"):
            with pytest.raises(KeyboardInterrupt), whole_folder(str(tmp_path / name)) as stage:  # noqa: PT012
                deep = ""
                for _ in range(300):
                    deep = f"{deep}/d" if deep else "d"
                    stage.folder.make_folder(deep)
                stage.folder.create(f"{deep}/f")
                stage.folder.symlink("l", "/", 0)
                stage.folder.finish_folder(deep, 0, None)
                stage.folder.finish_folder("d", 0, None)
                raise KeyboardInterrupt
        assert names_in(tmp_path) == ["empty"]
        assert names_in(tmp_path / "empty") == []

    def test_leaves_nothing_when_what_follows_its_place_fails(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        for name in ("new", "empty"):
            with pytest.raises(OutputError), whole_folder(str(tmp_path / name)) as stage:  # noqa: PT012
                stage.folder.make_folder("d")
                stage.settle()
                assert names_in(tmp_path / name) == ["d"]
                stage.folder.finish_folder("not there", 0, None)
        assert names_in(tmp_path) == ["empty"]
        assert names_in(tmp_path / "empty") == []

    def test_is_entered_by_nobody_before_the_end(self, tmp_path: Path) -> None:
        with whole_folder(str(tmp_path / "new")) as stage:
            stage.folder.make_folder("d")
            (made,) = tmp_path.iterdir()
            assert made.name.startswith(".ociscope-")
            assert made.stat().st_mode & 0o777 == 0o700
            assert (made / "d").stat().st_mode & 0o777 == 0o700
            stage.settle()
