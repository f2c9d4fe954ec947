"""`verify` on what is neither layout nor docker archive: `dir:`, saves before 1.10, root files."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.harness import MULTI, call
from tests.support.imagebuilder import Dir, File, sha256, tar_bytes
from tests.support.saves import save_entries
from tests.support.tools import ROOT, require_tool, run, shared
from tests.verify.breaks import image

SAMPLES = sorted((ROOT.parent / "shared/samples").glob("*.tar"))


def verify(path: Path) -> dict[str, Any]:
    answer = call("verify", path, "-o", "json")
    return dict(answer.json) | {"code": answer.code}


def serious(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (c["name"], f["where"])
        for c in document["checks"]
        for f in c["findings"]
        if f["severity"] != "note"
    ]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_what_real_tools_wrote_holds(path: Path) -> None:
    document = verify(path)
    assert (document["code"], document["verdict"], serious(document)) == (0, "holds", [])


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """Both platforms of a layout as skopeo keeps them in one flat folder."""
    skopeo = require_tool("skopeo")
    folder = tmp_path / "dir"
    run([skopeo, "copy", "-q", "--all", f"oci:{MULTI}:1.0", f"dir:{folder}"])
    return folder


class TestDir:
    def test_of_all_platforms_holds(self, flat: Path) -> None:
        document = verify(flat)
        assert (document["code"], serious(document)) == (0, [])
        assert len(document["images"]) == 2

    def test_each_blob_is_compared_with_its_name(self, flat: Path) -> None:
        blobs = [path for path in flat.iterdir() if len(path.name) == 64]
        assert blobs
        for blob in blobs:
            data = blob.read_bytes()
            blob.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
            document = verify(flat)
            blob.write_bytes(data)
            assert document["code"] in {1, 3}
            assert ("member-names", blob.name) in serious(document)

    def test_a_manifest_that_is_no_json_leaves_the_blobs_checked(self, tmp_path: Path) -> None:
        with tarfile.open(shared("samples", "skopeo-dir.tar")) as tar:
            tar.extractall(tmp_path, filter="data")
        (manifest,) = tmp_path.rglob("manifest.json")
        manifest.write_bytes(b"[" + manifest.read_bytes())
        document = verify(manifest.parent)
        assert document["code"] == 3
        assert serious(document) == [("documents", "manifest.json")]
        [names] = [c for c in document["checks"] if c["name"] == "member-names"]
        assert names["checked"] == sum(len(path.name) == 64 for path in manifest.parent.iterdir())


class TestBefore110:
    """docker save before 1.10: folders of layers, no config and no manifest.json."""

    def entries(self) -> dict[str, Any]:
        every = save_entries([(image().build(), ("app:1",))], "legacy")
        return {n: e for n, e in every.items() if "/" in n or n == "repositories"}

    def test_holds_and_lists_what_nothing_covers(self, tmp_path: Path) -> None:
        path = tmp_path / "old.tar"
        path.write_bytes(tar_bytes(self.entries()))
        document = verify(path)
        assert (document["code"], serious(document)) == (0, [])
        with tarfile.open(path) as tar:
            files = {member.name for member in tar if member.isfile()}
        assert {item["name"] for item in document["uncommitted"]} == files

    def test_a_layer_that_is_not_there(self, tmp_path: Path) -> None:
        entries = self.entries()
        gone = next(name for name in entries if name.endswith("/layer.tar"))
        del entries[gone]
        path = tmp_path / "old.tar"
        path.write_bytes(tar_bytes(entries))
        document = verify(path)
        assert document["code"] == 1
        assert serious(document) == [("presence", gone)]


FOLDERS = {name: Dir() for name in ("bin", "dev", "etc", "proc", "sys", "usr", "var")}


class TestRootFiles:
    def test_prove_nothing_and_are_named_with_what_they_are(self, tmp_path: Path) -> None:
        path = tmp_path / "root.tar"
        path.write_bytes(tar_bytes({**FOLDERS, "etc/os-release": File(b"ID=alpine\n")}))
        answer = call("verify", path)
        assert answer.code == 0
        assert "states no digest of anything" in answer.text
        [item] = verify(path)["uncommitted"]
        assert item["digest"] == sha256(path.read_bytes())

    def test_that_are_damaged_are_unread(self, tmp_path: Path) -> None:
        files = {f"etc/{n}": File(bytes(600)) for n in range(4)}
        data = bytearray(tar_bytes({**FOLDERS, **files}))
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            header = [member.offset for member in tar if member.isfile()][2]
        data[header + 150] ^= 1  # in the checksum field, POSIX ustar
        path = tmp_path / "root.tar"
        path.write_bytes(data)
        assert verify(path)["code"] == 3
