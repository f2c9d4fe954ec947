"""Homebrew's order (Library/Homebrew/version.rb, pkg_version.rb): a version and its revision."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzer.diff.versionorders.keys import compared

_KINDS = (
    *(("alpha", r"alpha[0-9]*|a[0-9]+"), ("beta", r"beta[0-9]*|b[0-9]+"), ("pre", r"pre[0-9]*")),
    *(("rc", r"rc[0-9]*"), ("patch", r"p[0-9]*"), ("post", r".post[0-9]+")),
    *(("number", r"[0-9]+"), ("word", r"[a-z]+")),
)
_TOKEN = re.compile("|".join(f"(?P<{kind}>{text})" for kind, text in _KINDS), re.IGNORECASE)
_PLACES = {"alpha": 0, "beta": 1, "pre": 2, "rc": 3, "patch": 4, "post": 4}
_BEFORE_A_RELEASE = frozenset({"alpha", "beta", "pre", "rc"})
_REVISION = re.compile(r"(?P<version>.+?)(?:_(?P<revision>[0-9]+))?")
_HEAD = re.compile(r"HEAD(?:-.*)?")
"""What was built from the tip of a repository: newer than every release."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str = ""

    @property
    def number(self) -> int:
        digits = re.search("[0-9]+", self.text)
        return int(digits[0]) if digits else 0

    @property
    def against_nothing(self) -> int:
        """How it compares with a token that the other version lacks."""
        if self.kind == "number":
            return int(self.number > 0)
        return -1 if self.kind in _BEFORE_A_RELEASE else int(self.kind != "nothing")


_NOTHING = _Token("nothing")


def compare_brew(first: str, second: str) -> int:
    """The revision is what follows the last `_`. Raises ValueError: empty, or of several lines."""
    (one, older), (two, newer) = _parse(first), _parse(second)
    return _compare_versions(one, two) or compared(older, newer)


def _parse(version: str) -> tuple[str, int]:
    match = _REVISION.fullmatch(version)
    if match is None:
        raise ValueError(version)
    return match["version"], int(match["revision"] or 0)


def _compare_versions(one: str, two: str) -> int:
    heads = [_HEAD.fullmatch(version) is not None for version in (one, two)]
    if any(heads):
        return compared(*heads)
    left, right = _tokens(one), _tokens(two)
    # Homebrew stops at the end of the first one, and so finds 1.0.0.0 equal to 1-p1, but 1-p1 newer
    # than 1.0.0.0.
    while left or right:
        here, there = (side[0] if side else _NOTHING for side in (left, right))
        different = _compare_tokens(here, there)
        # A zero that the other one lacks is passed over: 2.1.0-p194 < 2.1-p195.
        if different and _is_zero(here) and there.kind != "number":
            left = left[1:]
        elif different and _is_zero(there) and here.kind != "number":
            right = right[1:]
        elif different:
            return different
        else:
            left, right = left[1:], right[1:]
    return 0


def _tokens(version: str) -> list[_Token]:
    return [_Token(match.lastgroup or "", match[0]) for match in _TOKEN.finditer(version)]


def _is_zero(token: _Token) -> bool:
    return token.kind == "number" and not token.number


def _compare_tokens(one: _Token, two: _Token) -> int:
    kinds = {one.kind, two.kind}
    if "nothing" in kinds:
        return compared(one.against_nothing, two.against_nothing)
    if len(kinds) == 1 and "word" not in kinds:
        return compared(one.number, two.number)
    if "number" in kinds:
        return compared(one.kind == "number", two.kind == "number")
    places = [_PLACES.get(token.kind) for token in (one, two)]
    if None in places or places[0] == places[1]:
        return compared(one.text, two.text)
    return compared(*places)
