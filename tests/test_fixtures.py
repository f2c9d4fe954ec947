"""The committed fixtures: their manifest, their sizes, and what skopeo says of them."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import realimages
from tests.support.tools import ROOT, require_tool, run

FIXTURES = ROOT / "fixtures"
MULTI = FIXTURES / "layouts/multi"
ARCHITECTURES = ("amd64", "arm64")
CHECK = ROOT / "scripts/check_fixtures.py"


def facts(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FIXTURES / f"{name}.expected.json").read_bytes())
    return document


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def inspect(reference: str, *options: str, architecture: str = "amd64") -> bytes:
    chosen = ["--override-os", "linux", "--override-arch", architecture]
    return run([require_tool("skopeo"), *chosen, "inspect", "--raw", *options, reference]).stdout


class TestManifest:
    def test_every_file_is_as_the_manifest_says(self) -> None:
        done = run([sys.executable, CHECK], check=False)
        assert done.stdout.decode() == ""
        assert done.returncode == 0

    def test_a_changed_a_new_and_a_lost_file_are_found(self, tmp_path: Path) -> None:
        copy = shutil.copytree(FIXTURES, tmp_path / "fixtures")
        (copy / "layouts/multi/oci-layout").write_bytes(b"{}")
        (copy / "layouts/multi/new").write_bytes(b"")
        (copy / "layouts/apk/oci-layout").unlink()
        (copy / "large").write_bytes(b"\0" * 65_537)
        done = run([sys.executable, CHECK, copy], check=False)
        said = done.stdout.decode()
        assert done.returncode == 1
        assert "layouts/multi/oci-layout: declared 31 bytes, measured 2" in said
        assert "layouts/multi/new: not in the manifest" in said
        assert "layouts/apk/oci-layout: in the manifest, not there" in said
        assert "large: 65537 bytes, the cap is 65536" in said


class TestLayouts:
    def test_skopeo_reads_the_index_under_the_tag(self) -> None:
        index = inspect(f"oci:{MULTI}:1.0")
        assert digest(index) == facts("layouts/multi")["named_digest"]
        platforms = [entry["platform"] for entry in json.loads(index)["manifests"]]
        assert [platform["architecture"] for platform in platforms] == list(ARCHITECTURES)

    @pytest.mark.parametrize("architecture", ARCHITECTURES)
    def test_skopeo_finds_the_same_image_id_in_layout_and_save(self, architecture: str) -> None:
        expected = facts("layouts/multi")["platforms"][architecture]["image_id"]
        layout = inspect(f"oci:{MULTI}:1.0", "--config", architecture=architecture)
        save = FIXTURES / f"saves/multi-{architecture}.tar"
        saved = inspect(f"docker-archive:{save}", "--config")
        assert digest(layout) == digest(saved) == expected
        assert facts(f"saves/multi-{architecture}")["image_id"] == expected

    @pytest.mark.parametrize("architecture", ARCHITECTURES)
    def test_the_digest_of_a_save_is_made_up(self, architecture: str) -> None:
        save = FIXTURES / f"saves/multi-{architecture}.tar"
        made_up = digest(inspect(f"docker-archive:{save}"))
        expected = facts("layouts/multi")["platforms"][architecture]["manifest_digest"]
        assert made_up == facts(f"saves/multi-{architecture}")["made_up_digest"] != expected

    def test_skopeo_reads_the_apk_layout(self) -> None:
        expected = facts("layouts/apk")
        manifest = inspect(f"oci:{FIXTURES / 'layouts/apk'}:1.0")
        assert digest(manifest) == expected["named_digest"]

    @pytest.mark.parametrize("name", ["multi", "next", "apk"])
    def test_every_blob_is_named_after_its_bytes(self, name: str) -> None:
        for blob in (FIXTURES / f"layouts/{name}/blobs/sha256").iterdir():
            assert digest(blob.read_bytes()) == f"sha256:{blob.name}"


class TestPackages:
    def test_the_databases_hold_the_strange_cases(self) -> None:
        for architecture in ARCHITECTURES:
            lines = facts("layouts/multi")["platforms"][architecture]["packages"]
            assert "config-files netbase 6.4 all" in lines
            assert any(line.startswith("installed bsdutils 1:") for line in lines)
            assert sum(line.endswith(f" {architecture}") for line in lines) == len(lines) - 1


class TestRealImages:
    def test_without_the_folder_tests_skip(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv(realimages.FOLDER, str(tmp_path))
        monkeypatch.delenv("OCISCOPE_REQUIRE_TOOLS", raising=False)
        with pytest.raises(pytest.skip.Exception, match="build_real_images"):
            realimages.real_image("oci-layout")

    @pytest.mark.parametrize("name", realimages.NAMES)
    def test_every_image_is_there_with_its_answers(self, name: str) -> None:
        assert realimages.real_image(name).exists()
        assert realimages.expected(name)

    def test_all_copies_of_a_platform_have_one_image_id(self) -> None:
        platforms = realimages.expected("oci-layout")["platforms"]
        for name in realimages.NAMES[1:-3]:
            facts_of_copy = realimages.expected(name)
            architecture = facts_of_copy["architecture"]
            assert facts_of_copy["image_id"] == platforms[architecture]["image_id"]

    def test_the_trees_hold_every_kind_of_entry(self) -> None:
        for architecture in ARCHITECTURES:
            entries = realimages.expected_tree(architecture)
            kinds = {entry["type"] for entry in entries}
            assert kinds == {"file", "directory", "symlink", "char", "fifo"}
