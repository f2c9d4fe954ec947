"""OCI layouts that lack blobs: legal for a layout, and said, never silent."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.errors import InputError
from analyzer.image.embedded import EmbeddingSource
from analyzer.image.oci import LAYOUT_VERSION
from analyzer.limits import Limits
from analyzer.problems import Code, Severity
from analyzer.source.directory import DirectorySource
from tests.image.inputs import codes, digest, image, layout_of, problems, read
from tests.support.documents import (
    OCI_CONFIG,
    OCI_MANIFEST,
    Image,
    Json,
)
from tests.support.imagebuilder import ImageBuilder, Layout, attestation
from tests.support.layouts import blob_path


class TestMissing:
    def test_without_oci_layout_it_is_read_and_said(self, tmp_path: Path) -> None:
        layout = layout_of(image()).replace("oci-layout", None)
        found = read(layout.write_dir(tmp_path))
        assert len(found.images) == 1
        assert [(p.code, p.severity) for p in problems(found)] == [
            (Code.LAYOUT_MARKER, Severity.WARNING)
        ]

    @pytest.mark.parametrize("marker", [b"", b"[]", b"{}", b'{"imageLayoutVersion":"2.0.0"}'])
    def test_another_oci_layout_is_said(self, tmp_path: Path, marker: bytes) -> None:
        found = read(layout_of(image()).replace("oci-layout", marker).write_dir(tmp_path))
        assert len(found.images) == 1
        assert {p.code for p in problems(found)} == {Code.LAYOUT_MARKER}
        assert LAYOUT_VERSION == "1.0.0"

    def test_an_absent_platform_beside_a_present_one_is_a_note(self, tmp_path: Path) -> None:
        here, gone = image("a"), image("b", "linux/arm64")
        layout = Layout()
        layout.add_index([here, gone], ref_name="1")
        layout.omit(gone.digest, gone.image_id, *gone.layer_digests)
        report = analyze(str(layout.write_dir(tmp_path)))
        assert [i.completeness for i in report.images] == ["complete", "absent"]
        assert [i.platform for i in report.images] == ["linux/amd64", "linux/arm64"]
        assert [(p.code, p.severity) for p in report.all_problems] == [
            (Code.PLATFORM_ABSENT, Severity.NOTE)
        ]
        assert report.exit_code == 0

    def test_so_is_one_of_which_only_the_manifest_is_there(self, tmp_path: Path) -> None:
        here, gone = image("a"), image("b", "linux/arm64")
        layout = Layout()
        layout.add_index([here, gone], ref_name="1")
        report = analyze(str(layout.omit(gone.image_id, *gone.layer_digests).write_dir(tmp_path)))
        assert [i.completeness for i in report.images] == ["complete", "absent"]
        assert report.images[1].manifest_digest == gone.digest
        assert [p.code for p in report.all_problems] == [Code.PLATFORM_ABSENT]
        assert report.exit_code == 0

    @pytest.mark.parametrize("part", ["config", "layer"])
    def test_an_image_with_a_part_missing_is_partial(self, tmp_path: Path, part: str) -> None:
        built = image()
        gone = built.image_id if part == "config" else built.layer_digests[0]
        report = analyze(str(layout_of(built).omit(gone).write_dir(tmp_path)))
        (only,) = report.images
        assert only.completeness == "partial"
        assert [(p.code, p.where) for p in only.problems] == [(Code.BLOB_MISSING, blob_path(gone))]
        assert report.exit_code == 3

    @pytest.mark.parametrize("what", ["manifest", "content"])
    def test_nothing_of_the_only_image_is_an_error(self, tmp_path: Path, what: str) -> None:
        built = image()
        gone = [built.digest] if what == "manifest" else [built.image_id, *built.layer_digests]
        path = layout_of(built, ref_name="1").omit(*gone).write_dir(tmp_path)
        with pytest.raises(InputError, match="nothing of 1 linux/amd64 can be read") as caught:
            analyze(str(path))
        assert caught.value.code is Code.NO_IMAGES

    def test_nothing_of_the_selected_images_is_an_error_too(self, tmp_path: Path) -> None:
        here, gone = image("a"), image("b", "linux/arm64")
        layout = Layout()
        layout.add_index([here, gone], ref_name="1")
        path = layout.omit(gone.digest).write_dir(tmp_path)
        assert analyze(str(path), platforms=["linux/amd64"]).exit_code == 0
        with pytest.raises(InputError, match="nothing of 1 linux/arm64"):
            analyze(str(path), platforms=["linux/arm64"])

    def test_an_absent_index_is_an_error_beside_the_other_images(self, tmp_path: Path) -> None:
        layout = layout_of(image(), ref_name="1")
        lost = layout.add_index([image("b")], ref_name="2")
        report = analyze(str(layout.omit(lost.digest).write_dir(tmp_path)))
        assert [i.names for i in report.images] == [("1",)]
        assert [
            (p.code, p.severity) for p in report.all_problems if p.where.endswith(lost.digest[7:])
        ] == [(Code.BLOB_MISSING, Severity.ERROR)]
        assert report.exit_code == 3

    def test_an_absent_attestation_is_a_note(self, tmp_path: Path) -> None:
        built = image()
        statement = attestation(built)
        layout = Layout()
        layout.add_index([built, statement], ref_name="1")
        report = analyze(str(layout.omit(*statement.all_blobs()).write_dir(tmp_path)))
        assert len(report.images) == 1
        assert [(p.code, p.severity) for p in report.all_problems] == [
            (Code.ATTESTATION_INDEX, Severity.NOTE),
            (Code.BLOB_MISSING, Severity.NOTE),
        ]
        assert report.exit_code == 0

    @pytest.mark.parametrize(
        "media_type",
        [
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        ],
    )
    def test_a_foreign_layer_may_be_left_out(self, tmp_path: Path, media_type: str) -> None:
        builder = ImageBuilder().layer({"a": b"a"}, media_type=media_type).layer({"b": b"b"})
        built = builder.build()
        report = analyze(str(layout_of(built).omit(built.layer_digests[0]).write_dir(tmp_path)))
        (only,) = report.images
        assert [(p.code, p.severity) for p in only.problems] == [
            (Code.LAYER_FOREIGN, Severity.WARNING)
        ]
        assert report.exit_code == 0

    def test_no_image_at_all_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="lists no image") as caught:
            read(Layout().write_dir(tmp_path))
        assert caught.value.code is Code.NO_IMAGES
        assert caught.value.where == "index.json"


class TestEmbedded:
    """OCI image-spec v1.1, descriptor.md: `data` holds a copy of the blob."""

    @staticmethod
    def of(data: bytes, media_type: str, copy: bytes | None = None) -> Json:
        return {
            "mediaType": media_type,
            "digest": digest(data),
            "size": len(data),
            "data": base64.b64encode(data if copy is None else copy).decode(),
        }

    def build(self) -> tuple[Layout, Image]:
        """Manifest, config and layer embedded in the documents above them."""
        plain = image()
        layer, config = plain.layers[0], plain.config
        parts = {
            "config": self.of(config, OCI_CONFIG),
            "layers": [self.of(layer.blob, layer.media_type)],
        }
        built = ImageBuilder().layer({"etc/name": b"a"}).manifest(**parts).build()
        layout = Layout()
        for name, blob in built.all_blobs().items():
            layout.extra_blob(blob, name)
        layout.add_descriptor(self.of(built.raw, OCI_MANIFEST))
        return layout, built

    def test_copies_beside_blobs_change_nothing(self, tmp_path: Path) -> None:
        layout, built = self.build()
        report = analyze(str(layout.write_dir(tmp_path)))
        assert [i.image_id for i in report.images] == [built.image_id]
        assert report.all_problems == ()

    def test_copies_stand_in_for_absent_blobs(self, tmp_path: Path) -> None:
        layout, built = self.build()
        report = analyze(str(layout.omit(*built.all_blobs()).write_dir(tmp_path)))
        (only,) = report.images
        assert (only.image_id, only.manifest_digest) == (built.image_id, built.digest)
        assert only.completeness == "complete"
        assert all(i.verified for i in only.identities if i.digest)
        assert [layer.diff_id for layer in only.layers] == list(built.diff_ids)
        assert {(p.code, p.severity) for p in report.all_problems} == {
            (Code.BLOB_MISSING, Severity.NOTE)
        }
        assert {p.where for p in only.problems} == {blob_path(name) for name in built.blobs}
        assert [p.where for p in report.problems] == [blob_path(built.digest)]
        assert report.exit_code == 0

    def test_a_copy_that_differs_is_said_and_the_blob_is_taken(self, tmp_path: Path) -> None:
        built = image()
        layout = Layout()
        for name, blob in built.all_blobs().items():
            layout.extra_blob(blob, name)
        layout.add_descriptor(self.of(built.raw, OCI_MANIFEST, copy=b"{}"))
        report = analyze(str(layout.write_dir(tmp_path)))
        assert [i.image_id for i in report.images] == [built.image_id]
        (problem,) = report.all_problems
        assert problem.code is Code.DIGEST_MISMATCH
        assert digest(b"{}") in problem.detail
        assert report.exit_code == 1

    def test_a_copy_of_a_layer_that_differs_is_said_once_and_of_the_image(
        self, tmp_path: Path
    ) -> None:
        layer = image().layers[0]
        wrong = self.of(layer.blob, layer.media_type, copy=b"{}")
        builder = ImageBuilder().layer({"etc/name": b"a"}).manifest(layers=[wrong])
        report = analyze(str(builder.write_oci(tmp_path)))
        assert [p.code for p in report.images[0].problems] == [Code.DIGEST_MISMATCH]
        assert report.problems == ()

    def test_a_wrong_copy_of_an_absent_blob_does_not_pass_as_it(self, tmp_path: Path) -> None:
        built = image()
        layout = Layout()
        for name, blob in built.all_blobs().items():
            layout.extra_blob(blob, name)
        other = image("b").raw
        layout.add_descriptor(self.of(built.raw, OCI_MANIFEST, copy=other))
        found = read(layout.omit(built.digest).write_dir(tmp_path))
        assert Code.DIGEST_MISMATCH in codes(found)


def test_files_come_before_what_is_embedded(tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(b"file")
    source = EmbeddingSource(DirectorySource(tmp_path, Limits()))
    source.embed("here", b"copy")
    source.embed("gone", b"copy!")
    source.embed("gone", b"another")
    for name, data in (("here", b"file"), ("gone", b"copy!")):
        with source.open(name) as stream:
            assert stream.read() == data
    assert [source.size(name) for name in ("here", "gone")] == [4, 5]
    assert [source.is_embedded(name) for name in ("here", "gone")] == [False, True]
    assert list(source.names()) == ["here"]
    assert source.identity("here") != source.identity("gone")
    assert not source.has("nothing")
    assert source.size_bytes is None
