"""The table of layers: every line fits a terminal, and every figure is the one of the values."""

from __future__ import annotations

import gzip
import io
import json
import re
from pathlib import Path

import pytest

from analyzer.inside import look_inside
from analyzer.layering.values import Layering, layerings_of
from analyzer.render.layers import layers_text
from analyzer.render.sharing import numbered
from tests.support.imagebuilder import ImageBuilder, Layout

LONG = "RUN |1 A=b /bin/sh -c apt-get update &&   apt-get install -y " + "package " * 40


def stack(platform: str) -> ImageBuilder:
    """Twenty layers with long steps, waste, whiteouts and steps without a layer."""
    builder = ImageBuilder().platform(platform)
    for number in range(20):
        entries = {f"opt/{number}/file": b"x" * 50_000 * number, "both": bytes([number]) * 1000}
        if number % 4 == 3:
            entries[f"opt/.wh.{number - 1}"] = b""
        builder.layer(entries, created_by=f"{LONG}{number} # buildkit")
        builder.empty_layer(f"ENV N={number}" + "long" * 30)
    return builder


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layering, ...]:
    layout = Layout()
    pair = [stack("linux/amd64"), stack("linux/arm64").layer({"own": b"y"}, codec="zstd")]
    layout.add_index(pair, ref_name="registry.example.com/team/application-with-a-name:2024-05-01")
    path = layout.write_dir(tmp_path_factory.mktemp("twenty") / "layout")
    with look_inside(str(path), digests=True) as look:
        return layerings_of(look.images, look.everything)


@pytest.mark.parametrize("width", [80, 100])
def test_every_line_fits(found: tuple[Layering, ...], width: int) -> None:
    for line in layers_text(found, width).splitlines():
        assert len(line) <= width or " " not in line.strip(" *"), line


def test_every_layer_and_step_is_there_in_order(found: tuple[Layering, ...]) -> None:
    text = layers_text(found[:1], 80)
    numbers = re.findall(r"^ +(\d+)[ *] ", text, re.MULTILINE)
    assert numbers == [str(number) for number in range(20)]
    steps = [line.strip() for line in text.splitlines() if line.startswith("        RUN")]
    assert all(step.startswith("RUN apt-get update && apt-get install") for step in steps)
    assert all(step.endswith("...") for step in steps)
    assert len(steps) == text.count("\n    -   ENV N=") == 20
    first, second = text.index("\n    -   ENV N=0"), text.index("\n    1")
    assert first < second


def test_without_a_width_nothing_is_cut(found: tuple[Layering, ...]) -> None:
    text = layers_text(found[:1])
    assert text.count("apt-get update &&   apt-get install -y " + "package " * 40) == 20
    assert "..." not in text


def test_what_platforms_share_is_said_once(found: tuple[Layering, ...]) -> None:
    one, two = (layers_text([layering], 100) for layering in found)
    assert one.count("also in") == two.count("also in") == 1
    assert "linux/arm64: layers 0-19" in one.replace("\n ", "")
    assert len(re.findall(r"^ +\d+\*", two, re.MULTILINE)) == 20
    assert re.search(r"^ +20  ", two, re.MULTILINE)


def test_compressors_stand_at_layers_where_they_differ(tmp_path: Path) -> None:
    builder = ImageBuilder()
    for mtime in (0, 7):  # as Go leaves the time of the header, and as Python does
        tar = ImageBuilder().layer({"a": bytes([mtime])}).build().layers[0].tar
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=mtime) as writer:
            writer.write(tar)
        builder.layer(raw_tar=tar, raw_blob=packed.getvalue())
    with look_inside(str(builder.write_oci(tmp_path / "x"))) as look:
        lines = layers_text(layerings_of(look.images, look.everything)).splitlines()
    told = [line for line in lines if "compressed by" in line]
    assert told == [
        "        compressed by: gzip, probably Go (docker, BuildKit, crane)",
        "        compressed by: gzip, probably Python",
    ]


def test_layers_that_stand_twice_are_not_told_as_more_than_the_file_holds(tmp_path: Path) -> None:
    builder = ImageBuilder().layer({"a": b"x" * 500}).layer({"b": b"y"}).layer({"a": b"x" * 500})
    layout = builder.write_oci(tmp_path / "x")
    with look_inside(str(layout)) as look:
        line = layers_text(layerings_of(look.images, look.everything)).splitlines()[0]
    manifest = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"][7:]
    layers = json.loads((layout / f"blobs/sha256/{manifest}").read_text())["layers"]
    sizes = [layer["size"] for layer in layers]
    assert layers[0]["digest"] == layers[2]["digest"]
    assert (
        f"3 layers, {sum(sizes)} B stored, {sizes[2]} B of them in layers that stand twice," in line
    )


def test_efficiency_never_rounds_waste_away(tmp_path: Path) -> None:
    builder = ImageBuilder().layer({"big": b"x" * 100_000, "small": b"y"}).layer({"small": b"z"})
    with look_inside(str(builder.write_oci(tmp_path / "x")), digests=True) as look:
        text = layers_text(layerings_of(look.images, look.everything))
    assert "efficiency: 99.9 % (bytes of files that the image shows, of all that its layers" in text
    assert "100.0 %" not in text


def test_names_of_the_input_are_shown_without_harm(tmp_path: Path) -> None:
    builder = ImageBuilder().layer({"a": b"x"}, created_by="RUN \x1b[2J\nx").empty_layer("\x07")
    with look_inside(str(builder.write_oci(tmp_path / "x")), digests=True) as look:
        found = layerings_of(look.images, look.everything)
    for width in (None, 80):
        assert all(line.isprintable() for line in layers_text(found, width).splitlines())


@pytest.mark.parametrize(
    ("positions", "text"),
    [
        ([3], "layer 3"),
        ([0, 1, 2, 5], "layers 0-2, 5"),
        (list(range(0, 40, 2)), "layers 0, 2, 4, 6, 8, 10, 12, 14 and 12 more"),
    ],
)
def test_numbers_of_layers(positions: list[int], text: str) -> None:
    assert numbered(positions) == text
