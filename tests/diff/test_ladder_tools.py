"""The ladder over pairs that real tools made of one image; the tools say what is the same."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Wanted, open_inputs
from analyzer.diff.rungs import Rung, Verdict, headline
from analyzer.diff.tree import mirrored
from analyzer.digest import digest_bytes
from tests.diff.images import normal
from tests.support.realimages import real_image
from tests.support.tools import require_tool, run, shared

if TYPE_CHECKING:
    from analyzer.diff.tree import Difference

GO, CONTAINERS = "Go (docker, BuildKit, crane)", "skopeo, buildah, podman or umoci"


def copied(source: str, target: str, *options: str) -> dict[str, Any]:
    """`skopeo copy`; the manifest that skopeo then reads there."""
    require_tool("skopeo")
    run(["skopeo", "copy", "-q", *options, source, target])
    manifest: dict[str, Any] = json.loads(run(["skopeo", "inspect", "--raw", target]).stdout)
    return manifest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One image as gzip and zstd layouts, docker archive, and docker schema 2 folder."""
    made = tmp_path_factory.mktemp("ladder")
    origin = f"docker-archive:{real_image('docker-archive-amd64')}"
    copied(origin, f"oci:{made}/gzip:a")
    copied(origin, f"oci:{made}/zstd:a", "--dest-compress-format", "zstd")
    copied(f"oci:{made}/gzip:a", f"docker-archive:{made}/archive.tar:a")
    copied(f"oci:{made}/gzip:a", f"dir:{made}/schema2", "--format", "v2s2")
    copied(f"oci:{made}/gzip:a", f"oci-archive:{made}/archive-oci.tar:a")
    return made


def compared(one: Path, two: Path) -> Difference:
    with open_inputs([Wanted(str(one)), Wanted(str(two))]) as (before, after):
        found = compare_inputs(before, after)
        assert normal(compare_inputs(after, before)) == normal(mirrored(found))
    return found


def reason(found: Difference, rung: Rung, verdict: Verdict) -> str:
    (step,) = (step for step in found.ladder if step.rung is rung)
    assert step.verdict is verdict
    return step.reason


def test_the_same_file_and_a_copy_of_it(folder: Path, tmp_path: Path) -> None:
    archive = folder / "archive.tar"
    copy = tmp_path / "copy.tar"
    shutil.copy(archive, copy)
    found = compared(archive, copy)
    assert headline(found.ladder) == "same file, byte for byte"
    assert reason(found, Rung.FILE, Verdict.PROVEN) == digest_bytes(archive.read_bytes())


def test_the_same_manifest_in_a_folder_and_in_a_tar(folder: Path) -> None:
    found = compared(folder / "gzip", folder / "archive-oci.tar")
    digest = run(
        ["skopeo", "inspect", "--format", "{{.Digest}}", f"oci:{folder}/gzip:a"]
    ).stdout.decode()
    assert headline(found.ladder) == "same manifest"
    assert reason(found, Rung.MANIFEST, Verdict.PROVEN) == digest.strip()


def test_recompressed_with_zstd(folder: Path) -> None:
    gzip, zstd = (
        json.loads(run(["skopeo", "inspect", "--raw", f"oci:{folder}/{name}:a"]).stdout)
        for name in ("gzip", "zstd")
    )
    assert gzip["config"]["digest"] == zstd["config"]["digest"]
    count = len(gzip["layers"])
    found = compared(folder / "gzip", folder / "zstd")
    why = f"all {count} layers were recompressed"
    assert headline(found.ladder) == f"same image ID, other manifest: {why}"
    said = reason(found, Rung.MANIFEST, Verdict.REFUTED)
    assert said == f"{why}: gzip, probably {CONTAINERS} -> zstd"
    assert reason(found, Rung.CONFIG, Verdict.PROVEN) == gzip["config"]["digest"]


def test_docker_schema_2_of_the_same_layers(folder: Path) -> None:
    found = compared(folder / "gzip", folder / "schema2")
    said = reason(found, Rung.MANIFEST, Verdict.REFUTED)
    assert said == "other format: OCI -> Docker schema 2"
    assert headline(found.ladder) == "same image ID, other manifest: other format"


def test_docker_schema_2_with_plain_layers(folder: Path, tmp_path: Path) -> None:
    archive = f"docker-archive:{folder}/archive.tar"
    manifest = copied(archive, f"dir:{tmp_path}/plain", "--format", "v2s2")
    found = compared(folder / "gzip", tmp_path / "plain")
    count = len(manifest["layers"])
    assert reason(found, Rung.MANIFEST, Verdict.REFUTED) == (
        f"all {count} layers were recompressed: gzip, probably {CONTAINERS} -> uncompressed; "
        "other format: OCI -> Docker schema 2"
    )


def test_a_docker_archive_leaves_the_manifest_open(folder: Path) -> None:
    found = compared(folder / "archive.tar", folder / "gzip")
    assert headline(found.ladder).startswith("same image ID; whether it is the same manifest")
    said = reason(found, Rung.MANIFEST, Verdict.UNKNOWN)
    assert said == "before: the manifest digest is not recoverable from a docker archive"


@pytest.mark.parametrize(
    ("indent", "order", "why"),
    [(3, False, "other white space"), (None, True, "other order of members")],
)
def test_a_manifest_written_otherwise(
    folder: Path, tmp_path: Path, indent: int | None, *, order: bool, why: str
) -> None:
    other = tmp_path / "dir"
    shutil.copytree(folder / "schema2", other)
    manifest = json.loads((other / "manifest.json").read_bytes())
    members = dict(sorted(manifest.items(), reverse=order))
    (other / "manifest.json").write_text(json.dumps(members if order else manifest, indent=indent))
    found = compared(folder / "schema2", other)
    assert headline(found.ladder) == f"same image ID, other manifest: {why}"


def test_a_config_that_skopeo_rewrote(tmp_path: Path) -> None:
    """Docker's manifest to OCI: 3f0673c9 becomes 880ff4af; the layers are kept."""
    require_tool("skopeo")
    shutil.unpack_archive(shared("samples", "skopeo-dir.tar"), tmp_path, filter="data")
    manifest = copied(f"dir:{tmp_path}/dir", f"oci:{tmp_path}/oci:a")
    found = compared(tmp_path / "dir", tmp_path / "oci")
    assert headline(found.ladder).startswith("same layers, other config: config.AttachStderr, ")
    identity = found.children[0].child("identity")
    image_id = identity.child("image_id") if identity else None
    assert image_id is not None
    assert image_id.after == manifest["config"]["digest"]


def test_docker_pushed_what_the_containerd_store_keeps_plain(tmp_path: Path) -> None:
    save = shared("samples", "docker-29-save-containerd-store.tar")
    found = compared(save, shared("samples", "skopeo-dir.tar"))
    assert headline(found.ladder) == "same image ID, other manifest: all 4 layers were recompressed"
    assert reason(found, Rung.MANIFEST, Verdict.REFUTED).endswith(f"gzip, probably {GO}")


def umoci(layout: Path, *command: str) -> None:
    run([require_tool("umoci"), *command[:1], "--image", f"{layout}:a", *command[1:]])


def test_one_field_of_the_config(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "layout"
    shutil.copytree(folder / "gzip", other)
    umoci(other, "config", "--config.workingdir", "/srv", "--no-history")
    found = compared(folder / "gzip", other)
    assert "config.WorkingDir" in headline(found.ladder)
    assert headline(found.ladder).startswith("same layers, other config: ")


def squashed(source: Path, target: Path) -> None:
    """All layers as one: unpacked with umoci, packed again as the only layer."""
    if os.geteuid():
        pytest.skip("only root can unpack files with their owners")
    bundle, layout = target.parent / "bundle", str(target)
    run([require_tool("umoci"), "unpack", "--image", f"{source}:a", bundle])
    run(["umoci", "init", "--layout", layout])
    run(["umoci", "new", "--image", f"{layout}:a"])
    run(["umoci", "insert", "--image", f"{layout}:a", bundle / "rootfs", "/"])


def test_one_tree_from_other_layers(folder: Path, tmp_path: Path) -> None:
    """`umoci insert` of the unpacked tree keeps modes, owners and times."""
    squashed(folder / "gzip", tmp_path / "squashed")
    found = compared(folder / "gzip", tmp_path / "squashed")
    assert headline(found.ladder).startswith("same root filesystem, other layers: 0 in common")
    assert reason(found, Rung.ROOTFS, Verdict.PROVEN)


def test_one_byte_of_one_file(folder: Path, tmp_path: Path) -> None:
    """The database of packages is the same, the tree is not."""
    other = tmp_path / "layout"
    shutil.copytree(folder / "gzip", other)
    (tmp_path / "hello").write_bytes(b"x")
    umoci(other, "insert", str(tmp_path / "hello"), "/hello")
    found = compared(folder / "gzip", other)
    assert headline(found.ladder) == "same packages, other root filesystem: 1 path differs"
    said = reason(found, Rung.ROOTFS, Verdict.REFUTED)
    assert said == "1 path differs; hello (on one side only)"


def test_other_packages(folder: Path) -> None:
    found = compared(folder / "gzip", shared("samples", "docker-20.10-save.tar"))
    assert headline(found.ladder) == "different"


def test_one_recompressed_layer_is_named(folder: Path, tmp_path: Path) -> None:
    """One layer in gzip's own stream instead of skopeo's, everything else as it was."""
    again = Path(shutil.copytree(folder / "gzip", tmp_path / "again"))
    index = json.loads((again / "index.json").read_bytes())
    manifest = json.loads(_blob(again, index["manifests"][0]["digest"]).read_bytes())
    number = len(manifest["layers"]) - 1
    stored = _blob(again, manifest["layers"][number]["digest"]).read_bytes()
    plain = subprocess.run(["gzip", "-d"], input=stored, capture_output=True, check=True).stdout
    packed = subprocess.run(["gzip", "-1n"], input=plain, capture_output=True, check=True).stdout
    manifest["layers"][number] |= _put(again, packed)
    index["manifests"][0] |= _put(again, json.dumps(manifest).encode())
    (again / "index.json").write_text(json.dumps(index))
    found = compared(folder / "gzip", again)
    why = f"layer {number} was recompressed"
    assert headline(found.ladder) == f"same image ID, other manifest: {why}"


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / Path(*digest.split(":"))


def _put(layout: Path, content: bytes) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    _blob(layout, digest).write_bytes(content)
    return {"digest": digest, "size": len(content)}
