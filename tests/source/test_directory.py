"""A directory as input: files inside it and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analyzer.errors import InputError, LimitExceeded
from analyzer.limits import Limits
from analyzer.problems import Code
from analyzer.source.base import read_bounded
from analyzer.source.directory import DirectorySource


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a secret beside it."""
    (tmp_path / "secret").write_bytes(b"secret")
    inside = tmp_path / "inside"
    (inside / "blobs").mkdir(parents=True)
    (inside / "blobs" / "one").write_bytes(b"first")
    (inside / "index.json").write_bytes(b"{}")
    return inside


def source(root: Path, limits: Limits | None = None) -> DirectorySource:
    return DirectorySource(root, limits or Limits())


def test_files_are_read_by_their_names(root: Path) -> None:
    found = source(root)
    assert set(found.names()) == {"blobs/one", "index.json"}
    assert found.size("blobs/one") == 5
    with found.open("blobs/one") as stream:
        assert stream.read() == b"first"
        assert stream.seek(1) == 1
        assert stream.read() == b"irst"
    assert found.problems == ()


def test_links_inside_are_followed(root: Path) -> None:
    (root / "link").symlink_to("blobs/one")
    (root / "chain").symlink_to("link")
    (root / "folder").symlink_to("blobs")
    found = source(root)
    assert {"link", "chain"} <= set(found.names())
    assert found.has("folder/one")
    assert found.identity("chain") == found.identity("blobs/one")
    assert found.identity("chain") != found.identity("index.json")
    assert read_bounded(found, "chain", 5) == b"first"


@pytest.mark.parametrize("target", ["../secret", "/etc/passwd", "../absent", "blobs/../../secret"])
def test_links_that_lead_out_are_refused_and_told_once(root: Path, target: str) -> None:
    (root / "out").symlink_to(target)
    found = source(root)
    assert not found.has("out")
    assert "out" not in found.names()
    with pytest.raises(InputError) as caught:
        found.open("out")
    assert caught.value.code is Code.BLOB_MISSING
    assert [(problem.code, problem.where) for problem in found.problems] == [
        (Code.UNSAFE_LINK, "out")
    ]


def test_a_folder_linked_from_outside_is_refused(root: Path) -> None:
    (root / "up").symlink_to("..")
    found = source(root)
    assert not found.has("up/secret")
    assert found.problems[0].code is Code.UNSAFE_LINK


@pytest.mark.parametrize("name", ["../secret", "blobs/../../secret", "/etc/passwd"])
def test_names_that_lead_out_are_refused(root: Path, name: str) -> None:
    found = source(root)
    assert not found.has(name)
    assert [problem.code for problem in found.problems] == [Code.UNSAFE_LINK]


@pytest.mark.parametrize("name", ["", "a\0b", "blobs", "absent", "blobs/one/x", "x" * 5000])
def test_names_of_nothing_are_missing(root: Path, name: str) -> None:
    found = source(root)
    assert not found.has(name)
    with pytest.raises(InputError):
        found.size(name)


def test_a_sibling_with_the_same_prefix_is_outside(root: Path) -> None:
    sibling = root.with_name("inside-not")
    sibling.mkdir()
    (sibling / "f").write_bytes(b"")
    assert not source(root).has("../inside-not/f")


def test_pipes_and_devices_are_never_opened(root: Path) -> None:
    """Opening a pipe without a writer would hang."""
    os.mkfifo(root / "pipe")
    (root / "null").symlink_to("/dev/null")
    (root / "loop").symlink_to("loop")
    found = source(root)
    for name in ("pipe", "null", "loop"):
        assert not found.has(name)
        with pytest.raises(InputError):
            found.open(name)
    assert set(found.names()) == {"blobs/one", "index.json"}


def test_a_file_that_cannot_be_opened_is_not_readable(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_keywords: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError) as caught:
        source(root).open("index.json")
    assert (caught.value.code, caught.value.message) == (Code.NOT_READABLE, "Permission denied")


def test_a_folder_that_cannot_be_listed_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("blobs"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    found = source(root)
    assert set(found.names()) == {"index.json"}
    assert [(p.code, p.where) for p in found.problems] == [(Code.NOT_READABLE, "blobs")]


def test_the_number_of_files_is_bounded(root: Path) -> None:
    assert len(source(root, Limits(archive_members=2)).names()) == 2
    with pytest.raises(LimitExceeded, match="archive_members"):
        source(root, Limits(archive_members=1)).names()


def test_names_need_not_be_utf_8(root: Path) -> None:
    os.close(os.open(os.fsencode(root) + b"/n\xff", os.O_CREAT | os.O_WRONLY))
    assert "n\udcff" in source(root).names()


def test_read_bounded_refuses_what_is_larger(root: Path) -> None:
    assert read_bounded(source(root), "blobs/one", 4) is None


def test_closing_is_harmless(root: Path) -> None:
    source(root).close()
