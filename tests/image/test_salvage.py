"""A layout that lost its index.json still tells which images it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import AnalyzerError, analyze
from analyzer.problems import Code
from tests.support.imagebuilder import ImageBuilder
from tests.support.layouts import Layout


def two_platforms() -> Layout:
    amd64 = ImageBuilder().layer({"etc/a": b"a"}, codec="gzip").platform("linux/amd64")
    arm64 = ImageBuilder().layer({"etc/a": b"b"}, codec="gzip").platform("linux/arm64")
    layout = Layout()
    layout.add_index([amd64, arm64], name="v1")
    return layout


@pytest.mark.parametrize("instead", [None, b"", b"{", b"[]", b'{"manifests": 1}'])
def test_images_are_found_through_the_blobs(tmp_path: Path, instead: bytes | None) -> None:
    whole = analyze(str(two_platforms().write_dir(tmp_path / "whole")))
    layout = two_platforms().replace("index.json", instead)
    report = analyze(str(layout.write_dir(tmp_path / "lost")))
    found = [(i.platform, i.manifest_digest, i.index_digest, i.image_id) for i in report.images]
    assert found == [
        (i.platform, i.manifest_digest, i.index_digest, i.image_id) for i in whole.images
    ]
    assert all(image.names == () for image in report.images)
    assert report.exit_code == 3
    assert {p.where for p in report.problems if p.code is Code.BAD_DOCUMENT} == {"index.json"}


def test_manifests_that_an_index_leads_to_are_not_roots_of_their_own(tmp_path: Path) -> None:
    layout = two_platforms().replace("index.json", None)
    report = analyze(str(layout.write_dir(tmp_path / "lost")))
    (root,) = report.tree
    assert [child.kind for child in root.children] == ["index"]
    assert not root.present


def test_without_any_manifest_nothing_can_be_done(tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    (folder / "blobs" / "sha256").mkdir(parents=True)
    (folder / "blobs" / "sha256" / ("0" * 64)).write_bytes(b'{"layers": []}')
    with pytest.raises(AnalyzerError) as caught:
        analyze(str(folder))
    assert caught.value.where == "index.json"
