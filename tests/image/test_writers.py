"""The probable writer of real archives is the tool that wrote them; claims are called claims."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import Depth, analyze
from analyzer.problems import Code
from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder
from tests.support.layouts import Layout
from tests.support.realimages import real_image
from tests.support.tools import shared

WROTE = {
    "docker-20.10-save": "docker 1.10 to 24",
    "docker-29-save-graphdriver-store": "docker 25 or later, graphdriver store",
    "docker-29-save-containerd-store": "docker with the containerd store",
    "docker-29-save-one-platform-with-attestation": "docker with the containerd store",
    "ctr-images-export": "ctr",
    "podman-4.3-save-docker-archive": "podman",
    "podman-4.3-save-oci-archive": "podman",
    "crane-tarball": "crane",
    "buildkit-docker": "BuildKit",
    "buildkit-oci-multi-platform-attestations": "BuildKit",
    "skopeo-dir": "skopeo",
}
"""samples/README.md says which tool wrote each file."""


@pytest.mark.parametrize("name", WROTE)
def test_the_writer_of_a_sample_is_named_with_evidence(name: str) -> None:
    report = analyze(str(shared("samples", f"{name}.tar")), depth=Depth.DOCUMENTS)
    assert WROTE[name] in report.source.writer
    assert all(report.source.evidence)


@pytest.mark.parametrize(
    ("name", "writer"),
    [("docker-save", "docker"), ("podman-docker-archive", "podman"), ("oci-layout", "buildah")],
)
def test_the_writer_of_a_real_image_is_named(name: str, writer: str) -> None:
    report = analyze(str(real_image(name)), depth=Depth.DOCUMENTS)
    assert writer in report.source.writer


def test_nothing_is_said_where_nothing_speaks_for_a_writer(tmp_path: Path) -> None:
    layout = Layout().replace("oci-layout", b'{"imageLayoutVersion" : "1.0.0"}')
    layout.add(ImageBuilder().layer({"a": b"a"}))
    report = analyze(str(layout.write_dir(tmp_path / "layout")))
    assert report.source.writer == ""


def test_inspect_calls_the_writer_probable_and_names_claims() -> None:
    answer = call("inspect", shared("samples", "ctr-images-export.tar"))
    assert "probably written by" in answer.text
    assert "none of it is signed" in answer.text
    assert "containerd.io/distribution.source." in answer.text
    assert "RepoTags" in answer.text


def test_an_index_for_attestations_alone_names_the_digest_to_use(tmp_path: Path) -> None:
    from tests.support.documents import attestation

    image = ImageBuilder().layer({"a": b"a"}).platform("linux/amd64").build()
    layout = Layout()
    layout.add_index([image, attestation(image)], name="v1")
    report = analyze(str(layout.write_dir(tmp_path / "layout")))
    (found,) = [p for p in report.problems if p.code is Code.ATTESTATION_INDEX]
    assert image.manifest_digest in found.detail
    assert report.exit_code == 0


def test_an_index_of_two_platforms_with_attestations_is_no_finding() -> None:
    path = shared("samples", "buildkit-oci-multi-platform-attestations.tar")
    report = analyze(str(path), depth=Depth.DOCUMENTS)
    assert Code.ATTESTATION_INDEX not in {p.code for p in report.problems}
