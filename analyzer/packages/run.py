"""Captured files to packages: grouping, parsing once, placing in layers. No I/O.

The evidence of every layer prefix is parsed, not of the top alone; equal groups of files parse
once, across layers, platforms and images, so that costs little more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from analyzer.digest import Digest
from analyzer.layers.captures import Captured
from analyzer.layers.wants import CapturePlan, Want, Wanted, wanted_by
from analyzer.packages.attribution import Identity, identity, introductions
from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    error,
)
from analyzer.packages.dependencies import dependencies
from analyzer.packages.distro import Distro
from analyzer.packages.holding import Holding
from analyzer.packages.licences import license_expression
from analyzer.packages.merging import merged
from analyzer.packages.ownership import (
    Statement,
    evidence_names,
    is_system,
    owners,
    with_owner,
    without_owned_notes,
)
from analyzer.packages.purl import package_url
from analyzer.packages.sameness import with_programs_once
from analyzer.paths import split
from analyzer.rootfs.tree import Node


@dataclass(frozen=True, slots=True)
class Seen:
    """A captured file as the merged view of some layer prefix shows it."""

    captured: Captured
    layer: int
    """0-based layer that provides this content."""
    path: str
    """Where the file really is, all links resolved."""

    @property
    def content(self) -> Digest:
        """Of the file."""
        return self.captured.content

    @property
    def data(self) -> bytes:
        """The file itself, which may be read from temporary disk."""
        return self.captured.data


Evidence = Mapping[str, Seen]
"""What one layer prefix shows, by the wanted path under which it was found."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """The packages of the top of a stack, and what kept us from reading all of it."""

    packages: tuple[Package, ...] = ()
    problems: tuple[Problem, ...] = ()


Group = Mapping[str, tuple[Seen, Wanted]]
"""Files that one cataloger gets together, each with what it wants of it, by wanted path."""
Parsed = tuple[tuple[Package, ...], tuple[Problem, ...]]


class ParseCache:
    """Results of `parse` by cataloger, its version and the files it saw.

    One object can serve any number of images at once: results do not depend on the order in
    which they are asked for, so two threads that miss together merely do the same work twice.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[_Key, Parsed] = {}
        self._identities: dict[_Key, frozenset[Identity]] = {}

    def parse(self, cataloger: Cataloger, group: Group) -> Parsed:
        """What `cataloger` finds in `group`, which was grouped as it asks."""
        key = _key(cataloger, group)
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = _parse(cataloger, group)
            with self._lock:
                self._known[key] = known
        return known

    def identities(self, cataloger: Cataloger, group: Group) -> frozenset[Identity]:
        """Of the packages that `parse` finds."""
        key = _key(cataloger, group)
        known = self._identities.get(key)
        if known is None:
            known = frozenset(map(identity, self.parse(cataloger, group)[0]))
            self._identities[key] = known
        return known


_Key = tuple[str, int, tuple[tuple[str, Digest], ...]]


def _key(cataloger: Cataloger, group: Group) -> _Key:
    """Equal for groups of the same files only; groups have their paths in order."""
    files = tuple((path, seen.captured.content) for path, (seen, _) in group.items())
    return cataloger.name, cataloger.version, files


def inventory(
    evidence: Sequence[Evidence],
    catalogers: Iterable[Cataloger],
    distro: Distro | None,
    cache: ParseCache,
    root: Node | None = None,
) -> Inventory:
    """The packages after the last layer, each with the layer that brought it.

    `evidence[k]` is what the merged view shows after layer `k`. Problems are those of the last
    view only: a database that was damaged in a lower layer and is whole at the top has hidden
    nothing, and one that still is damaged says so there. `root` is the tree after the last layer,
    for the packages that own files of others; without it nobody owns any.
    """
    if not evidence:
        return Inventory()
    desk = _Desk(catalogers)
    packages, problems = _read(evidence[-1], desk, cache)
    first = introductions([_present(seen, desk, cache) for seen in evidence])
    if root is not None:
        names = evidence_names(packages)
        owned = statements(evidence[-1], desk, problems, names)
        holding = Holding({seen.path: seen.captured for seen in evidence[-1].values()})
        owner_of = owners(packages, owned, root, holding.says)
        packages = without_owned_notes(with_owner(package, owner_of) for package in packages)
    known = sorted(merged(packages), key=_order)
    placed = tuple(
        replace(
            package,
            introduced_in=first[identity(package)],
            purl=package_url(package, distro),
            license_expression=license_expression(package.type, package.licenses),
            dependencies=needed,
        )
        for package, needed in zip(known, dependencies(known), strict=True)
    )
    return Inventory(placed, tuple(sorted(set(problems))))


def presence(
    evidence: Sequence[Evidence], catalogers: Iterable[Cataloger], cache: ParseCache, root: Node
) -> list[list[Package]]:
    """The packages after each layer, as `inventory` has them before they are placed."""
    desk = _Desk(catalogers)
    return [merged(_without_notes(seen, desk, cache, root)) for seen in evidence]


def _without_notes(evidence: Evidence, desk: _Desk, cache: ParseCache, root: Node) -> list[Package]:
    """The packages of one view, without the notes in programs that their own system owns."""
    packages, problems = _read(evidence, desk, cache)
    concerned = [p for p in packages if is_system(p) or p.method == "note"]
    names = evidence_names(concerned)
    if not names:
        return packages
    owner_of = owners(concerned, statements(evidence, desk, problems, names), root)
    return without_owned_notes(
        with_owner(package, owner_of) if package.method == "note" else package
        for package in packages
    )


def owned_files(
    evidence: Evidence, catalogers: Iterable[Cataloger], problems: list[Problem]
) -> Iterator[Statement]:
    """Every file that some package owns after one layer, as databases and metadata state it.

    What a cataloger fails on is added to `problems`.
    """
    return statements(evidence, _Desk(catalogers), problems)


def statements(
    evidence: Evidence, desk: _Desk, problems: list[Problem], names: frozenset[str] | None = None
) -> Iterator[Statement]:
    """As `owned_files`, for who has handed out the evidence before.

    With `names`, only the files with one of these last names have to be among them.
    """
    for cataloger, group in desk.groups(evidence):
        if cataloger.owns is None:
            continue
        files = _files(group)
        try:
            if names is not None and cataloger.finds is not None:
                found = cataloger.finds(files, names)
            else:
                found = cataloger.owns(files)
            for owned in found:
                yield cataloger.name, owned
        except Exception as fault:  # noqa: BLE001 - as in `_parse`
            problems.append(_failure(cataloger, group, fault))


def _order(package: Package) -> tuple[object, ...]:
    return (
        package.type,
        package.name,
        package.arch,
        package.version,
        package.locations,
        package.state,
    )


def _present(evidence: Evidence, desk: _Desk, cache: ParseCache) -> set[Identity]:
    """Which packages are there in one view."""
    found: set[Identity] = set()
    return found.union(*(cache.identities(*group) for group in desk.groups(evidence)))


def _read(
    evidence: Evidence, desk: _Desk, cache: ParseCache
) -> tuple[list[Package], list[Problem]]:
    """All packages and problems of one view, at their real paths and layers."""
    packages: list[Package] = []
    problems: list[Problem] = []
    for cataloger, group in desk.groups(evidence):
        found, faults = cache.parse(cataloger, group)
        packages += [_located(package, group, cataloger.name) for package in found]
        problems += [
            replace(fault, where=group[fault.where][0].path) if fault.where in group else fault
            for fault in faults
        ]
    return with_programs_once(packages), problems


class _Desk:
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

    def groups(self, evidence: Evidence) -> Iterator[tuple[Cataloger, Group]]:
        """Every group of every cataloger, in order of catalogers and paths.

        A file that is there under two of its paths comes once, under the first: on a merged-usr
        system `lib/apk/...` and `usr/lib/apk/...` are the same.
        """
        found: list[dict[str, dict[str, tuple[Seen, Wanted]]]] = [{} for _ in self._catalogers]
        taken: set[tuple[int, str]] = set()
        linked = {seen.path for path, seen in evidence.items() if seen.path != path}
        for path in sorted(evidence):
            seen = evidence[path]
            twice = seen.path in linked
            for number, wanted in self._readers(path):
                if not seen.captured.has(wanted) or (twice and (number, seen.path) in taken):
                    continue
                if twice:
                    taken.add((number, seen.path))
                name = self._group_names[number](path)
                found[number].setdefault(name, {})[path] = seen, wanted
        for cataloger, groups in zip(self._catalogers, found, strict=True):
            for group in groups.values():
                yield cataloger, group

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


def _parse(cataloger: Cataloger, group: Group) -> Parsed:
    packages: list[Package] = []
    problems: list[Problem] = []
    try:
        for item in cataloger.parse(_files(group)):
            if isinstance(item, Package):
                packages.append(item)
            else:
                problems.append(item)
    except Exception as fault:  # noqa: BLE001
        # The task boundary: whatever a cataloger's bug raises on hostile input, the others go
        # on and the report says what is missing. Nowhere else is so much caught.
        problems.append(_failure(cataloger, group, fault))
    return tuple(packages), tuple(problems)


def _failure(cataloger: Cataloger, group: Group, fault: Exception) -> Problem:
    files = ", ".join(group)
    detail = f"cataloger {cataloger.name} failed on {files}: {type(fault).__name__}: {fault}"
    return error(Code.CATALOGER_FAILED, next(iter(group)), detail)


def _files(group: Group) -> Files:
    given = {path: seen.captured.given(wanted) for path, (seen, wanted) in group.items()}
    return {path: data for path, data in given.items() if data is not None}


def _located(package: Package, group: Group, cataloger: str) -> Package:
    """With each location where the file really is, and the layer that provides it now."""
    places = {
        _at(place, group[place.path][0]) if place.path in group else place
        for place in package.locations
    }
    return replace(package, locations=tuple(sorted(places)), cataloger=cataloger)


def _at(place: Location, seen: Seen) -> Location:
    return Location(seen.path, seen.layer, place.inside)
