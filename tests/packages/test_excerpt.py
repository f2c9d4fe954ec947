"""Evidence as it is shown: printable, short, and the beginning of what was read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.formats.text import excerpt


@given(st.one_of(st.binary(max_size=1000), st.text(st.characters(), max_size=500)))
def test_anything_is_shown_short_and_without_harm(found: bytes | str) -> None:
    shown = excerpt(found)
    assert shown.isprintable()
    assert len(shown) <= 200


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (b"\x003.11.2\x00", "3.11.2"),
        ("BusyBox v1.36.1", "BusyBox v1.36.1"),
        (b"a\x00b\x1b[31m", "a\\x00b\\x1b[31m"),
        (b"", ""),
        (b"x" * 200, "x" * 200),
        (b"x" * 201, "x" * 197 + "..."),
        ("\N{EURO SIGN}" * 201, "\N{EURO SIGN}" * 197 + "..."),
        (("\N{EURO SIGN}" * 201).encode(), "\N{EURO SIGN}" * 197 + "..."),
        (("\N{GRINNING FACE}" * 200).encode(), "\N{GRINNING FACE}" * 200),
    ],
)
def test_long_text_says_that_it_is_cut(found: bytes | str, shown: str) -> None:
    assert excerpt(found) == shown
