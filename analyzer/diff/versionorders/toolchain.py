"""Versions of Go itself, which are no semantic ones: go/version, internal/gover of Go."""

from __future__ import annotations

import re

from analyzer.diff.versionorders.keys import compared

_NUMBER = r"(?:0|[1-9][0-9]*)"
_VERSION = re.compile(
    rf"(?P<major>{_NUMBER})(?:\.(?P<minor>{_NUMBER})(?:\.(?P<patch>{_NUMBER}))?"
    rf"(?:(?P<kind>[a-z]+)(?P<pre>{_NUMBER})?)?)?"
)
_FIRST_WITH_PATCH = 21
"""Since Go 1.21 `1.21` is the language, older than all its releases; before, `1.20` is 1.20.0."""


def compare_toolchain(first: str, second: str) -> int:
    """1.21 < 1.21rc1 < 1.21.0. Raises ValueError: not a version of Go."""
    return compared(_key(first), _key(second))


def _key(version: str) -> tuple[int, int, int, int, str, int]:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(version)
    kind, minor = match["kind"] or "", int(match["minor"] or 0)
    patch = int(match["patch"]) if match["patch"] else -1
    if not match["patch"] and not kind and minor < _FIRST_WITH_PATCH:
        patch = 0
    released = int(not kind and patch >= 0)
    return int(match["major"]), minor, patch, released, kind, int(match["pre"] or -1)
