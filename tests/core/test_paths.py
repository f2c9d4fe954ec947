"""Names of archives."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.paths import clean, decode, join, printable, quoted, split

NAMES = st.lists(st.sampled_from(["a", "b", "..", ".", "", "...", "a b"]), max_size=8).map("/".join)


@given(NAMES)
def test_a_clean_name_is_what_a_root_makes_of_it(name: str) -> None:
    """The oracle: normalise below the root, as chroot would."""
    expected = posixpath.normpath("/" + name).lstrip("/")
    assert clean(name)[0] == expected


@given(NAMES)
def test_cleaning_twice_is_cleaning_once(name: str) -> None:
    path, _ = clean(name)
    assert clean(path) == (path, False)


@pytest.mark.parametrize(
    ("name", "odd"),
    [("a/b", False), ("./a", False), ("a//b/", False), ("/a", True), ("a/../b", True), ("", False)],
)
def test_absolute_names_and_dots_are_odd(name: str, odd: bool) -> None:  # noqa: FBT001
    assert clean(name)[1] is odd


@given(NAMES)
def test_join_is_the_inverse_of_split(name: str) -> None:
    path, _ = clean(name)
    assert join(*split(path)) == path


@given(st.binary(max_size=40))
def test_names_keep_their_bytes(raw: bytes) -> None:
    assert decode(raw).encode("utf-8", "surrogateescape") == raw


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 日本 🦊", "plain é 日本 🦊"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\t", "a\\x0ab\\x09"),
        ("\x7f\x85", "\\x7f\\x85"),
        ("n\udcff", "n\\xff"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\ud83d", "\\ud83d"),
        ("\U000e0001", "\\U000e0001"),
        ("\xa0", "\\xa0"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(max_size=30))
def test_everything_shown_is_printable(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "'plain'"),
        ("", "''"),
        ("it's", '"it\'s"'),
        ('"', "'\"'"),
        ("'\"", "''\"'"),
        ("a\x1b[2J", r"'a\x1b[2J'"),
        (r"a\b", r"'a\b'"),
    ],
)
def test_a_name_in_quotes_is_spelled_as_lists_spell_it(text: str, shown: str) -> None:
    assert quoted(text) == shown
    assert printable(text) == quoted(text)[1:-1]


def test_of_a_long_name_the_beginning_is_quoted() -> None:
    assert quoted("abcdef", 3) == "'abc'"
    assert quoted("\x1babc", 3) == r"'\x1'"
