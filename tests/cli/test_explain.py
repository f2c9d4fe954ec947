"""`ociscope explain`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analyzer.cli.app import VERBS
from analyzer.explain.loader import Topic, names, topics
from analyzer.limits import Limits
from analyzer.problems import Code
from tests.cli.harness import call, program
from tests.cli.test_startup import HEAVY, imported

COMMANDS = set(VERBS)


def test_lists_questions_and_findings() -> None:
    answer = call("explain")
    assert answer.code == 0
    questions, _, findings = answer.text.partition("Findings")
    assert "  image-id " in questions
    assert "  digest-mismatch " in findings
    assert all(f"  {code.value} " in findings for code in Code)
    assert max(map(len, answer.text.splitlines())) <= 80
    assert answer.err == ""


@pytest.mark.parametrize("name", names())
def test_prints_every_topic(name: str) -> None:
    answer = call("explain", name)
    assert answer.code == 0
    assert max(map(len, answer.text.splitlines())) <= 80
    assert answer.err == ""


def test_takes_a_code_with_its_brackets() -> None:
    assert call("explain", "[digest-mismatch]").out == call("explain", "digest-mismatch").out


def test_names_what_is_near() -> None:
    answer = call("explain", "manifest-digest")
    assert answer.code == 2
    assert answer.out == b""
    assert "error: no topic is called 'manifest-digest' [no-match]" in answer.err
    assert "hint: near it: image-id" in answer.err


def test_writes_a_topic_as_json(tmp_path: Path) -> None:
    shown = call("explain", "diff-id", "-o", "json").json
    assert list(shown) == ["topic", "title", "text", "see_also"]
    assert shown["topic"] == "diff-id"
    assert shown["text"] in call("explain", "diff-id").text
    assert "chain-id" in shown["see_also"]
    there = tmp_path / "topic.json"
    assert call("explain", "diff-id", "-o", f"json={there}").code == 0
    assert there.read_bytes() == call("explain", "diff-id", "-o", "json").out


def test_writes_the_list_as_json() -> None:
    shown = call("explain", "-o", "json").json
    assert list(shown) == ["questions", "findings"]
    assert {line["topic"] for line in shown["findings"]} == {code.value for code in Code}
    listed = [line["topic"] for part in shown.values() for line in part]
    assert sorted(listed) == list(names())


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_shows_examples_within_80_columns(flag: str) -> None:
    answer = call("explain", flag)
    assert answer.code == 0
    assert "  ociscope explain image-id" in answer.text.partition("Examples:")[2]
    assert max(map(len, answer.text.splitlines())) <= 80


def test_is_among_the_commands_of_the_program() -> None:
    [line] = [line for line in call("--help").text.splitlines() if line.startswith("  explain ")]
    assert not line.endswith("...")


def test_starts_without_what_only_images_need() -> None:
    assert not imported("explain", "image-id") & HEAVY


def test_works_as_a_program_in_any_folder(tmp_path: Path) -> None:
    assert program("explain", "image-id", cwd=tmp_path).out == call("explain", "image-id").out


@pytest.mark.parametrize("topic", topics(), ids=names())
def test_commands_and_limits_in_a_text_exist(topic: Topic) -> None:
    used = re.findall(r"(?:`|^    )ociscope\s([a-z]+)", topic.text, re.MULTILINE)
    assert set(used) <= COMMANDS
    assert set(re.findall(r"--limit\s([a-z_]+)=", topic.text)) <= set(Limits.names())
