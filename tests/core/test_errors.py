"""The error family, and the log that counts instead of repeating."""

from __future__ import annotations

import pickle

import pytest

from analyzer import errors
from analyzer.errors import AnalyzerError, LimitExceeded
from analyzer.problems import UNPROVEN, UNREAD, Code, ProblemLog, Severity, error, note, warning

FAMILY = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, AnalyzerError)
]


@pytest.mark.parametrize("kind", FAMILY)
def test_errors_survive_another_process(kind: type[AnalyzerError]) -> None:
    raised = kind(Code.UNSUPPORTED, "message", hint="hint", where="where")
    back = pickle.loads(pickle.dumps(raised))  # noqa: S301 - our own bytes
    assert type(back) is kind
    assert (back.code, back.message) == (Code.UNSUPPORTED, "message")
    assert (back.hint, back.where) == ("hint", "where")


def test_the_text_has_the_place_in_front() -> None:
    assert str(LimitExceeded(Code.LIMIT_EXCEEDED, "too much")) == "too much"
    assert str(LimitExceeded(Code.LIMIT_EXCEEDED, "too much", where="layer")) == "layer: too much"


def test_every_error_is_of_the_family_and_documented() -> None:
    assert len(FAMILY) > 5
    assert all(kind.__doc__ for kind in FAMILY)


def test_codes_are_words_with_hyphens_and_unique() -> None:
    assert all(code.value == code.name.lower().replace("_", "-") for code in Code)
    assert not UNREAD & UNPROVEN


# ProblemLog.


def test_a_log_keeps_what_it_was_given_in_order() -> None:
    log = ProblemLog("layer")
    given = [error(Code.UNSAFE_LINK, "b", "1"), note(Code.UNSAFE_NAME, "a", "2")]
    for problem in given:
        log.add(problem)
    assert log.finish() == tuple(given)
    assert log.finish() == tuple(given)


def test_a_log_counts_beyond_its_cap() -> None:
    log = ProblemLog("layer", cap=3)
    for number in range(10):
        log.add(warning(Code.UNSAFE_NAME, f"p{number}", "odd"))
    log.add(error(Code.UNSAFE_NAME, "other severity", "odd"))
    *kept, more = log.finish()
    assert [problem.where for problem in kept] == ["p0", "p1", "p2", "other severity"]
    assert more == warning(Code.UNSAFE_NAME, "layer", "7 more of this kind")


def test_exactly_the_cap_is_not_counted() -> None:
    log = ProblemLog("layer", cap=2)
    for number in range(2):
        log.add(note(Code.UNSAFE_NAME, "", str(number)))
    assert len(log.finish()) == 2


def test_problems_sort_by_code_and_place() -> None:
    first, second = note(Code.UNSAFE_LINK, "a", ""), note(Code.UNSAFE_LINK, "b", "")
    assert sorted([second, first]) == [first, second]
    assert first.severity is Severity.NOTE
