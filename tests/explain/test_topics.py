"""The texts themselves: complete, connected, and fit to be read raw in a terminal."""

from __future__ import annotations

import hashlib
import re
from importlib import resources

import pytest

from analyzer.explain import loader
from analyzer.explain.loader import Topic, names, topics
from analyzer.explain.text import COLUMNS, contents, page
from analyzer.problems import Code
from analyzer.verify.checks import TITLES

TOPICS = {topic.name: topic for topic in topics()}
FINDINGS = {code.value for code in Code}
CHECKS = set(TITLES) - FINDINGS
"""Rows of the table of `verify`; one may share its name, and so its text, with a finding."""
PROMISED = (
    {"image-id", "index", "diff-id", "chain-id", "repo-digest", "docker-save", "containerd-store"}
    | {"attestations", "schema-1", "made-up-digests", "archive-differs", "v1-ids", "names"}
    | {"oci-and-docker", "offline-proof", "whiteouts", "compression", "copying", "which-digest"}
)
SHORTEST, LONGEST = 2, 8
"""Lines of a text about a finding."""

every_topic = pytest.mark.parametrize("name", sorted(TOPICS))


def source(name: str) -> str:
    file = resources.files("analyzer.explain") / "topics" / f"{name}.md"
    return file.read_text("utf-8")


def paragraphs(topic: Topic) -> list[str]:
    return topic.text.split("\n\n")


def test_every_code_has_a_text() -> None:
    assert set(TOPICS) >= FINDINGS


def test_every_check_has_a_text_under_its_title() -> None:
    assert {name for name, topic in TOPICS.items() if topic.is_check} == CHECKS
    for name in CHECKS:
        assert TOPICS[name].title == f"verify: {TITLES[name]}"


def test_every_question_has_a_text() -> None:
    assert set(TOPICS) >= PROMISED


def test_a_text_named_like_no_code_is_a_question_that_another_text_leads_to() -> None:
    questions = {t.name for t in TOPICS.values() if not t.is_finding and not t.is_check}
    led_to = {name for topic in TOPICS.values() for name in topic.see_also}
    assert questions == set(TOPICS) - FINDINGS - CHECKS
    assert questions - led_to <= {"severities", "load-errors"}


def test_no_topic_is_missing_in_the_list() -> None:
    listed = {line.split()[0] for line in contents(topics()).splitlines() if line[:2] == "  "}
    assert listed == set(names())


@every_topic
def test_a_name_is_lower_case_words_with_dashes(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert len(name) <= 24


@every_topic
def test_a_file_is_what_its_topic_prints(name: str) -> None:
    topic = TOPICS[name]
    references = f"See also: {', '.join(topic.see_also)}"
    assert source(name) == f"# {topic.title}\n\n{topic.text}\n\n{references}\n"
    assert page(topic) == f"{topic.title}\n\n{topic.text}\n\n{references}"


@every_topic
def test_lines_are_fit_for_a_terminal(name: str) -> None:
    for line in source(name).split("\n"):
        assert len(line) <= COLUMNS
        assert line == line.rstrip()
        assert line.isascii()
        assert "\t" not in line


@every_topic
def test_markdown_is_simple_enough_to_be_read_raw(name: str) -> None:
    text = TOPICS[name].text.replace("`<none>`", "")
    assert not re.search(r"^(#|\*|>|```|\|)", text, re.MULTILINE)
    assert not re.search(r"</?[a-z]+/?>", text)
    assert not re.search(r"\]\(|https?:|\*\*|__", text)
    for paragraph in paragraphs(TOPICS[name]):
        if not paragraph.startswith("    "):
            assert paragraph.count("`") % 2 == 0


@every_topic
def test_what_to_read_next_exists_and_is_something_else(name: str) -> None:
    see_also = TOPICS[name].see_also
    assert see_also
    assert len(set(see_also)) == len(see_also)
    assert set(see_also) <= set(TOPICS) - {name}


@pytest.mark.parametrize("name", sorted(FINDINGS | CHECKS))
def test_a_finding_is_explained_in_a_few_lines(name: str) -> None:
    assert SHORTEST <= len(TOPICS[name].text.split("\n")) <= LONGEST


@every_topic
def test_the_first_paragraph_is_short(name: str) -> None:
    assert len(paragraphs(TOPICS[name])[0].split("\n")) <= LONGEST


@every_topic
def test_a_code_in_brackets_is_one(name: str) -> None:
    for paragraph in paragraphs(TOPICS[name]):
        found = re.findall(r"\[([a-z0-9]+(?:-[a-z0-9]+)+)\]", paragraph)
        assert set(found) <= FINDINGS


@every_topic
def test_no_registry_is_named(name: str) -> None:
    hosts = re.findall(r"\b(?:docker|quay|ghcr|gcr)\.io/", source(name))
    assert not hosts
    assert not re.search(r"/(home|root|work)/", source(name))


def test_digests_in_the_texts_are_right() -> None:
    empty_tar = hashlib.sha256(bytes(1024)).hexdigest()
    assert f"sha256:{empty_tar}" in TOPICS["diff-id"].text
    old_gzip = bytes.fromhex("1f8b080000096e8800ff621805a360148c5800080000ffff2eafb5ef00040000")
    assert len(old_gzip) == 32
    assert f"sha256:{hashlib.sha256(old_gzip).hexdigest()}" in TOPICS["schema-1"].text


class TestParse:
    def test_takes_title_body_and_references(self) -> None:
        topic = loader.parse("x", "# A title\n\nOne.\n\n    two\n\nSee also: a, b-c\n")
        assert topic == Topic("x", "A title", "One.\n\n    two", ("a", "b-c"))

    def test_does_without_references(self) -> None:
        assert loader.parse("x", "# A title\n\nOne.\n").see_also == ()

    def test_finds_nothing_in_nothing(self) -> None:
        assert loader.parse("x", "") == Topic("x", "", "", ())
