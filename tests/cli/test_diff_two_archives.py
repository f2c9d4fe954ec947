"""`ociscope diff A B` where each file holds one platform, as `skopeo copy` and docker make them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.harness import call
from tests.support.realimages import real_image
from tests.support.tools import require_tool, run

AMD64, ARM64 = "linux/amd64", "linux/arm64"
BOTH = ("--platform", AMD64, "--platform", ARM64)
FORMS = ("docker-archive", "oci-archive", "oci-archive-zstd")


def archives(form: str) -> tuple[Path, Path]:
    return real_image(f"{form}-amd64"), real_image(f"{form}-arm64")


def document(*words: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call("diff", *words, "-o", "json").text)
    return found


def told(image: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on the files that the two platforms lie in."""
    return {
        part["subject"]: part
        for part in image["children"]
        if part["subject"] not in {"identity", "layers", "attachments"}
    }


@pytest.mark.parametrize("form", FORMS)
def test_two_archives_are_told_as_two_platforms_of_one_file_are(form: str) -> None:
    """The same images lie in the layout, where `--platform` twice compares them."""
    (here,) = document(real_image("oci-layout"), *BOTH)["images"]
    (pair,) = document(*archives(form))["images"]
    assert told(pair) == told(here)
    assert (pair["before"]["platform"], pair["after"]["platform"]) == (AMD64, ARM64)


def test_that_platforms_differ_is_said_and_fails_no_pipeline_that_asks_for_the_rest() -> None:
    answer = call("diff", *archives("docker-archive"), "--exit-code")
    assert "OTHER PLATFORMS: linux/amd64 and linux/arm64" in answer.text
    assert (answer.code, answer.err) == (0, "")
    answer = call("diff", *archives("docker-archive"), "--fail-on", "packages,files,config,images")
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.parametrize("words", [BOTH, (*BOTH[2:], *BOTH[:2])], ids=["this way", "that way"])
def test_each_has_its_own_of_two_platforms(words: tuple[str, ...]) -> None:
    sides = archives("oci-archive")
    assert document(*sides, *words) == document(*sides)


def test_nothing_is_picked_where_one_file_has_both() -> None:
    """The layout has amd64 as well: which one is meant is not ours to say."""
    one, layout = real_image("docker-archive-amd64"), real_image("oci-layout")
    answer = call("diff", one, layout, *BOTH)
    assert answer.code == 2
    assert "no image for platform linux/arm64" in answer.err


def test_but_a_digest_leaves_one_image_on_each_side() -> None:
    require_tool("skopeo")
    raw = run(["skopeo", "inspect", "--raw", f"dir:{real_image('dir-arm64')}"])
    wanted = json.loads(raw.stdout)["config"]["digest"]
    one, layout = real_image("docker-archive-amd64"), real_image("oci-layout")
    answer = call("diff", one, f"{layout}@{wanted}")
    assert "OTHER PLATFORMS" in answer.text


def test_two_images_of_one_file_are_not_the_same_file(tmp_path: Path) -> None:
    """The file says nothing of what lies in it: `same file` was the headline once."""
    layout = real_image("oci-layout")
    whole = tmp_path / "both.tar"
    run(["tar", "-cf", str(whole), "-C", str(layout), "."])
    index = json.loads((layout / "index.json").read_bytes())
    inner = layout / "blobs" / index["manifests"][0]["digest"].replace(":", "/")
    one, two = (each["digest"] for each in json.loads(inner.read_bytes())["manifests"])
    answer = call("diff", f"{whole}@{one}", f"{whole}@{two}")
    assert "same file, byte for byte" not in answer.text
    assert "one file holds both" in answer.text
    assert "one index leads to both" in answer.text
