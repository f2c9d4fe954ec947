"""The bridge on real files: what docker and skopeo push, against what they save."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.harness import Answer, call
from tests.support.engines import dockerd
from tests.support.imagebuilder import ImageBuilder, tar_bytes
from tests.support.tools import ROOT, require_tool, run
from tests.verify.registry import registry, served

SAVE = ROOT / "fixtures" / "saves" / "multi-amd64.tar"
LAYOUT = ROOT / "fixtures" / "layouts" / "multi"


def prove(path: Path, file: Path, *words: str) -> tuple[Answer, dict[str, Any]]:
    answer = call("verify", path, "--against", file, *words, "-o", "json")
    return answer, answer.json


def swap_a_layer(save: Path, target: Path) -> Path:
    """The same archive with other content in its last layer; all documents stay as they are."""
    with tarfile.open(save) as old, tarfile.open(target, "w") as new:
        listed = old.extractfile("manifest.json")
        assert listed is not None
        last = json.load(listed)[0]["Layers"][-1]
        for member in old:
            data = old.extractfile(member) if member.isfile() else None
            raw = data.read() if data else b""
            if member.name == last:
                raw = tar_bytes({"etc/passwd": b"intruder::0:0::/:/bin/sh\n"})
                member.size = len(raw)
            new.addfile(member, io.BytesIO(raw) if member.isfile() else None)
    return target


def test_a_docker_save_is_proven_by_what_the_registry_serves_after_docker_push(
    tmp_path: Path,
) -> None:
    loaded = ImageBuilder().layer({"etc/motd": b"hello\n"}).layer({"app": b"two" * 100})
    source = loaded.write_save(tmp_path / "in.tar", "app:1")
    with registry(tmp_path / "registry") as host, dockerd() as docker:
        name = f"{host}/team/app:1"
        docker("load", "--input", source)
        docker("tag", "app:1", name)
        docker("push", name)
        raw, digest = served(host, "team/app", "1")
        docker("save", "--output", tmp_path / "out.tar", name)
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(raw)
    answer, document = prove(tmp_path / "out.tar", manifest, "--digest", digest)
    assert (answer.code, document["verdict"]) == (0, "proven")
    assert document["level"] == "same-content-by-config"
    assert document["against"]["digest"] == digest

    other = swap_a_layer(tmp_path / "out.tar", tmp_path / "swapped.tar")
    answer, document = prove(other, manifest, "--digest", digest)
    assert (answer.code, document["verdict"]) == (1, "refuted")
    broken = document["links"][document["broken_link"] - 1]
    assert broken["text"] == "layer 1 inflates to its diff ID"
    assert "1 of 2 layers inflate to their diff IDs" in document["remarks"]


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, str]]:
    """What a registry serves after `skopeo copy` from the fixtures."""
    folder = tmp_path_factory.mktemp("pushed")
    skopeo = require_tool("skopeo")
    with registry(folder / "registry") as host:
        copy = [skopeo, "copy", "--quiet", "--dest-tls-verify=false"]
        run([*copy, f"docker-archive:{SAVE}", f"docker://{host}/save:1"])
        run([*copy, "--all", f"oci:{LAYOUT}", f"docker://{host}/layout:1"])
        found = {name: served(host, name, "1") for name in ("save", "layout")}
        for entry in json.loads(found["layout"][0])["manifests"]:
            digest = entry["digest"]
            found[entry["platform"]["architecture"]] = served(host, "layout", digest)
        return found


def test_a_save_is_proven_by_the_manifest_that_skopeo_pushed(
    pushed: dict[str, tuple[bytes, str]], tmp_path: Path
) -> None:
    raw, digest = pushed["save"]
    (tmp_path / "m.json").write_bytes(raw)
    answer, document = prove(SAVE, tmp_path / "m.json", "--digest", digest)
    assert (answer.code, document["verdict"]) == (0, "proven")
    assert document["level"] == "same-content-by-config"
    answer, document = prove(swap_a_layer(SAVE, tmp_path / "x.tar"), tmp_path / "m.json")
    assert (answer.code, document["verdict"]) == (1, "refuted")


def test_a_layout_is_proven_by_the_index_that_the_registry_serves(
    pushed: dict[str, tuple[bytes, str]], tmp_path: Path
) -> None:
    raw, digest = pushed["layout"]
    (tmp_path / "i.json").write_bytes(raw)
    answer, document = prove(LAYOUT, tmp_path / "i.json", "--digest", digest)
    assert (answer.code, document["verdict"]) == (0, "proven")
    assert document["level"] == "byte-identical-blobs"
    assert document["images"] == ["1.0 linux/amd64", "1.0 linux/arm64"]


def test_a_save_of_one_platform_needs_the_manifest_and_then_is_proven(
    pushed: dict[str, tuple[bytes, str]], tmp_path: Path
) -> None:
    """The save was made from the layout, so the layout's manifest names its config."""
    (tmp_path / "i.json").write_bytes(pushed["layout"][0])
    answer, document = prove(SAVE, tmp_path / "i.json")
    assert (answer.code, document["verdict"]) == (2, "undecided")
    raw, digest = pushed["amd64"]
    assert digest in document["bring"][0]
    (tmp_path / "m.json").write_bytes(raw)
    answer, document = prove(SAVE, tmp_path / "m.json", "--digest", digest)
    assert (answer.code, document["verdict"]) == (0, "proven")
    (tmp_path / "m.json").write_bytes(pushed["arm64"][0])
    assert prove(SAVE, tmp_path / "m.json")[0].code == 1
