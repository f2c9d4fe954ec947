"""What all commands share: help, outputs, selection, limits, exit codes of wrong usage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from analyzer.limits import Limits
from tests.cli.harness import APK, MULTI, SAVE, VERBS, call, program, words
from tests.support.imagebuilder import ImageBuilder, Layout
from tests.support.tools import ROOT

REPORTS = ("analyze", "inspect", "ids", "packages")
SCHEMAS = {
    name: Draft202012Validator(
        json.loads((ROOT / "analyzer" / "schema" / f"{name}-1.0.json").read_bytes())
    )
    for name in ("report", "diff")
}
AMD64 = "sha256:ce0d1cbdaf4466a8ffa911a7b128d3063e776aa3c2b82f9a9ce6238c102528c8"
"""Image ID in fixtures/layouts/multi.expected.json, as skopeo gives it."""


def paths(verb: str, first: Path = MULTI) -> list[object]:
    return [verb, first, first] if verb == "diff" else [verb, first]


def images(answer_json: Any) -> list[tuple[list[str], str]]:  # noqa: ANN401 - JSON
    return [(image["names"], image["platform"]) for image in answer_json["images"]]


def test_the_expected_id_is_what_skopeo_said() -> None:
    assert AMD64 in (ROOT / "fixtures" / "layouts" / "multi.expected.json").read_text()


class TestHelp:
    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize("flag", ["-h", "--help"])
    def test_shows_an_example_of_the_command(self, verb: str, flag: str) -> None:
        answer = call(verb, flag)
        assert answer.code == 0
        assert f"  ociscope {verb} " in answer.text.partition("Examples:")[2]
        assert answer.err == ""

    @pytest.mark.parametrize("verb", VERBS)
    def test_of_the_program_names_the_command_in_whole_words(self, verb: str) -> None:
        answer = call("--help")
        assert answer.code == 0
        [line] = [line for line in answer.text.splitlines() if line.startswith(f"  {verb} ")]
        assert not line.endswith("...")

    def test_tells_the_exit_codes(self) -> None:
        shown = call("-h").text.partition("Exit codes:")[2].partition("Examples:")[0]
        assert [word for word in shown.split() if word.isdigit()] == ["0", "1", "2", "3", "130"]

    def test_is_what_no_arguments_at_all_give(self) -> None:
        answer = call()
        assert answer.code == 2
        assert "Usage: ociscope" in answer.said

    def test_fits_a_terminal_of_80_columns(self) -> None:
        lines = [line for verb in VERBS for line in call(verb, "-h").text.splitlines()]
        assert max(map(len, lines)) <= 80


class TestProgram:
    def test_tells_its_version(self) -> None:
        scope: dict[str, str] = {}
        exec((ROOT / "analyzer" / "version.py").read_text(), scope)  # noqa: S102 - one line of ours
        answer = program("--version")
        assert (answer.code, answer.text) == (0, f"ociscope {scope['__version__']}\n")

    def test_runs_as_a_module_from_anywhere(self, tmp_path: Path) -> None:
        answer = program("ids", MULTI, "--platform", "linux/amd64", cwd=tmp_path)
        assert answer.code == 0
        assert AMD64 in answer.text

    @pytest.mark.parametrize("words", [["--nonsense"], ["ids", "--nonsense", "x"], ["nonsense"]])
    def test_refuses_what_it_does_not_know(self, words: list[str]) -> None:
        answer = call(*words)
        assert answer.code == 2
        assert "No such" in answer.err
        assert answer.out == b""

    @pytest.mark.parametrize("verb", VERBS)
    def test_asks_for_the_path(self, verb: str) -> None:
        answer = call(*words(verb, "")[: 2 if verb == "lookup" else 1])
        assert answer.code == 2
        assert "PATH" in answer.err


class TestOutput:
    @pytest.mark.parametrize("verb", REPORTS)
    def test_json_follows_the_schema_of_reports(self, verb: str) -> None:
        answer = call(verb, MULTI, "-o", "json")
        assert answer.code == 0
        SCHEMAS["report"].validate(answer.json)
        assert images(answer.json) == [(["1.0"], "linux/amd64"), (["1.0"], "linux/arm64")]

    def test_json_follows_the_schema_of_differences(self) -> None:
        answer = call("diff", MULTI, APK, "-o", "json")
        assert answer.code == 0
        SCHEMAS["diff"].validate(answer.json)

    def test_a_difference_opens_with_the_ladder(self) -> None:
        found = call("diff", SAVE, SAVE, "-o", "json").json
        assert found["headline"] == "same file, byte for byte"
        assert found["ladder"][0]["verdict"] == "proven"
        assert found["ladder"] == found["images"][0]["ladder"]
        assert (
            "same file, byte for byte\n  yes  same file " in call("diff", SAVE, SAVE).out.decode()
        )

    @pytest.mark.parametrize("verb", [*REPORTS, "diff"])
    def test_is_a_table_unless_asked_otherwise(self, verb: str) -> None:
        answer = call(*paths(verb))
        assert answer.code == 0
        assert "linux/arm64" in answer.text
        assert answer.out == call(*paths(verb), "-o", "table").out
        assert answer.err == ""

    @pytest.mark.parametrize("verb", [*REPORTS, "diff"])
    def test_goes_to_several_places_at_once(self, verb: str, tmp_path: Path) -> None:
        there = tmp_path / "new" / "report.json"
        answer = call(*paths(verb), "-o", f"json={there}", "-o", "table")
        assert answer.code == 0
        assert answer.out == call(*paths(verb)).out
        assert there.read_bytes() == call(*paths(verb), "-o", "json").out
        assert list(there.parent.iterdir()) == [there]

    @pytest.mark.parametrize(
        "places", [("json", "table"), ("json", "json=-"), ("json=a", "table=./b/../a")]
    )
    def test_two_for_one_place_are_refused(self, places: tuple[str, str]) -> None:
        answer = call("ids", MULTI, "-o", places[0], "-o", places[1])
        assert answer.code == 2
        assert "several outputs for one place" in answer.err
        assert answer.out == b""

    @pytest.mark.parametrize("verb", VERBS)
    def test_an_unknown_format_lists_the_formats(self, verb: str) -> None:
        answer = call(*words(verb, MULTI), "-o", "yaml")
        assert answer.code == 2
        assert "'yaml'" in answer.err
        assert (
            "there are: spdx-json" if verb == "sbom" else "there are: table, json"
        ) in answer.err

    def test_a_format_without_its_file_is_refused(self) -> None:
        answer = call("ids", MULTI, "-o", "json=")
        assert answer.code == 2
        assert "no file name behind 'json='" in answer.err


class TestSelection:
    def test_of_one_platform(self) -> None:
        answer = call("packages", MULTI, "--platform", "linux/arm64", "-o", "json")
        assert images(answer.json) == [(["1.0"], "linux/arm64")]

    def test_of_several_platforms_in_the_words_of_others(self) -> None:
        both = ("--platform", "linux/aarch64", "--platform", "linux/x86_64")
        assert len(images(call("ids", MULTI, *both, "-o", "json").json)) == 2

    def test_of_a_platform_that_is_not_there_lists_what_is(self) -> None:
        answer = call("ids", MULTI, "--platform", "linux/s390x")
        assert answer.code == 2
        assert "linux/s390x" in answer.err
        assert "1.0 linux/amd64, 1.0 linux/arm64" in answer.err

    @pytest.mark.parametrize("name", ["1.0", "@0", AMD64, AMD64[7:19]])
    def test_of_an_image_by_name_position_and_id(self, name: str) -> None:
        answer = call("ids", MULTI, "--image", name, "-o", "json")
        assert answer.code == 0
        assert (["1.0"], "linux/amd64") in images(answer.json)

    def test_of_an_image_that_is_not_there_lists_what_is(self) -> None:
        answer = call("ids", MULTI, "--image", "2.0")
        assert answer.code == 2
        assert "'2.0'" in answer.err
        assert "1.0 linux/amd64" in answer.err

    @pytest.mark.parametrize("suffix", [":1.0", ":@0", f"@{AMD64}"])
    def test_by_what_stands_behind_the_path(self, suffix: str) -> None:
        answer = call("ids", f"{MULTI}{suffix}", "--platform", "linux/amd64", "-o", "json")
        assert [image["image_id"] for image in answer.json["images"]] == [AMD64]

    @pytest.mark.parametrize("prefix", ["oci:", "oci-dir:"])
    def test_takes_the_prefixes_of_skopeo_and_syft(self, prefix: str) -> None:
        assert call("ids", f"{prefix}{MULTI}:1.0").out == call("ids", MULTI).out

    def test_reaches_both_sides_of_a_difference(self) -> None:
        answer = call("diff", MULTI, SAVE, "--platform", "linux/amd64", "--exit-code")
        assert answer.code == 0
        assert "linux/arm64" not in answer.text

    def test_differences_have_an_exit_code_when_asked(self) -> None:
        assert call("diff", MULTI, APK).code == 0
        assert call("diff", MULTI, APK, "--exit-code").code == 1
        assert call("diff", MULTI, MULTI, "--exit-code").code == 0


class TestLimits:
    @pytest.mark.parametrize(
        ("value", "code"), [("1", 2), ("1K", 0), ("1k", 0), ("1M", 0), ("1G", 0), ("1T", 0)]
    )
    def test_take_units(self, value: str, code: int) -> None:
        assert call("inspect", APK, "--limit", f"manifest_bytes={value}").code == code

    def test_a_unit_is_a_power_of_1024(self, tmp_path: Path) -> None:
        builder = ImageBuilder().layer({"a": b""})
        size = len(builder.build().config)
        filled = builder.config(author="x" * (2048 - size - len(',"author":""')))
        assert len(filled.build().config) == 2048
        path = filled.write_oci(tmp_path / "layout")
        assert call("inspect", path, "--limit", "document_bytes=2K").code == 0
        assert call("inspect", path, "--limit", "document_bytes=2047").code != 0

    @pytest.mark.parametrize("value", ["", "K", "1X", "-1", "1.5", "\uff11", "1 K", "9" * 16])
    def test_refuse_what_is_no_number(self, value: str) -> None:
        answer = call("inspect", APK, "--limit", f"manifest_bytes={value}")
        assert answer.code == 2
        assert "limit manifest_bytes needs a whole number" in answer.err

    @pytest.mark.parametrize("source", [MULTI, SAVE])
    @pytest.mark.parametrize("name", Limits.names())
    def test_of_nothing_stop_the_run_in_words(self, name: str, source: Path) -> None:
        answer = call("analyze", source, "--limit", f"{name}=0")
        assert answer.code in {0, 2, 3}
        assert "internal error" not in answer.err
        if answer.code:
            assert name in answer.said

    @pytest.mark.parametrize("name", Limits.names())
    def test_without_bound_change_nothing(self, name: str) -> None:
        answer = call("analyze", SAVE, "--limit", f"{name}=999999999999999T")
        assert (answer.code, answer.err) == (0, "")
        assert answer.out == call("analyze", SAVE).out

    def test_list_themselves_when_one_is_not_known(self) -> None:
        answer = call("inspect", APK, "--limit", "patience=1")
        assert answer.code == 2
        assert "'patience'" in answer.err
        assert "manifest_bytes" in answer.err


def test_shells_complete_the_commands() -> None:
    answer = program(_OCISCOPE_COMPLETE="complete_bash", COMP_WORDS="ociscope in", COMP_CWORD="1")
    assert answer.text.split() == ["inspect"]


def test_everything_in_the_file_is_covered_and_nothing_picked(tmp_path: Path) -> None:
    layout = Layout()
    for name in ("a", "b"):
        both = [
            ImageBuilder().layer({name: arch.encode()}).platform(f"linux/{arch}")
            for arch in ("amd64", "arm64")
        ]
        layout.add_index(both, ref_name=name)
    answer = call("ids", layout.write_dir(tmp_path / "layout"), "-o", "json")
    assert images(answer.json) == [
        (["a"], "linux/amd64"),
        (["a"], "linux/arm64"),
        (["b"], "linux/amd64"),
        (["b"], "linux/arm64"),
    ]
