"""What two inputs have in common is read once, and only where bytes prove that it is common."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.diff.rungs import Rung, Verdict
from analyzer.diff.tree import Difference, Kind
from analyzer.layers.cache import LayerCache
from analyzer.layers.scan import scan_layer
from tests.support.imagebuilder import ImageBuilder, sha256

COMMON = {"etc/os-release": b"ID=debian\n", "usr/bin/tool": b"x" * 5000}


def image(top: bytes) -> ImageBuilder:
    return ImageBuilder().layer(COMMON).layer({"top": top})


@pytest.fixture
def scanned() -> Iterator[list[str]]:
    """Names of the layers that are inflated and read as tar."""
    names: list[str] = []

    def watched(stream: io.BufferedIOBase, where: str, *words: object, **named: object) -> object:
        names.append(where)
        return scan_layer(stream, where, *words, **named)  # type: ignore[arg-type]

    with mock.patch("analyzer.scanning.scan_layer", watched):
        yield names


def compared(one: Path, two: Path, cache: LayerCache | None = None) -> Difference:
    with open_inputs([Wanted(str(one)), Wanted(str(two))], cache=cache) as (before, after):
        return compare_inputs(before, after)


def files(found: Difference) -> dict[str, Kind]:
    part = found.children[0].child("files")
    assert part is not None
    return {child.subject: child.kind for child in part.children}


def test_a_layer_of_both_files_is_read_once(tmp_path: Path, scanned: list[str]) -> None:
    one, two = (image(top).write_oci(tmp_path / top.decode(), "a") for top in (b"1", b"2"))
    found = compared(one, two)
    assert len(scanned) == len(set(scanned)) == 3
    assert files(found) == {"top": Kind.CHANGED}


def test_names_of_layers_do_not_matter(tmp_path: Path, scanned: list[str]) -> None:
    """A docker save has its layers under other names than a layout of plain ones."""
    plain = ImageBuilder().layer(COMMON, codec="none")
    one, two = plain.write_oci(tmp_path / "one", "a"), plain.write_save(tmp_path / "two", "a:1")
    compared(one, two)
    assert len(scanned) == 1


def test_a_digest_that_is_only_declared_is_not_believed(tmp_path: Path, scanned: list[str]) -> None:
    """The second file calls other bytes by the digest of the first one's layer."""
    true = ImageBuilder().layer(COMMON)
    (layer,) = true.build().layers
    lie = ImageBuilder().layer(
        {"usr/bin/tool": b"y" * 5000},
        declare_digest=sha256(layer.blob),
        declare_diff_id=sha256(layer.tar),
    )
    one, two = true.write_oci(tmp_path / "one", "a"), lie.write_oci(tmp_path / "two", "a")
    found = compared(one, two)
    assert len(scanned) == 2
    assert files(found)["usr/bin/tool"] is Kind.CHANGED
    verdicts = {step.rung: step.verdict for step in found.ladder}
    assert verdicts[Rung.LAYERS] is Verdict.REFUTED


def test_a_damaged_layer_is_read_by_each(tmp_path: Path, scanned: list[str]) -> None:
    whole = ImageBuilder().layer(COMMON).build().layers[0].blob
    broken = ImageBuilder().layer(COMMON, raw_blob=whole[:-20])
    one, two = (broken.write_oci(tmp_path / name, "a") for name in ("one", "two"))
    found = compared(one, two)
    assert len(scanned) == 2
    part = found.children[0].child("files")
    assert part is not None
    assert part.kind is Kind.UNKNOWN
    assert [note.partition(":")[0] for note in part.notes] == ["before", "after"]


def test_what_an_earlier_run_read_is_not_read_again(tmp_path: Path, scanned: list[str]) -> None:
    one, two = (image(top).write_oci(tmp_path / top.decode(), "a") for top in (b"1", b"2"))
    (tmp_path / "cache").mkdir(mode=0o700)
    first = compared(one, two, LayerCache(tmp_path / "cache"))
    scanned.clear()
    assert compared(one, two, LayerCache(tmp_path / "cache")) == first
    assert scanned == []
