"""`ociscope diff`: layers, forms of output, and what hostile files make of it."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.harness import call, command
from tests.cli.test_hostile import MORE
from tests.support.hostile import HOSTILE
from tests.support.imagebuilder import Dir, File, ImageBuilder, Layout, Link
from tests.support.realimages import successor
from tests.support.tools import ROOT

SCHEMA = json.loads((ROOT / "analyzer" / "schema" / "diff-1.0.json").read_bytes())
FILE = Draft202012Validator(
    {"$ref": "#/$defs/file", "$defs": SCHEMA["$defs"], "$schema": SCHEMA["$schema"]}
)


@pytest.fixture
def layers(tmp_path: Path) -> Path:
    """Three layers: files, one of them taken away, and another in its place."""
    made = ImageBuilder()
    made.layer({"d/one": b"1", "d/two": b"22", "same": b"s"}, created_by="RUN first")
    made.layer({"d/.wh.one": b"", "same": b"s"}, created_by="RUN second")
    made.layer({"d/three": File(b"333", mode=0o4755), "d/two": b"two"}, created_by="RUN third")
    return made.write_oci(tmp_path / "image", "1.0")


def kinds(path: Path, *options: object) -> dict[str, str]:
    (pair,) = call("diff", path, *options, "-o", "json").json["images"]
    (part,) = (child for child in pair["children"] if child["subject"] == "files")
    return {child["subject"]: child["kind"] for child in part["children"]}


def test_two_layers_as_they_are_stored(layers: Path) -> None:
    assert kinds(layers, "--layer", "0:1") == {
        "d/.wh.one": "added",
        "d/one": "removed",
        "d/two": "removed",
    }
    answer = call("diff", layers, "--layer", "0:1", "--exit-code")
    assert answer.code == 1
    assert "+  d/.wh.one  (removes d/one)" in answer.text
    assert "note: before: layer 0: RUN first" in answer.text


def test_one_path_alone_is_told_what_can_make_two_sides(layers: Path) -> None:
    answer = call("diff", layers)
    assert answer.code == 2
    for option in ("--platform", "--image", "--layer 1:3"):
        assert option in answer.err


def test_the_image_as_of_two_layers(layers: Path) -> None:
    """The whiteout did its work, and is no file."""
    assert kinds(layers, "--layer", "0:2", "--as-of") == {
        "d/one": "removed",
        "d/three": "added",
        "d/two": "changed",
    }
    assert kinds(layers, "--layer", "1:1", "--as-of") == {}
    assert call("diff", layers, "--layer", "1:1", "--exit-code").code == 0


def test_a_layer_of_one_file_against_one_of_another(layers: Path, tmp_path: Path) -> None:
    other = ImageBuilder().layer({"d/three": b"333"}).write_oci(tmp_path / "other", "1.0")
    assert kinds(layers, other, "--layer", "2:0") == {"d/three": "changed", "d/two": "removed"}


@pytest.mark.parametrize(
    "options",
    [("--layer", "0:3"), ("--layer", "x"), ("--layer", "0"), ("--as-of",), ("--layer", "-1:0")],
)
def test_layers_that_are_not_there_or_not_named(layers: Path, options: tuple[str, ...]) -> None:
    answer = call("diff", layers, layers, *options)
    assert (answer.code, answer.out) == (2, b"")


def test_packages_as_of_layers_are_those_that_dpkg_lists() -> None:
    after = successor("after")
    images = json.loads((after.parent / "expected.json").read_bytes())["images"]
    one, two = (set(images[name]["packages"]) for name in ("before", "after"))
    expected = {line.split()[1] for line in one ^ two}
    (pair,) = call("diff", after, "--layer", "3:8", "--as-of", "-o", "json").json["images"]
    (part,) = (child for child in pair["children"] if child["subject"] == "packages")
    names = {child["subject"].partition("/")[2].partition(":")[0] for child in part["children"]}
    assert names == expected == {"abacus", "chart", "ledger"}


def test_the_document_follows_its_schema_to_each_file() -> None:
    document = call("diff", successor("before"), successor("after"), "-o", "json").json
    Draft202012Validator(SCHEMA).validate(document)
    (pair,) = document["images"]
    subjects = [child["subject"] for child in pair["children"]]
    assert subjects == [
        *("identity", "config", "history", "layers", "distro"),
        *("packages", "files", "attachments", "findings"),
    ]
    (part,) = (child for child in pair["children"] if child["subject"] == "files")
    sides = [side for child in part["children"] for side in (child["before"], child["after"])]
    assert sides
    for side in filter(None, sides):
        FILE.validate(side)


def rows(path: Path, *options: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(call("diff", path, *options, "-o", "csv").text)))


def test_csv_has_every_difference() -> None:
    sides = (successor("before"), successor("after"))
    (pair,) = call("diff", *sides, "-o", "json").json["images"]
    expected = {
        (part["subject"], child["subject"])
        for part in pair["children"]
        for child in part["children"]
        if child["kind"] in {"added", "removed", "changed", "unknown"}
        and (child["before"], child["after"]) != (None, None)
    }
    assert {(row["part"], row["subject"]) for row in rows(*sides)} == expected


def test_csv_of_equal_images_has_a_header_alone() -> None:
    assert rows(successor("after"), successor("after"), "--times") == []


def test_markdown_begins_with_what_nothing_explains() -> None:
    """The planted rights first, digests and the ladder last and folded away."""
    text = call("diff", successor("before"), successor("after"), "-o", "md").text
    headings = [line for line in text.splitlines() if line.startswith("#### ")]
    parts = ["Files", "Findings", "Packages", "Config", "Build steps and layers"]
    assert headings == [f"#### {part}" for part in parts]
    files = text.partition("#### Files")[2].partition("<details>")[0].splitlines()
    table = [line for line in files if line.startswith("| ")][2:]
    assert [line.split(" | ")[1] for line in table] == ["usr/bin/tee", "etc/debian\\_version"]
    assert "unexplained: its package deb:coreutils:amd64" in table[0]
    assert text.count("dpkg --install ledger") == 1
    assert not {"image_id", "image\\_id", "diff_ids", "diff\\_ids"} & set(text.split())
    blocks = re.findall(r"<details><summary>(.*?)</summary>", text)
    assert blocks[-1] == "How far they are the same"
    assert "| same packages | no | 3 differ" in text.partition(blocks[-1])[2]


def test_markdown_takes_names_for_text(tmp_path: Path) -> None:
    one = ImageBuilder().layer({"a": b""}).write_oci(tmp_path / "one", "1.0")
    two = ImageBuilder().layer({"a": b"", "b|<img>`": b""}).write_oci(tmp_path / "two", "1.0")
    assert "b\\|\\<img\\>\\`" in call("diff", one, two, "-o", "md").text


def test_standard_input_is_a_side_with_files(tmp_path: Path) -> None:
    """It is read once, so nothing has to be left open."""
    entries: dict[str, Any] = {"d": Dir(), "d/a": b"x", "l": Link("d/a")}
    made = ImageBuilder().layer(entries).write_oci_tar(tmp_path / "one.tar", "1.0")
    other = ImageBuilder().layer({**entries, "d/a": b"y"}).write_oci_tar(tmp_path / "b.tar", "1.0")
    done = subprocess.run(
        command("diff", made, "-", "-o", "json"),
        input=other.read_bytes(),
        capture_output=True,
        check=True,
    )
    (pair,) = json.loads(done.stdout)["images"]
    (part,) = (child for child in pair["children"] if child["subject"] == "files")
    assert [child["subject"] for child in part["children"]] == ["d/a"]


def test_two_images_of_one_file(tmp_path: Path) -> None:
    both = Layout()
    for name, content in (("app:1", b"1"), ("app:2", b"2")):
        both.add(ImageBuilder().layer({"same": b"s", "a": content}).build(), ref_name=name)
    path = both.write_dir(tmp_path / "both")
    assert kinds(path, "--image", "app:1", "--image", "app:2") == {"a": "changed"}
    assert kinds(Path(f"{path}:app:1"), f"{path}:app:2") == {"a": "changed"}


FORMS = (
    ("--layer", "0:0", "--content", "--unexplained"),
    ("--layer", "0:0", "--as-of", "--content", "-o", "json", "--fail-on", "unexplained,packages"),
    ("--times", "-o", "md"),
    ("-o", "csv"),
)


@pytest.mark.parametrize("sentence", HOSTILE)
def test_every_form_survives(sentence: str, tmp_path: Path) -> None:
    case = HOSTILE[sentence](tmp_path / "case")
    small = ImageBuilder().layer({"a": b""}).write_oci(tmp_path / "small", "1.0")
    for before, options in zip((case, small, case, small), FORMS, strict=True):
        answer = call("diff", before, case, *options, *MORE.get(sentence, ()))
        assert answer.code in {0, 1, 2, 3}, options
        assert "internal error" not in answer.err, options
        assert all(line.isprintable() for line in answer.said.split("\n")), options
