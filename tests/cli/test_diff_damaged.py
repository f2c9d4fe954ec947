"""`ociscope diff` of an image of which a layer is damaged: what cannot be known is unknown.

The images are those of `scripts/successor_image.py`: layer 4 upgrades a package, 5 removes one, 6
adds one, each with the whole database of dpkg as it then was; 7 and 8 touch no package.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.harness import call
from tests.support.realimages import successor

PLANTED = {"deb/ledger:all", "deb/abacus:all", "deb/chart:all"}


@pytest.fixture
def before() -> Path:
    return successor("before")


def cut(tmp_path: Path, layer: int) -> Path:
    """The image after, with half of one layer."""
    found = Path(shutil.copytree(successor("after"), tmp_path / "damaged"))
    index = json.loads((found / "index.json").read_bytes())
    manifest = json.loads(blob(found, index["manifests"][0]["digest"]).read_bytes())
    stored = blob(found, manifest["layers"][layer]["digest"])
    os.truncate(stored, stored.stat().st_size // 2)
    return found


def blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / Path(*digest.split(":"))


def packages(*words: object) -> dict[str, Any]:
    (pair,) = call("diff", *words, "-o", "json").json["images"]
    found: dict[str, Any] = next(c for c in pair["children"] if c["subject"] == "packages")
    return found


@pytest.mark.parametrize("layer", [6, 7, 8])
@pytest.mark.parametrize("turned", [False, True], ids=["this way", "that way"])
def test_no_package_came_or_went_that_a_damaged_layer_may_hold(
    tmp_path: Path, before: Path, layer: int, *, turned: bool
) -> None:
    """A database in that layer would be the one that counts."""
    sides = (cut(tmp_path, layer), before) if turned else (before, cut(tmp_path, layer))
    part = packages(*sides)
    assert part["kind"] == "unknown"
    assert {child["kind"] for child in part["children"]} == {"unknown"}
    assert "deb/ledger:all" in {child["subject"] for child in part["children"]}
    answer = call("diff", *sides, "--fail-on", "packages")
    assert answer.code == 3
    assert answer.err.endswith("failed on: packages\n")
    assert "packages  not compared" in answer.text


@pytest.mark.parametrize("layer", [0, 4, 5])
def test_what_a_whole_database_above_it_tells_is_known(
    tmp_path: Path, before: Path, layer: int
) -> None:
    part = packages(before, cut(tmp_path, layer))
    kinds = {child["subject"]: child["kind"] for child in part["children"]}
    assert {name: kinds[name] for name in PLANTED} == {
        "deb/ledger:all": "changed",
        "deb/abacus:all": "removed",
        "deb/chart:all": "added",
    }
    assert "moved" not in kinds.values()


def test_an_image_against_itself_with_a_damaged_layer_is_not_the_same(tmp_path: Path) -> None:
    """Nothing differs in what was read, and a pipeline does not pass for that."""
    whole, damaged = successor("after"), cut(tmp_path, 8)
    assert packages(whole, damaged)["kind"] == "unknown"
    answer = call("diff", whole, damaged, "--fail-on", "packages")
    assert answer.err.endswith("failed on: packages\n")


def test_as_of_a_layer_below_the_damage_everything_is_known(tmp_path: Path, before: Path) -> None:
    damaged = cut(tmp_path, 6)
    part = packages(before, damaged, "--layer", "3:5", "--as-of")
    kinds = {child["subject"]: child["kind"] for child in part["children"]}
    assert kinds["deb/ledger:all"] == "changed"
    assert kinds["deb/abacus:all"] == "removed"
    assert packages(before, damaged, "--layer", "3:6", "--as-of")["kind"] == "unknown"
