"""The file name of a Java archive: `<artifact>-<version>[-<classifier>].<ending>`.

https://maven.apache.org/repositories/layout.html. The layout says how such a name is put
together, not how it is taken apart: artifacts have digits and hyphens in their names, too. So
the version begins at the first hyphen before a digit, unless words that no version has, or
nothing but another number with a dot, stand between that and a later number with a dot, as in
`log4j-1.2-api-2.14.1` and `log4j-1.2-1.2.17`.
"""

from __future__ import annotations

import re

_START = re.compile(r"-(?=\d|(?:r|rc|build|v)\d[\d.]*(?:-|$))", re.IGNORECASE)
_BUNDLE = re.compile(r"(?P<name>.+)_(?P<version>\d+\.\d+\.\d+.*)")
"""How Eclipse names its plug-ins."""
_NUMBER = re.compile(r"\d{1,7}\.\d")
"""Shorter than the date of a snapshot, as in `1.0-20230101.120000-1`."""
_DOTTED = re.compile(r"\d+(?:\.\d+)+")
_QUALIFIER = re.compile(
    r"\d.*|alpha\d*|beta\d*|b\d+|m\d+|rc\d*|cr\d*|r\d+|sp\d*|build\d*|ga|final|release|snapshot"
    r"|dev|pre|preview|incubating|jre|android|redhat|jboss|jbossorg|hudson|atlassian|dfsg",
    re.IGNORECASE,
)
_CLASSIFIER = re.compile(
    r"(?:-(?:sources|javadoc|tests?|test-sources|shaded|all|bin|client|jar-with-dependencies"
    r"|runner|exec|no[-_]aop|natives?-.+|(?:linux|windows|osx|macos)-.+))+$",
    re.IGNORECASE,
)
_LONGEST = 512


def split_name(stem: str) -> tuple[str, str]:
    """Artifact and version by a file name without its ending; no version where it has none."""
    if len(stem) > _LONGEST:
        return stem, ""
    starts = [match.start() for match in _START.finditer(stem) if match.start()]
    if not starts:
        bundle = _BUNDLE.fullmatch(stem)
        return (bundle["name"], bundle["version"]) if bundle else (stem, "")
    at = starts[0]
    for later in starts[1:]:
        between = stem[at + 1 : later].split("-")
        of_version = all(map(_QUALIFIER.fullmatch, between)) and not (
            len(between) == 1 and _DOTTED.fullmatch(between[0])
        )
        if _NUMBER.match(stem, later + 1) and not of_version:
            at = later
    version = stem[at + 1 :]
    return stem[:at], _CLASSIFIER.sub("", version)


def plain(name: str) -> str:
    """For comparing names that differ in case and in which hyphen they have."""
    return re.sub(r"[-_.]+", "-", name.lower())


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version without zeros at the end: 2.0 and 2.0.0.Final agree."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    parts = [int(part[:18]) for part in match[0].split(".")] if match else []
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)
