"""What second passes over one layer brought, and what was asked of them. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from analyzer.digest import digest_bytes
from analyzer.layers.captures import Captured, kept_of
from analyzer.layers.scan import LayerScan
from analyzer.layers.wants import Want
from analyzer.paths import quoted
from analyzer.problems import Code, Problem, note

K = TypeVar("K")
Lacking = Mapping[str, frozenset[Want]]
"""What a pass did not keep of files, by stored path; each want is for that path alone."""


class Again:
    """Second passes over one layer: none is made twice for the same want."""

    def __init__(self) -> None:
        self._captured: dict[str, Captured] = {}
        self._earlier: dict[int, Captured] = {}
        self._found: set[str] = set()  # stored paths of both
        self._tried: dict[Want, tuple[Problem, ...]] = {}

    def kept(self, path: str, offset: int) -> Captured | None:
        """What all passes kept of a file, by its stored path and `Entry.offset`."""
        return kept_of(self._captured, self._earlier, path, offset)

    def untried(self, lacking: Lacking) -> tuple[Want, ...]:
        """What has to be asked of another pass."""
        return tuple(want for want in _wants(lacking) if want not in self._tried)

    def add(
        self,
        wants: Iterable[Want],
        scan: LayerScan,
        problems: tuple[Problem, ...],
    ) -> None:
        """Take what a pass for `wants` kept, and what it had to say beyond the first."""
        _add(self._captured, scan.captured)
        _add(self._earlier, scan.earlier)
        self._found.update(scan.captured)
        self._found.update(e.path for e in scan.entries if e.offset in scan.earlier)
        self._tried |= dict.fromkeys(wants, problems)

    def told(self, lacking: Lacking, where: str) -> tuple[Problem, ...]:
        """What to say of an image that lacked this; the same whatever others lacked before."""
        found = sorted(path for path in lacking if path in self._found)
        new = [problem for want in _wants(lacking) for problem in self._tried[want]]
        if not found:
            return tuple(dict.fromkeys(new))
        more = len(found) - 1
        others = f" and {more} more file{'s' * (more > 1)}" if more else ""
        what = f"a link leads to {quoted(found[0])}{others}; the layer was read again"
        return (note(Code.FILE_READ_AGAIN, where, what), *dict.fromkeys(new))


def combined(one: Captured, other: Captured) -> Captured:
    """All that two passes kept of the same file."""
    kept = one.kept if one.kept is not None else other.kept
    whole = one if one.kept is not None else other
    reduced = {**one.reduced, **other.reduced}
    parts = "\0".join((one.content, other.content, *sorted(reduced)))
    content = whole.content if kept is not None else digest_bytes(parts.encode())
    return Captured(content, kept, reduced, one.offset)


def _add(known: dict[K, Captured], more: Mapping[K, Captured]) -> None:
    for key, found in more.items():
        before = known.get(key)
        known[key] = found if before is None else combined(before, found)


def _wants(lacking: Lacking) -> list[Want]:
    return sorted(
        (want for wants in lacking.values() for want in wants), key=lambda want: want.spelled
    )
