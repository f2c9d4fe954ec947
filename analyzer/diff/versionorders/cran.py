"""R's `package_version`: numbers, apart by `.` or `-` (Writing R Extensions, 1.1.1)."""

from __future__ import annotations

import re

from analyzer.diff.versionorders.keys import compared

_VERSION = re.compile(r"[0-9]+(?:[.-][0-9]+)+")


def compare_cran(first: str, second: str) -> int:
    """`utils::compareVersion`: 1.2 is older than 1.2.0. Raises ValueError: R refuses it."""
    return compared(_key(first), _key(second))


def _key(version: str) -> list[int]:
    if not _VERSION.fullmatch(version):
        raise ValueError(version)
    return [int(number) for number in re.split("[.-]", version)]
