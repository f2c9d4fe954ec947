"""The same image, once called by SHA-256 and once by SHA-512: unequal digests prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.harness import call
from tests.support.hashed import make
from tests.support.imagebuilder import sha256


@pytest.fixture
def verdicts(tmp_path: Path) -> dict[str, str]:
    """The ladder: rung to verdict."""
    one = make(tmp_path / "one", hashed=sha256)
    two = make(tmp_path / "two")
    (pair,) = call("diff", one.path, two.path, "-o", "json").json["images"]
    return {rung["rung"]: rung["verdict"] for rung in pair["ladder"]}


@pytest.mark.parametrize("rung", ["index", "manifest", "config", "layers"])
def test_no_rung_of_digests_is_decided(rung: str, verdicts: dict[str, str]) -> None:
    assert verdicts[rung] == "cannot be told"


def test_what_is_compared_by_content_is(verdicts: dict[str, str]) -> None:
    assert verdicts["packages"] == "proven"


def test_the_reason_is_said(tmp_path: Path) -> None:
    one = make(tmp_path / "one", hashed=sha256)
    two = make(tmp_path / "two")
    answer = call("diff", one.path, two.path)
    assert "digests are sha512 here" in " ".join(answer.text.split())


def test_a_rootfs_that_differs_is_found_all_the_same(tmp_path: Path) -> None:
    """Layers by other diff IDs of the same algorithm are refuted as ever."""
    one = make(tmp_path / "one", (sha256(b"a"), sha256(b"b")), hashed=sha256)
    two = make(tmp_path / "two", hashed=sha256)
    (pair,) = call("diff", one.path, two.path, "-o", "json").json["images"]
    assert {r["rung"]: r["verdict"] for r in pair["ladder"]}["layers"] == "refuted"
