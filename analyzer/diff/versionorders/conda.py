"""conda's `VersionOrder` (conda/models/version.py, whose documentation has the rules)."""

from __future__ import annotations

import re
from itertools import zip_longest

from analyzer.diff.versionorders.keys import compared

_ALLOWED = re.compile(r"[*.+!_0-9a-z]+")
_RUNS = re.compile(r"[0-9]+|[*]+|[^0-9*]+")
_NOTHING = (1, 0, "")
"""The number 0, which stands for what is missing: 1.1 is 1.1.0."""
Run = tuple[int, int, str]
_NO_RUNS: list[Run] = []


def compare_conda(first: str, second: str) -> int:
    """Without the build string. Raises ValueError: not a version of conda."""
    for one, two in zip(_parse(first), _parse(second), strict=True):
        for left, right in zip_longest(one, two, fillvalue=_NO_RUNS):
            for here, there in zip_longest(left, right, fillvalue=_NOTHING):
                if here != there:
                    return compared(here, there)
    return 0


def _parse(version: str) -> tuple[list[list[Run]], list[list[Run]]]:
    """Epoch with the components of the version, and those of the local version."""
    text = version.strip().lower()
    if not _ALLOWED.fullmatch(text) and "_" not in text:
        text = text.replace("-", "_")
    if not _ALLOWED.fullmatch(text) or text.count("!") > 1 or text.count("+") > 1:
        raise ValueError(version)
    epoch, mark, rest = text.rpartition("!")
    public, plus, local = rest.partition("+")
    if (mark and not epoch.isdecimal()) or (plus and not local):
        raise ValueError(version)
    # An underscore at the end belongs to the last component: 1.0.1_ is older than 1.0.1a.
    ending = "_" if public.endswith("_") else ""
    parts = public.removesuffix("_").replace("_", ".").split(".")
    parts[-1] += ending
    components = [_runs(part) for part in [epoch or "0", *parts]]
    return components, [_runs(part) for part in local.replace("_", ".").split(".") if plus]


def _runs(component: str) -> list[Run]:
    """Digits and other characters by turns, digits first."""
    if not component:
        raise ValueError(component)
    runs = [_run(text) for text in _RUNS.findall(component)]
    return runs if component[0].isdecimal() else [_NOTHING, *runs]


def _run(text: str) -> Run:
    """`dev` < other words < numbers < `post`."""
    if text.isdecimal():
        return 1, int(text), ""
    if text == "post":
        return 2, 0, ""
    return 0, 0, "DEV" if text == "dev" else text
