"""Perl's version objects (version.pm): 1.10 is 1.100.0, v1.10 is 1.10.0."""

from __future__ import annotations

import re
from itertools import zip_longest

from analyzer.diff.versionorders.keys import compared

_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DOTTED = re.compile(r"v[0-9]+(?:\.[0-9]+)*|[0-9]+(?:\.[0-9]+){2,}")
_DIGITS = 3
"""Of the fraction of a decimal version, which make one number."""


def compare_perl(first: str, second: str) -> int:
    """Underscores (trial releases) do not count. Raises ValueError: Perl's strict rules refuse it.

    What is missing counts as 0.
    """
    for one, two in zip_longest(_numbers(first), _numbers(second), fillvalue=0):
        if one != two:
            return compared(one, two)
    return 0


def _numbers(version: str) -> list[int]:
    text = re.sub(r"(?<=[0-9])_(?=[0-9])", "", version)
    if _DOTTED.fullmatch(text):
        return [int(number) for number in text.removeprefix("v").split(".")]
    if not _DECIMAL.fullmatch(text):
        raise ValueError(version)
    whole, _, fraction = text.partition(".")
    groups = [fraction[n : n + _DIGITS] for n in range(0, len(fraction), _DIGITS)]
    return [int(whole), *(int(group.ljust(_DIGITS, "0")) for group in groups)]
