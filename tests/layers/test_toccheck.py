"""Annotations about tables of contents against the tables that layers carry."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyzer.api import analyze
from analyzer.image.model import LayerRef, Measured, Table
from analyzer.layers.toccheck import check_table, table_promises
from analyzer.problems import Code, Problem, Severity
from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import tar_bytes
from tests.support.tocs import RICH, changed, chunked
from tests.support.tools import require_tool, run, shared

Json = dict[str, Any]
TOC = "containerd.io/snapshot/stargz/toc.digest"
WHOLE_SIZE = "io.containers.estargz.uncompressed-size"
CHUNKED = "io.github.containers.zstd-chunked."
OTHER = "sha256:" + "0" * 64


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def manifest_of(layout: Path) -> tuple[Json, Json]:
    """The index of a layout with one image, and its manifest."""
    index = json.loads((layout / "index.json").read_bytes())
    digest = index["manifests"][0]["digest"].partition(":")[2]
    return index, json.loads((layout / "blobs/sha256" / digest).read_bytes())


def rewrite(layout: Path, **annotations: str) -> Path:
    """The layout with other annotations of its first layer, and every digest right."""
    index, manifest = manifest_of(layout)
    names = {"toc": TOC, "size": WHOLE_SIZE}
    named = {names.get(key, key): value for key, value in annotations.items()}
    manifest["layers"][0].setdefault("annotations", {}).update(named)
    raw = json.dumps(manifest).encode()
    digest = sha256(raw)
    (layout / "blobs/sha256" / digest[7:]).write_bytes(raw)
    index["manifests"][0] |= {"digest": digest, "size": len(raw)}
    (layout / "index.json").write_text(json.dumps(index))
    return layout


def problems(path: Path) -> list[Problem]:
    report = analyze(str(path))
    kinds = {Code.TOC_MISMATCH, Code.SKIPPABLE_FRAME}
    return [problem for problem in report.all_problems if problem.code in kinds]


# What others wrote.


@pytest.fixture(scope="module")
def from_skopeo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layout of zstd:chunked layers, with the annotations that skopeo writes."""
    folder = tmp_path_factory.mktemp("skopeo")
    image = ImageBuilder().layer(RICH, codec="none").layer({"a": b"a" * 5000}, codec="none")
    save = image.write_save(folder / "save.tar", "example.com/a:v")
    words = ("copy", "--dest-compress-format", "zstd:chunked", f"docker-archive:{save}")
    run([require_tool("skopeo"), *words, f"oci:{folder / 'layout'}:v"])
    return folder / "layout"


def copied(layout: Path, to: Path) -> Path:
    run(["cp", "-r", layout, to])
    return to


def test_what_skopeo_promises_is_kept(from_skopeo: Path) -> None:
    _, manifest = manifest_of(from_skopeo)
    stated = [layer["annotations"] for layer in manifest["layers"]]
    assert [len(annotations) for annotations in stated] >= [2, 2]
    assert problems(from_skopeo) == []
    lines = call("verify", from_skopeo).text.splitlines()
    [line] = [line.split() for line in lines if line.startswith("tables ")]
    assert line[-2:] == [str(sum(map(len, stated))), "ok"]


@pytest.mark.parametrize("ending", ["manifest-checksum", "manifest-position"])
def test_what_skopeo_promises_and_somebody_changed_is_told(
    ending: str, from_skopeo: Path, tmp_path: Path
) -> None:
    layout = copied(from_skopeo, tmp_path / "layout")
    _, manifest = manifest_of(layout)
    [key] = [name for name in manifest["layers"][0]["annotations"] if name.endswith(ending)]
    stated = manifest["layers"][0]["annotations"][key]
    lie = OTHER if "checksum" in ending else f"1{stated}"
    [problem] = problems(rewrite(layout, **{key: lie}))
    assert problem.severity is Severity.ERROR
    assert f"declares {lie} " in problem.detail
    assert problem.detail.endswith(f"measured {stated}")
    assert [call(command, layout).code for command in ("verify", "layers", "analyze")] == [1, 1, 1]
    content = call("cat", layout, "bin/sh")  # which the diff ID proves all the same
    assert content.text == "#!shell" * 300


def test_what_stargz_snapshotter_promises_is_kept(tmp_path: Path) -> None:
    archives = shared("corpus", "archives")
    path = next(archives.rglob("test-oci-estargz-image.tar"), None)
    if path is None:
        pytest.skip("the archive is not in the corpus")
    run(["tar", "-C", tmp_path, "-xf", path])
    annotations = manifest_of(tmp_path)[1]["layers"][0]["annotations"]
    assert {TOC, WHOLE_SIZE} == annotations.keys()
    assert problems(tmp_path) == []
    [problem] = problems(rewrite(tmp_path, toc=OTHER))
    assert problem.detail.endswith(f"measured {annotations[TOC]}")
    assert problem.severity is Severity.ERROR
    [problem] = problems(rewrite(tmp_path, toc=annotations[TOC], size="1"))
    assert f"declares 1 ({WHOLE_SIZE}), measured {annotations[WHOLE_SIZE]}" in problem.detail


# By the source of the writers.


def laid_out(blob: bytes, tmp_path: Path) -> Path:
    image = ImageBuilder().layer(RICH, raw_blob=blob, codec="zstd")
    return image.write_oci(tmp_path / "layout", "v")


def true_annotations(blob: bytes) -> dict[str, str]:
    """As containers/storage fills them in, from the frames: each is 8 bytes of header and data."""
    footer = struct.unpack("<7Q", blob[-64:-8])
    offset, stored, size, kind, split, split_stored, split_size = footer
    return {
        f"{CHUNKED}manifest-checksum": sha256(blob[offset : offset + stored]),
        f"{CHUNKED}manifest-position": f"{offset}:{stored}:{size}:{kind}",
        f"{CHUNKED}tarsplit-checksum": sha256(blob[split : split + split_stored]),
        f"{CHUNKED}tarsplit-position": f"{split}:{split_stored}:{split_size}",
        TOC: sha256(changed(RICH, None)),
    }


def test_each_annotation_is_compared(tmp_path: Path) -> None:
    blob = chunked(RICH, changed(RICH, None))
    layout = laid_out(blob, tmp_path)
    true = true_annotations(blob)
    assert problems(rewrite(layout, **true)) == []
    for key, value in true.items():
        lie = OTHER if value.startswith("sha256:") else f"{value}:0"
        [problem] = problems(rewrite(layout, **true | {key: lie}))
        assert f"declares {lie} ({key}), measured {value}" in problem.detail
    assert problems(rewrite(layout, **true)) == []


def test_a_table_is_promised_and_none_is_there(tmp_path: Path) -> None:
    layout = ImageBuilder().layer(RICH).write_oci(tmp_path / "layout", "v")
    [problem] = problems(rewrite(layout, toc=OTHER))
    assert problem.severity is Severity.WARNING
    assert problem.detail.endswith("the layer carries none")


def test_a_second_table_that_only_annotations_lead_to(tmp_path: Path) -> None:
    """Containers/storage, chunked/compression_linux.go: annotations go before the footer."""
    evil = changed({"evil": b""}, None)
    hidden = b"\x50\x2a\x4d\x18" + struct.pack("<I", len(evil)) + evil
    toc = changed(RICH, None)
    place, *_ = struct.unpack("<7Q", chunked(RICH, toc)[-64:-8])
    blob = hidden + chunked(RICH, toc, offset=len(hidden) + place)
    lies = {
        f"{CHUNKED}manifest-checksum": sha256(evil),
        f"{CHUNKED}manifest-position": f"8:{len(evil)}:{len(evil)}:1",
    }
    said = problems(rewrite(laid_out(blob, tmp_path), **lies))
    assert [problem.code for problem in said if problem.severity is Severity.ERROR] == [
        Code.TOC_MISMATCH,
        Code.TOC_MISMATCH,
    ]


def test_an_old_footer_has_no_tar_split(tmp_path: Path) -> None:
    layout = laid_out(chunked(RICH, changed(RICH, None), old=True), tmp_path)
    [problem] = problems(rewrite(layout, **{f"{CHUNKED}tarsplit-position": "1:2:3"}))
    assert problem.severity is Severity.WARNING
    assert "has none" in problem.detail


def test_a_table_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    layout = laid_out(chunked(RICH, b"{}", kind=2), tmp_path)
    [problem] = problems(rewrite(layout, toc=OTHER))
    assert "cannot be read" in problem.detail


# Values.

LAYER = LayerRef(0, "blob", None, None, "", None, "")
TABLE = Table("estargz", toc=None)


def said(annotations: Json, table: Table | None, size: int | None = 1) -> list[str]:
    layer = replace(LAYER, annotations=annotations)
    return [p.detail for p in check_table(layer, Measured(uncompressed_size=size, table=table))]


def test_what_was_not_looked_for_or_not_read_contradicts_nothing() -> None:
    assert said({TOC: OTHER}, None) == []
    assert said({TOC: OTHER}, TABLE) == []
    assert said({TOC: OTHER, WHOLE_SIZE: "2"}, Table(), None) == []


def test_values_that_are_no_values_are_shown_printable() -> None:
    table = Table("estargz", toc=sha256(b""), position=(1, 2))  # type: ignore[arg-type]
    for value in ("", "\x1b[2J", "sha256:", "-1:2", "\uff11:2"):
        [line] = said({TOC: value}, table)
        assert line.isprintable()
        [line] = said({f"{CHUNKED}manifest-position": value}, table)
        assert line.isprintable()
    [line] = said({TOC: "sha512:" + "0" * 128}, table)
    assert "not comparable" in line


def test_annotations_have_two_prefixes_and_others_do_not_count() -> None:
    old = "io.containers.zstd-chunked.manifest-position"
    layer = replace(LAYER, annotations={old: "1:2:3:1", "other": "x"})
    assert table_promises(layer) == {f"{CHUNKED}manifest-position": "1:2:3:1"}


def test_layers_that_promise_nothing_are_not_counted(tmp_path: Path) -> None:
    layout = ImageBuilder().layer(raw_tar=tar_bytes(RICH)).write_oci(tmp_path / "layout", "v")
    assert not [x for x in call("verify", layout).text.splitlines() if x.startswith("tables ")]
