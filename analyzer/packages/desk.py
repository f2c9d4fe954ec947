"""Captured files handed out to catalogers, in the groups that they ask for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from analyzer.layers.captures import Captured
from analyzer.layers.wants import CapturePlan, Want, Wanted, wanted_by
from analyzer.packages.contract import Cataloger, Files
from analyzer.packages.formats.caches import is_cached
from analyzer.paths import split


@dataclass(frozen=True, slots=True)
class Seen:
    """A captured file as the merged view of some layer prefix shows it."""

    captured: Captured
    layer: int
    """0-based layer that provides this content."""
    path: str
    """Where the file really is, all links resolved."""


Evidence = Mapping[str, Seen]
"""What one layer prefix shows, by the wanted path under which it was found."""


Group = Mapping[str, tuple[Seen, Wanted]]
"""Files that one cataloger gets together, each with what it wants of it, by wanted path."""


View = Sequence[tuple[Cataloger, Group]]
"""Everything that is handed out of one evidence."""


class Desk:
    """Hands captured files to the catalogers that want them, in the groups that they ask for."""

    def __init__(self, catalogers: Iterable[Cataloger]) -> None:
        self._catalogers = tuple(catalogers)
        self._wanting: dict[Want, list[int]] = {}
        for number, cataloger in enumerate(self._catalogers):
            for want in cataloger.wants:
                self._wanting.setdefault(want, []).append(number)
        self._group_names = [_GROUP_NAMES[cataloger.group] for cataloger in self._catalogers]
        self._plan = CapturePlan(tuple(self._wanting))
        self._known: dict[str, tuple[tuple[int, Wanted], ...]] = {}
        self._by_wants: dict[tuple[Want, ...], tuple[tuple[int, Wanted], ...]] = {}

    def groups(self, evidence: Evidence) -> View:
        """Every group of every cataloger, in order of catalogers and paths.

        A file that is there under two of its paths comes once, under the first: on a merged-usr
        system `lib/apk/...` and `usr/lib/apk/...` are the same.
        """
        found: list[dict[str, dict[str, tuple[Seen, Wanted]]]] = [{} for _ in self._catalogers]
        taken: set[tuple[int, str]] = set()
        linked = {seen.path for path, seen in evidence.items() if seen.path != path}
        # A cache that an installation's links lead into has one name more for it.
        last = {path for path in linked if path in evidence and is_cached(path)}
        for path in (*sorted(evidence.keys() - last), *sorted(last)):
            seen = evidence[path]
            twice = seen.path in linked
            for number, wanted in self._readers(path):
                if not seen.captured.has(wanted) or (twice and (number, seen.path) in taken):
                    continue
                if twice:
                    taken.add((number, seen.path))
                name = self._group_names[number](path)
                found[number].setdefault(name, {})[path] = seen, wanted
        return [
            (cataloger, group)
            for cataloger, groups in zip(self._catalogers, found, strict=True)
            for group in groups.values()
        ]

    def _readers(self, path: str) -> tuple[tuple[int, Wanted], ...]:
        """Who wants a path, by number, and what of it; found once for all layers."""
        known = self._known.get(path)
        if known is None:
            wants = self._plan.matching(path)
            known = self._by_wants.get(wants)
            if known is None:
                known = self._by_wants[wants] = self._numbered(wants)
            self._known[path] = known
        return known

    def _numbered(self, wants: Sequence[Want]) -> tuple[tuple[int, Wanted], ...]:
        found: dict[int, list[Want]] = {}
        for want in wants:
            for number in self._wanting[want]:
                found.setdefault(number, []).append(want)
        return tuple((number, wanted_by(found[number])) for number in sorted(found))


_GROUP_NAMES: Mapping[str, Callable[[str], str]] = {
    "file": lambda path: path,
    "dir": lambda path: split(path)[0],
    "image": lambda _path: "",
}


def files_of(group: Group) -> Files:
    """What a cataloger is given of a group."""
    given = {path: seen.captured.given(wanted) for path, (seen, wanted) in group.items()}
    return {path: data for path, data in given.items() if data is not None}
