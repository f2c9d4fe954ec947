"""Conan 2's order (conan/internal/model/version.py): any text, made of items between dots.

univers has it as Conan 2.0 had, which splits 0.0.1-3-1 at its last hyphen and not at its first.
"""

from __future__ import annotations

from itertools import zip_longest

from analyzer.diff.versionorders.keys import compared

Items = list[int | str]


def compare_conan(first: str, second: str) -> int:
    """What follows the first hyphen comes before the version, a build (`+`) behind it."""
    (one, pre, build), (two, other_pre, other_build) = _parse(first), _parse(second)
    if different := _compare_items(one, two):
        return different
    if pre is None or other_pre is None:
        different = compared(pre is None, other_pre is None)
    else:
        different = _compare_items(pre, other_pre)
    if different or build is None or other_build is None:
        return different or compared(build is not None, other_build is not None)
    return _compare_items(build, other_build)


def _parse(version: str) -> tuple[Items, Items | None, Items | None]:
    text, plus, build = version.rpartition("+") if "+" in version else (version, "", "")
    main, hyphen, pre = text.partition("-")
    return _items(main), _items(pre) if hyphen else None, _items(build) if plus else None


def _items(text: str) -> Items:
    """Numbers where they are numbers; zeros at the end say nothing."""
    items: Items = [int(i) if i.isascii() and i.isdecimal() else i for i in text.split(".")]
    while items and items[-1] == 0:
        del items[-1]
    return items


def _compare_items(one: Items, two: Items) -> int:
    for here, there in zip_longest(one, two):
        if here is None or there is None:
            return compared(here is not None, there is not None)
        if here != there:
            numbers = isinstance(here, int) and isinstance(there, int)
            return compared(here, there) if numbers else compared(str(here), str(there))
    return 0
