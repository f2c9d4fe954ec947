"""Values of strangers' JSON, small enough to be shown and to be walked without care."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 6
_TOO_DEEP = "(nested too deeply to be shown)"
_PART_CHARACTERS = 120
_PATH_CHARACTERS = 400
_CUT = "..."


def is_plain(value: object) -> bool:
    """Whether a value is nested no deeper than people nest configs."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return True
    return False


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON
    """`value`, or words in its place where it is nested too deeply."""
    return value if is_plain(value) else _TOO_DEEP


def _inside(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def cut_part(key: str) -> str:
    """A name in a path; very long ones are cut, since every path below repeats them."""
    return key if len(key) <= _PART_CHARACTERS else key[: _PART_CHARACTERS - len(_CUT)] + _CUT


def cut_path(path: str) -> str:
    """A path, cut likewise."""
    return path if len(path) <= _PATH_CHARACTERS else path[: _PATH_CHARACTERS - len(_CUT)] + _CUT
