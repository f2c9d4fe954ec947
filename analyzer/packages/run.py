"""Captured files to packages: grouping, parsing once, placing in layers. No I/O.

The evidence of every layer prefix is parsed, not of the top alone; equal groups of files parse
once, across layers, platforms and images, so that costs little more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer.packages.attribution import Identity, identity, introductions
from analyzer.packages.contract import Cataloger, Location, Package, Problem
from analyzer.packages.dependencies import dependencies
from analyzer.packages.desk import Desk, Evidence, Group, Seen, View, files_of
from analyzer.packages.distro import Distro
from analyzer.packages.holding import Holding
from analyzer.packages.licences import license_expression
from analyzer.packages.merging import merged
from analyzer.packages.ownership import (
    Says,
    Statement,
    evidence_of,
    is_system,
    last_names,
    owners,
    with_owner,
    without_owned_notes,
)
from analyzer.packages.parsing import ParseCache, failure
from analyzer.packages.purl import package_url
from analyzer.packages.sameness import with_programs_once
from analyzer.rootfs.tree import Node


@dataclass(frozen=True, slots=True)
class Inventory:
    """The packages of the top of a stack, and what kept us from reading all of it."""

    packages: tuple[Package, ...] = ()
    problems: tuple[Problem, ...] = ()


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
    desk = Desk(catalogers)
    views = [desk.groups(seen) for seen in evidence]
    packages, problems = _read(views[-1], cache)
    first = introductions([_present(view, cache) for view in views])
    if root is not None:
        holding = Holding({seen.path: seen.captured for seen in evidence[-1].values()})
        owner_of = _owners(packages, views[-1], problems, root, holding.says)
        packages = without_owned_notes(with_owner(package, owner_of) for package in packages)
    known = sorted(merged(packages), key=_order)
    placed = tuple(
        package._replace(
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
    desk = Desk(catalogers)
    return [merged(_without_notes(desk.groups(seen), cache, root)) for seen in evidence]


def _without_notes(view: View, cache: ParseCache, root: Node) -> list[Package]:
    """The packages of one view, without the notes in programs that their own system owns."""
    packages, problems = _read(view, cache)
    concerned = [p for p in packages if is_system(p) or p.method == "note"]
    owner_of = _owners(concerned, view, problems, root)
    return without_owned_notes(
        with_owner(package, owner_of) if package.method == "note" else package
        for package in packages
    )


def _owners(
    packages: Sequence[Package],
    view: View,
    problems: list[Problem],
    root: Node,
    says: Says = lambda _path, _digest: True,
) -> Mapping[str, str]:
    """As `owners`, asking the catalogers of the system's packages for the files that count."""
    wanted = evidence_of(packages)
    if not wanted:
        return {}
    systems = {package.cataloger for package in packages if is_system(package)}
    asked = [(cataloger, group) for cataloger, group in view if cataloger.name in systems]
    return owners(packages, statements(asked, problems, last_names(wanted)), root, says)


def owned_files(
    evidence: Evidence,
    catalogers: Iterable[Cataloger],
    problems: list[Problem],
    names: frozenset[str] | None = None,
) -> Iterator[Statement]:
    """Every file that some package owns after one layer, as databases and metadata state it.

    What a cataloger fails on is added to `problems`. With `names`, only the files with one of these
    last names have to be among them, which is much quicker.
    """
    return statements(Desk(catalogers).groups(evidence), problems, names)


def statements(
    view: View, problems: list[Problem], names: frozenset[str] | None = None
) -> Iterator[Statement]:
    """As `owned_files`, for who has handed out the evidence before.

    With `names`, only the files with one of these last names have to be among them.
    """
    for cataloger, group in view:
        if cataloger.owns is None:
            continue
        files = files_of(group)
        try:
            if names is not None and cataloger.finds is not None:
                found = cataloger.finds(files, names)
            else:
                found = cataloger.owns(files)
            for owned in found:
                yield cataloger.name, owned
        except Exception as fault:  # noqa: BLE001 - as in `parsing.py`
            problems.append(failure(cataloger, group, fault))


def _order(package: Package) -> tuple[object, ...]:
    return (
        package.type,
        package.name,
        package.arch,
        package.version,
        package.locations,
        package.state,
    )


def _present(view: View, cache: ParseCache) -> set[Identity]:
    """Which packages are there in one view."""
    found: set[Identity] = set()
    return found.union(*(cache.identities(*handed) for handed in view))


def _read(view: View, cache: ParseCache) -> tuple[list[Package], list[Problem]]:
    """All packages and problems of one view, at their real paths and layers."""
    packages: list[Package] = []
    problems: list[Problem] = []
    for cataloger, group in view:
        found, faults = cache.parse(cataloger, group)
        packages += [_located(package, group, cataloger.name) for package in found]
        problems += [
            replace(fault, where=group[fault.where][0].path) if fault.where in group else fault
            for fault in faults
        ]
    return with_programs_once(packages), problems


def _located(package: Package, group: Group, cataloger: str) -> Package:
    """With each location where the file really is, and the layer that provides it now."""
    places = tuple(
        _at(place, group[place.path][0]) if place.path in group else place
        for place in package.locations
    )
    if len(places) > 1:  # nearly all have one
        places = tuple(sorted(set(places)))
    return package._replace(locations=places, cataloger=cataloger)


def _at(place: Location, seen: Seen) -> Location:
    return Location(seen.path, seen.layer, place.inside)
