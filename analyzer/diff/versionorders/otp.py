"""Versions of Erlang applications: Erlang/OTP, System Principles, "Order of Versions".

Three numbers have an order. A longer version is of a branch: it is newer than what it branched off
from, and has no order against what came after that. Applications that are not of OTP itself have
semantic versions, which say the same of three numbers.
"""

from __future__ import annotations

import re

from analyzer.diff.versionorders.keys import compared
from analyzer.diff.versionorders.semantic import compare_semver

_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_NORMAL = 3
"""So many parts has a version that is of no branch."""


def compare_otp(first: str, second: str) -> int:
    """Raises ValueError: other text, or versions of different branches."""
    if not _NUMBERS.fullmatch(first) or not _NUMBERS.fullmatch(second):
        return compare_semver(first, second)
    one, two = _parts(first), _parts(second)
    if _leads_to(one, two) or _leads_to(two, one):
        return compared(one, two)
    raise ValueError(first, second)


def _parts(version: str) -> list[int]:
    """Zeros at the end of the first three may be left out."""
    numbers = [int(number) for number in version.split(".")]
    return numbers + [0] * (_NORMAL - len(numbers))


def _leads_to(older: list[int], newer: list[int]) -> bool:
    """Whether `newer` is on the branch of `older`, or on one that goes off later."""
    if len(older) == _NORMAL:
        return older <= newer[:_NORMAL]
    *branch, last = older
    return newer[: len(branch)] == branch and newer[len(branch) :] >= [last]
