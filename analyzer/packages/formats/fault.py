"""What a reader of lines says about the lines that it could not take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.problems import Code, Problem, error, warning


@dataclass(frozen=True, slots=True)
class Fault:
    """A line (from 1) that breaks its format; `lost` when something in it could not be read."""

    line: int
    what: str
    lost: bool

    def below(self, lines: int) -> Fault:
        """The same, of a piece that begins after so many lines of its file."""
        return Fault(self.line + lines, self.what, self.lost)


def zeros(data: bytes) -> Iterator[Fault]:
    """That a text has bytes of zero, as blocks have that were never written or went bad."""
    at = data.find(b"\0")
    if at >= 0:
        yield Fault(data.count(b"\n", 0, at) + 1, "a byte of zero, which is no text", lost=True)


def problems(path: str, faults: Iterable[Fault]) -> Iterator[Problem]:
    """The faults of one file as at most two problems: one of what is lost, one of the rest.

    A file that is no database at all has as many faults as lines, so the first stands for all.
    """
    kept = list(faults)
    for lost, make in ((True, error), (False, warning)):
        if some := [fault for fault in kept if fault.lost is lost]:
            more = f"; so {len(some) - 1} more times" if len(some) > 1 else ""
            detail = f"line {some[0].line}: {some[0].what}{more}"
            yield make(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
