"""The only JSON writer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.canonical import Rows, json_bytes, json_pieces

TEXT = st.text(st.characters(exclude_categories=())) | st.text()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_any_value_is_utf_8_and_comes_back(value: object) -> None:
    data = json_bytes(value)
    assert json.loads(data.decode("utf-8", "strict")) == value
    assert data.endswith(b"\n")


def test_members_keep_their_order_and_texts_stay_readable() -> None:
    assert json_bytes({"b": 1, "a": "é"}) == '{\n  "b": 1,\n  "a": "é"\n}\n'.encode()


def test_bytes_that_are_not_utf_8_become_escapes() -> None:
    assert json_bytes("n\udcff") == b'"n\\udcff"\n'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_has_not_are_a_bug(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_bytes(value)


@given(VALUES)
def test_it_is_laid_out_as_the_standard_library_does(value: object) -> None:
    """But for the escapes, which are undone here: `json` knows no way to ask for them."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    ours = json_bytes(value).decode().removesuffix("\n")
    assert json.dumps(json.loads(ours), ensure_ascii=False, indent=2) == text
    if text.replace("\n", "").isprintable():
        assert ours == text


@given(st.dictionaries(st.integers() | st.booleans() | st.none(), st.integers()))
def test_keys_are_written_as_the_standard_library_does(value: object) -> None:
    assert json_bytes(value).decode() == json.dumps(value, indent=2) + "\n"


@given(st.lists(VALUES, max_size=4), st.integers(0, 6))
def test_rows_are_a_list(values: list[object], depth: int) -> None:
    rows: object = Rows(values, lambda value: {"row": value})
    plain: object = [{"row": value} for value in values]
    for _ in range(depth):
        rows, plain = {"in": [rows]}, {"in": [plain]}
    assert json_bytes(rows) == json_bytes(plain)


def test_a_row_is_made_when_it_is_its_turn() -> None:
    made: list[int] = []

    def form(number: int) -> object:
        made.append(number)
        return {"text": "x" * 100_000, "number": number}

    pieces = json_pieces({"images": [{"files": Rows(range(50), form)}]})
    next(pieces)
    assert len(made) == 1
    assert max(map(len, pieces)) < 300_000
    assert made == list(range(50))
