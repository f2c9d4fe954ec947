"""PHP's `version_compare` (ext/standard/versioning.c), which WordPress and PEAR order with.

PHP takes any text. What begins or ends with no letter or digit has no order here, since PHP's
answer then depends on which version is named first.
"""

from __future__ import annotations

import re

from analyzer.diff.versionorders.keys import compared

_VERSION = re.compile(r"[0-9A-Za-z](?:[^#]*[0-9A-Za-z])?", re.DOTALL)
_WORDS = (
    *(("dev", 0), ("alpha", 1), ("a", 1), ("beta", 2), ("b", 2), ("RC", 3), ("rc", 3)),
    *(("pl", 5), ("p", 5)),
)
_NUMBER = 4
_OTHER_WORD = -1
_LARGEST = 2**63 - 1


def compare_php(first: str, second: str) -> int:
    """Raises ValueError: as above, or two words that PHP does not know, which it calls equal."""
    one, two = _parts(first), _parts(second)
    for here, there in zip(one, two, strict=False):
        if different := _compare_parts(here, there):
            return different
    if len(one) > len(two):
        return _against_nothing(one[len(two)])
    return -_against_nothing(two[len(one)]) if len(two) > len(one) else 0


def _parts(version: str) -> list[str]:
    """`php_canonicalize_version`, which leaves some signs behind a digit where they are."""
    if not _VERSION.fullmatch(version):
        raise ValueError(version)
    text, last = version[0], version[0]
    for character in version[1:]:
        turn = character not in "-_+." and last != "." and _digit(last) is not _digit(character)
        kept = turn or (character.isascii() and character.isalnum())
        if (turn or not kept) and not text.endswith("."):
            text += "."
        text += character if kept else ""
        last = character
    return text.split(".")


def _digit(character: str) -> bool:
    return character.isascii() and character.isdecimal()


def _compare_parts(one: str, two: str) -> int:
    if _digit(one[0]) and _digit(two[0]):
        return compared(min(int(one), _LARGEST), min(int(two), _LARGEST))
    here, there = _place(one), _place(two)
    if here == there == _OTHER_WORD and one != two:
        raise ValueError(one, two)
    return compared(here, there)


def _against_nothing(part: str) -> int:
    """A further number is newer; a word is where it stands among words and numbers."""
    return 1 if _digit(part[0]) else compared(_place(part), _NUMBER)


def _place(part: str) -> int:
    if _digit(part[0]):
        return _NUMBER
    return next((place for word, place in _WORDS if part.startswith(word)), _OTHER_WORD)
