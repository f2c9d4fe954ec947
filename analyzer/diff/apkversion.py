"""The order of apk versions: apk-package(5), "version", and apk-version(8).

`number{.number}...{letter}{_suffix{number}}...{~hash}{-r#}`. No maintained Python library knows
it: univers reads apk versions as Gentoo's and refuses `_git`, as in Alpine's own gcc
(https://github.com/aboutcode-org/univers/issues/59).
"""

from __future__ import annotations

import re
from itertools import zip_longest

_EARLIER = ("alpha", "beta", "pre", "rc")
"""Suffixes of versions older than the one without a suffix, in their order."""
_LATER = ("cvs", "svn", "git", "hg", "p")
"""Suffixes of newer ones."""
_VERSION = re.compile(
    r"(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<letter>[a-z]?)"
    rf"(?P<suffixes>(?:_(?:{'|'.join(_EARLIER + _LATER)})[0-9]*)*)"
    r"(?:~(?P<commit>[0-9a-f]+))?(?:-r(?P<revision>[0-9]+))?"
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_END = (1, 0, "")
"""Ends every key, between the earlier suffixes and whatever else can follow."""


def compare_apk(first: str, second: str) -> int:
    """Negative, zero or positive, as `first` is older than, equal to or newer than `second`.

    Raises:
        ValueError: one of them is not an apk version.
    """
    one, two = _parse(first), _parse(second)
    order = _compare_numbers(one["numbers"], two["numbers"])
    if order:
        return order
    left, right = _tail(one), _tail(two)
    return (left > right) - (left < right)


def _parse(version: str) -> dict[str, str]:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(version)
    return match.groupdict(default="")


def _compare_numbers(first: str, second: str) -> int:
    """Numbers by value; behind the first dot, one with a leading zero is read as a fraction.

    So 1.02 is older than 1.1, as in Gentoo's rules, which apk's come from.
    """
    pairs = zip_longest(first.split("."), second.split("."))
    for position, (one, two) in enumerate(pairs):
        if one is None or two is None:
            return -1 if one is None else 1
        as_text = position and (one.startswith("0") or two.startswith("0"))
        left, right = (one, two) if as_text else (_number(one), _number(two))
        if left != right:
            return 1 if left > right else -1
    return 0


def _number(digits: str) -> str:
    """A string that sorts by the number's value, however many digits it has."""
    digits = digits.lstrip("0")
    return f"{len(digits):08}{digits}"


def _tail(parts: dict[str, str]) -> list[tuple[int, int, str]]:
    """A sortable form of all that follows the numbers; the first member ranks the part.

    Where two versions part, the one that goes on with a part of an earlier place in the grammar
    is newer, except that an earlier suffix makes it older than anything.
    """
    tail = [(6, 0, parts["letter"])] if parts["letter"] else []
    for word, number in _SUFFIX.findall(parts["suffixes"]):
        if word in _EARLIER:
            tail.append((0, _EARLIER.index(word), ""))
        else:
            tail.append((5, _LATER.index(word), ""))
        if number:
            tail.append((4, 0, _number(number)))
    if parts["commit"]:
        tail.append((3, 0, parts["commit"]))
    if parts["revision"]:
        tail.append((2, 0, _number(parts["revision"])))
    return [*tail, _END]
