"""`ociscope platforms` as a command: outputs, exit codes, one platform, many, damaged ones."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from tests.cli.harness import APK, MULTI, SAVE, call
from tests.diff.dpkgimages import layout, machine, stanza
from tests.support.hostile import HOSTILE
from tests.support.imagebuilder import ImageBuilder
from tests.support.tools import ROOT, shared

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = Draft202012Validator(
    json.loads((ROOT / "analyzer" / "schema" / "platforms-1.0.json").read_bytes())
)
MANY = (
    *("linux/amd64", "linux/386", "linux/arm/v6", "linux/arm/v7", "linux/arm64"),
    *("linux/mips64le", "linux/ppc64le", "linux/riscv64", "linux/s390x"),
)


def differing(path: Path, *platforms: str) -> Path:
    """Platforms whose bash differs, and one package on the first alone."""
    images = []
    for number, platform in enumerate(platforms):
        names = [stanza("bash", f"5.{number}", "all")]
        names += [stanza("only", "1", "all")] if number == 0 else []
        images.append(machine(platform, *names).config(config={"User": f"u{number // 3}"}))
    return layout(path, *images)


@pytest.mark.parametrize("path", [MULTI, SAVE, APK])
def test_json_follows_its_schema(path: Path) -> None:
    answer = call("platforms", path, "-o", "json")
    assert (answer.code, answer.err) == (0, "")
    SCHEMA.validate(answer.json)
    assert answer.json["differs"] is False


@pytest.mark.parametrize("count", [2, 3, 6, 9])
def test_every_output_of_platforms_that_differ(tmp_path: Path, count: int) -> None:
    path = differing(tmp_path, *MANY[:count])
    found = call("platforms", path, "-o", "json").json
    SCHEMA.validate(found)
    (image,) = found["images"]
    assert len(image["platforms"]) == count
    assert len(image["claims"]) == count * (count - 1)
    (bash,) = (row for row in image["differences"] if row["subject"] == "deb/bash")
    assert [cell["value"] for cell in bash["cells"]] == [[f"5.{n}"] for n in range(count)]
    text = call("platforms", path).text
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"  {platform} " in text for platform in MANY[:count])
    rows = list(csv.DictReader(io.StringIO(call("platforms", path, "-o", "csv").text)))
    assert [r["value"] for r in rows if r["subject"] == "deb/bash"] == [
        f"5.{n}" for n in range(count)
    ]
    assert "deb/bash" in call("platforms", path, "-o", "md").text


def test_an_sbom_taken_for_another_platform(tmp_path: Path) -> None:
    words = " ".join(call("platforms", differing(tmp_path, *MANY[:2])).text.split())
    assert (
        "An SBOM of linux/amd64 taken for linux/386 would name 1 package that is not in it, "
        "miss 0, and have 1 in another version." in words
    )


def test_exit_code_only_for_what_is_not_expected(tmp_path: Path) -> None:
    assert call("platforms", MULTI, "--exit-code").code == 0
    path = differing(tmp_path, *MANY[:2])
    assert call("platforms", path).code == 0
    assert call("platforms", path, "--exit-code").code == 1


@pytest.mark.parametrize("words", [(SAVE,), (MULTI, "--platform", "linux/arm64")])
def test_one_platform_has_nothing_to_be_compared_with(words: tuple[object, ...]) -> None:
    answer = call("platforms", *words, "--exit-code")
    assert answer.code == 0
    assert "one platform, linux/a" in answer.text
    assert "nothing to compare it with" in answer.text
    assert "SBOM" not in answer.text


def test_only_the_platforms_that_were_asked_for(tmp_path: Path) -> None:
    path = differing(tmp_path, *MANY[:4])
    wanted = ("--platform", MANY[1], "--platform", MANY[3])
    (image,) = call("platforms", path, *wanted, "-o", "json").json["images"]
    assert [column["label"] for column in image["platforms"]] == [MANY[1], MANY[3]]


def test_a_platform_that_is_not_in_the_file_is_named() -> None:
    """The export of containerd holds the index of both platforms, and the blobs of one."""
    path = shared("samples", "ctr-images-export.tar")
    answer = call("platforms", path)
    assert answer.code == call("analyze", path).code
    assert "linux/arm64: named, and not in this file" in answer.text


def test_statements_are_no_platforms() -> None:
    path = shared("samples", "buildkit-oci-multi-platform-attestations.tar")
    answer = call("platforms", path, "--exit-code")
    assert answer.code == 0
    assert "2 platforms" in answer.text
    assert "unknown" not in answer.text


def test_a_platform_without_one_of_its_layers(tmp_path: Path) -> None:
    path = HOSTILE["a layer missing from one of two platforms"](tmp_path)
    answer = call("platforms", path)
    assert answer.code == 3
    assert "not all of its layers could be read" in " ".join(answer.text.split())
    assert "blob-missing" in answer.err
    SCHEMA.validate(call("platforms", path, "-o", "json").json)


def test_what_is_left_out_on_a_screen_is_counted(tmp_path: Path) -> None:
    names = [f"p{number:03}" for number in range(100)]
    images = [
        machine(platform, *(stanza(name, version, "all") for name in names))
        for platform, version in (("linux/amd64", "1"), ("linux/arm64", "2"))
    ]
    text = call("platforms", layout(tmp_path, *images)).text
    assert "Packages: 100 differences" in text
    shown = sum(line.strip().startswith("deb/p") for line in text.splitlines())
    assert f"and {100 - shown} more, -o json has all" in text
    assert 0 < shown < 100


def test_a_secret_is_in_no_output(tmp_path: Path) -> None:
    secrets = ("hunter2hunter2", "correcthorsebattery")
    images = [
        ImageBuilder()
        .platform(platform)
        .layer({"a": b""})
        .empty_layer(f"RUN login --token={secret}")
        .config(config={"Env": [f"API_TOKEN={secret}"], "Labels": {"l": f"password={secret}"}})
        for platform, secret in zip(MANY[:2], secrets, strict=True)
    ]
    path = layout(tmp_path, *images)
    for form in ("table", "json", "csv", "md"):
        said = call("platforms", path, "-o", form).said
        assert "API" in said
        assert not any(secret in said for secret in secrets)


def test_names_are_no_formulas_and_no_markup(tmp_path: Path) -> None:
    images = [
        ImageBuilder().platform(p).layer({"a": b""}).config(config={"User": f"=1|<b>{p[-2:]}"})
        for p in MANY[:2]
    ]
    path = layout(tmp_path, *images)
    rows = list(csv.DictReader(io.StringIO(call("platforms", path, "-o", "csv").text)))
    (value, _) = (row["value"] for row in rows if row["subject"] == "config.User")
    assert value.startswith("'=")
    assert "=1\\|\\<b\\>64" in call("platforms", path, "-o", "md").text
