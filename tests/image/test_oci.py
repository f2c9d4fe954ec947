"""OCI layouts: what is found in them, however they are nested and named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.errors import InputError
from analyzer.problems import Code, Severity
from tests.image.inputs import codes, digest, entry, ids, image, layout_of, problems, read
from tests.support.codecs import compact
from tests.support.documents import (
    DOCKER_CONFIG,
    OCI_LAYER,
    OCI_MANIFEST,
    REF_NAME,
)
from tests.support.imagebuilder import ImageBuilder, Layout, attestation, make_index
from tests.support.layouts import blob_path
from tests.support.tools import require_tool, run


class TestFinding:
    def test_one_image(self, tmp_path: Path) -> None:
        built = image()
        found = read(layout_of(built, ref_name="1").write_dir(tmp_path))
        (only,) = found.images
        assert only.image_id == built.image_id
        assert only.manifest_digest == built.digest
        assert only.index_digest is None
        assert only.names == ("1",)
        assert str(only.platform) == "linux/amd64"
        assert only.completeness == "complete"
        assert [layer.digest for layer in only.layers] == list(built.layer_digests)
        assert problems(found) == []

    def test_platforms_of_an_index_share_a_position(self, tmp_path: Path) -> None:
        layout = Layout()
        index = layout.add_index([image("a"), image("b", "linux/arm64/v8")], name="x.io/app:1")
        layout.add(image("c"), name="x.io/app:2")
        found = read(layout.write_dir(tmp_path))
        assert [(i.position, i.names, str(i.platform)) for i in found.images] == [
            (0, ("x.io/app:1",), "linux/amd64"),
            (0, ("x.io/app:1",), "linux/arm64"),
            (1, ("x.io/app:2",), "linux/amd64"),
        ]
        assert [i.index_digest for i in found.images] == [index.digest, index.digest, None]

    def test_nested_indexes_are_followed_and_the_outermost_is_the_index(
        self, tmp_path: Path
    ) -> None:
        inner = make_index([image()])
        layout = Layout()
        outer = layout.add_index([inner], ref_name="1")
        found = read(layout.write_dir(tmp_path))
        (only,) = found.images
        assert only.index_digest == outer.digest
        assert [document.measured for document in only.indexes] == [outer.digest, inner.digest]
        assert only.names == ("1",)

    def test_docker_lists_and_manifests_are_read_alike(self, tmp_path: Path) -> None:
        layout = Layout("docker")
        built = ImageBuilder().layer({"a": b"a"})
        index = layout.add_index([built], name="x.io/app:1")
        found = read(layout.write_dir(tmp_path))
        (only,) = found.images
        assert only.image_id == layout.images[0].image_id
        assert only.index_digest == index.digest
        assert problems(found) == []

    def test_documents_without_media_type_are_told_by_their_members(self, tmp_path: Path) -> None:
        document = json.loads(image().raw)
        del document["mediaType"]
        bare = ImageBuilder().layer({"etc/name": b"a"}).manifest_bytes(compact(document)).build()
        index = make_index([bare], changes={"manifests": [entry(bare, mediaType="")]})
        raw = json.loads(index.raw)
        del raw["mediaType"]
        layout = Layout()
        for name, blob in bare.all_blobs().items():
            layout.extra_blob(blob, name)
        stored = layout.extra_blob(compact(raw))
        size = len(compact(raw))
        layout.add_descriptor({"mediaType": "", "digest": stored, "size": size})
        found = read(layout.write_dir(tmp_path))
        assert ids(found.images) == [bare.image_id]
        assert found.images[0].index_digest == stored

    def test_attestations_are_no_images(self, tmp_path: Path) -> None:
        built = image()
        layout = Layout()
        layout.add_index([built, attestation(built)], ref_name="1")
        found = read(layout.write_dir(tmp_path))
        assert ids(found.images) == [built.image_id]
        kinds = [child.kind for child in found.tree[0].children[0].children]
        assert kinds == ["manifest", "attestation"]
        # One platform and its attestation: that alone is worth a note, and nothing else is.
        assert [problem.code for problem in problems(found)] == [Code.ATTESTATION_INDEX]

    def test_an_attestation_without_its_annotation_is_told_by_its_layers(
        self, tmp_path: Path
    ) -> None:
        built = image()
        statement = attestation(built)
        layout = layout_of(built)
        for name, blob in statement.all_blobs().items():
            layout.extra_blob(blob, name)
        size = len(statement.raw)
        bare = {"mediaType": OCI_MANIFEST, "digest": statement.digest, "size": size}
        found = read(layout.add_descriptor(bare).write_dir(tmp_path))
        assert ids(found.images) == [built.image_id]
        assert [child.kind for child in found.tree[0].children] == ["manifest", "attestation"]

    def test_an_attestation_may_say_so_by_its_artifact_type(self, tmp_path: Path) -> None:
        kind = "application/vnd.docker.attestation.manifest.v1+json"
        layout = layout_of(image())
        layout.add(ImageBuilder().manifest(artifactType=kind))
        found = read(layout.write_dir(tmp_path))
        assert [child.kind for child in found.tree[0].children] == ["manifest", "attestation"]
        assert len(found.images) == 1

    def test_artifacts_are_listed_and_are_no_images(self, tmp_path: Path) -> None:
        built = image()
        chart = ImageBuilder().layer({"a": b"a"})
        config = {
            "mediaType": "application/vnd.cncf.helm.config.v1+json",
            "digest": digest(b"{}"),
            "size": 2,
        }
        layout = layout_of(built)
        layout.add(chart.manifest(config=config))
        found = read(layout.write_dir(tmp_path))
        assert ids(found.images) == [built.image_id]
        assert codes(found, Severity.NOTE) >= {Code.NOT_A_CONTAINER_IMAGE}
        assert [child.kind for child in found.tree[0].children] == ["manifest", "artifact"]

    def test_a_layout_of_artifacts_alone_can_be_inspected_not_analyzed(
        self, tmp_path: Path
    ) -> None:
        config = {"mediaType": "application/vnd.example+json", "digest": digest(b"{}"), "size": 2}
        layout = Layout()
        layout.add(ImageBuilder().layer({"a": b"a"}).manifest(config=config))
        path = layout.write_dir(tmp_path)
        assert read(path).tree[0].children[0].kind == "artifact"
        with pytest.raises(
            InputError, match=r"no container image.*application/vnd\.example"
        ) as caught:
            analyze(str(path))
        assert caught.value.code is Code.NO_IMAGES

    def test_index_annotations_stand_in_the_tree(self, tmp_path: Path) -> None:
        layout = layout_of(image()).top(annotations={"org.example.a": "b"})
        layout.add_index([image("b")], changes={"annotations": {"org.example.c": "d"}})
        (root,) = read(layout.write_dir(tmp_path)).tree
        assert root.annotations == {"org.example.a": "b"}
        assert root.children[1].annotations == {"org.example.c": "d"}

    def test_unreferenced_blobs_are_listed(self, tmp_path: Path) -> None:
        layout = layout_of(image())
        stray = layout.extra_blob(b"stray")
        found = read(layout.write_dir(tmp_path))
        assert found.tree[1].kind == "blob"
        assert found.tree[1].declared == stray
        (problem,) = problems(found)
        assert (problem.code, problem.severity) == (Code.UNREFERENCED_BLOB, Severity.NOTE)
        assert problem.where == blob_path(stray)

    def test_skopeo_agrees_about_manifest_index_and_config(self, tmp_path: Path) -> None:
        skopeo = require_tool("skopeo")
        layout = Layout()
        layout.add(image("a"), ref_name="single")
        layout.add_index([image("b"), image("c", "linux/arm64")], ref_name="multi")
        path = layout.write_dir(tmp_path)
        single, amd64, arm64 = read(path).images

        def ask(tag: str, *words: str, arch: str = "amd64") -> str:
            machine = ["--override-os", "linux", "--override-arch", arch]
            command = [skopeo, *machine, "inspect", "--raw", *words, f"oci:{path}:{tag}"]
            return digest(run(command).stdout)

        assert single.manifest_digest == ask("single")
        assert single.image_id == ask("single", "--config")
        assert amd64.index_digest == arm64.index_digest == ask("multi")
        assert amd64.image_id == ask("multi", "--config")
        assert arm64.image_id == ask("multi", "--config", arch="arm64")


class TestNames:
    def test_two_names_of_one_digest_are_one_image(self, tmp_path: Path) -> None:
        built = image()
        layout = Layout()
        layout.add(built, ref_name="1")
        layout.add(image("b"), ref_name="other")
        layout.add(built, ref_name="latest")
        layout.add(built, ref_name="1")
        found = read(layout.write_dir(tmp_path))
        assert [(i.position, i.names) for i in found.images] == [
            (0, ("1", "latest")),
            (1, ("other",)),
        ]

    def test_the_full_name_is_taken_where_there_are_both(self, tmp_path: Path) -> None:
        layout = Layout()
        layout.add(image(), ref_name="1", containerd_name="docker.io/library/app:1")
        assert read(layout.write_dir(tmp_path)).images[0].names == ("docker.io/library/app:1",)

    def test_platforms_side_by_side_under_one_name_are_one_image(self, tmp_path: Path) -> None:
        """`index.json` is an index itself, and apko or docker 29 use it as one."""
        layout = layout_of(image("a"), image("b", "linux/arm64"), ref_name="1")
        layout.add(image("c"), ref_name="2")
        found = read(layout.write_dir(tmp_path))
        assert [(i.position, i.names, str(i.platform)) for i in found.images] == [
            (0, ("1",), "linux/amd64"),
            (0, ("1",), "linux/arm64"),
            (1, ("2",), "linux/amd64"),
        ]

    def test_their_platforms_may_stand_in_the_configs_only(self, tmp_path: Path) -> None:
        layout = Layout()
        layout.add(image("a"), ref_name="1", platform=False)
        layout.add(image("b", "linux/arm64"), ref_name="1", platform=False)
        assert [i.position for i in read(layout.write_dir(tmp_path)).images] == [0, 0]

    def test_one_name_for_one_platform_twice_is_two_images(self, tmp_path: Path) -> None:
        found = read(layout_of(image("a"), image("b"), ref_name="1").write_dir(tmp_path))
        assert [i.position for i in found.images] == [0, 1]

    def test_nameless_images_are_never_put_together(self, tmp_path: Path) -> None:
        found = read(layout_of(image("a"), image("b", "linux/arm64")).write_dir(tmp_path))
        assert [i.position for i in found.images] == [0, 1]

    def test_one_manifest_under_two_indexes_is_an_image_of_each(self, tmp_path: Path) -> None:
        shared = image("a")
        layout = Layout()
        first = layout.add_index([shared, image("b", "linux/arm64")], ref_name="1")
        second = layout.add_index([shared, image("c", "linux/s390x")], ref_name="2")
        found = read(layout.write_dir(tmp_path))
        assert [(i.position, i.index_digest) for i in found.images] == [
            (0, first.digest),
            (0, first.digest),
            (1, second.digest),
            (1, second.digest),
        ]
        assert found.images[0].image_id == found.images[2].image_id

    def test_a_name_may_stand_in_the_nested_index(self, tmp_path: Path) -> None:
        """rules_oci writes an index in the index, and the names on the inner one."""
        built = image()
        named = entry(built, annotations={REF_NAME: "x.io/app:1"})
        index = make_index([built], changes={"manifests": [named]})
        layout = Layout()
        layout.add(index)
        assert read(layout.write_dir(tmp_path)).images[0].names == ("x.io/app:1",)

    def test_a_manifest_listed_twice_in_one_index_is_one_image(self, tmp_path: Path) -> None:
        layout = Layout()
        layout.add_index([image(), image(), image()], ref_name="1")
        assert len(read(layout.write_dir(tmp_path)).images) == 1


class TestLayers:
    def test_one_that_is_no_filesystem_is_left_out_and_said(self, tmp_path: Path) -> None:
        wasm = "application/vnd.wasm.content.layer.v1+wasm"
        builder = (
            ImageBuilder().layer({"a": b"a"}).layer(raw_tar=b"\0asm", codec="none", media_type=wasm)
        )
        report = analyze(str(builder.write_oci(tmp_path)))
        (only,) = report.images
        assert [(p.code, p.severity) for p in only.problems] == [
            (Code.NOT_A_CONTAINER_IMAGE, Severity.WARNING)
        ]
        assert only.layers[1].diff_id == digest(b"\0asm")
        assert report.exit_code == 0

    def test_an_encrypted_one_is_proven_by_digest_and_not_inflated(self, tmp_path: Path) -> None:
        secret = b"\x1f\x8b" + b"looks like gzip, is a cipher" * 40
        kind = OCI_LAYER + "+gzip+encrypted"
        builder = ImageBuilder().layer({"etc/x": b"x"}).layer(raw_blob=secret, media_type=kind)
        report = analyze(str(builder.write_oci(tmp_path)))
        (only,) = report.images
        assert [(p.code, p.severity) for p in only.problems] == [
            (Code.LAYER_ENCRYPTED, Severity.ERROR)
        ]
        layer = only.layers[1]
        assert (layer.digest, layer.size) == (digest(secret), len(secret))
        assert layer.uncompressed_size is None
        assert report.exit_code == 3

    def test_a_tampered_encrypted_one_is_still_found_out(self, tmp_path: Path) -> None:
        kind = OCI_LAYER + "+encrypted"
        builder = ImageBuilder().layer(
            raw_blob=b"cipher", media_type=kind, declare_digest=digest(b"other"), declare_size=6
        )
        (only,) = analyze(str(builder.write_oci(tmp_path))).images
        assert Code.DIGEST_MISMATCH in {p.code for p in only.problems}

    def test_one_blob_as_filesystem_and_as_artifact_is_read_as_filesystem(
        self, tmp_path: Path
    ) -> None:
        status = {"etc/os-release": b"ID=debian\n"}
        strange = ImageBuilder().layer({"b": b"b"}).layer(status, media_type="text/plain")
        layout = Layout()
        layout.add(strange, ref_name="1")
        layout.add(ImageBuilder().layer(status), ref_name="2")
        first, second = analyze(str(layout.write_dir(tmp_path))).images
        assert first.distro is None
        assert second.distro is not None

    def test_one_blob_encrypted_and_plain_is_read_as_each(self, tmp_path: Path) -> None:
        files = {"etc/os-release": b"ID=debian\n"}
        layout = Layout()
        layout.add(ImageBuilder().layer(files, media_type=f"{OCI_LAYER}+encrypted"), ref_name="1")
        layout.add(ImageBuilder().layer(files), ref_name="2")
        first, second = analyze(str(layout.write_dir(tmp_path))).images
        assert (first.distro, first.layers[0].uncompressed_size) == (None, None)
        assert second.distro is not None

    def test_docker_config_in_an_oci_manifest_is_an_image(self, tmp_path: Path) -> None:
        document = json.loads(image().raw)
        document["config"]["mediaType"] = DOCKER_CONFIG
        builder = ImageBuilder().layer({"etc/name": b"a"}).manifest_bytes(compact(document))
        assert len(read(builder.write_oci(tmp_path)).images) == 1
