"""Layers and blobs of one source: what cannot be read is said once, without machine paths."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO, Self

import pytest

from analyzer import Depth, Limits, analyze
from analyzer.errors import InputError
from analyzer.image.embedded import EmbeddingSource
from analyzer.problems import Code, Severity
from tests.support.documents import Image
from tests.support.imagebuilder import Entries, ImageBuilder, Layout, Link
from tests.support.scans import counted_scans

STATUS = b"Package: hello\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n"
PRIVATE = "/home/somebody/secret/place"


class Broken:
    """A stream that fails at its first or second read, as a bad disk does."""

    def __init__(self, inner: BinaryIO, good_reads: int) -> None:
        self._inner = inner
        self._left = good_reads

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            raise OSError(5, "Input/output error", PRIVATE)
        self._left -= 1
        return self._inner.read(min(size, 600) if size > 0 else 600)

    def seek(self, offset: int) -> int:
        return self._inner.seek(offset)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_what: object) -> None:
        self._inner.close()


def break_blob(patch: pytest.MonkeyPatch, name: str, how: str) -> None:
    """Make one blob of every input fail: when opened, or after `how` many reads."""
    original = EmbeddingSource.open

    def failing(self: EmbeddingSource, asked: str) -> Any:  # noqa: ANN401 - a stream of a kind
        if asked != name:
            return original(self, asked)
        if how == "open":
            raise OSError(13, "Permission denied", PRIVATE)
        if how == "refused":
            raise InputError(Code.NOT_READABLE, "no permission", where=name)
        return Broken(original(self, asked), int(how))

    patch.setattr(EmbeddingSource, "open", failing)


def build(tmp_path: Path) -> tuple[Path, Image]:
    builder = ImageBuilder().layer({"var/lib/dpkg/status": STATUS})
    builder.layer({"srv/x": bytes(range(256)) * 40}, codec="none")
    return builder.write_oci(tmp_path / "layout"), builder.build()


@pytest.mark.parametrize("how", ["open", "refused", "0", "1"])
def test_a_layer_that_cannot_be_read_is_said_once_beside_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path, built = build(tmp_path)
    name = f"blobs/sha256/{built.layer_digests[1][7:]}"
    break_blob(monkeypatch, name, how)
    report = analyze(str(path))
    assert [package.name for package in report.images[0].packages] == ["hello"]
    codes = Counter(p.code for p in report.all_problems if p.severity is Severity.ERROR)
    assert codes[Code.NOT_READABLE] == 1
    if how in {"open", "refused"}:
        assert codes == {Code.NOT_READABLE: 1}
        assert report.images[0].layers[1].uncompressed_size is None
    assert {p.where for p in report.all_problems} == {name}
    assert all(PRIVATE not in p.detail for p in report.all_problems)
    assert report.exit_code == 3


@pytest.mark.parametrize("how", ["open", "refused", "1"])
def test_so_is_a_blob_that_is_only_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path, built = build(tmp_path)
    name = f"blobs/sha256/{built.layer_digests[1][7:]}"
    break_blob(monkeypatch, name, how)
    report = analyze(str(path), depth=Depth.DOCUMENTS)
    assert [(p.code, p.where) for p in report.all_problems] == [(Code.NOT_READABLE, name)]
    assert PRIVATE not in report.all_problems[0].detail
    assert report.exit_code == 3


@pytest.mark.parametrize("how", ["open", "refused", "0"])
def test_and_a_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    path, built = build(tmp_path)
    name = f"blobs/sha256/{built.image_id[7:]}"
    break_blob(monkeypatch, name, how)
    report = analyze(str(path))
    assert [(p.code, p.where) for p in report.all_problems] == [(Code.NOT_READABLE, name)]
    assert PRIVATE not in report.all_problems[0].detail
    assert report.images[0].image_id is None


def test_inspecting_a_file_without_any_content_is_possible_and_code_3(tmp_path: Path) -> None:
    built = ImageBuilder().layer({"a": b"a"}).build()
    layout = Layout()
    layout.add(built, ref_name="1")
    path = layout.omit(built.digest).write_dir(tmp_path)
    report = analyze(str(path), depth=Depth.DOCUMENTS)
    assert [image.completeness for image in report.images] == ["absent"]
    assert report.exit_code == 3


class TestReadAgain:
    @pytest.fixture
    def scans(self, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
        return counted_scans(monkeypatch)

    @staticmethod
    def two_platforms(files: Entries) -> Layout:
        layout = Layout()
        amd64 = ImageBuilder().layer(files)
        arm64 = ImageBuilder().layer(files).platform("linux/arm64")
        layout.add_index([amd64, arm64])
        return layout

    def test_a_file_over_the_limit_is_not_looked_for_twice(
        self, tmp_path: Path, scans: Counter[str]
    ) -> None:
        layout = self.two_platforms({"var/lib/dpkg/status": STATUS})
        path = str(layout.write_dir(tmp_path))
        report = analyze(path, limits=Limits(captured_file_bytes=len(STATUS) - 1))
        assert list(scans.values()) == [1]
        for image in report.images:
            assert [(p.code, p.severity) for p in image.problems] == [
                (Code.LIMIT_EXCEEDED, Severity.ERROR)
            ]
        assert report.exit_code == 3
        assert analyze(path, limits=Limits(captured_file_bytes=len(STATUS))).exit_code == 0

    def test_nor_is_one_that_links_lead_to_and_every_image_says_so(
        self, tmp_path: Path, scans: Counter[str]
    ) -> None:
        files: Entries = {"var": Link("data"), "data/lib/dpkg/status": STATUS}
        layout = self.two_platforms(files)
        path = str(layout.write_dir(tmp_path))
        report = analyze(path, limits=Limits(captured_file_bytes=len(STATUS) - 1))
        assert list(scans.values()) == [2]
        for image in report.images:
            assert [p.code for p in image.problems] == [Code.LIMIT_EXCEEDED]
        assert report.exit_code == 3
