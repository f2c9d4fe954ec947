"""A blob under a wrong name is read as what it is, and the name is called wrong."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from analyzer import Depth, analyze
from analyzer.problems import Code
from tests.cli.harness import call
from tests.image.inputs import image
from tests.support.documents import Image
from tests.support.layouts import Layout

WRONG = "f" * 64


def misplaced(tmp_path: Path, one: Image, digest: str) -> Path:
    """A layout of `one` with the blob of that digest under a wrong name."""
    layout = Layout()
    layout.add(one, name="example.com/a:1")
    path = layout.write_dir(tmp_path / "layout")
    (path / "blobs" / "sha256" / digest[7:]).rename(path / "blobs" / "sha256" / WRONG)
    return path


def digest_of(one: Image, part: str) -> str:
    parts = {"manifest": one.digest, "config": one.image_id, "layer": one.layer_digests[0]}
    return parts[part]


@pytest.mark.parametrize("part", ["manifest", "config", "layer"])
@pytest.mark.parametrize("depth", list(Depth))
def test_it_is_read_and_its_name_is_an_error(part: str, depth: Depth, tmp_path: Path) -> None:
    one = image()
    digest = digest_of(one, part)
    path = misplaced(tmp_path, one, digest)
    stored = (path / "blobs" / "sha256" / WRONG).read_bytes()
    assert f"sha256:{hashlib.sha256(stored).hexdigest()}" == digest
    report = analyze(str(path), depth=depth)
    (found,) = report.images
    assert found.completeness == "complete"
    assert (found.image_id, found.manifest_digest) == (one.image_id, one.digest)
    (problem,) = report.all_problems
    assert problem.code is Code.NAME_MISMATCH
    assert problem.where == f"blobs/sha256/{WRONG}"
    assert digest in problem.detail
    assert f"sha256:{WRONG}" in problem.detail
    assert report.exit_code == 1


def test_the_tree_shows_digest_and_name(tmp_path: Path) -> None:
    one = image()
    path = misplaced(tmp_path, one, one.layer_digests[0])
    text = call("inspect", path).text
    (line,) = [line for line in text.splitlines() if line.lstrip().startswith("layer")]
    assert one.layer_digests[0] in line
    assert f"blobs/sha256/{WRONG}" in line
    assert "  yes  " in line


def test_verify_says_it_once(tmp_path: Path) -> None:
    one = image()
    answer = call("verify", misplaced(tmp_path, one, one.layer_digests[0]))
    assert answer.code == 1
    assert answer.text.count("[name-mismatch]") == 1


def test_bytes_of_the_same_size_are_not_enough(tmp_path: Path) -> None:
    one = image()
    path = misplaced(tmp_path, one, one.layer_digests[0])
    place = path / "blobs" / "sha256" / WRONG
    place.write_bytes(bytes(len(place.read_bytes())))
    codes = {p.code for p in analyze(str(path)).all_problems}
    assert Code.BLOB_MISSING in codes


def test_one_that_is_wanted_under_both_names(tmp_path: Path) -> None:
    # The name is that of another layer, whose own bytes are lost.
    one, other = image("a"), image("b")
    layout = Layout()
    layout.add(one, name="example.com/a:1")
    layout.add(other, name="example.com/b:1")
    path = layout.write_dir(tmp_path / "layout")
    folder = path / "blobs" / "sha256"
    (folder / one.layer_digests[0][7:]).rename(folder / other.layer_digests[0][7:])
    first, second = analyze(str(path)).images
    assert first.completeness == "complete"
    assert Code.DIGEST_MISMATCH in {p.code for p in second.problems}
