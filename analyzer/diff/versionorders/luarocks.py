"""The order of LuaRocks (src/luarocks/core/vers.lua): words become numbers added to their place."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import zip_longest

from analyzer.diff.versionorders.keys import compared

_TOKEN = re.compile(r"([0-9]+|[A-Za-z]+)[._-]*")
_REVISION = re.compile(r"(.*)-([0-9]+)", re.DOTALL)
_WORDS = {
    "dev": 120_000_000,
    "scm": 110_000_000,
    "cvs": 100_000_000,
    "rc": -1_000,
    "pre": -10_000,
    "beta": -100_000,
    "alpha": -1_000_000,
}
_AFTER_A_WORD = 100_000
_OTHER_WORD = 1_000
"""Other words count by their first letter, between two numbers."""


def compare_luarocks(first: str, second: str) -> int:
    """The revision of the rockspec counts where both have one. Raises ValueError: unreadable."""
    (one, older), (two, newer) = _parse(first), _parse(second)
    for here, there in zip_longest(one, two, fillvalue=Fraction(0)):
        if here != there:
            return compared(here, there)
    return 0 if older is None or newer is None else compared(older, newer)


def _parse(version: str) -> tuple[list[Fraction], int | None]:
    match = _REVISION.fullmatch(version)
    text, revision = (match[1], int(match[2])) if match else (version, None)
    places: list[Fraction] = []
    after_word, position = False, 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise ValueError(version)
        position, word = token.end(), token[1]
        if word.isdecimal():
            number = Fraction(int(word))
            if after_word:
                places[-1] += number / _AFTER_A_WORD
            else:
                places.append(number)
        else:
            value = _WORDS.get(word)
            number = Fraction(ord(word[0]), _OTHER_WORD) if value is None else Fraction(value)
            places[-1:] = [number] if after_word else [*places[-1:], number]
        after_word = not word.isdecimal()
    if not places:
        raise ValueError(version)
    return places, revision
