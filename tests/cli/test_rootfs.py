"""Every command on root filesystems: directories, exports, BuildKit's folders of platforms."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.harness import MULTI, call
from tests.support.tools import ROOT, run

STATUS = b"Package: tool\nStatus: install ok installed\nVersion: 1.2\nArchitecture: all\n"


def elf(machine: int) -> bytes:
    """The head of a little-endian program: System V ABI, ELF header."""
    return b"\x7fELF\x02\x01\x01".ljust(18, b"\0") + machine.to_bytes(2, "little") + bytes(44)


AMD64, ARM64 = elf(62), elf(183)


def fill(root: Path, program: bytes = AMD64, version: bytes = b"1.2") -> Path:
    """A small root filesystem."""
    files = {
        "etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
        "usr/bin/dash": program,
        "var/lib/dpkg/status": STATUS.replace(b"1.2", version),
    }
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fill(tmp_path / "root")


@pytest.fixture
def export(root: Path, tmp_path: Path) -> Path:
    """The same as a tar."""
    run(["tar", "-C", root, "-cf", tmp_path / "root.tar", "."])
    return tmp_path / "root.tar"


@pytest.fixture
def platforms(tmp_path: Path) -> Path:
    """Two platforms as `docker build --output type=local` leaves them."""
    fill(tmp_path / "out/linux_amd64")
    fill(tmp_path / "out/linux_arm64", ARM64, b"3.4")
    return tmp_path / "out"


def schema(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / f"analyzer/schema/{name}-1.0.json").read_bytes())
    return document


@pytest.mark.parametrize("verb", ["packages", "analyze", "inspect", "ids"])
def test_reports_are_as_their_schema_says(verb: str, root: Path, export: Path) -> None:
    for path in (root, export):
        answer = call(verb, path, "-o", "json")
        assert answer.code == 0
        jsonschema.validate(answer.json, schema("report"))


def test_packages(root: Path, export: Path, platforms: Path) -> None:
    for path in (root, export):
        answer = call("packages", path)
        assert answer.code == 0
        assert "tool  1.2" in answer.text
    both = call("packages", platforms).text
    assert both.index("linux/amd64") < both.index("1.2") < both.index("linux/arm64")
    assert both.index("linux/arm64") < both.index("3.4")
    assert "1.2" not in call("packages", platforms, "--platform", "linux/arm64").text


def test_ids_says_that_nothing_can_be_known_and_why(root: Path, export: Path) -> None:
    for path, reason in (
        (root, "a directory is not a tar stream"),
        (export, "merged files of all"),
    ):
        answer = call("ids", path)
        assert answer.code == 0
        assert "sha256:" not in answer.text
        text = " ".join(answer.text.split())
        assert reason in text
        for what in ("image ID", "manifest digest", "index digest", "layer digest", "diff ID"):
            assert f"{what}: not recoverable" in text or f"{what} of layer 0: not" in text


def test_the_story_and_the_predictions_promise_nothing(root: Path, export: Path) -> None:
    for path in (root, export):
        story = call("ids", path, "--story").text
        assert "none can be known from the files alone" in " ".join(story.split())
        assert "--against" not in story
        shown = call("ids", path, "--shown-by").text
        assert "has no identifier that a tool could print" in " ".join(shown.split())
        assert "sha256:" not in story + shown


def test_a_directory_has_no_end_to_look_behind(root: Path, export: Path) -> None:
    for path, count in ((root, 0), (export, 2)):
        checks = {
            check["name"]: check for check in call("verify", path, "-o", "json").json["checks"]
        }
        assert checks["trailing-bytes"]["checked"] == count


def test_inspect_says_what_cannot_be_told(root: Path, export: Path) -> None:
    for path in (root, export):
        assert "can be told from it" in " ".join(call("inspect", path).text.split())
    assert "can be told from it" not in call("inspect", ROOT / "fixtures/layouts/apk").text


def test_inspect_names_the_probable_writer(root: Path, platforms: Path) -> None:
    assert "probably written by" not in call("inspect", root).text
    (root / ".dockerenv").touch()
    assert "probably written by docker export" in call("inspect", root).text
    answer = call("inspect", platforms)
    assert "probably written by BuildKit" in answer.text
    assert "[platform-claimed]" in answer.said


def test_sbom(root: Path) -> None:
    answer = call("sbom", root)
    assert answer.code == 0
    assert "tool" in {package["name"] for package in answer.json["packages"]}
    assert answer.out == call("sbom", root).out


def test_diff_of_a_directory_and_its_tar(root: Path, export: Path) -> None:
    """The rung of the files is decided by the files; no layer is claimed to be the same."""
    answer = call("diff", root, export)
    assert "yes  same root filesystem" in answer.text
    assert "?    same layers" in answer.text
    (root / "usr/bin/dash").write_bytes(ARM64)
    answer = call("diff", root, export)
    assert "no   same root filesystem" in answer.text
    assert "usr/bin/dash (content)" in answer.text


def test_diff_of_an_image_and_its_files(tmp_path: Path) -> None:
    image = ROOT / "fixtures/layouts/apk"
    answer = call("diff", image, image, "-o", "json")
    assert answer.code == 0
    root = fill(tmp_path / "root")
    text = call("diff", image, root).text
    assert "paired as the only images" in text
    assert "a root filesystem does not tell which layers" in " ".join(text.split())
    document = call("diff", image, root, "-o", "json").json
    (pair,) = document["images"]
    (layers,) = (child for child in pair["children"] if child["subject"] == "layers")
    assert layers["kind"] == "unknown"


def test_lookup_finds_a_file_by_its_content(root: Path, platforms: Path) -> None:
    digest = hashlib.sha256(AMD64).hexdigest()
    for path in (root, platforms):
        assert call("lookup", digest, path).code == 1
        answer = call("lookup", "--files", digest, path)
        assert answer.code == 0
        assert "usr/bin/dash" in answer.text
    assert "linux/arm64" not in answer.text


def test_a_hash_that_is_not_found_leads_to_the_image(root: Path, export: Path) -> None:
    for path in (root, export):
        answer = call("lookup", "0123456789abcdef", path)
        assert answer.code == 1
        text = " ".join(answer.text.split())
        assert "whether it is any identifier of the image that these files are from" in text
        assert f"ociscope diff image.tar {path}" in text
        assert "docker archive holds no manifest" not in text
        assert "--against" not in text


def test_verify_compares_the_folder_with_the_programs(platforms: Path) -> None:
    answer = call("verify", platforms)
    assert answer.code == 0
    assert "[program-mismatch]" not in answer.text
    (platforms / "linux_amd64/usr/bin/dash").write_bytes(ARM64)
    answer = call("verify", platforms, "-o", "json")
    jsonschema.validate(answer.json, schema("verify"))
    found = [f for check in answer.json["checks"] for f in check["findings"]]
    (mismatch,) = (f for f in found if f["code"] == "program-mismatch")
    assert (mismatch["declared"], mismatch["measured"]) == ("amd64", "arm64")
    assert mismatch["where"] == "linux_amd64"


def test_verify_claims_nothing_of_a_root_filesystem(root: Path, export: Path) -> None:
    for path in (root, export):
        answer = call("verify", path)
        assert answer.code == 0
        assert "states no digest of anything" in " ".join(answer.text.split())


def test_a_folder_of_an_unpacked_bundle_is_pointed_to(root: Path) -> None:
    (root.parent / "config.json").write_text("{}")
    answer = call("packages", root.parent)
    assert answer.code == 2
    assert answer.out == b""
    assert "[not-an-image]" in answer.err
    assert "config.json" in answer.err
    assert "its folder root looks like a root filesystem; give that" in answer.err


def test_the_same_directory_gives_the_same_bytes(root: Path) -> None:
    first = call("analyze", root, "-o", "json").out
    for path in sorted(root.rglob("*")):
        if path.is_file():  # other inodes, other order in the folder
            data = path.read_bytes()
            path.unlink()
            path.write_bytes(data)
    assert call("analyze", root, "-o", "json").out == first


def test_what_has_no_name_is_called_what_it_is(root: Path, export: Path) -> None:
    for place in (root, export):
        assert "\n  root filesystem\n" in call("verify", place).text
        assert "\nroot filesystem: one platform, not stated; " in call("platforms", place).text
        assert call("platforms", place, "-o", "md").text.startswith("## root filesystem\n")


def test_a_platform_of_the_other_side_is_chosen_by_its_digest(export: Path) -> None:
    """A root filesystem states no platform, so `--platform`, which is of both sides, finds none."""
    answer = call("diff", MULTI, export, "--platform", "linux/amd64")
    assert answer.code == 2
    assert "root.tar: no image for platform linux/amd64" in answer.err
    assert "PATH@DIGEST on one" in answer.err
    inspected = call("inspect", MULTI, "-o", "json").json
    (amd64,) = {
        image["manifest_digest"]
        for image in inspected["images"]
        if image["platform"] == "linux/amd64"
    }
    assert call("diff", f"{MULTI}@{amd64}", export).code == 0
    assert "PATH@DIGEST" not in call("diff", MULTI, "--platform", "a/b", "--platform", "c/d").err
