"""How many packages there are, in words: each piece of software once, the rest by what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from analyzer.packages.choosing import Standing, counts
from analyzer.packages.contract import Package

_WORDS = {
    Standing.INSTALLED: "installed",
    Standing.OWNED: "seen twice (files of a package of the system)",
    Standing.VENDORED: "copies inside other packages",
    Standing.DECLARED: "declared by lock files and the like",
    Standing.CLAIMED: "claimed by documents in the image",
    Standing.GONE: "known but not installed",
}
_SHORT = {
    **_WORDS,
    Standing.OWNED: "seen twice",
    Standing.VENDORED: "vendored",
    Standing.DECLARED: "declared",
    Standing.CLAIMED: "claimed",
}


def counted(packages: Sequence[Package]) -> str:
    """Counts by type, each piece of software once, and of what else is known."""
    _, others = counts(packages)
    more = _listed(others, _SHORT)
    return f"{types_text(packages)} (and {more})" if more else types_text(packages)


def types_text(packages: Sequence[Package]) -> str:
    """Counts by type, each piece of software once."""
    types, _ = counts(packages)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(types.items())) or "none found"


def others_text(others: Counter[Standing]) -> str:
    """How many packages there are of each standing, and what that means."""
    return _listed(others, _WORDS)


def _listed(others: Counter[Standing], words: Mapping[Standing, str]) -> str:
    return ", ".join(f"{others[each]} {words[each]}" for each in Standing if others[each])
