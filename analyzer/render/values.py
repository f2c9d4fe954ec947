"""Single values on one line: any JSON value, cut to a width without hiding what differs."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.paths import printable

_WIDTH_CHARACTERS = 72
_CONTEXT_CHARACTERS = 12
"""Kept in front of the first difference when a common beginning is left out."""
_CUT = "..."


def inline(value: object) -> str:
    """A JSON value on one line; a string stands without quotes unless it is empty."""
    if isinstance(value, str):
        return printable(value) or '""'
    return _quoted(value)


def _quoted(value: object) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{printable(escaped)}"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(k)}: {_quoted(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_quoted, value))}]"
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def shorten(text: str, width: int = _WIDTH_CHARACTERS) -> str:
    """`text`, or as much of its beginning as `width` allows."""
    return text if len(text) <= width else text[: width - len(_CUT)] + _CUT


def shorten_pair(before: str, after: str, width: int = _WIDTH_CHARACTERS) -> tuple[str, str]:
    """Both texts cut so that the first place where they differ stays in sight."""
    if max(len(before), len(after)) <= width:
        return before, after
    common = 0
    for one, two in zip(before, after, strict=False):
        if one != two:
            break
        common += 1
    skip = common - _CONTEXT_CHARACTERS
    if skip <= len(_CUT):
        return shorten(before, width), shorten(after, width)
    return shorten(_CUT + before[skip:], width), shorten(_CUT + after[skip:], width)
