"""Several statements about one package, as one. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.packages.contract import Package, Sighting
from analyzer.packages.sameness import SAME_PACKAGE, sighting

_SURE = ("high", "medium", "low")


def merged(packages: Iterable[Package]) -> list[Package]:
    """One package per key, with all that its statements have of what a package has several of.

    Of the rest the surest statement counts, the first among equals; who found the package in
    another way is named in `also`, once. An owner is kept only where all have one: a copy that
    nobody owns is another one.
    """
    known: dict[tuple[str, ...], Package] = {}
    for package in sorted(packages, key=lambda package: _SURE.index(package.confidence)):
        before = known.get(package.key)
        known[package.key] = package if before is None else _united(before, package)
    return list(known.values())


def _united(one: Package, other: Package) -> Package:
    return one._replace(
        locations=tuple(sorted({*one.locations, *other.locations})),
        licenses=tuple(dict.fromkeys((*one.licenses, *other.licenses))),
        requires=tuple(dict.fromkeys((*one.requires, *other.requires))),
        provides=tuple(dict.fromkeys((*one.provides, *other.provides))),
        cpes=tuple(dict.fromkeys((*one.cpes, *other.cpes))),
        digests=tuple(dict.fromkeys((*one.digests, *other.digests))),
        confidence=min(one.confidence, other.confidence, key=_SURE.index),
        hold=one.hold or other.hold,
        evidence=one.evidence or (other.evidence if one.method == other.method else ""),
        owner=one.owner if one.owner and other.owner else "",
        also=_also(one, other),
    )


def _also(one: Package, other: Package) -> tuple[Sighting, ...]:
    found = [*one.also, *other.also]
    if (other.cataloger, other.method) != (one.cataloger, one.method):
        found.append(sighting(other, SAME_PACKAGE))
    first: dict[tuple[str, ...], Sighting] = {}
    for each in found:
        first.setdefault((each.rule, each.ident, each.cataloger, each.method), each)
    return tuple(first.values())
