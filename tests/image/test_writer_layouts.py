"""Layouts of cosign, oras, regctl, kaniko, pack and rules_oci are read right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import Depth, analyze
from analyzer.image.identity import Kind
from analyzer.problems import Code
from tests.cli.harness import call
from tests.image.inputs import image
from tests.support.artifacts import bundle, sbom, signature
from tests.support.documents import Image
from tests.support.layoutforms import (
    cosign_save,
    kaniko_layout,
    oras_layout,
    pack_layout,
    regctl_dir,
    regctl_export,
    rules_oci_image,
)
from tests.support.tools import shared

FORMS: dict[str, tuple[Callable[[Path, Image], Path], str, tuple[str, ...]]] = {
    "cosign": (lambda p, i: cosign_save(p, i, signature(i)), "cosign save", ()),
    "oras": (lambda p, i: oras_layout(p, {"v1": i}, [sbom(i)]), "oras", ("v1",)),
    "regctl": (lambda p, i: regctl_dir(p, "v1", i, [sbom(i)]), "regctl (ocidir)", ("v1",)),
    "regctl export": (
        lambda p, i: regctl_export(p, "example.com/app:v1", i),
        "regctl image export",
        ("example.com/app:v1",),
    ),
    "kaniko": (kaniko_layout, "go-containerregistry (crane, ko, kaniko, pack)", ()),
    "pack": (pack_layout, "go-containerregistry (crane, ko, kaniko, pack)", ("latest",)),
    "rules_oci": (rules_oci_image, "Bazel rules_oci", ()),
}


@pytest.mark.parametrize("form", FORMS)
def test_image_digests_and_names_are_right(form: str, tmp_path: Path) -> None:
    make, writer, names = FORMS[form]
    one = image()
    report = analyze(str(make(tmp_path / "file", one)))
    (found,) = report.images
    assert found.image_id == one.image_id
    assert found.manifest_digest == one.digest
    assert found.names == names
    assert found.completeness == "complete"
    assert report.exit_code == 0
    assert report.source.writer == writer
    assert all(report.source.evidence)


@pytest.mark.parametrize("form", FORMS)
def test_every_command_answers(form: str, tmp_path: Path) -> None:
    path = FORMS[form][0](tmp_path / "file", image())
    for command in ("inspect", "ids", "analyze", "verify", "packages"):
        answer = call(command, path)
        assert answer.code == 0, answer.said


def test_regctl_exports_the_digests_of_the_registry(tmp_path: Path) -> None:
    # Unlike docker's graphdriver store, whose LayerSources it also writes.
    one = image()
    (found,) = analyze(str(regctl_export(tmp_path / "x", "example.com/app:v1", one))).images
    (manifest,) = [i for i in found.identities if i.kind is Kind.MANIFEST]
    assert manifest.verified
    assert manifest.reason == ""


def test_cosign_lists_what_it_saved(tmp_path: Path) -> None:
    one = image()
    path = cosign_save(tmp_path / "saved", one, signature(one), referrers=[bundle(one)])
    text = call("inspect", path).text
    assert "1 image, 1 platform, 2 artifacts" in text
    assert "cosign signature, by its place in index.json" in text
    assert "cosign signature (Sigstore bundle), by its subject" in text


def test_blobs_of_rules_oci_may_be_links_inside(tmp_path: Path) -> None:
    path = rules_oci_image(tmp_path / "image", image(), links=tmp_path / "image" / "elsewhere")
    assert analyze(str(path)).images[0].completeness == "complete"


def test_links_of_rules_oci_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    # oci/private/image.sh, add_layer: with treeartifact_symlinks a layer is a link to bazel-out.
    path = rules_oci_image(tmp_path / "image", image(), links=tmp_path / "bazel-out")
    answer = call("inspect", path)
    assert answer.code == 3
    assert Code.UNSAFE_LINK.value in answer.text
    assert "leads out" in answer.text


CORPUS = {
    "bazel-contrib-rules_oci/empty": "Bazel rules_oci",
    "google-go-containerregistry/test_index": "go-containerregistry",
}


@pytest.mark.parametrize("name", CORPUS)
def test_the_writer_of_real_layouts_is_named(name: str) -> None:
    report = analyze(str(shared("corpus", "layouts", *name.split("/"))), depth=Depth.DOCUMENTS)
    assert CORPUS[name] in report.source.writer
