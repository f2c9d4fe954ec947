"""Every digest of an image: where it came from, and whether the bytes prove it.

`verified` is True when bytes hash to it, False when they do not, None when there is nothing to
check against.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from analyzer import Depth, ImageReport, analyze
from analyzer.image import identity
from analyzer.image.identity import Kind, Origin
from analyzer.problems import Code
from tests.image.inputs import Known, digest, entry, image, known, layout_of, only
from tests.support.codecs import compact, hex_of
from tests.support.documents import OCI_LAYER, Image
from tests.support.imagebuilder import ImageBuilder, Layout, tar_bytes, write_save
from tests.support.layouts import blob_path
from tests.support.saves import chain_ids
from tests.support.tarbytes import Entry

STORED, COMPUTED, LOST = Origin.STORED, Origin.COMPUTED, Origin.NOT_RECOVERABLE


def two_layers(declare_diff_id: str | None = None) -> ImageBuilder:
    upper = {"b": b"b" * 3000}
    return ImageBuilder().layer({"a": b"a"}).layer(upper, declare_diff_id=declare_diff_id)


def one(path: Path) -> ImageReport:
    (found,) = analyze(str(path)).images
    return found


def layers(found: ImageReport, kind: Kind) -> list[Known]:
    """One identity per layer, bottom first."""
    return [known(found, kind, number)[0] for number in range(len(found.layers))]


class TestLayout:
    @pytest.mark.parametrize("codec", ["gzip", "gzip-multi", "zstd", "none"])
    def test_everything_is_stored_and_proven(self, tmp_path: Path, codec: str) -> None:
        builder = ImageBuilder().layer({"a": b"a"}, codec=codec).layer({"b": b"b"}, codec=codec)
        layout = Layout()
        index = layout.add_index([builder], ref_name="1")
        built = builder.build()
        found = one(layout.write_dir(tmp_path))
        assert known(found, Kind.IMAGE_ID) == [(built.image_id, STORED, True)]
        assert known(found, Kind.MANIFEST) == [(built.digest, STORED, True)]
        assert known(found, Kind.INDEX) == [(index.digest, STORED, True)]
        assert layers(found, Kind.LAYER) == [(d, STORED, True) for d in built.layer_digests]
        assert layers(found, Kind.DIFF_ID) == [(d, STORED, True) for d in built.diff_ids]
        chain = chain_ids(built.diff_ids)
        assert layers(found, Kind.CHAIN_ID) == [(d, COMPUTED, True) for d in chain]
        assert len(found.identities) == 3 + 3 * 2

    def test_without_an_index_there_is_no_index_digest(self, tmp_path: Path) -> None:
        found = one(layout_of(image()).write_dir(tmp_path))
        assert known(found, Kind.INDEX) == [(None, LOST, None)]
        assert only(found, Kind.INDEX).reason == identity.NO_INDEX

    def test_sha512_is_checked_like_sha256(self, tmp_path: Path) -> None:
        plain = image()
        document = json.loads(plain.raw)
        layer, config = plain.layers[0].blob, plain.config
        document["layers"][0]["digest"] = digest(layer, "sha512")
        document["config"]["digest"] = digest(config, "sha512")
        raw = compact(document)
        layout = Layout()
        for blob in (layer, config, raw):
            layout.extra_blob(blob, digest(blob, "sha512"))
        layout.add_descriptor(entry(plain, digest=digest(raw, "sha512"), size=len(raw)))
        found = one(layout.write_dir(tmp_path))
        assert known(found, Kind.IMAGE_ID) == [(digest(config, "sha512"), STORED, True)]
        assert known(found, Kind.MANIFEST) == [(digest(raw, "sha512"), STORED, True)]
        assert layers(found, Kind.LAYER) == [(digest(layer, "sha512"), STORED, True)]
        assert layers(found, Kind.DIFF_ID) == [(plain.diff_ids[0], STORED, True)]
        assert found.problems == ()

    def test_an_algorithm_nobody_knows_cannot_be_checked(self, tmp_path: Path) -> None:
        plain = image()
        document = json.loads(plain.raw)
        strange = "b3:abc"
        document["layers"][0]["digest"] = strange
        document["config"]["digest"] = strange + "d"
        raw = compact(document)
        layout = Layout()
        layout.extra_blob(plain.layers[0].blob, strange)
        layout.extra_blob(plain.config, strange + "d")
        layout.extra_blob(raw, strange + "e")
        layout.add_descriptor(entry(plain, digest=strange + "e", size=len(raw)))
        report = analyze(str(layout.write_dir(tmp_path)))
        (found,) = report.images
        assert known(found, Kind.IMAGE_ID) == [
            (strange + "d", STORED, None),
            (plain.image_id, COMPUTED, None),
        ]
        assert known(found, Kind.MANIFEST) == [
            (strange + "e", STORED, None),
            (digest(raw), COMPUTED, None),
        ]
        assert layers(found, Kind.LAYER) == [(strange, STORED, None)]
        assert only(found, Kind.LAYER, 0).reason == identity.UNKNOWN_ALGORITHM
        assert found.image_id == plain.image_id
        assert report.exit_code == 0

    def test_one_blob_under_two_algorithms_is_proven_by_each(self, tmp_path: Path) -> None:
        plain = image()
        document = json.loads(plain.raw)
        blob = plain.layers[0].blob
        document["layers"][0]["digest"] = digest(blob, "sha512")
        raw = compact(document)
        layout = layout_of(plain)
        layout.extra_blob(raw)
        layout.add_descriptor(entry(plain, digest=digest(raw), size=len(raw)))
        path = layout.write_dir(tmp_path)
        (path / "blobs/sha512").mkdir()
        link = path / blob_path(digest(blob, "sha512"))
        link.symlink_to(f"../sha256/{hex_of(digest(blob))}")
        report = analyze(str(path))
        assert [layers(found, Kind.LAYER) for found in report.images] == [
            [(digest(blob), STORED, True)],
            [(digest(blob, "sha512"), STORED, True)],
        ]
        assert report.all_problems == ()


class TestTampering:
    @staticmethod
    def bent(tmp_path: Path, built: Image, name: str, data: bytes) -> Path:
        return layout_of(built).replace(blob_path(name), data).write_dir(tmp_path)

    def test_a_config_with_other_bytes(self, tmp_path: Path) -> None:
        built = image()
        other = built.config.replace(b"amd64", b"arm64")
        report = analyze(str(self.bent(tmp_path, built, built.image_id, other)))
        (found,) = report.images
        assert known(found, Kind.IMAGE_ID) == [
            (built.image_id, STORED, False),
            (digest(other), COMPUTED, None),
        ]
        assert found.image_id == digest(other)
        assert known(found, Kind.MANIFEST) == [(built.digest, STORED, True)]
        assert Code.DIGEST_MISMATCH in {p.code for p in found.problems}
        assert report.exit_code == 1

    def test_a_config_that_is_no_json_any_more(self, tmp_path: Path) -> None:
        built = image()
        found = one(self.bent(tmp_path, built, built.image_id, b"{"))
        assert known(found, Kind.IMAGE_ID) == [
            (built.image_id, STORED, False),
            (digest(b"{"), COMPUTED, None),
        ]
        assert found.image_id == digest(b"{")

    def test_a_manifest_with_other_bytes(self, tmp_path: Path) -> None:
        built = image()
        other = built.raw + b"\n"
        report = analyze(str(self.bent(tmp_path, built, built.digest, other)))
        (found,) = report.images
        assert known(found, Kind.MANIFEST) == [
            (built.digest, STORED, False),
            (digest(other), COMPUTED, None),
        ]
        assert found.manifest_digest == digest(other)
        assert known(found, Kind.IMAGE_ID) == [(built.image_id, STORED, True)]
        assert report.exit_code == 1

    def test_an_index_with_other_bytes(self, tmp_path: Path) -> None:
        layout = Layout()
        index = layout.add_index([image()], ref_name="1")
        other = index.raw + b"\n"
        layout.replace(blob_path(index.digest), other)
        found = one(layout.write_dir(tmp_path))
        assert known(found, Kind.INDEX) == [
            (index.digest, STORED, False),
            (digest(other), COMPUTED, None),
        ]
        assert found.index_digest == digest(other)

    def test_a_layer_with_other_bytes(self, tmp_path: Path) -> None:
        """Its own digest, its diff ID, and every chain ID from there on are refuted."""
        built = ImageBuilder().layer({"a": b"a"}).layer({"b": b"b"}).layer({"c": b"c"}).build()
        other = ImageBuilder().layer({"b": b"evil"}).build().layers[0].blob
        path = self.bent(tmp_path, built, built.layer_digests[1], other)
        report = analyze(str(path))
        (found,) = report.images
        assert [verified for _, _, verified in layers(found, Kind.LAYER)] == [True, False, True]
        assert [verified for _, _, verified in layers(found, Kind.DIFF_ID)] == [True, False, True]
        assert [verified for _, _, verified in layers(found, Kind.CHAIN_ID)] == [True, False, False]
        assert [d for d, _, _ in layers(found, Kind.LAYER)] == list(built.layer_digests)
        assert only(found, Kind.LAYER, 1).reason == identity.DIFFERS
        assert report.exit_code == 1

    def test_a_diff_id_that_the_layer_does_not_have(self, tmp_path: Path) -> None:
        wrong = digest(b"wrong")
        built = two_layers(wrong).build()
        report = analyze(str(layout_of(built).write_dir(tmp_path)))
        (found,) = report.images
        assert layers(found, Kind.LAYER) == [(d, STORED, True) for d in built.layer_digests]
        assert layers(found, Kind.DIFF_ID) == [
            (built.diff_ids[0], STORED, True),
            (wrong, STORED, False),
        ]
        chain = chain_ids([built.diff_ids[0], wrong])
        assert layers(found, Kind.CHAIN_ID) == [
            (chain[0], COMPUTED, True),
            (chain[1], COMPUTED, False),
        ]
        assert [p.code for p in found.problems] == [Code.DIFF_ID_MISMATCH]
        assert report.exit_code == 1

    def test_a_truncated_layer(self, tmp_path: Path) -> None:
        built = two_layers().build()
        cut = built.layers[1].blob[:-20]
        report = analyze(str(self.bent(tmp_path, built, built.layer_digests[1], cut)))
        (found,) = report.images
        assert layers(found, Kind.LAYER)[1] == (built.layer_digests[1], STORED, False)
        assert layers(found, Kind.DIFF_ID)[1] == (built.diff_ids[1], STORED, None)
        assert only(found, Kind.DIFF_ID, 1).reason == identity.DAMAGED_LAYER
        assert layers(found, Kind.CHAIN_ID)[1][2] is None
        assert report.exit_code == 3

    def test_an_encrypted_layer(self, tmp_path: Path) -> None:
        cipher = b"cipher" * 100
        kind = OCI_LAYER + "+gzip+encrypted"
        found = one(two_layers().layer(raw_blob=cipher, media_type=kind).write_oci(tmp_path))
        assert layers(found, Kind.LAYER)[2] == (digest(cipher), STORED, True)
        assert layers(found, Kind.DIFF_ID)[2][1:] == (STORED, None)
        assert only(found, Kind.DIFF_ID, 2).reason == identity.ENCRYPTED_LAYER
        assert layers(found, Kind.CHAIN_ID)[2][2] is None


class TestMissing:
    def test_a_missing_config(self, tmp_path: Path) -> None:
        built = two_layers().build()
        found = one(layout_of(built).omit(built.image_id).write_dir(tmp_path))
        assert known(found, Kind.IMAGE_ID) == [(built.image_id, STORED, None)]
        assert only(found, Kind.IMAGE_ID).reason == identity.NOT_THERE
        assert found.image_id is None
        assert layers(found, Kind.DIFF_ID) == [(d, COMPUTED, None) for d in built.diff_ids]
        assert layers(found, Kind.CHAIN_ID) == [(None, LOST, None)] * 2

    def test_a_missing_layer(self, tmp_path: Path) -> None:
        built = two_layers().build()
        found = one(layout_of(built).omit(built.layer_digests[0]).write_dir(tmp_path))
        assert layers(found, Kind.LAYER) == [
            (built.layer_digests[0], STORED, None),
            (built.layer_digests[1], STORED, True),
        ]
        assert layers(found, Kind.DIFF_ID) == [
            (built.diff_ids[0], STORED, None),
            (built.diff_ids[1], STORED, True),
        ]
        assert [verified for _, _, verified in layers(found, Kind.CHAIN_ID)] == [None, None]
        assert only(found, Kind.LAYER, 0).reason == identity.NOT_THERE

    def test_a_missing_manifest(self, tmp_path: Path) -> None:
        here, gone = image("a"), image("b", "linux/arm64")
        layout = Layout()
        index = layout.add_index([here, gone])
        _, found = analyze(str(layout.omit(gone.digest).write_dir(tmp_path))).images
        assert known(found, Kind.MANIFEST) == [(gone.digest, STORED, None)]
        assert known(found, Kind.IMAGE_ID) == [(None, LOST, None)]
        assert known(found, Kind.INDEX) == [(index.digest, STORED, True)]
        assert found.manifest_digest is None


class TestDockerArchive:
    @pytest.mark.parametrize("style", ["legacy", "skopeo"])
    def test_raw_layers(self, tmp_path: Path, style: str) -> None:
        built = two_layers().build()
        found = one(write_save(tmp_path / "a.tar", [(built, ("a:1",))], style))
        assert known(found, Kind.IMAGE_ID) == [(built.image_id, COMPUTED, True)]
        assert known(found, Kind.MANIFEST) == [(None, LOST, None)]
        assert known(found, Kind.INDEX) == [(None, LOST, None)]
        assert layers(found, Kind.LAYER) == [(None, LOST, None)] * 2
        assert layers(found, Kind.DIFF_ID) == [(d, STORED, True) for d in built.diff_ids]
        chain = chain_ids(built.diff_ids)
        assert layers(found, Kind.CHAIN_ID) == [(d, COMPUTED, True) for d in chain]
        assert only(found, Kind.MANIFEST).reason == identity.NO_MANIFEST
        assert only(found, Kind.LAYER, 0).reason == identity.RAW_LAYER

    def test_a_config_name_without_digest_proves_nothing(self, tmp_path: Path) -> None:
        built = image()
        item = {"Config": "config.json", "RepoTags": None, "Layers": ["0.tar.gz"]}
        files: dict[str, Entry] = {
            "manifest.json": compact([item]),
            "config.json": built.config,
            "0.tar.gz": built.layers[0].blob,
        }
        (tmp_path / "a.tar").write_bytes(tar_bytes(files))
        found = one(tmp_path / "a.tar")
        assert known(found, Kind.IMAGE_ID) == [(built.image_id, COMPUTED, None)]
        assert layers(found, Kind.LAYER) == [(built.layer_digests[0], COMPUTED, None)]

    def test_a_hybrid_has_a_manifest_of_its_own(self, tmp_path: Path) -> None:
        built = two_layers().build()
        found = one(write_save(tmp_path / "a.tar", [(built, ("a:1",))], "hybrid"))
        made = built.uncompressed().digest
        assert known(found, Kind.IMAGE_ID) == [(built.image_id, STORED, True)]
        assert known(found, Kind.MANIFEST) == [(made, STORED, True)]
        assert layers(found, Kind.LAYER) == [(d, STORED, True) for d in built.diff_ids]
        assert only(found, Kind.MANIFEST).reason == identity.LOCAL_MANIFEST


def test_documents_alone_prove_documents_alone(tmp_path: Path) -> None:
    built = image()
    path = str(layout_of(built).write_dir(tmp_path))
    (found,) = analyze(path, depth=Depth.DOCUMENTS).images
    assert known(found, Kind.IMAGE_ID) == [(built.image_id, STORED, True)]
    assert known(found, Kind.DIFF_ID, 0) == [(built.diff_ids[0], STORED, None)]
    assert only(found, Kind.DIFF_ID, 0).reason == identity.NOT_READ


def test_the_chain_id_is_that_of_the_specification(tmp_path: Path) -> None:
    """OCI image-spec v1.1, config.md: the digest of "ChainID(n-1) DiffID(n)"."""
    built = two_layers().build()
    found = one(layout_of(built).write_dir(tmp_path))
    first, second = built.diff_ids
    text = f"{first} {second}".encode()
    assert found.layers[0].chain_id == first
    assert found.layers[1].chain_id == "sha256:" + hashlib.sha256(text).hexdigest()
