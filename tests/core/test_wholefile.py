"""Files that are whole as soon as they have a name, with and without what Linux offers for it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from analyzer import wholefile
from analyzer.wholefile import write_whole


@pytest.fixture(params=["without a name", "with a temporary name", "without /proc"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way that the file system may leave open."""
    if request.param == "with a temporary name":
        monkeypatch.delattr(os, "O_TMPFILE")
    if request.param == "without /proc":
        monkeypatch.setattr(wholefile, "_link_to", lambda _handle: "/no/proc")
    return str(request.param)


def test_a_new_file_is_there_and_nothing_else(way: str, tmp_path: Path) -> None:
    write_whole(tmp_path / "a", (b"da", b"ta"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"data"}


def test_a_file_that_is_there_is_replaced(way: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a longer one that was there before")
    write_whole(tmp_path / "a", (b"da", b"ta"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"data"}


def test_or_stays_if_so_wished(way: str, tmp_path: Path) -> None:
    for data in (b"first", b"second"):
        write_whole(tmp_path / "a", (data,), keep=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"first"}


def test_modes_are_those_of_every_program(way: str, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a", ())
        write_whole(tmp_path / "b", (), mode=0o600)
        (tmp_path / "like").touch()
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "b", "like")]
    assert modes == [0o640, 0o600, 0o640]


def _interrupted(folder: int, name: str) -> None:
    with wholefile.whole_file(folder, name) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt


def test_what_goes_wrong_leaves_all_as_it_was(way: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "folder" / "in it").mkdir(parents=True)
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        for name in ("a", "new"):
            with pytest.raises(KeyboardInterrupt):
                _interrupted(folder, name)
    finally:
        os.close(folder)
    with pytest.raises(OSError, match="Is a directory"):
        write_whole(tmp_path / "folder", ())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "folder"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_while_it_is_written_it_has_no_name_where_linux_can(tmp_path: Path) -> None:
    """Else a killed process would leave one; the other ways would hide that they are used."""
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        with wholefile.whole_file(folder, "a") as stream:
            stream.write(b"data")
            stream.flush()
            assert list(tmp_path.iterdir()) == []
    finally:
        os.close(folder)
    assert (tmp_path / "a").read_bytes() == b"data"
