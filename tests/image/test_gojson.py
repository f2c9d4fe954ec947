"""JSON byte for byte as Go writes it; expected bytes from Go's documentation and real archives."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import AnalyzerError, MalformedImage
from analyzer.image import gojson

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("<>&", rb'"\u003c\u003e\u0026"'),
        ("\u2028\u2029", rb'"\u2028\u2029"'),
        ('"\\/', rb'"\"\\/"'),
        ("\n\r\t\x00\x1f\x7f", b'"\\n\\r\\t\\u0000\\u001f\x7f"'),
        ("\b\f", rb'"\u0008\u000c"'),
        ("é😀", '"é😀"'.encode()),
        ("\udcff", '"\ufffd"'.encode()),
    ],
)
def test_strings_have_the_escapes_of_encoding_json(text: str, written: bytes) -> None:
    assert gojson.encode_string(text) == written


def test_go_1_22_writes_backspace_and_form_feed_short() -> None:
    assert gojson.encode_string("\b\f", short_controls=True) == rb'"\b\f"'
    assert gojson.encode({"a": ["\b"]}, short_controls=True) == rb'{"a":["\b"]}'


def test_a_raw_value_keeps_order_numbers_and_escapes() -> None:
    raw = b'{ "b" : 1.50e+3,\n "a":\t"\\u0041 <x>\xe2\x80\xa8 \xff", "a": [ -0, 1E400 ] }'
    assert gojson.compact(raw) == (
        b'{"b":1.50e+3,"a":"\\u0041 \\u003cx\\u003e\\u2028 \xff","a":[-0,1E400]}'
    )
    found = gojson.members(raw, "config")
    assert found == {"b": b"1.50e+3", "a": b"[ -0, 1E400 ]"}


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, max_size=4))
def test_members_are_the_values_whatever_the_white_space(document: dict[str, object]) -> None:
    for text in (json.dumps(document), json.dumps(document, indent=3, ensure_ascii=False)):
        found = gojson.members(text.encode(), "config")
        assert {name: json.loads(value) for name, value in found.items()} == document


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b'{"a"}',
        b'{"a":}',
        b'{"a":1,}',
        b'{"a":NaN}',
        b"{}x",
        b"{'a':1}",
        b'{"a" 1}',
    ],
)
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedImage):
        gojson.members(raw, "config")


@given(st.binary(max_size=200))
def test_any_bytes_are_members_or_refused(data: bytes) -> None:
    for raw in (data, b'{"a":' + data + b"}"):
        with suppress(AnalyzerError):
            gojson.members(raw, "config")
        with suppress(AnalyzerError):
            gojson.decode(raw, "config")


def test_deep_nesting_is_refused() -> None:
    raw = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(MalformedImage):
        gojson.members(raw, "config")
    with pytest.raises(MalformedImage):
        gojson.decode(raw, "config")
