"""Packages of one side that say of themselves that they provide what is on the other side only.

So a package that was renamed is told from one that is gone: Debian's `libssl3t64` has
`Provides: libssl3`. Only the names of packages that came or went are looked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from analyzer.diff.releases import Release
from analyzer.paths import printable

Key = tuple[str, str, str]
"""Type, name with its namespace in front, architecture."""
_IS_PROVIDED = "{} provides it"
_PROVIDES = "provides {}"


def stand_ins(
    removed: Mapping[Key, Iterable[Release]], added: Mapping[Key, Iterable[Release]]
) -> dict[Key, list[str]]:
    """What is to be noted on packages that are on one side only, by their keys.

    The same whichever side is named first. Only packages on disk count, of one type and one
    architecture.
    """
    notes: dict[Key, list[str]] = defaultdict(list)
    here, there = _on_disk(removed), _on_disk(added)
    for providers, others in ((here, there), (there, here)):
        for key, releases in providers.items():
            for token in _provided(releases):
                other = (key[0], token, key[2])
                if other in others:
                    notes[key].append(_PROVIDES.format(printable(token)))
                    notes[other].append(_IS_PROVIDED.format(printable(key[1])))
    return {key: sorted(found) for key, found in notes.items()}


def _on_disk(packages: Mapping[Key, Iterable[Release]]) -> dict[Key, list[Release]]:
    there = {key: [r for r in releases if r.installed] for key, releases in packages.items()}
    return {key: releases for key, releases in there.items() if releases}


def _provided(releases: Iterable[Release]) -> set[str]:
    return {token for r in releases for package in r.packages for token in package.provides}
