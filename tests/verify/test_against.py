"""`verify PATH --against FILE`: the chain, its verdicts, and what is said when it breaks."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from analyzer.errors import AnalyzerError
from analyzer.limits import Limits
from analyzer.verify.claim import claim_of
from tests.cli.harness import call
from tests.support.imagebuilder import (
    Image,
    ImageBuilder,
    Layout,
    compact,
    make_index,
    sha256,
    write_save,
)
from tests.support.layouts import blob_path
from tests.support.tools import ROOT

VALIDATOR = Draft202012Validator(
    json.loads(ROOT.joinpath("analyzer", "schema", "verify-1.0.json").read_bytes())
)


def builder(codec: str = "gzip", **config: object) -> ImageBuilder:
    layers = ImageBuilder().layer({"a": b"one"}, codec).layer({"b": b"two"}, codec)
    return layers.config(**config)


def prove(path: Path, raw: bytes, *words: str) -> dict[str, Any]:
    """The answer, checked against its schema and for its width, with the exit code."""
    file = path.parent / "claim.json"
    file.write_bytes(raw)
    asked = ("verify", path, "--against", file, *words)
    answer, shown = call(*asked, "-o", "json"), call(*asked)
    document: dict[str, Any] = answer.json
    VALIDATOR.validate(document)
    assert shown.code == answer.code
    head = shown.text.splitlines()[1]
    assert head.startswith(document["verdict"].upper())
    assert [line for line in shown.text.splitlines() if len(line) > 80] == []
    return document | {"code": answer.code}


def save_of(image: Image, folder: Path) -> Path:
    return write_save(folder / "save.tar", [(image, ("app:1",))])


def layout_of(image: Image, folder: Path) -> Path:
    layout = Layout()
    layout.add(image, ref_name="1")
    return layout.write_dir(folder / "layout")


def broken(document: Mapping[str, Any]) -> str:
    text: str = document["links"][document["broken_link"] - 1]["text"]
    return text


def signing(digest: str) -> bytes:
    """containers-signature.5, and what cosign signs."""
    image = {"docker-manifest-digest": digest}
    critical = {"identity": {"docker-reference": "x/app"}, "image": image, "type": "cosign"}
    return compact({"critical": critical, "optional": {}})


def statement(digest: str) -> bytes:
    """in-toto Statement v1."""
    subject = [{"name": "app", "digest": {"sha256": digest.removeprefix("sha256:")}}]
    return compact({"_type": "https://in-toto.io/Statement/v1", "subject": subject})


def envelope(digest: str) -> dict[str, Any]:
    """DSSE around a statement."""
    payload = base64.b64encode(statement(digest)).decode()
    return {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": []}


PAYLOADS: dict[str, Callable[[str], bytes]] = {
    "simple signing": signing,
    "in-toto statement": statement,
    "DSSE": lambda digest: compact(envelope(digest)),
    "sigstore bundle": lambda digest: compact({"dsseEnvelope": envelope(digest)}),
}


def test_a_save_is_proven_by_content(tmp_path: Path) -> None:
    image = builder().build()
    document = prove(save_of(image, tmp_path), image.manifest, "--digest", image.digest)
    assert (document["code"], document["level"]) == (0, "same-content-by-config")
    assert document["images"] == ["app:1 linux/amd64"]


def test_a_layout_is_proven_to_the_byte(tmp_path: Path) -> None:
    image = builder().build()
    document = prove(layout_of(image, tmp_path), image.manifest)
    assert (document["code"], document["level"]) == (0, "byte-identical-blobs")


def test_other_compression_is_the_same_content(tmp_path: Path) -> None:
    document = prove(layout_of(builder("zstd").build(), tmp_path), builder().build().manifest)
    assert (document["code"], document["level"]) == (0, "same-content-by-config")
    assert any("packed otherwise" in remark for remark in document["remarks"])


def test_another_digest_than_claimed_breaks_the_first_link(tmp_path: Path) -> None:
    image = builder().build()
    lie = sha256(b"lie")
    document = prove(save_of(image, tmp_path), image.manifest, "--digest", f"reg/app@{lie}")
    assert (document["code"], document["broken_link"]) == (1, 1)
    link = document["links"][0]
    assert (link["declared"], link["measured"]) == (lie, image.digest)


def test_a_line_end_that_was_added_is_told(tmp_path: Path) -> None:
    image = builder().build()
    raw = image.manifest + b"\n"
    document = prove(save_of(image, tmp_path), raw, "--digest", image.digest)
    assert document["code"] == 1
    assert any("line end" in remark for remark in document["remarks"])


def test_an_image_id_taken_for_a_digest_is_told(tmp_path: Path) -> None:
    image = builder().build()
    path = save_of(image, tmp_path)
    document = prove(path, image.manifest, "--digest", image.image_id.removeprefix("sha256:"))
    assert document["code"] == 1
    assert any(f"{image.image_id} is the image ID of app:1" in r for r in document["remarks"])
    document = prove(path, signing(image.image_id))
    assert document["code"] == 1
    assert any("not a manifest digest" in remark for remark in document["remarks"])


def test_the_same_layers_under_another_config(tmp_path: Path) -> None:
    here, there = builder().build(), builder(author="somebody else").build()
    document = prove(layout_of(here, tmp_path), there.manifest)
    assert document["code"] == 1
    assert broken(document).startswith("the manifest names the config")
    assert "the same layers (2), with another config" in document["remarks"]
    assert any(there.image_id in remark for remark in document["remarks"])


def test_fields_that_differ_are_named_where_the_config_can_be_had(tmp_path: Path) -> None:
    there = builder(author="x", config={"Env": ["A=1"], "Cmd": ["/bin/sh"]}).build()
    layout = Layout()
    layout.add(builder().build(), ref_name="1")
    layout.extra_blob(there.config)
    document = prove(layout.write_dir(tmp_path / "layout"), there.manifest)
    assert "the configs differ in: author, config.Env" in document["remarks"]


def test_nothing_in_common_is_said(tmp_path: Path) -> None:
    other = ImageBuilder().layer({"z": b"else"}).build()
    document = prove(layout_of(builder().build(), tmp_path), other.manifest)
    assert document["code"] == 1
    assert any(remark.startswith("nothing in common") for remark in document["remarks"])


def test_a_swapped_layer_breaks_its_own_link(tmp_path: Path) -> None:
    image = builder().build()
    layout = Layout()
    layout.add(image, ref_name="1")
    other = ImageBuilder().layer({"b": b"evil"}).build().layers[0].blob
    layout.replace(blob_path(image.layers[1].digest), other)
    document = prove(layout.write_dir(tmp_path / "layout"), image.manifest)
    assert document["code"] == 1
    assert broken(document) == "layer 1 inflates to its diff ID"
    assert "1 of 2 layers inflate to their diff IDs" in document["remarks"]


def test_a_damaged_layer_refutes(tmp_path: Path) -> None:
    image = builder().build()
    layout = Layout()
    layout.add(image, ref_name="1")
    blob = image.layers[0].blob
    layout.replace(blob_path(image.layers[0].digest), blob[: len(blob) // 2])
    document = prove(layout.write_dir(tmp_path / "layout"), image.manifest)
    assert document["code"] == 1
    assert document["links"][document["broken_link"] - 1]["measured"] == "could not be inflated"


def test_a_missing_layer_cannot_be_decided(tmp_path: Path) -> None:
    image = builder().build()
    layout = Layout()
    layout.add(image, ref_name="1")
    layout.omit(image.layers[0].digest)
    document = prove(layout.write_dir(tmp_path / "layout"), image.manifest)
    assert (document["code"], document["verdict"]) == (2, "undecided")
    assert document["bring"] == ["a file that holds layer 0, and can be read"]


@pytest.mark.parametrize("kind", PAYLOADS)
def test_a_payload_proves_a_layout(kind: str, tmp_path: Path) -> None:
    image = builder().build()
    path = layout_of(image, tmp_path)
    raw = PAYLOADS[kind](image.digest)
    assert prove(path, raw, "--digest", image.digest)["verdict"] == "proven"
    assert prove(path, raw, "--digest", sha256(b"other"))["code"] == 1


@pytest.mark.parametrize("kind", PAYLOADS)
def test_a_payload_and_a_save_need_the_manifest(kind: str, tmp_path: Path) -> None:
    image = builder().build()
    document = prove(save_of(image, tmp_path), PAYLOADS[kind](image.digest))
    assert (document["code"], document["verdict"]) == (2, "undecided")
    assert image.digest in document["bring"][0]


def test_a_payload_that_names_the_index_leads_through_it(tmp_path: Path) -> None:
    layout = Layout()
    both = [builder().build(), builder().platform("linux/arm64").build()]
    index = layout.add_index(both, ref_name="1")
    document = prove(layout.write_dir(tmp_path / "layout"), signing(index.digest))
    assert document["code"] == 0
    platforms = {link["platform"] for link in document["links"]}
    assert platforms == {None, "linux/amd64", "linux/arm64"}


def test_an_index_without_the_platform_refutes(tmp_path: Path) -> None:
    index = make_index([builder().platform("linux/s390x").build()])
    document = prove(layout_of(builder().build(), tmp_path), index.raw)
    assert document["code"] == 1
    assert "the index lists linux/s390x" in document["remarks"]


def test_an_index_and_a_save_need_the_manifest_of_the_platform(tmp_path: Path) -> None:
    image = builder().build()
    index = make_index([image, builder().platform("linux/arm64").build()])
    document = prove(save_of(image, tmp_path), index.raw, "--digest", index.digest)
    assert document["code"] == 2
    assert image.digest in document["bring"][0]
    document = prove(save_of(image, tmp_path), index.raw, "--digest", image.digest)
    assert document["code"] == 1
    assert f"{image.digest} is a manifest that the index lists" in document["remarks"]


def test_images_that_were_not_compared_are_named(tmp_path: Path) -> None:
    image, other = builder().build(), ImageBuilder().layer({"z": b"z"}).build()
    path = write_save(tmp_path / "s.tar", [(image, ("app:1",)), (other, ("other:1",))])
    document = prove(path, image.manifest)
    assert document["code"] == 0
    left = "nothing is said of what else is in this file: other:1 linux/amd64"
    assert left in document["remarks"]
    assert prove(path, image.manifest, "--image", "other:1")["code"] == 1


def test_a_config_is_not_a_manifest(tmp_path: Path) -> None:
    image = builder().build()
    document = prove(save_of(image, tmp_path), image.config)
    assert document["code"] == 2
    assert any("is the image ID" in remark for remark in document["remarks"])


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not JSON"),
        (b"[]", "names no digest"),
        (
            b'{"schemaVersion":1,"fsLayers":[],"history":[],"signatures":[]}',
            "no list of signatures",
        ),
        (b'{"manifests":[],"layers":[],"config":{}}', "both"),
        (b'{"config":1,"config":2}', "more than once"),
        (b'{"critical":{"image":{"docker-manifest-digest":"no"}}}', "names no digest"),
    ],
)
def test_what_names_no_image_is_refused(raw: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "claim.json").write_bytes(raw)
    path = save_of(builder().build(), tmp_path)
    answer = call("verify", path, "--against", tmp_path / "claim.json")
    assert answer.code == 2
    assert words in answer.err
    assert answer.out == b""


def test_wrong_words_are_refused(tmp_path: Path) -> None:
    image = builder().build()
    path = save_of(image, tmp_path)
    assert call("verify", path, "--digest", image.digest).code == 2
    (tmp_path / "m.json").write_bytes(image.manifest)
    asked = call("verify", path, "--against", tmp_path / "m.json", "--digest", "sha256:1")
    assert (asked.code, "not a digest" in asked.err) == (2, True)
    assert call("verify", path, "--against", tmp_path / "none.json").code == 2
    assert call("verify", path, "--against", tmp_path).code == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(sha256(b"")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("critical", "image", "docker-manifest-digest", "payload", "payloadType"),
                    *("subject", "digest", "sha256", "dsseEnvelope", "manifests", "layers"),
                    *("config", "size", "schemaVersion", "rootfs", "diff_ids", "mediaType"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=256) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_claim_is_recognised_or_refused(raw: bytes) -> None:
    with suppress(AnalyzerError):
        claim_of(raw, "claim", Limits())
