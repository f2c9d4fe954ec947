"""CSV that Python's reader takes back and no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.csvtext import csv_text
from analyzer.paths import printable

FIRST_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""OWASP, "CSV Injection"."""


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2)))
def test_every_row_is_a_line_and_every_cell_comes_back(rows: list[list[str]]) -> None:
    header, *cells = read(csv_text(("a", "b"), rows))
    assert header == ["a", "b"]
    back = [[cell.removeprefix("'") for cell in row] for row in cells]
    assert back == [[printable(cell) for cell in row] for row in rows]
    assert csv_text(("a", "b"), rows).count("\n") == len(rows) + 1


@pytest.mark.parametrize("first", FIRST_OF_FORMULAS)
def test_no_cell_begins_as_a_formula_does(first: str) -> None:
    [_, [cell, other]] = read(csv_text(("a", "b"), [(f"{first}cmd|' /C calc'!A0", "x")]))
    assert not cell.startswith(FIRST_OF_FORMULAS)
    assert other == "x"


@pytest.mark.parametrize("cell", ["-1", "+49", "-12.5", 0, -3, 1.5])
def test_numbers_stay_numbers(cell: object) -> None:
    assert read(csv_text(("a", "b"), [(cell, None)]))[1] == [str(cell), ""]
