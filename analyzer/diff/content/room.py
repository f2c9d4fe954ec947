"""What looking into files may cost, what was found there, and why something was not read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from analyzer.diff.tree import Difference, Kind, leaf
from analyzer.limits import Limits, exceeded


class Unreadable(ValueError):
    """A content that is not of the kind it looked like; the message says why."""


class Found(NamedTuple):
    """What a comparison of one kind of file found.

    Without a child that differs, the contents mean the same to it and are spelled differently.
    """

    children: Sequence[Difference] = ()
    notes: Sequence[str] = ()


class _Purse:
    """Counts what is taken out of archives, over all files of a run."""

    def __init__(self) -> None:
        self.inflated = 0
        self.members = 0


@dataclass(frozen=True, slots=True)
class Room:
    """How deep we are in archives in archives, and what all of them may still cost."""

    limits: Limits
    depth: int = 0
    _purse: _Purse = field(default_factory=_Purse, repr=False)

    def deeper(self) -> Room:
        """For what is inside; costs are counted together."""
        return replace(self, depth=self.depth + 1)

    @property
    def bottom(self) -> bool:
        """Whether archives are not opened any more."""
        return self.depth >= self.limits.content_depth

    def spend(self, count: int) -> None:
        """Charge bytes read out of an archive; raises LimitExceeded."""
        self._purse.inflated += count
        most = self.limits.content_inflated_bytes
        if self._purse.inflated > most:
            raise exceeded("content_inflated_bytes", most, self._purse.inflated, "")

    def count_member(self) -> None:
        """Charge one member of an archive; raises LimitExceeded."""
        self._purse.members += 1
        most = self.limits.content_members
        if self._purse.members > most:
            raise exceeded("content_members", most, self._purse.members, "")


def between(subject: str, before: object, after: object) -> Difference:
    """Two values that differ; None is that a side has none."""
    kind = Kind.ADDED if before is None else Kind.REMOVED if after is None else Kind.CHANGED
    return leaf(subject, kind, before, after)


def bounded(children: Iterable[Difference], what: str, limits: Limits) -> Found:
    """As many `children` as are shown of one file, and how many of `what` there are besides."""
    found = tuple(children)
    most = limits.content_lines
    if len(found) <= most:
        return Found(found)
    left = len(found) - most
    return Found(found[:most], (f"and {left} more {what}; --limit content_lines=N shows more",))
