"""`ids` on screen: each row with its bytes, its proof and its printers, in 80 columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.explain.kinds import KINDS, MADE_UP_PRINTED_BY, printed_by
from analyzer.image.identity import MAKERS, Kind
from tests.cli.harness import MULTI, call
from tests.support.imagebuilder import ImageBuilder, Layout
from tests.support.tools import ROOT

SAVE = ROOT / "fixtures/saves/multi-amd64.tar"
INPUTS = [MULTI, SAVE, ROOT / "fixtures/layouts/apk"]


def cards(path: Path) -> dict[str, list[str]]:
    """The lines below each title of the first platform."""
    blocks = call("ids", path).text.split("\n\n")[2:]
    return {block.splitlines()[0]: block.splitlines()[1:] for block in blocks}


def test_every_kind_has_its_words() -> None:
    assert {kind.value for kind in Kind} <= KINDS.keys()
    assert all(KINDS[kind.value].hashed and KINDS[kind.value].printed_by for kind in Kind)
    assert set(MAKERS.values()) <= set(MADE_UP_PRINTED_BY)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_lines_fit_80_columns_in_a_pipe_too(path: Path) -> None:
    assert max(map(len, call("ids", path).text.splitlines())) <= 80


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_every_row_of_the_json_is_on_screen_with_its_words(path: Path) -> None:
    answer = call("ids", path, "-o", "json")
    text = " ".join(call("ids", path).text.split())
    for image in answer.json["images"]:
        for row in image["identities"]:
            assert row["digest"] is None or row["digest"] in text
            assert f"hashed {row['hashed']} printed by {row['printed_by']}" in text
            assert row["reason"] in text
            assert row["made_by"] is None or f"of {row['made_by']}" in text


def test_what_is_not_recoverable_says_why_and_names_no_digest() -> None:
    found = cards(SAVE)
    title = "layer digest of layers 0 to 2: not recoverable from this file"
    assert found[title][0].startswith("  why         the layer is stored uncompressed")
    assert not any("sha256:" in line for line in found[title])
    assert "manifest digest: not recoverable from this file" in found


def test_made_up_digests_say_whose_and_when() -> None:
    lines = cards(SAVE)["made-up digest of skopeo, podman"]
    assert lines[1].split()[0] == "when"
    assert any(line.startswith("  printed by  skopeo inspect") for line in lines)
    assert printed_by("synthesised", "crane") == MADE_UP_PRINTED_BY["crane"]


def test_rows_that_differ_in_proof_do_not_share_a_title(tmp_path: Path) -> None:
    builder = (
        ImageBuilder().layer({"a": b""}).layer({"b": b""}, declare_digest="sha256:" + "5" * 64)
    )
    found = cards(builder.layer({"c": b""}).write_oci(tmp_path / "layout"))
    wrong = found["layer digest: stored, DOES NOT MATCH THE BYTES"]
    assert wrong[0] == f"   1  sha256:{'5' * 64}"
    assert "the bytes in the file have another digest" in wrong[1]


def test_platforms_have_tables_of_their_own(tmp_path: Path) -> None:
    layout = Layout()
    images = [
        ImageBuilder().platform(f"linux/{arch}").layer({"a": b""}) for arch in ("amd64", "arm64")
    ]
    layout.add_index(images, ref_name="1")
    text = call("ids", layout.write_dir(tmp_path / "layout")).text
    assert [line for line in text.splitlines() if line.startswith("1  ")] == [
        "1  linux/amd64",
        "1  linux/arm64",
    ]
