"""Maven's `ComparableVersion` (maven-artifact 3.8), whose documentation has the rules.

univers knows no `release` (5.3.1.RELEASE is 5.3.1) and takes 1-beta-1 for newer than 1.foo1.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from analyzer.diff.versionorders.keys import compared

_QUALIFIERS = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_RELEASE = _QUALIFIERS.index("")
_ALIASES = {"ga": "", "final": "", "release": "", "cr": "rc"}
_BEFORE_DIGITS = {"a": "alpha", "b": "beta", "m": "milestone"}
_DEEPEST = 100
"""Lists within lists; each hyphen and each change between digits and letters begins one."""

Item = Any
"""A number, the rank of a qualifier (a pair), or a list of items."""


def compare_maven(first: str, second: str) -> int:
    """Maven takes any text. Raises ValueError: nested deeper than any version is."""
    return _compare(_parse(first), _parse(second))


def _parse(version: str) -> list[Item]:
    whole: list[Item] = []
    lists, text, digits = [whole], "", False
    for character in version.lower():
        if character in ".-":
            lists[-1].append(_item(text, digits=digits) if text else 0)
            text = ""
            if character == "-":
                _descend(lists)
            continue
        digit = character.isascii() and character.isdigit()
        if text and digit is not digits:
            if digit and lists[-1]:
                _descend(lists)
            lists[-1].append(_item(text, digits=digits, before_digits=digit))
            _descend(lists)
            text = ""
        text, digits = text + character, digit
    if text:
        if not digits and lists[-1]:
            _descend(lists)
        lists[-1].append(_item(text, digits=digits))
    for items in reversed(lists):
        _normalise(items)
    return whole


def _descend(lists: list[list[Item]]) -> None:
    if len(lists) > _DEEPEST:
        raise ValueError(len(lists))
    inner: list[Item] = []
    lists[-1].append(inner)
    lists.append(inner)


def _item(text: str, *, digits: bool, before_digits: bool = False) -> Item:
    if digits:
        return int(text)
    word = _BEFORE_DIGITS.get(text, text) if before_digits else text
    word = _ALIASES.get(word, word)
    known = word in _QUALIFIERS
    return (_QUALIFIERS.index(word), "") if known else (len(_QUALIFIERS), word)


def _normalise(items: list[Item]) -> None:
    """Take out what says nothing, from the end up to the last number or word that counts."""
    for position in reversed(range(len(items))):
        item = items[position]
        if item in (0, [], (_RELEASE, "")):
            del items[position]
        elif not isinstance(item, list):
            break


def _compare(one: Item, two: Item) -> int:
    if one is None:
        return -_compare(two, None) if two is not None else 0
    if isinstance(one, list):
        return _compare_list(one, two)
    if two is None:
        return compared(one, (_RELEASE, "") if isinstance(one, tuple) else 0)
    if isinstance(one, type(two)):
        return compared(one, two)
    return 1 if isinstance(one, int) else -1


def _compare_list(one: Sequence[Item], two: Item) -> int:
    """1-1 is newer than 1-sp and older than 1.0.1."""
    if isinstance(two, int):
        return -1
    if isinstance(two, tuple):
        return 1
    for left, right in zip_longest(one, two or ()):
        if found := _compare(left, right):
            return found
    return 0
