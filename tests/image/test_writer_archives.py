"""Docker archives of ggcr, kaniko, Jib, rules_oci, nix and buildpacks are read right.

`tests/support/archiveforms.py` writes each after the source of its tool; real files of the same
tools are read where `shared/` has them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import Depth, analyze
from analyzer.image.identity import Kind, Origin
from analyzer.problems import Code, Severity
from analyzer.report import ImageReport, Report
from tests.cli.harness import call
from tests.image.inputs import known
from tests.support.archiveforms import (
    Members,
    ggcr_legacy,
    ggcr_tarball,
    imgutil_save,
    jib_oci_tar,
    jib_tar,
    layer_names,
    nix_build,
    nix_stream,
    rules_oci_load,
    write,
)
from tests.support.codecs import hex_of
from tests.support.documents import Image
from tests.support.imagebuilder import ImageBuilder
from tests.support.tarbytes import File
from tests.support.tools import shared

NAME = "example.com/app:1"


def built(codec: str = "gzip") -> Image:
    """Three layers, of which the first and last are equal."""
    builder = ImageBuilder().layer({"same": b"same"}, codec=codec)
    return builder.layer({"a": b"a"}, codec=codec).layer({"same": b"same"}, codec=codec).build()


FORMS: dict[str, tuple[Callable[[Image], Members], str, str | None]] = {
    "ggcr tarball": (lambda image: ggcr_tarball(image, NAME), "go-containerregistry", None),
    "ggcr legacy": (lambda image: ggcr_legacy(image, NAME), "legacy form", None),
    "jib": (lambda image: jib_tar(image, NAME), "Jib", None),
    "jib, OCI": (lambda image: jib_oci_tar(image, NAME), "Jib", None),
    "rules_oci": (lambda image: rules_oci_load(image, NAME), "Bazel rules_oci", None),
    "nix stream": (lambda image: nix_stream(image, NAME), "nix (streamLayeredImage)", None),
    # buildLayeredImage is the same, through a compressor.
    "nix layered": (lambda image: nix_stream(image, NAME), "nix (streamLayeredImage)", "gzip"),
    "nix": (lambda image: nix_build(image, "example.com/app", "1"), "nix (buildImage)", "gzip"),
    "buildpacks": (lambda image: imgutil_save(image, NAME), "buildpacks (pack)", None),
}


def only(report: Report) -> ImageReport:
    (image,) = report.images
    return image


@pytest.mark.parametrize("form", FORMS)
def test_images_layers_and_names_are_right(form: str, tmp_path: Path) -> None:
    make, writer, outer = FORMS[form]
    image = built()
    report = analyze(str(write(tmp_path / "file.tar", make(image), outer)))
    found = only(report)
    assert found.names == (NAME,)
    assert found.image_id == image.image_id
    assert found.completeness == "complete"
    diff_ids = [i for i in found.identities if i.kind is Kind.DIFF_ID]
    assert [i.digest for i in diff_ids] == list(image.diff_ids)
    assert all(i.verified for i in diff_ids)
    assert [p for p in report.all_problems if p.severity is not Severity.NOTE] == []
    assert report.exit_code == 0
    assert writer in report.source.writer
    assert all(report.source.evidence)


@pytest.mark.parametrize("form", FORMS)
def test_every_command_answers(form: str, tmp_path: Path) -> None:
    make, writer, outer = FORMS[form]
    path = write(tmp_path / "file.tar", make(built()), outer)
    for command in ("inspect", "ids", "analyze", "verify"):
        answer = call(command, path)
        assert answer.code == 0, answer.said
    assert f"probably written by {writer}" in call("inspect", path).text.replace("\n", " ") or (
        writer in call("inspect", path).text
    )


class TestNamesThatAreDigests:
    @pytest.mark.parametrize(
        ("form", "codec"),
        [
            ("ggcr tarball", "gzip"),
            ("ggcr tarball", "zstd"),
            ("jib", "gzip"),
            ("rules_oci", "gzip"),
        ],
    )
    def test_layers_are_verified_by_their_name(self, form: str, codec: str, tmp_path: Path) -> None:
        image = built(codec)
        found = only(analyze(str(write(tmp_path / "file.tar", FORMS[form][0](image)))))
        layers = [i for i in found.identities if i.kind is Kind.LAYER]
        assert [i.digest for i in layers] == list(image.layer_digests)
        assert {(i.origin, i.verified) for i in layers} == {(Origin.STORED, True)}

    @pytest.mark.parametrize("form", ["ggcr tarball", "jib", "rules_oci", "buildpacks"])
    @pytest.mark.parametrize("depth", list(Depth))
    def test_a_layer_that_is_not_what_its_name_says(
        self, form: str, depth: Depth, tmp_path: Path
    ) -> None:
        members = FORMS[form][0](built())
        first, second, *_ = dict.fromkeys(layer_names(members))
        members[first], members[second] = members[second], members[first]
        report = analyze(str(write(tmp_path / "file.tar", members)), depth=depth)
        found = [p for p in report.all_problems if p.code is Code.NAME_MISMATCH]
        assert {p.where for p in found} == {first.lstrip("/"), second.lstrip("/")}
        assert report.exit_code == 1

    def test_such_a_layer_is_refuted_in_the_identities(self, tmp_path: Path) -> None:
        image = built()
        members = ggcr_tarball(image)
        first, second, *_ = dict.fromkeys(layer_names(members))
        members[first], members[second] = members[second], members[first]
        found = only(analyze(str(write(tmp_path / "file.tar", members))))
        assert known(found, Kind.LAYER, 0) == [(image.layer_digests[0], Origin.STORED, False)]

    def test_layers_of_skopeo_too(self) -> None:
        path = shared("samples", "podman-4.3-save-docker-archive.tar")
        report = analyze(str(path), depth=Depth.DOCUMENTS)
        layers = [n for top in report.tree for n in top.walk() if n.kind == "layer"]
        assert [layer.verified for layer in layers] == [True] * 4

    def test_a_folder_named_by_a_v1_id_promises_nothing(self, tmp_path: Path) -> None:
        image = built()
        found = only(analyze(str(write(tmp_path / "file.tar", ggcr_legacy(image)))))
        layers = [i for i in found.identities if i.kind is Kind.LAYER]
        assert {i.origin for i in layers} == {Origin.NOT_RECOVERABLE}
        claims = [i.digest for i in found.identities if i.kind is Kind.V1_ID]
        folders = [name.partition("/")[0] for name in layer_names(ggcr_legacy(image))]
        assert claims == [f"sha256:{folder}" for folder in folders]

    @pytest.mark.parametrize(("codec", "proven"), [("none", True), ("gzip", None)])
    def test_v1_ids_of_ggcr_are_proven_where_its_layers_were_plain(
        self, codec: str, proven: object, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "file.tar", ggcr_legacy(built(codec)))
        claims = [i for i in only(analyze(str(path))).identities if i.kind is Kind.V1_ID]
        assert [i.verified for i in claims] == [proven] * 3
        assert all("go-containerregistry" in i.reason for i in claims)

    @pytest.mark.parametrize("name", ["tarball/test_image_1", "mutate/whiteout_image"])
    def test_so_are_those_of_its_own_test_files(self, name: str) -> None:
        parts = f"{name}.tar".split("/")
        path = shared("corpus", "archives", "google-go-containerregistry", *parts)
        claims = [i for i in only(analyze(str(path))).identities if i.kind is Kind.V1_ID]
        assert claims
        assert all(i.verified and "go-containerregistry" in i.reason for i in claims)

    def test_the_manifest_of_compressed_layers_is_missing_for_another_reason(
        self, tmp_path: Path
    ) -> None:
        for make, words in ((ggcr_tarball, "layers are here"), (nix_stream, "not in this file")):
            found = only(analyze(str(write(tmp_path / "file.tar", make(built(), NAME)))))
            (manifest,) = [i for i in found.identities if i.kind is Kind.MANIFEST]
            assert words in manifest.reason


class TestNix:
    def test_folders_of_diff_ids_are_no_v1_ids(self, tmp_path: Path) -> None:
        found = only(analyze(str(write(tmp_path / "file.tar", nix_stream(built(), NAME)))))
        assert Kind.V1_ID not in {i.kind for i in found.identities}

    def test_layers_of_a_base_keep_their_names(self, tmp_path: Path) -> None:
        image = built()
        base: Members = {"f" * 64 + "/layer.tar": File(image.layers[0].tar)}
        report = analyze(str(write(tmp_path / "file.tar", nix_stream(image, NAME, base))))
        assert report.exit_code == 0
        assert only(report).completeness == "complete"
        assert Code.NAME_MISMATCH not in {p.code for p in report.all_problems}

    def test_of_build_image_the_v1_ids_fit_no_formula(self, tmp_path: Path) -> None:
        path = write(tmp_path / "file.tar", nix_build(built(), "example.com/app", "1"), "gzip")
        found = [i for i in only(analyze(str(path))).identities if i.kind is Kind.V1_ID]
        assert len(found) == 3
        assert {i.verified for i in found} == {None}


def test_a_layer_left_to_the_daemon_is_missing_and_not_empty(tmp_path: Path) -> None:
    path = write(tmp_path / "file.tar", imgutil_save(built(), NAME, base=1))
    report = analyze(str(path))
    assert only(report).completeness == "partial"
    (problem,) = [p for p in report.all_problems if p.code is Code.BLOB_MISSING]
    assert "left out for a daemon" in problem.detail
    assert report.exit_code == 3


def test_kaniko_without_a_name_is_told_by_the_name_it_makes_up(tmp_path: Path) -> None:
    # pkg/executor/push.go, DummyDestination; go-containerregistry appends the tag.
    members = ggcr_tarball(built(), "docker.io/unset-repo/unset-image-name:latest")
    report = analyze(str(write(tmp_path / "file.tar", members)), depth=Depth.DOCUMENTS)
    assert report.source.writer == "kaniko"


CORPUS = {
    "GoogleContainerTools-jib/jib-image.tar": "Jib",
    "wagoodman-dive/test-kaniko-image.tar": "kaniko",
    "wagoodman-dive/test-docker-image.tar": "docker 1.10 to 24",
    "google-go-containerregistry/tarball/test_image_1.tar": "go-containerregistry's legacy form",
    "google-go-containerregistry/tarball/hello-world-v25.tar": "docker 25",
}
"""INDEX.md says which project each is of."""


@pytest.mark.parametrize("name", CORPUS)
def test_the_writer_of_real_files_is_named(name: str) -> None:
    report = analyze(str(shared("corpus", "archives", *name.split("/"))), depth=Depth.DOCUMENTS)
    assert CORPUS[name] in report.source.writer
    assert Code.NAME_MISMATCH not in {p.code for p in report.all_problems}


def test_kaniko_of_dive_keeps_the_digests_of_its_layers() -> None:
    path = shared("corpus", "archives", "wagoodman-dive", "test-kaniko-image.tar")
    layers = [i for i in only(analyze(str(path))).identities if i.kind is Kind.LAYER]
    assert len(layers) > 1
    assert all(i.verified and i.origin is Origin.STORED for i in layers)


def test_equal_layers_are_written_once() -> None:
    image = built()
    assert len(set(layer_names(ggcr_tarball(image)))) == 2
    assert len(set(layer_names(ggcr_legacy(image)))) == 3
    assert hex_of(image.layer_digests[0]) in layer_names(jib_tar(image, NAME))[0]
