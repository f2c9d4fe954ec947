"""A merged tree as a listing: what a hard link, an implied folder and damage become in it."""

from __future__ import annotations

from pathlib import Path

from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.comparing.states import states_of
from analyzer.diff.filesystem.model import FileState
from analyzer.digest import digest_bytes
from analyzer.limits import Limits
from analyzer.tarheader import EntryKind
from tests.support.imagebuilder import HardLink, ImageBuilder, Link, tar_bytes


def states(
    made: ImageBuilder, folder: Path, limits: Limits | None = None
) -> dict[str, FileState] | None:
    path = made.write_oci(folder / "image", "1.0")
    with open_inputs([Wanted(str(path))], limits=limits) as (side,):
        tree = side.tree(side.report.images[0])
        return states_of(tree) if tree is not None else None


def test_files_links_and_implied_folders(tmp_path: Path) -> None:
    made = ImageBuilder().layer({"d/file": b"one", "gone": b""})
    made.layer({".wh.gone": b"", "hard": HardLink("d/file"), "soft": Link("d/file")})
    found = states(made, tmp_path)
    assert found is not None
    assert sorted(found) == ["d", "d/file", "hard", "soft"]
    assert found["d"].kind is EntryKind.DIRECTORY
    assert found["d/file"].content == found["hard"].content == digest_bytes(b"one")
    assert (found["soft"].target, found["soft"].content) == ("d/file", None)


def test_what_cannot_be_read_whole_is_no_tree(tmp_path: Path) -> None:
    tar = tar_bytes({"file": b"x" * 5000})
    for number, raw in enumerate((tar[:2000], b"\x1f\x8b\x08\x00 not gzip")):
        made = ImageBuilder().layer(raw_tar=tar, raw_blob=raw)
        (tmp_path / str(number)).mkdir()
        assert states(made, tmp_path / str(number)) is None
    whole = ImageBuilder().layer(raw_tar=tar)
    assert states(whole, tmp_path, Limits(layer_entries=0)) is None
