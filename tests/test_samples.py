"""One image through most tools: what each archive of it says, against what the tools said.

The image was built once by docker 20.10; the digests are those that the tools printed (docker,
podman, skopeo, crane, ctr, BuildKit), noted when the archives were made.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from analyzer import ImageReport, Report, analyze
from analyzer.image.identity import LOCAL_MANIFEST, Kind, Origin
from analyzer.problems import Code, Severity
from tests.support.tools import require_tool, run, shared

IMAGE_ID = "sha256:3f0673c9cee1e2f956488351c0d753f93870978255cb07610ada874cab412494"
REWRITTEN = "sha256:880ff4af34b774c2696de92da9a7966c72315fb935c27621625c89a2c7717fcc"
"""The config after containers/image turned docker's schema 2 into OCI."""
BELOW = "sha256:9639956e62b023342cb4b10e7c8fd1181c03b5f1176d2f73fe4ac2745dd06eef"
TOP = "sha256:bb262828de8275723e2c4148b421ad3919e043a9503e7b92faa5f24dd133f3d9"
DIFF_IDS = [BELOW, BELOW, BELOW, TOP]

NAMES = (
    "docker-20.10-save",
    "docker-29-save-graphdriver-store",
    "docker-29-save-containerd-store",
    "docker-29-save-one-platform-with-attestation",
    "ctr-images-export",
    "podman-4.3-save-docker-archive",
    "podman-4.3-save-oci-archive",
    "crane-tarball",
    "buildkit-docker",
    "buildkit-oci-multi-platform-attestations",
    "buildkit-oci-debian-two-platforms-zstd",
)


def sample(name: str) -> Path:
    return shared("samples", f"{name}.tar")


def report(name: str) -> Report:
    return analyze(str(sample(name)))


def single(name: str) -> ImageReport:
    (image,) = report(name).images
    return image


def found(image: ImageReport, kind: Kind) -> tuple[str | None, Origin, bool | None]:
    (identity,) = [i for i in image.identities if i.kind is kind and i.layer is None]
    return identity.digest, identity.origin, identity.verified


def member(name: str, path: str) -> bytes:
    with tarfile.open(sample(name)) as archive:
        stream = archive.extractfile(path)
        assert stream is not None
        return stream.read()


@pytest.mark.parametrize(
    ("name", "image_id", "manifest"),
    [
        ("docker-20.10-save", IMAGE_ID, None),
        ("podman-4.3-save-docker-archive", IMAGE_ID, None),
        ("crane-tarball", IMAGE_ID, None),
        ("docker-29-save-graphdriver-store", IMAGE_ID, "49f166c9"),
        ("docker-29-save-containerd-store", IMAGE_ID, "316deac5"),
        ("podman-4.3-save-oci-archive", REWRITTEN, "6db89903"),
    ],
)
def test_one_image_has_one_id_and_as_many_manifests_as_tools(
    name: str, image_id: str, manifest: str | None
) -> None:
    image = single(name)
    assert image.image_id == image_id
    if manifest is None:
        assert image.manifest_digest is None
        assert found(image, Kind.MANIFEST) == (None, Origin.NOT_RECOVERABLE, None)
    else:
        assert image.manifest_digest is not None
        assert image.manifest_digest.startswith(f"sha256:{manifest}")
        assert found(image, Kind.MANIFEST) == (image.manifest_digest, Origin.STORED, True)
    assert [layer.diff_id for layer in image.layers] == DIFF_IDS
    diff_ids = [i for i in image.identities if i.kind is Kind.DIFF_ID]
    assert [i.verified for i in diff_ids] == [True] * 4
    assert image.index_digest is None


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("docker-20.10-save", ("test/one:1", "localhost:5000/one:2")),
        ("docker-29-save-graphdriver-store", ("docker.io/test/one:1", "localhost:5000/one:2")),
        ("docker-29-save-containerd-store", ("docker.io/test/one:1", "localhost:5000/one:2")),
        ("podman-4.3-save-docker-archive", ("localhost:5000/one:d20",)),
        ("podman-4.3-save-oci-archive", ("localhost:5000/one:d20",)),
        ("crane-tarball", ("localhost:5000/one:d20",)),
        ("buildkit-docker", ("docker.io/test/bk:1",)),
    ],
)
def test_names_are_those_that_the_tool_wrote(name: str, names: tuple[str, ...]) -> None:
    assert single(name).names == names


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_sound(name: str) -> None:
    """Also those with absent platforms: a platform that was not exported is no fault."""
    whole = report(name)
    assert whole.exit_code == 0
    assert {problem.severity for problem in whole.all_problems} <= {Severity.NOTE}


@pytest.mark.parametrize(
    ("name", "platforms"),
    [
        ("buildkit-docker", [("linux/amd64", "complete")]),
        (
            "buildkit-oci-multi-platform-attestations",
            [("linux/amd64", "complete"), ("linux/arm64", "complete")],
        ),
        ("ctr-images-export", [("linux/amd64", "complete"), ("linux/arm64", "absent")]),
        ("docker-29-save-one-platform-with-attestation", [("linux/arm64", "complete")]),
        (
            "buildkit-oci-debian-two-platforms-zstd",
            [("linux/amd64", "complete"), ("linux/arm64", "complete")],
        ),
    ],
)
def test_platforms_and_how_much_of_each_is_there(
    name: str, platforms: list[tuple[str, str]]
) -> None:
    assert [(image.platform, image.completeness) for image in report(name).images] == platforms


def test_an_absent_platform_has_its_digest_and_a_note() -> None:
    here, gone = report("ctr-images-export").images
    index = json.loads(member("ctr-images-export", f"blobs/sha256/{here.index_digest[7:]}"))  # type: ignore[index]
    stated = {
        entry["platform"]["architecture"]: entry["digest"]
        for entry in index["manifests"]
        if entry["platform"]["architecture"] != "unknown"
    }
    assert found(here, Kind.MANIFEST) == (stated["amd64"], Origin.STORED, True)
    assert found(gone, Kind.MANIFEST) == (stated["arm64"], Origin.STORED, None)
    assert [(p.code, p.severity) for p in gone.problems] == [(Code.PLATFORM_ABSENT, Severity.NOTE)]


def test_one_build_has_the_same_digests_in_every_export() -> None:
    """BuildKit's layout, its docker form, ctr's export and docker's save of one platform."""
    amd64, arm64 = report("buildkit-oci-multi-platform-attestations").images
    exported, _ = report("ctr-images-export").images
    saved = single("docker-29-save-one-platform-with-attestation")
    loaded = single("buildkit-docker")
    for other, image in ((exported, amd64), (loaded, amd64), (saved, arm64)):
        assert other.image_id == image.image_id
        assert other.manifest_digest == image.manifest_digest
        assert other.layers == image.layers
    assert exported.index_digest == amd64.index_digest
    assert (saved.index_digest, loaded.index_digest) == (None, None)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("buildkit-oci-multi-platform-attestations", 2),
        ("docker-29-save-one-platform-with-attestation", 1),
    ],
)
def test_an_attestation_is_in_the_tree_and_never_an_image(name: str, number: int) -> None:
    whole = report(name)

    def kinds(nodes: Any) -> list[str]:  # noqa: ANN401 - a tree
        return [kind for node in nodes for kind in (node.kind, *kinds(node.children))]

    assert kinds(whole.tree).count("attestation") == number
    assert all(image.platform != "unknown/unknown" for image in whole.images)


def test_the_manifest_of_the_graphdriver_store_was_made_when_saving() -> None:
    """No registry ever had it; the one that docker 20.10 pushed is ea6931d7."""
    for name, reason in (
        ("docker-29-save-graphdriver-store", LOCAL_MANIFEST),
        ("docker-29-save-containerd-store", ""),
    ):
        image = single(name)
        assert [i.reason for i in image.identities if i.kind is Kind.MANIFEST] == [reason]


def test_layers_of_crane_have_the_digests_of_their_names() -> None:
    image = single("crane-tarball")
    (item,) = json.loads(member("crane-tarball", "manifest.json"))
    assert [layer.digest for layer in image.layers] == [
        f"sha256:{name.removesuffix('.tar.gz')}" for name in item["Layers"]
    ]
    layers = [i for i in image.identities if i.kind is Kind.LAYER]
    assert {(i.origin, i.verified) for i in layers} == {(Origin.STORED, True)}


def test_repeated_layers_of_docker_are_links_and_read_as_layers() -> None:
    with tarfile.open(sample("docker-20.10-save")) as archive:
        assert any(entry.issym() for entry in archive)
    sizes = [layer.uncompressed_size for layer in single("docker-20.10-save").layers]
    assert sizes[0] == sizes[1] == sizes[2]
    assert None not in sizes


def test_a_dir_of_skopeo_keeps_the_digest_of_the_registry(tmp_path: Path) -> None:
    with tarfile.open(sample("skopeo-dir")) as archive:
        archive.extractall(tmp_path, filter="data")
    (image,) = analyze(f"dir:{tmp_path / 'dir'}").images
    raw = (tmp_path / "dir/manifest.json").read_bytes()
    assert image.image_id == IMAGE_ID
    assert image.manifest_digest == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert image.manifest_digest.startswith("sha256:ea6931d7")
    assert [layer.diff_id for layer in image.layers] == DIFF_IDS
    assert all(identity.verified is not False for identity in image.identities)


def test_the_debian_sample_has_its_packages_in_one_zstd_layer() -> None:
    for image in report("buildkit-oci-debian-two-platforms-zstd").images:
        assert [layer.compression for layer in image.layers] == ["zstd"]
        assert image.distro is not None
        assert (image.distro.id, image.distro.version_id) == ("debian", "12")
        assert len(image.installed) > 50
        assert {package.arch for package in image.installed} <= {
            "all",
            image.platform.removeprefix("linux/"),
        }


@pytest.mark.parametrize(
    "name",
    ["docker-20.10-save", "podman-4.3-save-docker-archive", "docker-29-save-containerd-store"],
)
def test_skopeo_has_the_same_config_and_makes_up_a_digest(name: str) -> None:
    skopeo = [require_tool("skopeo"), "inspect"]
    reference = f"docker-archive:{sample(name)}:@0"
    config = run([*skopeo, "--config", "--raw", reference]).stdout
    assert single(name).image_id == f"sha256:{hashlib.sha256(config).hexdigest()}"
    made_up = f"sha256:{hashlib.sha256(run([*skopeo, '--raw', reference]).stdout).hexdigest()}"
    assert made_up.startswith("sha256:3b13b26c")
    labelled = [i for i in single(name).identities if i.digest == made_up]
    assert {identity.origin for identity in labelled} == {Origin.MADE_UP}
    assert any("skopeo" in identity.made_by for identity in labelled)


@pytest.mark.parametrize(
    ("name", "arch"),
    [
        ("podman-4.3-save-oci-archive", "amd64"),
        ("buildkit-oci-multi-platform-attestations", "arm64"),
        ("buildkit-oci-debian-two-platforms-zstd", "arm64"),
    ],
)
def test_skopeo_reads_the_same_documents_in_oci_archives(name: str, arch: str) -> None:
    skopeo = [require_tool("skopeo"), "--override-os", "linux", "--override-arch", arch, "inspect"]
    reference = f"oci-archive:{sample(name)}"
    top = f"sha256:{hashlib.sha256(run([*skopeo, '--raw', reference]).stdout).hexdigest()}"
    config = run([*skopeo, "--config", "--raw", reference]).stdout
    (image,) = [i for i in report(name).images if i.platform == f"linux/{arch}"]
    assert (image.index_digest or image.manifest_digest) == top
    assert image.image_id == f"sha256:{hashlib.sha256(config).hexdigest()}"
