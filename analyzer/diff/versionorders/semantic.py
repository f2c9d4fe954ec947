"""Semantic Versioning 2.0.0, and what npm, cargo, Go, Dart and Julia make of it.

univers makes a semantic version of any text (1.2.3.4 becomes 1.2.3 with build metadata), so two
different versions would be called the same; here such a text has no order.
"""

from __future__ import annotations

import re

from analyzer.diff.versionorders.keys import compared

_NUMBER = r"(?:0|[1-9][0-9]*)"
_WORDS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_TAIL = rf"(?:-(?P<pre>{_WORDS}))?(?:\+(?P<build>{_WORDS}))?"
_STRICT = re.compile(
    rf"(?P<major>{_NUMBER})\.(?P<minor>{_NUMBER})\.(?P<patch>{_NUMBER}){_TAIL}", re.ASCII
)
_SHORT = re.compile(rf"(?P<major>{_NUMBER})(?:\.(?P<minor>{_NUMBER}))?")
_LOOSE = re.compile(rf"(?P<major>[0-9]+)\.(?P<minor>[0-9]+)\.(?P<patch>[0-9]+){_TAIL}", re.ASCII)
_JULIA = re.compile(
    r"(?P<major>[0-9]+)(?:\.(?P<minor>[0-9]+))?(?:\.(?P<patch>[0-9]+))?"
    rf"(?:-?(?P<pre>(?<=-){_WORDS}|[A-Za-z][0-9A-Za-z-]*(?:\.[0-9A-Za-z-]+)*))?"
    rf"(?:\+(?P<build>{_WORDS}))?",
    re.ASCII,
)
Word = tuple[int, int, str]
Key = tuple[tuple[int, ...], bool, tuple[Word, ...], tuple[Word, ...]]


def compare_semver(first: str, second: str) -> int:
    """Clauses 10 (build metadata does not count) and 11. Raises ValueError: no such version."""
    return compared(_key(_STRICT, first)[:3], _key(_STRICT, second)[:3])


def compare_bitnami(first: str, second: str) -> int:
    """bitnami/go-version: what follows the hyphen is a revision, newer than a version without."""
    (*one, _), (*two, _) = _key(_STRICT, first), _key(_STRICT, second)
    return compared((one[0], not one[1], one[2]), (two[0], not two[1], two[2]))


def compare_cargo(first: str, second: str) -> int:
    """Rust's semver crate: the builds of one version have an order, too."""
    return compared(_key(_STRICT, first), _key(_STRICT, second))


def compare_npm(first: str, second: str) -> int:
    """node-semver as npm uses it for what is installed: a `v` in front is allowed."""
    return compare_semver(first.removeprefix("v"), second.removeprefix("v"))


def compare_go_module(first: str, second: str) -> int:
    """golang.org/x/mod/semver: a `v` in front, and `v1` is `v1.0.0`."""
    keys = []
    for version in (first, second):
        short = _SHORT if _SHORT.fullmatch(version[1:]) else _STRICT
        if not version.startswith("v"):
            raise ValueError(version)
        keys.append(_key(short, version[1:])[:3])
    return compared(*keys)


def compare_pub(first: str, second: str) -> int:
    """Dart's pub_semver: builds count, a version without one is older; zeros may lead."""
    return compared(_key(_LOOSE, first), _key(_LOOSE, second))


def compare_julia(first: str, second: str) -> int:
    """Julia's `VersionNumber`: builds count, too; minor, patch and the hyphen may be left out."""
    one, two = (version.removeprefix("v") for version in (first, second))
    return compared(_key(_JULIA, one), _key(_JULIA, two))


def _key(pattern: re.Pattern[str], version: str) -> Key:
    match = pattern.fullmatch(version)
    if match is None:
        raise ValueError(version)
    parts = {"minor": None, "patch": None, "pre": None, "build": None, **match.groupdict()}
    numbers = tuple(int(parts[name] or 0) for name in ("major", "minor", "patch"))
    pre, build = (_words(parts[name]) for name in ("pre", "build"))
    if pattern is _STRICT and any(not kind and text != str(n) for kind, n, text in pre):
        raise ValueError(version)
    return numbers, not pre, _bare(pre), _bare(build)


def _words(text: str | None) -> tuple[Word, ...]:
    """Numbers stand before words and go by value; words go by their characters."""
    words = text.split(".") if text else []
    return tuple((0, int(w), w) if w.isdecimal() else (1, 0, w) for w in words)


def _bare(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Numbers without their spelling."""
    return tuple((kind, number, text if kind else "") for kind, number, text in words)
