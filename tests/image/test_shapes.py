"""Forms without a table of contents, and inputs that come from elsewhere than a file."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

import pytest

from analyzer import AnalyzerError, analyze
from analyzer.image.identity import Kind, Origin
from analyzer.problems import Code
from tests.support.imagebuilder import ImageBuilder, tar_bytes
from tests.support.tarbytes import Dir, Entries, Link
from tests.support.tools import shared

STATUS = b"Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
ROOTFS: Entries = {
    "etc/": Dir(),
    "etc/os-release": Link("../usr/lib/os-release"),
    "usr/lib/os-release": b"ID=debian\nVERSION_ID=12\n",
    "var/lib/dpkg/status": STATUS,
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_root_filesystem_has_packages_and_no_identifier(tmp_path: Path, pack: type) -> None:
    path = tmp_path / "export.tar"
    path.write_bytes(pack(tar_bytes(ROOTFS)))
    report = analyze(str(path))
    (image,) = report.images
    assert [(p.name, p.version, p.introduced_in) for p in image.packages] == [("a", "1", 0)]
    assert image.distro is not None
    assert image.distro.id == "debian"
    assert {(i.kind, i.digest, i.origin) for i in image.identities} == {
        (kind, None, Origin.NOT_RECOVERABLE)
        for kind in (
            *(Kind.IMAGE_ID, Kind.MANIFEST, Kind.INDEX),
            *(Kind.LAYER, Kind.DIFF_ID, Kind.CHAIN_ID),
        )
    }
    assert [(layer.digest, layer.diff_id, layer.chain_id) for layer in image.layers] == [
        (None, None, None)
    ]
    assert report.exit_code == 0


def test_a_tar_with_none_of_the_folders_of_a_system_is_no_image(tmp_path: Path) -> None:
    path = tmp_path / "notes.tar"
    path.write_bytes(tar_bytes({"notes/one.txt": b"1", "photos/two.jpg": b"2"}))
    with pytest.raises(AnalyzerError) as caught:
        analyze(str(path))
    assert caught.value.code is Code.NOT_AN_IMAGE


def before_docker_1_10(folder: Path) -> Path:
    """Two layers and two names, as docker 1.9 saved them (moby graph/export.go)."""
    base, top = "a" * 64, "b" * 64
    files = {
        f"{base}/VERSION": b"1.0",
        f"{base}/json": json.dumps({"id": base, "os": "linux"}).encode(),
        f"{base}/layer.tar": tar_bytes({"etc/a": b"a", "etc/b": b"b"}),
        f"{top}/VERSION": b"1.0",
        f"{top}/json": json.dumps(
            {
                "id": top,
                "parent": base,
                "os": "linux",
                "architecture": "amd64",
                "container_config": {"Cmd": ["/bin/sh", "-c", "rm /etc/a"]},
            }
        ).encode(),
        f"{top}/layer.tar": tar_bytes({"etc/.wh.a": b""}),
        "repositories": json.dumps({"app": {"1": top, "latest": top}}).encode(),
    }
    path = folder / "old.tar"
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_a_save_before_docker_1_10_has_layers_and_names_but_no_image_id(tmp_path: Path) -> None:
    report = analyze(str(before_docker_1_10(tmp_path)))
    (image,) = report.images
    assert image.names == ("app:1", "app:latest")
    assert image.platform == "linux/amd64"
    assert image.image_id is None
    (identity,) = [i for i in image.identities if i.kind is Kind.IMAGE_ID]
    assert identity.origin is Origin.NOT_RECOVERABLE
    assert "before 1.10" in identity.reason
    lower = hashlib.sha256(tar_bytes({"etc/a": b"a", "etc/b": b"b"})).hexdigest()
    assert image.layers[0].diff_id == f"sha256:{lower}"
    assert image.layers[1].created_by == "/bin/sh -c rm /etc/a"
    assert report.exit_code == 0


def test_parents_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    one, two = "1" * 64, "2" * 64
    path = tmp_path / "loop.tar"
    path.write_bytes(
        tar_bytes(
            {
                f"{one}/json": json.dumps({"parent": two}).encode(),
                f"{two}/json": json.dumps({"parent": one}).encode(),
                "repositories": json.dumps({"app": {"1": one}}).encode(),
                f"{one}/layer.tar": tar_bytes({"a": b"a"}),
            }
        )
    )
    report = analyze(str(path))
    assert Code.INDEX_CYCLE in {problem.code for problem in report.all_problems}
    assert report.exit_code == 3


def test_standard_input_is_read_like_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = ImageBuilder().layer({"etc/a": b"a"}, codec="gzip")
    path = image.write_oci_tar(tmp_path / "image.tar", ref_name="v1")
    for data in (path.read_bytes(), gzip.compress(path.read_bytes())):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        (found,) = analyze("-").images
        assert found == analyze(str(path)).images[0]


@pytest.mark.parametrize("data", [b"", b"text", b"\x1f\x8b"])
def test_standard_input_without_an_image_is_refused(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    with pytest.raises(AnalyzerError) as caught:
        analyze("-")
    assert caught.value.where == "standard input"


def test_a_tar_of_a_dir_folder_is_read_below_its_folder() -> None:
    # The manifest digest is the one that docker 20.10 pushed (samples/README.md's image).
    (image,) = analyze(str(shared("samples", "skopeo-dir.tar"))).images
    assert image.manifest_digest is not None
    assert image.manifest_digest.startswith("sha256:ea6931d7")
    assert image.image_id is not None
    assert image.image_id.startswith("sha256:3f0673c9")


@pytest.mark.parametrize(
    ("marker", "word"),
    [
        ("docker/registry/v2/blobs", "registry"),
        ("image/overlay2/imagedb", "docker"),
        ("image/vfs/layerdb", "docker"),
        ("io.containerd.content.v1.content/blobs", "containerd"),
        ("overlay-images/images.json", "podman"),
    ],
)
def test_data_folders_are_named_with_what_to_run_instead(
    tmp_path: Path, marker: str, word: str
) -> None:
    (tmp_path / marker).mkdir(parents=True)
    if marker.endswith("layerdb"):
        (tmp_path / "image/vfs/repositories.json").write_text("{}")
    with pytest.raises(AnalyzerError) as caught:
        analyze(str(tmp_path))
    assert caught.value.code is Code.UNSUPPORTED
    assert word in caught.value.message
    assert "save" in caught.value.hint


def test_the_sample_rootfs_of_another_project_has_its_packages() -> None:
    path = shared(
        "corpus", "archives", "aboutcode-org-scancode.io", "rootfs", "basic-rootfs.tar.gz"
    )
    (image,) = analyze(str(path)).images
    assert [package.name for package in image.packages] == ["libncurses5", "libndp0"]


def test_a_docker_save_that_lost_its_manifest_json_is_put_together_again() -> None:
    path = shared("corpus", "malformed", "google-go-containerregistry", "no_manifest.tar")
    report = analyze(str(path))
    (image,) = report.images
    with tarfile.open(path) as tar:
        (config,) = [name for name in tar.getnames() if name.endswith(".json")]
    assert image.image_id == f"sha256:{config.removesuffix('.json')}"
    assert image.names == ("bazel/v1/tarball:test_image",)
    assert all(i.verified for i in image.identities if i.kind is Kind.DIFF_ID)
    assert report.exit_code == 3
