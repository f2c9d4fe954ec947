"""Captured files to packages: grouping, parsing once, placing in layers. No I/O.

The evidence of every layer prefix is parsed, not of the top alone; equal groups of files parse
once, across layers, platforms and images, so that costs little more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from analyzer.digest import Digest
from analyzer.layers.captures import Captured
from analyzer.layers.wants import CapturePlan
from analyzer.packages.attribution import identity, introductions
from analyzer.packages.contract import Cataloger, Code, Location, Package, Problem, error
from analyzer.packages.distro import Distro
from analyzer.packages.purl import package_url
from analyzer.paths import split


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


Parsed = tuple[tuple[Package, ...], tuple[Problem, ...]]


class ParseCache:
    """Results of `parse` by cataloger, its version and the files it saw.

    One object can serve any number of images at once: results do not depend on the order in
    which they are asked for, so two threads that miss together merely do the same work twice.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[tuple[str, int, str], Parsed] = {}

    def parse(self, cataloger: Cataloger, group: Evidence) -> Parsed:
        """What `cataloger` finds in `group`, which was grouped as it asks."""
        key = (cataloger.name, cataloger.version, _fingerprint(group))
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = _parse(cataloger, group)
            with self._lock:
                self._known[key] = known
        return known


def inventory(
    evidence: Sequence[Evidence],
    catalogers: Iterable[Cataloger],
    distro: Distro | None,
    cache: ParseCache,
) -> Inventory:
    """The packages after the last layer, each with the layer that brought it.

    `evidence[k]` is what the merged view shows after layer `k`. Problems are those of the last
    view only: a database that was damaged in a lower layer and is whole at the top has hidden
    nothing, and one that still is damaged says so there.
    """
    plans = [(cataloger, CapturePlan(cataloger.wants)) for cataloger in catalogers]
    prefixes = [_read(seen, plans, cache) for seen in evidence]
    if not prefixes:
        return Inventory()
    packages, problems = prefixes[-1]
    first = introductions([{identity(p) for p in found} for found, _ in prefixes])
    placed = [
        replace(package, introduced_in=first[identity(package)], purl=package_url(package, distro))
        for package in _merged(packages)
    ]
    return Inventory(tuple(sorted(placed, key=_order)), tuple(sorted(set(problems))))


def _order(package: Package) -> tuple[object, ...]:
    return (
        package.type,
        package.name,
        package.arch,
        package.version,
        package.locations,
        package.state,
    )


def _read(
    evidence: Evidence, plans: Sequence[tuple[Cataloger, CapturePlan]], cache: ParseCache
) -> tuple[list[Package], list[Problem]]:
    """All packages and problems of one view, at their real paths and layers."""
    packages: list[Package] = []
    problems: list[Problem] = []
    for cataloger, plan in plans:
        for group in _groups(cataloger, plan, evidence):
            found, faults = cache.parse(cataloger, group)
            packages += [_located(package, group, cataloger.name) for package in found]
            problems += [
                replace(fault, where=group[fault.where].path) if fault.where in group else fault
                for fault in faults
            ]
    return packages, problems


def _groups(cataloger: Cataloger, plan: CapturePlan, evidence: Evidence) -> Iterator[Evidence]:
    """The files that `cataloger` wants, together as it wants them, in order of their paths.

    A file that is there under two of its paths comes once, under the first: on a merged-usr
    system `lib/apk/...` and `usr/lib/apk/...` are the same.
    """
    groups: dict[str, dict[str, Seen]] = {}
    taken: set[str] = set()
    for wanted in sorted(filter(plan.keeps, evidence)):
        seen = evidence[wanted]
        if seen.path not in taken:
            taken.add(seen.path)
            name = {"file": wanted, "dir": split(wanted)[0], "image": ""}[cataloger.group]
            groups.setdefault(name, {})[wanted] = seen
    yield from groups.values()


def _fingerprint(group: Evidence) -> str:
    state = hashlib.sha256()
    for path in sorted(group):
        # NUL is in no path, so no two groups can be written the same way.
        state.update(f"{path}\0{group[path].content}\0".encode("utf-8", "surrogateescape"))
    return state.hexdigest()


def _parse(cataloger: Cataloger, group: Evidence) -> Parsed:
    packages: list[Package] = []
    problems: list[Problem] = []
    try:
        for item in cataloger.parse({path: seen.data for path, seen in group.items()}):
            if isinstance(item, Package):
                packages.append(item)
            else:
                problems.append(item)
    except Exception as fault:  # noqa: BLE001
        # The task boundary: whatever a cataloger's bug raises on hostile input, the others go
        # on and the report says what is missing. Nowhere else is so much caught.
        files = ", ".join(group)
        detail = f"cataloger {cataloger.name} failed on {files}: {type(fault).__name__}: {fault}"
        problems.append(error(Code.CATALOGER_FAILED, next(iter(group)), detail))
    return tuple(packages), tuple(problems)


def _located(package: Package, group: Evidence, cataloger: str) -> Package:
    """With each location where the file really is, and the layer that provides it now."""
    places = {
        Location(group[place.path].path, group[place.path].layer) if place.path in group else place
        for place in package.locations
    }
    return replace(package, locations=tuple(sorted(places)), cataloger=cataloger)


def _merged(packages: Iterable[Package]) -> list[Package]:
    """One package per key, with the locations of all that state it."""
    merged: dict[tuple[str, ...], Package] = {}
    for package in packages:
        known = merged.get(package.key)
        if known is not None:
            places = tuple(sorted({*known.locations, *package.locations}))
            merged[package.key] = replace(known, locations=places)
        else:
            merged[package.key] = package
    return list(merged.values())
