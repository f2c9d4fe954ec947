"""`verify --against` with Docker schema 1 manifests: what they prove without naming a config."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder, Layout, write_save
from tests.support.schema1 import Stored, convert
from tests.support.tools import ROOT

VALIDATOR = Draft202012Validator(
    json.loads(ROOT.joinpath("analyzer", "schema", "verify-1.0.json").read_bytes())
)


def builder(codec: str = "gzip", last: bytes = b"two") -> ImageBuilder:
    layers = ImageBuilder().layer({"a": b"one"}, codec).layer({"b": last}, codec)
    steps = [
        {"created": "2020-01-02T03:04:05Z", "created_by": "ADD"},
        {"created": "2020-01-02T03:04:06Z", "created_by": "ENV", "empty_layer": True},
        {"created": "2020-01-02T03:04:07Z", "created_by": "COPY"},
    ]
    config = {"Env": ["A=b"], "Cmd": ["/app"]}
    return layers.config(history=steps, created="2020-01-02T03:04:07Z", config=config)


def layout(folder: Path, image: ImageBuilder) -> Path:
    made = Layout()
    made.add(image, ref_name="1")
    return made.write_dir(folder)


def prove(path: Path, file: Path, *words: str) -> dict[str, Any]:
    """The answer, checked against its schema and for its width, with the exit code."""
    asked = ("verify", path, "--against", file, *words)
    answer, shown = call(*asked, "-o", "json"), call(*asked)
    document: dict[str, Any] = answer.json
    VALIDATOR.validate(document)
    assert [line for line in shown.text.splitlines() if len(line) > 80] == []
    return document | {"code": answer.code, "text": shown.text}


@pytest.fixture(scope="module")
def from_oci(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Converted from an OCI image with compressed layers."""
    folder = tmp_path_factory.mktemp("oci")
    return Stored(convert(f"oci:{layout(folder / 'layout', builder())}:1", folder / "dir"))


@pytest.fixture
def random_ids(from_oci: Stored, tmp_path: Path) -> Path:
    """The same with an ID that is made from no config, as docker before 1.10 gave them."""
    value = from_oci.value
    newest = json.loads(value["history"][0]["v1Compatibility"]) | {"id": "0" * 64}
    value["history"][0]["v1Compatibility"] = json.dumps(newest)
    del value["signatures"]
    path = tmp_path / "random.json"
    path.write_text(json.dumps(value))
    return path


@pytest.fixture(scope="module")
def save(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = builder("none").build()
    return write_save(tmp_path_factory.mktemp("save") / "save.tar", [(image, ("app:1",))])


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, save: Path) -> Stored:
    """Converted from the save with layers that skopeo compressed, as a registry would have it."""
    folder = tmp_path_factory.mktemp("packed")
    compressed = convert(f"docker-archive:{save}", folder / "v2", "--dest-compress")
    return Stored(convert(f"dir:{compressed}", folder / "v1"))


class TestItself:
    def test_its_layers_are_proven(self, from_oci: Stored) -> None:
        found = prove(from_oci.folder, from_oci.path, "--digest", from_oci.digest)
        assert (found["code"], found["level"]) == (0, "same-layers")
        assert found["against"]["digest"] == from_oci.digest
        assert any("names no config" in remark for remark in found["remarks"])
        assert any("signatures are not checked" in remark for remark in found["remarks"])

    def test_in_a_layout_by_an_index_or_a_nested_one(
        self, from_oci: Stored, tmp_path: Path
    ) -> None:
        platform = {"os": "linux", "architecture": "amd64"}
        plain = from_oci.layout(platform=platform).write_dir(tmp_path / "plain")
        nested, digest = from_oci.nested()
        below = nested.write_dir(tmp_path / "nested")
        inner = below / "blobs" / digest.replace(":", "/")
        for path, file in ((plain, plain / "index.json"), (below, below / "index.json")):
            assert prove(path, file)["level"] == "same-layers"
        assert prove(below, inner, "--digest", digest)["code"] == 0

    def test_the_hash_of_the_file_is_not_its_digest(self, from_oci: Stored) -> None:
        plain = hashlib.sha256(from_oci.raw).hexdigest()
        found = prove(from_oci.folder, from_oci.path, "--digest", plain)
        assert (found["code"], found["broken_link"]) == (1, 1)
        assert found["links"][0]["measured"] == from_oci.digest
        assert any("sha256sum" in remark for remark in found["remarks"])

    def test_an_altered_layer_breaks_it(self, from_oci: Stored, tmp_path: Path) -> None:
        made = from_oci.layout()
        blob = from_oci.blobs[-1]
        made.replace("blobs/" + blob.replace(":", "/"), b"other")
        found = prove(made.write_dir(tmp_path / "layout"), from_oci.path)
        assert found["code"] == 1
        broken = found["links"][found["broken_link"] - 1]
        assert (broken["text"], broken["declared"]) == (
            "layer 1 is the blob that the manifest lists",
            blob,
        )


class TestOthers:
    def test_a_save_is_proven_by_the_config_that_it_was_converted_from(
        self, save: Path, packed: Stored
    ) -> None:
        """Other blobs, yet the newest v1 ID is made from the config, which fixes the layers."""
        found = prove(save, packed.path, "--digest", packed.digest)
        assert (found["code"], found["level"]) == (0, "same-content-by-config")
        texts = [link["text"] for link in found["links"]]
        assert "its newest v1 ID is made from the config that is in this file" in texts

    def test_a_layer_swapped_below_that_config_is_found(
        self, packed: Stored, tmp_path: Path
    ) -> None:
        image = builder("none").build()
        other = ImageBuilder().layer({"a": b"one"}).layer({"b": b"evil"})
        swapped = other.config_bytes(image.config).build()
        path = write_save(tmp_path / "swapped.tar", [(swapped, ("app:1",))])
        found = prove(path, packed.path)
        assert found["code"] == 1
        broken = found["links"][found["broken_link"] - 1]
        assert broken["text"] == "layer 1 inflates to its diff ID"

    def test_the_image_before_is_proven_to_the_byte(self, from_oci: Stored, tmp_path: Path) -> None:
        found = prove(layout(tmp_path / "layout", builder()), from_oci.path)
        assert (found["code"], found["level"]) == (0, "byte-identical-blobs")

    def test_random_ids_leave_the_layers_and_what_the_config_says_is_compared(
        self, random_ids: Path, tmp_path: Path
    ) -> None:
        found = prove(layout(tmp_path / "layout", builder()), random_ids)
        assert (found["code"], found["level"]) == (0, "same-layers")
        assert any("says the same of architecture" in remark for remark in found["remarks"])

    def test_a_config_that_says_something_else_is_told(
        self, from_oci: Stored, tmp_path: Path
    ) -> None:
        image = builder().config(config={"Env": ["A=evil"], "Cmd": ["/app"]})
        found = prove(layout(tmp_path / "layout", image), from_oci.path)
        assert found["level"] == "same-layers"
        assert any("differ in: config.Env" in remark for remark in found["remarks"])

    def test_uncompressed_layers_cannot_be_told_from_compressed_ones(
        self, random_ids: Path, save: Path
    ) -> None:
        found = prove(save, random_ids)
        assert (found["code"], found["verdict"]) == (2, "undecided")
        assert len([text for text in found["bring"] if "as listed" in text]) == 2

    def test_another_number_of_layers_is_refuted(self, from_oci: Stored, tmp_path: Path) -> None:
        image = ImageBuilder().layer({"a": b"one"}, "gzip")
        found = prove(layout(tmp_path / "layout", image), from_oci.path)
        assert found["code"] == 1
        assert "lists 2 layers, this image has 1" in found["links"][1]["text"]
