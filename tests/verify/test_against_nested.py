"""`verify --against` an index within an index."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.imagebuilder import ImageBuilder, Layout, compact, make_index, sha256
from tests.verify.test_against import prove


def images() -> tuple[ImageBuilder, ImageBuilder]:
    amd = ImageBuilder().layer({"a": b"one"}, "gzip").platform("linux/amd64")
    return amd, ImageBuilder().layer({"a": b"two"}, "gzip").platform("linux/arm64")


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_the_way_down_is_followed(depth: int, tmp_path: Path) -> None:
    amd, arm = (builder.build() for builder in images())
    outer = make_index([amd, arm])
    for _ in range(depth):
        outer = make_index([outer], platform=False)
    layout = Layout()
    layout.add(outer, ref_name="1", platform=False)
    found = prove(layout.write_dir(tmp_path / "layout"), outer.raw, "--digest", outer.digest)
    assert (found["code"], found["level"]) == (0, "byte-identical-blobs")
    nested = [link for link in found["links"] if "lists an index" in link["text"]]
    assert len(nested) == 2 * depth  # for each platform
    assert {link["platform"] for link in nested} == {"linux/amd64", "linux/arm64"}


def test_an_index_that_is_not_in_the_file_is_asked_for(tmp_path: Path) -> None:
    amd, arm = (builder.build() for builder in images())
    inner = make_index([amd, arm])
    outer = make_index([inner], platform=False)
    layout = Layout()
    layout.add(amd, ref_name="1")
    found = prove(layout.write_dir(tmp_path / "layout"), outer.raw)
    assert (found["code"], found["verdict"]) == (2, "undecided")
    assert any(inner.digest in text for text in found["bring"])


def test_other_platforms_alone_are_refuted(tmp_path: Path) -> None:
    amd, arm = (builder.build() for builder in images())
    inner = make_index([arm])
    outer = make_index([inner], platform=False)
    layout = Layout()
    layout.add(amd, ref_name="1")
    layout.add(outer, ref_name="2", platform=False)
    path = layout.write_dir(tmp_path / "layout")
    found = prove(path, outer.raw, "--image", "1")
    assert found["code"] == 1
    assert "the index lists linux/arm64" in found["remarks"]


def test_an_index_that_leads_to_itself_ends(tmp_path: Path) -> None:
    """No digest can be that of what contains it, so a wrong one has to stand in for it."""
    amd, _ = (builder.build() for builder in images())
    digest = sha256(b"itself")
    kind = "application/vnd.oci.image.index.v1+json"
    raw = compact({"manifests": [{"mediaType": kind, "digest": digest, "size": 1}]})
    layout = Layout()
    layout.add(amd, ref_name="1")
    layout.extra_blob(raw, digest)
    found = prove(layout.write_dir(tmp_path / "layout"), raw)
    assert found["verdict"] == "undecided"
