"""The whole path on images of the real tools: every value comes from another tool."""

from __future__ import annotations

import hashlib
import subprocess

import pytest

from analyzer import Report, analyze
from analyzer.image.identity import Kind, Origin
from analyzer.report import ImageReport
from tests.support.realimages import expected, real_image
from tests.support.tools import require_tool

ARCHITECTURES = ("amd64", "arm64")


def skopeo(*words: str) -> bytes:
    done = subprocess.run(
        [require_tool("skopeo"), "inspect", *words], check=True, capture_output=True
    )
    return done.stdout


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def identity(image: ImageReport, kind: Kind) -> tuple[str | None, Origin, bool | None]:
    (found,) = [i for i in image.identities if i.kind is kind and i.layer is None]
    return found.digest, found.origin, found.verified


def dpkg_lines(image: ImageReport) -> list[str]:
    """As `dpkg-query -W -f '${db:Status-Status} ${Package} ${Version} ${Architecture}'` prints."""
    rows = [f"{p.state} {p.name} {p.version} {p.arch}" for p in image.packages if p.type == "deb"]
    return sorted(rows)


@pytest.fixture(scope="module")
def layout() -> Report:
    return analyze(str(real_image("oci-layout")))


def test_a_buildah_layout_has_the_digests_that_skopeo_states(layout: Report) -> None:
    raw = skopeo("--raw", f"oci:{real_image('oci-layout')}")
    children = expected("oci-layout")["index"]["manifests"]
    stated = {entry["platform"]["architecture"]: entry["digest"] for entry in children}
    assert [image.platform for image in layout.images] == ["linux/amd64", "linux/arm64"]
    for image in layout.images:
        assert image.manifest_digest == stated[image.platform.removeprefix("linux/")]
        assert image.index_digest == sha256(raw)
        assert identity(image, Kind.MANIFEST) == (image.manifest_digest, Origin.STORED, True)
        assert identity(image, Kind.INDEX) == (sha256(raw), Origin.STORED, True)
        assert image.completeness == "complete"
    assert layout.exit_code == 0
    assert layout.all_problems == ()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_image_id_diff_ids_and_layers_are_those_of_skopeo(
    layout: Report, architecture: str
) -> None:
    (image,) = [i for i in layout.images if i.platform == f"linux/{architecture}"]
    stated = expected("oci-layout")["platforms"][architecture]
    assert image.image_id == stated["image_id"]
    assert [layer.diff_id for layer in image.layers] == stated["diff_ids"]
    assert [layer.digest for layer in image.layers] == stated["layer_digests"]
    assert all(i.verified for i in image.identities)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_packages_are_those_that_dpkg_query_lists(layout: Report, architecture: str) -> None:
    (image,) = [i for i in layout.images if i.platform == f"linux/{architecture}"]
    stated = expected("oci-layout")["platforms"][architecture]["packages"]
    assert dpkg_lines(image) == sorted(stated)
    assert len(stated) > 50
    assert image.distro is not None
    assert (image.distro.id, image.distro.version_id) == ("debian", "12")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("form", ["docker-archive", "oci-archive", "oci-archive-zstd"])
def test_every_form_of_one_image_has_its_id_and_packages(
    layout: Report, form: str, architecture: str
) -> None:
    (first,) = [i for i in layout.images if i.platform == f"linux/{architecture}"]
    (other,) = analyze(str(real_image(f"{form}-{architecture}"))).images
    assert other.image_id == first.image_id
    assert [layer.diff_id for layer in other.layers] == [layer.diff_id for layer in first.layers]
    assert other.packages == first.packages


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_docker_archive_has_no_manifest_digest_whatever_skopeo_prints(architecture: str) -> None:
    (image,) = analyze(str(real_image(f"docker-archive-{architecture}"))).images
    made_up = expected(f"docker-archive-{architecture}")["made_up_digest"]
    assert image.manifest_digest is None
    assert identity(image, Kind.MANIFEST) == (None, Origin.NOT_RECOVERABLE, None)
    labelled = [i for i in image.identities if i.digest == made_up]
    assert {i.origin for i in labelled} == {Origin.MADE_UP}
    assert any("skopeo" in i.made_by for i in labelled)


def test_a_docker_save_has_the_id_of_its_config_and_no_manifest_digest() -> None:
    path = real_image("docker-save")
    report = analyze(str(path))
    for number, image in enumerate(report.images):
        config = skopeo("--config", "--raw", f"docker-archive:{path}:@{number}")
        assert image.image_id == sha256(config)
        assert image.manifest_digest is None
        assert image.index_digest is None
        assert identity(image, Kind.IMAGE_ID) == (sha256(config), Origin.COMPUTED, True)
        (manifest,) = [i for i in image.identities if i.kind is Kind.MANIFEST]
        assert "made up" in manifest.reason
    assert report.exit_code == 0


@pytest.mark.parametrize("name", ["docker-save", "podman-docker-archive", "podman-oci-archive"])
def test_saved_images_have_the_names_and_ids_that_the_engine_stated(name: str) -> None:
    stated = {
        (image["image_id"], tuple(sorted(image["names"]))) for image in expected(name)["images"]
    }
    found = {
        (image.image_id, tuple(sorted(image.names)))
        for image in analyze(str(real_image(name))).images
    }
    assert found == stated


def test_a_dir_folder_keeps_the_manifest_that_skopeo_states() -> None:
    path = real_image("dir-arm64")
    (image,) = analyze(str(path)).images
    assert image.manifest_digest == sha256(skopeo("--raw", f"dir:{path}"))
    assert image.image_id == expected("dir-arm64")["image_id"]
