"""Globs over whole root-relative paths, compiled to regular expressions."""

from __future__ import annotations

import re

WILDCARDS = "*?["
"""A pattern without any of these is one path."""


_WILDCARD = re.compile(
    r"(?P<any>\*+)|(?P<one>\?)|\[(?P<no>!?)(?P<set>\]?[^]/]+)\]|(?P<plain>.)", re.DOTALL
)
_MEMBER = re.compile(r"(.)(?:-(.))?", re.DOTALL)
_BETWEEN = re.compile(r"\*+|\?|\[!?\]?[^]/]+\]")


def compile_glob(pattern: str) -> re.Pattern[str]:
    """A glob over whole paths: `**/` is any depth, other wildcards stay in one component.

    `**` at the very end is everything below.
    """
    *folders, last = pattern.split("/")
    parts = ["(?:[^/]+/)*" if folder == "**" else _component(folder) + "/" for folder in folders]
    parts.append(".+" if last == "**" else _component(last))
    return re.compile("".join(parts) + r"\Z", re.DOTALL)


def literals(pattern: str) -> tuple[str, str, str]:
    """How a path that fits `pattern` begins, what it has somewhere, and how it ends.

    Any of them may be empty; to look for them is several times quicker than to match.
    """
    runs = _BETWEEN.split(pattern.replace("**/", "*"))  # which may be no folder at all
    return runs[0], max(runs, key=len), runs[-1]


def _component(pattern: str) -> str:
    """The expression for one path component."""
    return "".join(_token(match) for match in _WILDCARD.finditer(pattern))


def _token(match: re.Match[str]) -> str:
    if match["any"]:
        return "[^/]*"
    if match["one"]:
        return "[^/]"
    if match["plain"] is not None:
        return re.escape(match["plain"])
    return f"(?!/)[{'^' if match['no'] else ''}{_set(match['set'])}]"


def _set(characters: str) -> str:
    """The inside of a bracket expression (POSIX.1-2017, XBD 9.3.5) for Python's, which has more."""
    found = _MEMBER.finditer(characters)
    return "".join("-".join(map(re.escape, filter(None, member.groups()))) for member in found)
