"""A merged tree as a listing: what a hard link, an implied folder and damage become in it."""

from __future__ import annotations

from pathlib import Path

from analyzer.digest import digest_bytes
from analyzer.image.model import LayerRef
from analyzer.limits import Budget, Limits
from analyzer.rootfs.outline import Outline, read_outline
from analyzer.source.directory import DirectorySource
from analyzer.tarheader import EntryKind
from tests.support.tarbytes import HardLink, Link, tar_bytes


def outline(folder: Path, *blobs: bytes, limits: Limits | None = None) -> Outline | None:
    for number, blob in enumerate(blobs):
        (folder / str(number)).write_bytes(blob)
    layers = [
        LayerRef(number, str(number), None, None, "", None, "") for number in range(len(blobs))
    ]
    return read_outline(DirectorySource(folder, Limits()), layers, Budget(limits or Limits()))


def test_files_links_and_implied_folders(tmp_path: Path) -> None:
    found = outline(
        tmp_path,
        tar_bytes([("d/file", b"one"), ("gone", b"")]),
        tar_bytes([(".wh.gone", b""), ("hard", HardLink("d/file")), ("soft", Link("d/file"))]),
    )
    assert found is not None
    assert sorted(found) == ["d", "d/file", "hard", "soft"]
    assert found["d"].kind is EntryKind.DIRECTORY
    assert found["d/file"].content == found["hard"].content == digest_bytes(b"one")
    assert (found["soft"].target, found["soft"].content) == ("d/file", None)


def test_what_cannot_be_read_whole_is_no_tree(tmp_path: Path) -> None:
    tar = tar_bytes([("file", b"x" * 5000)])
    assert outline(tmp_path, tar[:2000]) is None
    assert outline(tmp_path, tar, limits=Limits(layer_entries=0)) is None
    assert outline(tmp_path, b"\x1f\x8b\x08\x00 not gzip") is None
