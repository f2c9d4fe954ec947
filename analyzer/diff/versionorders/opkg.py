"""opkg's order (libopkg/pkg.c, `pkg_compare_versions`; pkg_parse.c, `parse_version`).

It is dpkg's, but for what may be written: opkg refuses no character, so `1.0_rc1` has a place here.
"""

from __future__ import annotations

import re
from itertools import zip_longest

from analyzer.diff.versionorders.keys import compared

_VERSION = re.compile(
    r"(?:(?P<epoch>[0-9]+):)?(?P<upstream>.+?)(?:-(?P<revision>[^-]*))?", re.DOTALL
)
_RUNS = re.compile(r"([^0-9]*)([0-9]*)")
_BEFORE_THE_END = -1
_END = 0
_AFTER_LETTERS = 256
_NOTHING: tuple[list[int], int] = ([_END], 0)


def compare_opkg(first: str, second: str) -> int:
    """Epoch, version, revision. Raises ValueError: there is no version in it."""
    for one, two in zip(_parse(first), _parse(second), strict=True):
        for here, there in zip_longest(one, two, fillvalue=_NOTHING):
            if here != there:
                return compared(here, there)
    return 0


def _parse(version: str) -> list[list[tuple[list[int], int]]]:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(version)
    return [
        [([_END], int(match["epoch"] or 0))],
        *(_runs(match[name] or "") for name in ("upstream", "revision")),
    ]


def _runs(text: str) -> list[tuple[list[int], int]]:
    """Other characters and digits by turns."""
    found = _RUNS.findall(text)[:-1]
    return [([*map(_place, other), _END], int(digits or 0)) for other, digits in found]


def _place(character: str) -> int:
    """`order` of libopkg/pkg.c."""
    if character == "~":
        return _BEFORE_THE_END
    letter = character.isascii() and character.isalpha()
    return ord(character) + (0 if letter else _AFTER_LETTERS)
