"""Artifacts are described as what they are, and nothing takes them for images."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import Depth, analyze
from analyzer.problems import Code
from tests.cli.harness import call
from tests.image.inputs import image
from tests.support.artifacts import (
    artifact,
    bundle,
    chart,
    sbom,
    signature,
    signed_attestation,
)
from tests.support.codecs import compact, sha256
from tests.support.documents import OCI_CONFIG, Document
from tests.support.layoutforms import files
from tests.support.layouts import Layout
from tests.support.tools import shared

WASM = "application/vnd.wasm.config.v0+json"
"""https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/."""

THINGS: dict[str, tuple[Document, str]] = {
    "helm": (chart(), "Helm chart"),
    "wasm": (artifact([("application/wasm", b"\0asm", {})], config=(WASM, b"{}")), "WebAssembly"),
    "cosign signature": (signature(image()), "cosign signature"),
    "cosign attestation": (signed_attestation(image()), "signed attestation, predicate https"),
    "cosign bundle": (bundle(image()), "cosign signature (Sigstore bundle)"),
    "bundled attestation": (bundle(image(), "https://slsa.dev/provenance/v1"), "Sigstore bundle"),
    "sbom": (sbom(), "SPDX SBOM"),
    "notation": (
        artifact(
            [("application/jose+json", b"{}", {})],
            config=("application/vnd.cncf.notary.signature", b"{}"),
        ),
        "Notation signature",
    ),
    "oras files": (files("a.txt", "b.txt"), "files: a.txt, b.txt"),
    "many files": (files(*"abcde"), "files: a, b, c and 2 more"),
    "own type": (artifact(artifact_type="application/vnd.example.x"), "application/vnd.example.x"),
    "type of the config": (
        artifact(config=("application/vnd.example.y+json", b"{}")),
        "application/vnd.example.y+json",
    ),
    # manifest.md: artifactType comes before the config's media type.
    "both types": (
        artifact(artifact_type="application/vnd.a", config=("application/vnd.b", b"{}")),
        "application/vnd.a",
    ),
    "no type": (artifact([("application/octet-stream", b"x", {})]), "states no type"),
}


def written(path: Path, *documents: Document) -> Path:
    layout = Layout()
    for document in documents:
        layout.add(document, platform=False)
    return layout.write_dir(path / "layout")


@pytest.mark.parametrize("name", THINGS)
def test_an_artifact_is_called_what_it_is(name: str, tmp_path: Path) -> None:
    document, words = THINGS[name]
    report = analyze(str(written(tmp_path, document)), depth=Depth.DOCUMENTS)
    (node,) = report.tree[0].children
    assert words in node.description
    assert node.kind == "artifact"
    assert node.digest == document.digest
    assert node.verified
    (problem,) = [p for p in report.problems if p.code is Code.NOT_A_CONTAINER_IMAGE]
    assert words in problem.detail
    assert report.images == ()
    assert report.exit_code == 0


@pytest.mark.parametrize("command", ["analyze", "packages", "ids"])
def test_a_file_of_artifacts_alone_is_an_error_that_names_them(
    command: str, tmp_path: Path
) -> None:
    path = written(tmp_path, chart(), sbom(), signature(image()))
    answer = call(command, path)
    assert answer.code == 2
    assert "only: Helm chart; SPDX SBOM; cosign signature" in answer.err
    assert "ociscope inspect" in answer.err


def test_inspect_of_artifacts_alone_succeeds_and_counts_them(tmp_path: Path) -> None:
    answer = call("inspect", written(tmp_path, chart(), sbom()))
    assert answer.code == 0
    assert "0 images, 0 platforms, 2 artifacts" in answer.text
    assert "Helm chart" in answer.text


@pytest.mark.parametrize("command", ["analyze", "packages", "ids", "inspect"])
def test_beside_an_image_an_artifact_is_no_error(command: str, tmp_path: Path) -> None:
    answer = call(command, written(tmp_path, image(), chart()))
    assert answer.code == 0


def test_an_image_with_an_artifact_type_stays_an_image(tmp_path: Path) -> None:
    from tests.support.imagebuilder import ImageBuilder

    built = ImageBuilder().layer({"a": b"a"}).manifest(artifactType="application/vnd.x").build()
    assert len(analyze(str(written(tmp_path, built))).images) == 1


def test_an_absent_artifact_is_no_absent_image(tmp_path: Path) -> None:
    one, other = image(), chart()
    layout = Layout()
    layout.add(one)
    kind = {"artifactType": "application/vnd.cncf.helm.config.v1+json"}
    layout.add_descriptor(other.descriptor({}, platform=False) | kind)
    report = analyze(str(layout.write_dir(tmp_path / "layout")))
    assert len(report.images) == 1
    (problem,) = [p for p in report.problems if p.code is Code.BLOB_MISSING]
    assert "Helm chart" in problem.detail


def test_go_containerregistry_states_the_type_of_plain_images_too(tmp_path: Path) -> None:
    layout = Layout()
    layout.add_descriptor(image().descriptor({}, platform=False) | {"artifactType": OCI_CONFIG})
    report = analyze(str(layout.write_dir(tmp_path / "layout")), depth=Depth.DOCUMENTS)
    assert [one.completeness for one in report.images] == ["absent"]


def test_a_dir_of_an_artifact_holds_no_image(tmp_path: Path) -> None:
    document = chart()
    for digest, data in document.blobs.items():
        (tmp_path / digest[7:]).write_bytes(data)
    (tmp_path / "manifest.json").write_bytes(document.raw)
    (tmp_path / "version").write_bytes(b"Directory Transport Version: 1.1\n")
    report = analyze(str(tmp_path), depth=Depth.DOCUMENTS)
    assert report.images == ()
    assert report.tree[0].description == "Helm chart"


def test_a_chart_of_somebody_else_is_a_chart() -> None:
    path = shared("corpus", "layouts", "google-go-containerregistry", "test_index_media_type")
    report = analyze(str(path), depth=Depth.DOCUMENTS)
    assert report.tree[0].children[0].description == "Helm chart"


@pytest.mark.parametrize(
    "media_type",
    [
        # image-spec v1.1.0-rc2, artifact.md; oras-project/artifacts-spec, artifact-manifest.md.
        "application/vnd.oci.artifact.manifest.v1+json",
        "application/vnd.cncf.oras.artifact.manifest.v1+json",
    ],
)
def test_manifests_that_only_artifacts_had(media_type: str, tmp_path: Path) -> None:
    one, text = image(), b"{}"
    blob = {"mediaType": "text/spdx", "digest": sha256(text), "size": len(text)}
    value = {
        "mediaType": media_type,
        "artifactType": "application/spdx+json",
        "blobs": [blob],
        "subject": {"mediaType": one.media_type, "digest": one.digest, "size": len(one.raw)},
    }
    old = Document(compact(value), media_type, {sha256(text): text})
    report = analyze(str(written(tmp_path, one, old)))
    node = report.tree[0].children[1]
    assert (node.kind, node.description, node.subject) == ("artifact", "SPDX SBOM", one.digest)
    assert [(part.digest, part.verified) for part in node.children] == [(sha256(text), True)]
    (image_report,) = report.images
    assert old.digest in {i.digest for i in image_report.identities}
    assert report.exit_code == 0
