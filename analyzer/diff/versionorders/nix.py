"""Nix's `builtins.compareVersions` (src/libstore/names.cc)."""

from __future__ import annotations

import re
from itertools import zip_longest

_COMPONENT = re.compile(r"[0-9]+|[^0-9.-]+")
_LARGEST = 2**31 - 1
"""What C's `int` does not hold is a word to Nix."""


def compare_nix(first: str, second: str) -> int:
    """Nix takes any text."""
    components = (_COMPONENT.findall(version) for version in (first, second))
    for one, two in zip_longest(*components, fillvalue=""):
        if _is_less(one, two):
            return -1
        if _is_less(two, one):
            return 1
    return 0


def _is_less(one: str, two: str) -> bool:
    """`componentsLT`: pre < nothing, other words < numbers; nothing is only an empty word."""
    here, there = _number(one), _number(two)
    if here is not None and there is not None:
        return here < there
    if "pre" in {one, two}:
        return one == "pre" and two != "pre"
    if here is None and there is None:
        return one < two
    return there is not None


def _number(component: str) -> int | None:
    if not component or component[0] not in "0123456789":
        return None
    number = int(component)
    return number if number <= _LARGEST else None
