"""`ociscope diff --content`: what differs inside files, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.harness import call
from tests.support.imagebuilder import ImageBuilder
from tests.support.tools import ROOT, require_tool

SCHEMA = json.loads((ROOT / "analyzer" / "schema" / "diff-1.0.json").read_bytes())


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    sides = []
    for name, word in (("one", b"b"), ("two", b"B")):
        files = {"etc/a.conf": b"a\n%b\nc\n" % word, "opt/x.json": b'{"x": "%b"}' % word}
        sides.append(ImageBuilder().layer(files).write_oci(tmp_path / name, "1.0"))
    return sides[0], sides[1]


def test_nothing_is_looked_into_unasked(two: tuple[Path, Path]) -> None:
    answer = call("diff", *two)
    assert "etc/a.conf" in answer.text
    assert "Inside" not in answer.text
    assert "inside" not in call("diff", *two, "-o", "json").text


def test_content_of_all_files(two: tuple[Path, Path]) -> None:
    text = call("diff", *two, "--content").text
    assert "Inside files of 1.0 linux/amd64" in text
    assert "    @@ -1,3 +1,3 @@\n     a\n    -b\n    +B\n     c\n" in text
    assert "    ~ x: b -> B\n" in text
    assert text.startswith(call("diff", *two).text)


def test_content_of_some_files_in_every_form(two: tuple[Path, Path]) -> None:
    options = ("--content-of", "etc/**")
    assert "x.json\n    JSON" not in call("diff", *two, *options).text
    document = call("diff", *two, *options, "-o", "json").json
    Draft202012Validator(SCHEMA).validate(document)
    (part,) = (c for c in document["images"][0]["children"] if c["subject"] == "files")
    nodes = {child["subject"]: child["children"][0]["children"] for child in part["children"]}
    assert nodes["opt/x.json"] == []
    (inside,) = nodes["etc/a.conf"]
    assert inside["subject"] == "inside"
    assert inside["before"] == {"kind": "text", "size": 6}
    none = call("diff", *two, "--content-of", "a.conf")
    assert (none.code, "no file whose content differs matches" in none.err) == (0, True)
    assert call("diff", *two, *options).err == ""
    markdown = call("diff", *two, *options, "-o", "md").text
    assert "```diff\n# etc/a.conf\n" in markdown


def test_a_limit_is_named_and_can_be_raised(two: tuple[Path, Path]) -> None:
    low = call("diff", *two, "--content", "--limit", "content_file_bytes=1").text
    assert "not looked into: limit content_file_bytes is 1, seen at least" in low
    assert "--limit content_file_bytes=N" in low


def test_options_that_do_not_go_together(
    two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "--diffoscope needs --content" in call("diff", *two, "--diffoscope").err
    assert "go with --reproducible" in call("diff", *two, "--reproducible", "--content").err
    assert call("diff", *two, "--content-of", "[b-a]").code == 2
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = call("diff", *two, "--content", "--diffoscope")
    assert (answer.code, "diffoscope is not installed" in answer.err) == (2, True)


def test_content_of_two_layers(two: tuple[Path, Path], tmp_path: Path) -> None:
    for options in (("--layer", "0:0"), ("--layer", "0:0", "--as-of")):
        text = call("diff", *two, *options, "--content-of", "etc").text
        assert "    @@ -1,3 +1,3 @@\n     a\n    -b\n    +B\n     c\n" in text
        document = call("diff", *two, *options, "--content", "-o", "json").json
        Draft202012Validator(SCHEMA).validate(document)
    made = ImageBuilder().layer({"etc/a": b"low\n"}).layer({"etc/a": b"up\n", "etc/b": b"b\n"})
    path = made.write_oci(tmp_path / "layers", "1.0")
    text = call("diff", path, "--layer", "0:1", "--content").text
    assert "    -low\n    +up\n" in text
    assert "  etc/b\n    text, 2 bytes\n    @@ -0,0 +1 @@\n    +b\n" in text


def test_diffoscope_is_asked_about_layers_too(two: tuple[Path, Path]) -> None:
    require_tool("diffoscope")
    answer = call("diff", *two, "--layer", "0:0", "--content-of", "etc", "--diffoscope")
    assert (answer.code, "--- before/a.conf" in answer.text) == (0, True)
