"""The only JSON writer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.canonical import json_bytes

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
