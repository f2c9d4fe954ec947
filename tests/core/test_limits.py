"""Limits, and the budget that counts the shared ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, fields

import pytest

from analyzer.errors import LimitExceeded
from analyzer.limits import GIB, Budget, Limits, check_ratio, exceeded
from analyzer.problems import Code


def test_every_limit_is_a_positive_number_by_name() -> None:
    assert Limits.names() == tuple(sorted(field.name for field in fields(Limits)))
    assert all(getattr(Limits(), name) > 0 for name in Limits.names())


def test_limits_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Limits().path_bytes = 1  # type: ignore[misc]


def test_the_error_says_how_to_raise_exactly_that_limit() -> None:
    error = exceeded("path_bytes", 10, 12, "layer 1")
    assert (error.code, error.where) == (Code.LIMIT_EXCEEDED, "layer 1")
    assert error.message == "limit path_bytes is 10, seen at least 12"
    assert "--limit path_bytes=N" in error.hint


def test_a_budget_allows_exactly_its_limit() -> None:
    budget = Budget(Limits(inflated_bytes=10, captured_bytes=3))
    budget.spend_inflated(10, "a")
    budget.spend_captured(3, "a")
    with pytest.raises(LimitExceeded, match="inflated_bytes is 10, seen at least 11"):
        budget.spend_inflated(1, "a")
    with pytest.raises(LimitExceeded, match="captured_bytes is 3, seen at least 4"):
        budget.spend_captured(1, "a")


def test_a_budget_counts_across_threads() -> None:
    budget = Budget(Limits(inflated_bytes=80_000))

    def spend(_worker: int) -> None:
        for _ in range(10_000):
            budget.spend_inflated(1, "")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(spend, range(8)))
    with pytest.raises(LimitExceeded):
        budget.spend_inflated(1, "")


def test_the_ratio_counts_only_beyond_its_free_bytes() -> None:
    limits = Limits(inflate_ratio=10, ratio_free_bytes=1000)
    check_ratio(1000, 1, limits, "a")
    check_ratio(2000, 200, limits, "a")
    with pytest.raises(LimitExceeded, match="inflate_ratio"):
        check_ratio(2001, 200, limits, "a")
    assert Limits().ratio_free_bytes == GIB
