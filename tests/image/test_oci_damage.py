"""OCI layouts with broken, lying or far too large documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analyzer import Depth, Limits, analyze
from analyzer.problems import Code, Severity
from tests.image.inputs import codes, digest, entry, errors, ids, image, layout_of, problems, read
from tests.support.codecs import compact
from tests.support.documents import (
    OCI_INDEX,
)
from tests.support.imagebuilder import ImageBuilder, Layout, make_index
from tests.support.layouts import blob_path


class TestDamage:
    def test_a_broken_manifest_is_an_image_that_cannot_be_read(self, tmp_path: Path) -> None:
        sound, broken = image("a"), image("b", "linux/arm64")
        layout = Layout()
        layout.add_index([sound, broken], ref_name="1")
        bent = broken.raw[:-1]
        layout.replace(blob_path(broken.digest), bent)
        report = analyze(str(layout.write_dir(tmp_path)))
        assert [i.completeness for i in report.images] == ["complete", "absent"]
        assert report.images[1].manifest_digest == digest(bent)
        bad = [p for p in report.all_problems if p.severity is Severity.ERROR]
        assert {p.code for p in bad} == {
            Code.BAD_DOCUMENT,
            Code.DIGEST_MISMATCH,
            Code.SIZE_MISMATCH,
        }
        assert {p.where for p in bad} == {blob_path(broken.digest)}
        assert report.exit_code == 3

    def test_a_manifest_of_wrong_types_leaves_the_others(self, tmp_path: Path) -> None:
        layout = layout_of(image(), ref_name="1")
        layout.add(ImageBuilder().manifest(layers="x"), ref_name="2")
        report = analyze(str(layout.write_dir(tmp_path)))
        assert [(i.names, i.completeness) for i in report.images] == [
            (("1",), "complete"),
            (("2",), "absent"),
        ]
        assert report.exit_code == 3

    def test_a_broken_config_leaves_the_layers(self, tmp_path: Path) -> None:
        built = ImageBuilder().layer({"a": b"a"}).config_bytes(b"no JSON").build()
        report = analyze(str(layout_of(built).write_dir(tmp_path)))
        (only,) = report.images
        assert only.image_id == digest(b"no JSON")
        assert only.completeness == "partial"
        assert only.layers[0].diff_id == built.diff_ids[0]
        assert [p.code for p in only.problems] == [Code.BAD_DOCUMENT]
        assert report.exit_code == 3

    def test_schema_1_with_signatures_that_sign_nothing_is_named_and_not_read(
        self, tmp_path: Path
    ) -> None:
        layout = layout_of(image())
        raw = compact({"schemaVersion": 1, "fsLayers": [], "history": [], "signatures": []})
        stored = layout.extra_blob(raw)
        kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
        layout.add_descriptor({"mediaType": kind, "digest": stored, "size": len(raw)})
        found = read(layout.write_dir(tmp_path))
        assert [image.present for image in found.images] == [2, 0]
        assert codes(found) == {Code.BAD_DOCUMENT}

    def test_a_descriptor_that_lies_about_the_type_is_said(self, tmp_path: Path) -> None:
        built = image()
        layout = Layout()
        for name, blob in built.all_blobs().items():
            layout.extra_blob(blob, name)
        layout.add_descriptor(entry(built, mediaType=OCI_INDEX))
        found = read(layout.write_dir(tmp_path))
        assert ids(found.images) == [built.image_id]
        assert codes(found, Severity.WARNING) == {Code.VIEWS_DISAGREE}

    def test_an_index_that_leads_to_itself_ends(self, tmp_path: Path) -> None:
        itself = "sha256:" + "a" * 64
        raw = compact({"manifests": [{"mediaType": OCI_INDEX, "digest": itself, "size": 1}]})
        layout = layout_of(image())
        layout.extra_blob(raw, itself)
        layout.add_descriptor({"mediaType": OCI_INDEX, "digest": itself, "size": len(raw)})
        found = read(layout.write_dir(tmp_path))
        assert len(found.images) == 1
        assert Code.INDEX_CYCLE in codes(found)

    @pytest.mark.parametrize("place", ["config", "layer", "manifest"])
    def test_a_wrong_size_alone_is_code_1(self, tmp_path: Path, place: str) -> None:
        builder = ImageBuilder().layer({"a": b"a"})
        document: dict[str, Any] = json.loads(builder.build().raw)
        if place == "config":
            document["config"]["size"] += 1
        if place == "layer":
            document["layers"][0]["size"] += 1
        built = builder.manifest_bytes(compact(document)).build()
        layout = Layout()
        for name, blob in built.all_blobs().items():
            layout.extra_blob(blob, name)
        more = 1 if place == "manifest" else 0
        layout.add_descriptor(entry(built, size=len(built.raw) + more))
        report = analyze(str(layout.write_dir(tmp_path)))
        assert [p.code for p in report.all_problems] == [Code.SIZE_MISMATCH]
        assert report.exit_code == 1

    def test_a_wrong_size_of_a_layer_is_seen_without_reading_it(self, tmp_path: Path) -> None:
        builder = ImageBuilder().layer({"a": b"a"}, declare_size=7)
        report = analyze(str(builder.write_oci(tmp_path)), depth=Depth.DOCUMENTS)
        assert [p.code for p in report.all_problems] == [Code.SIZE_MISMATCH]

    @pytest.mark.parametrize("part", ["manifest", "config"])
    def test_a_member_that_occurs_twice_is_said(self, tmp_path: Path, part: str) -> None:
        built = image()
        if part == "manifest":
            builder = ImageBuilder().layer({"etc/name": b"a"})
            builder.manifest_bytes(built.raw[:-1] + b',"schemaVersion":2}')
        else:
            builder = ImageBuilder().config_bytes(b'{"os":"a","os":"linux","architecture":"amd64"}')
        found = read(builder.write_oci(tmp_path))
        assert codes(found, Severity.WARNING) == {Code.DUPLICATE_KEYS}

    def test_a_link_out_of_the_layout_is_not_followed(self, tmp_path: Path) -> None:
        built = image()
        path = layout_of(built).omit(built.image_id).write_dir(tmp_path / "layout")
        (tmp_path / "secret").write_bytes(built.config)
        (path / blob_path(built.image_id)).symlink_to(tmp_path / "secret")
        found = read(path)
        assert found.images[0].config is None
        assert Code.BLOB_MISSING in codes(found)


class TestLimits:
    def test_an_index_json_may_be_as_large_as_the_limit(self, tmp_path: Path) -> None:
        size = 4000
        layout = layout_of(image())
        layout.replace("index.json", layout.index_json.ljust(size))
        path = layout.write_dir(tmp_path)
        assert problems(read(path, Limits(manifest_bytes=size))) == []
        said = [problem.detail for problem in errors(read(path, Limits(manifest_bytes=size - 1)))]
        assert any("manifest_bytes" in detail for detail in said)

    def test_a_manifest_over_the_limit_is_said_beside_the_others(self, tmp_path: Path) -> None:
        large = ImageBuilder().layer({"a": b"a"}).manifest(annotations={"a": "x" * 5000}).build()
        layout = layout_of(image(), ref_name="1")
        layout.add(large, ref_name="2")
        path = layout.write_dir(tmp_path)
        assert codes(read(path, Limits(manifest_bytes=len(large.raw)))) == set()
        found = read(path, Limits(manifest_bytes=len(large.raw) - 1))
        assert [i.names for i in found.images] == [("1",), ("2",)]
        assert [i.completeness for i in found.images] == ["complete", "absent"]
        (problem,) = errors(found)
        assert problem.code is Code.LIMIT_EXCEEDED
        assert "--limit manifest_bytes=" in problem.detail

    def test_a_config_over_the_limit_is_said_beside_the_layers(self, tmp_path: Path) -> None:
        built = image()
        path = layout_of(built).write_dir(tmp_path)
        size = len(built.config)
        assert problems(read(path, Limits(document_bytes=size))) == []
        found = read(path, Limits(document_bytes=size - 1))
        assert found.images[0].completeness == "partial"
        assert [(p.code, p.where) for p in problems(found)] == [
            (Code.LIMIT_EXCEEDED, blob_path(built.image_id))
        ]

    def test_layers_per_image(self, tmp_path: Path) -> None:
        three = ImageBuilder().layer({"a": b"a"}).layer({"b": b"b"}).layer({"c": b"c"}).build()
        layout = layout_of(image(), ref_name="1")
        layout.add(three, ref_name="2")
        path = layout.write_dir(tmp_path)
        assert problems(read(path, Limits(layers_per_image=3))) == []
        found = read(path, Limits(layers_per_image=2))
        assert [i.completeness for i in found.images] == ["complete", "absent"]
        assert [(p.code, p.where) for p in errors(found)] == [
            (Code.LIMIT_EXCEEDED, blob_path(three.digest))
        ]

    def test_index_depth(self, tmp_path: Path) -> None:
        layout = layout_of(image("sound"))
        layout.add_index([make_index([make_index([image()])])])
        path = layout.write_dir(tmp_path)
        assert problems(read(path, Limits(index_depth=3))) == []
        found = read(path, Limits(index_depth=2))
        assert len(found.images) == 1
        assert codes(found) == {Code.LIMIT_EXCEEDED}

    def test_index_descriptors(self, tmp_path: Path) -> None:
        layout = Layout()
        layout.add_index([image("a"), image("b", "linux/arm64")])  # three with the index
        layout.add(image("c"))
        path = layout.write_dir(tmp_path)
        assert problems(read(path, Limits(index_descriptors=4))) == []
        found = read(path, Limits(index_descriptors=3))
        assert len(found.images) == 2
        assert codes(found) == {Code.LIMIT_EXCEEDED}

    def test_a_thousandfold_index_in_a_thousandfold_index_ends(self, tmp_path: Path) -> None:
        layout = Layout()
        document = make_index([image()])
        for name, blob in document.all_blobs().items():
            layout.extra_blob(blob, name)
        for _ in range(6):
            children = [
                {"mediaType": OCI_INDEX, "digest": document.digest, "size": len(document.raw)}
                | {"platform": {"os": str(number)}}
                for number in range(300)
            ]
            document = make_index([], changes={"manifests": children})
            layout.extra_blob(document.raw)
        layout.add(document)
        found = read(layout.write_dir(tmp_path))
        assert Code.LIMIT_EXCEEDED in codes(found)
