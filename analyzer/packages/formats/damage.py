"""What a reader of a binary database says about the parts that it could not take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.problems import Code, Problem, error, warning


class Unreadable(ValueError):
    """Nothing can be had of this file or record; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is wrong; `lost` when something could not be read because of it."""

    what: str
    lost: bool = True


def problems(path: str, damages: Iterable[Damage]) -> Iterator[Problem]:
    """The damages of one file as at most two problems: one of what is lost, one of the rest.

    One cut page can hide a thousand records, so the first stands for all.
    """
    kept = list(dict.fromkeys(damages))
    for lost, make in ((True, error), (False, warning)):
        if some := [damage.what for damage in kept if damage.lost is lost]:
            more = f"; and {len(some) - 1} more such" if len(some) > 1 else ""
            yield make(Code.PACKAGE_DATABASE_DAMAGED, path, some[0] + more)
