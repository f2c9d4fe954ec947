"""Gentoo's order: Package Manager Specification 8, 3.3 (algorithms 3.1 to 3.7).

univers takes 05 for older than 5, and what is no version of Gentoo for one.
"""

from __future__ import annotations

import re

from analyzer.diff.versionorders.keys import compared

_SUFFIX = r"_(?P<word>alpha|beta|pre|rc|p)(?P<number>[0-9]*)"
_VERSION = re.compile(
    r"(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<letter>[a-z]?)"
    rf"(?P<suffixes>(?:{_SUFFIX})*)(?:-r(?P<revision>[0-9]+))?"
)
_WORDS = ("alpha", "beta", "pre", "rc", "", "p")
_NO_SUFFIX = (_WORDS.index(""), 0)


def compare_portage(first: str, second: str) -> int:
    """Raises ValueError: no version by 3.2 of the specification."""
    one, two = _match(first), _match(second)
    return (
        _compare_numbers(one["numbers"].split("."), two["numbers"].split("."))
        or compared(one["letter"], two["letter"])
        or compared(_suffixes(one["suffixes"]), _suffixes(two["suffixes"]))
        or compared(int(one["revision"] or 0), int(two["revision"] or 0))
    )


def _match(version: str) -> re.Match[str]:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(version)
    return match


def _compare_numbers(one: list[str], two: list[str]) -> int:
    """3.2 and 3.3: after the first one, numbers that begin with a zero are as behind a comma."""
    different = compared(int(one[0]), int(two[0]))
    for here, there in zip(one[1:], two[1:], strict=False):
        if different:
            break
        if here.startswith("0") or there.startswith("0"):
            different = compared(here.rstrip("0"), there.rstrip("0"))
        else:
            different = compared(int(here), int(there))
    return different or compared(len(one), len(two))


def _suffixes(text: str) -> list[tuple[int, int]]:
    """3.5 and 3.6: a missing one stands between `_rc` and `_p`."""
    found = [(_WORDS.index(word), int(number or 0)) for word, number in re.findall(_SUFFIX, text)]
    return [*found, _NO_SUFFIX]
