"""Topics in a terminal of any width."""

from __future__ import annotations

import pytest

from analyzer.explain.loader import Topic, topics
from analyzer.explain.text import contents, page

SOME = Topic(
    "some",
    "A title of several words",
    "A paragraph that is longer than a narrow terminal, so that it has to break.\n\n"
    "    preformatted | as it is, whatever the width\n\n"
    "- an item of a list that breaks too\n- another\n1. a counted one that breaks as well",
    ("one", "two"),
)


def test_a_wide_terminal_changes_nothing() -> None:
    for topic in topics():
        assert page(topic, 200) == page(topic, 80) == page(topic)


def test_a_narrow_terminal_breaks_all_but_what_is_indented() -> None:
    assert page(SOME, 30).split("\n") == [
        "A title of several words",
        "",
        "A paragraph that is longer",
        "than a narrow terminal, so",
        "that it has to break.",
        "",
        "    preformatted | as it is, whatever the width",
        "",
        "- an item of a list that",
        "  breaks too",
        "- another",
        "1. a counted one that breaks",
        "   as well",
        "",
        "See also: one, two",
    ]


@pytest.mark.parametrize("width", [1, 20, 33])
def test_no_word_is_lost_at_any_width(width: int) -> None:
    for topic in topics():
        assert page(topic, width).split() == page(topic).split()
    assert contents(topics(), width).split() == contents(topics()).split()


def test_a_topic_without_references_ends_with_its_text() -> None:
    assert page(Topic("x", "T", "Text.", ())) == "T\n\nText."


def test_the_list_has_one_line_of_80_columns_for_each_topic() -> None:
    lines = contents(topics()).split("\n")
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if line.startswith("  ")] == [
        *(t.name for t in topics() if not t.is_finding and not t.is_check),
        *(t.name for t in topics() if t.is_finding),
        *(t.name for t in topics() if t.is_check),
    ]
