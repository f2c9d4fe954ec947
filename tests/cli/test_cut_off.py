"""An archive that ends too early: that is said first, not what was lost by it."""

from __future__ import annotations

import gzip
from pathlib import Path
from random import Random

import pytest

from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder
from tests.support.tools import run

BLOCK = 512


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """As skopeo writes it: the blobs first, `index.json` last."""
    made = ImageBuilder()
    made.layer({"usr/share/data": Random(7).randbytes(100_000)})  # noqa: S311 - must not shrink
    layout = made.write_oci(tmp_path / "image", "1.0")
    path = tmp_path / "whole.tar"
    blobs = sorted((layout / "blobs" / "sha256").iterdir(), key=lambda blob: -blob.stat().st_size)
    names = [str(blob.relative_to(layout)) for blob in blobs]
    run(["tar", "-cf", path, "-C", layout, *names, "oci-layout", "index.json"])
    return path


@pytest.mark.parametrize("command", ["analyze", "inspect", "diff"])
def test_that_it_ends_early_comes_first(archive: Path, tmp_path: Path, command: str) -> None:
    cut = tmp_path / "cut.tar"
    largest = max(path.stat().st_size for path in (tmp_path / "image" / "blobs").rglob("*"))
    cut.write_bytes(archive.read_bytes()[: BLOCK + 1000])
    sides = (archive, cut) if command == "diff" else (cut,)
    answer = call(command, *sides)
    assert answer.code == 2
    message, _, rest = answer.err.partition("; index.json: missing")
    assert f"ends {largest - 1000} bytes early, at byte {BLOCK + 1000}" in message
    assert rest.startswith(" [archive-truncated]")


def test_so_does_a_compressed_one_that_does(archive: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(gzip.compress(archive.read_bytes()[: 2 * BLOCK], 0)[:-10])
    answer = call("analyze", cut)
    assert answer.code == 2
    assert "the gzip stream ends too early; index.json: missing" in answer.err


def test_one_that_is_whole_says_what_is_missing(tmp_path: Path) -> None:
    """Nobody is sent to look for damage that is not there."""
    folder = tmp_path / "image"
    folder.mkdir()
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    run(["tar", "-cf", tmp_path / "whole.tar", "-C", folder, "oci-layout"])
    answer = call("analyze", tmp_path / "whole.tar")
    assert answer.err.startswith("ociscope: error: index.json: missing [bad-document]")
