"""Packages of two images: added, removed, up- or downgraded, changed otherwise."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.diff.releases import Release, differing_members, summary
from analyzer.diff.standins import stand_ins
from analyzer.diff.tree import (
    AFTER,
    BEFORE,
    DOWNGRADED,
    UPGRADED,
    Difference,
    Kind,
    container,
    leaf,
)
from analyzer.diff.versions import order
from analyzer.packages.choosing import COUNTED, standing_of
from analyzer.packages.contract import CLAIMED, DECLARED
from analyzer.packages.versionrules import version_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.packages.contract import Package

SAME_VERSION = "another spelling of the same version"
NO_ORDER = "which version is newer is not known"
COEXISTING = "several versions of it are there"
NOT_INSTALLED = "not installed, only known to the package database"
ONLY_NAMED = "not installed, only named by a lock file or an SBOM in the image"
_NOT_INSTALLED_SIDE = "not installed"

Key = tuple[str, str, str]
"""Type, name with its namespace in front, architecture."""
Versions = dict[str, Release]


def compare_packages(
    before: Sequence[Package], after: Sequence[Package], layers: Mapping[int, int]
) -> Difference:
    """The packages part: one child per package that is not the same on both sides.

    `layers` says which layer of the first image belongs to which of the second.
    """
    one, two = _grouped(before), _grouped(after)
    known = _Layers(layers, frozenset(layers.values()))
    children: list[Difference] = []
    matched = _matched(one, two)
    alone = [key for key, other in matched if key == other]
    instead = stand_ins(
        {key: one[key].values() for key in alone if key not in two},
        {key: two[key].values() for key in alone if key not in one},
    )
    for key, other in matched:
        found = _compare_versions(key, other, one.get(key, {}), two.get(other, {}), known)
        more = instead.get(key, ())
        children += (replace(child, notes=(*child.notes, *more)) for child in found)
    return container(
        "packages",
        sorted(children, key=lambda child: (child.subject, child.kind)),
        before=_totals(before),
        after=_totals(after),
    )


def _totals(packages: Sequence[Package]) -> dict[str, int]:
    """Each piece of software that is installed once, and what is only known or named."""
    return {
        "installed": sum(standing_of(package) in COUNTED for package in packages),
        "not_installed": sum(not package.installed for package in packages),
    }


def of_the_image(child: Difference) -> bool:
    """Whether a child of the packages part is about what is installed on some side.

    Packages that a lock file names, a document claims or a database has seen go are no packages
    of the image.
    """
    return not {NOT_INSTALLED, ONLY_NAMED}.intersection(child.notes)


def _grouped(packages: Sequence[Package]) -> dict[Key, Versions]:
    found: dict[Key, dict[str, list[Package]]] = defaultdict(lambda: defaultdict(list))
    for package in packages:
        found[_key(package)][package.version].append(package)
    names = {package.ident: "/".join(_key(package)[:2]) for package in packages}
    return {
        key: {version: _release(same, names) for version, same in versions.items()}
        for key, versions in found.items()
    }


def _release(same: Sequence[Package], names: Mapping[str, str]) -> Release:
    """`names`: of each package of the image by `ident`."""
    owners = {names.get(package.owner, package.owner) for package in same if package.owner}
    return Release(tuple(same), tuple(sorted(owners)))


def _key(package: Package) -> Key:
    name = f"{package.namespace}/{package.name}" if package.namespace else package.name
    return package.type, name, package.arch


def _matched(one: Mapping[Key, Versions], two: Mapping[Key, Versions]) -> list[tuple[Key, Key]]:
    """Keys that belong together: equal ones; else the only ones left that differ by architecture.

    A Debian package that becomes `Architecture: all` is still the same package.
    """
    alone: tuple[dict[tuple[str, str], list[Key]], ...] = (defaultdict(list), defaultdict(list))
    for side, (here, there) in enumerate(((one, two), (two, one))):
        for key in here.keys() - there.keys():
            alone[side][key[:2]].append(key)
    matched = [(key, key) for key in one.keys() & two.keys()]
    for name in alone[0].keys() | alone[1].keys():
        left, right = alone[0].get(name, []), alone[1].get(name, [])
        if len(left) == len(right) == 1:
            matched.append((left[0], right[0]))
        else:
            matched += [(key, key) for key in left + right]
    return matched


@dataclass(frozen=True, slots=True)
class _Layers:
    """Which layer of the first image belongs to which of the second."""

    partners: Mapping[int, int]
    paired: frozenset[int]
    """The values of `partners`."""

    def moved(self, before: Release, after: Release) -> bool:
        """Whether a layer that has a counterpart no longer brings the package.

        Where both layers are on one side only, the image was built anew and nothing moved.
        """
        one, two = before.layers(), after.layers()
        if not one or not two:
            return False
        expected = {self.partners.get(layer) for layer in one} - {None}
        return expected != self.paired.intersection(two)


def _compare_versions(
    key: Key, other: Key, one: Versions, two: Versions, layers: _Layers
) -> list[Difference]:
    gone, new = sorted(one.keys() - two.keys()), sorted(two.keys() - one.keys())
    several = len(one) > 1 or len(two) > 1
    found = [
        _compare_releases(_subject(key, other, version if several else ""), pair, layers)
        for version in sorted(one.keys() & two.keys())
        for pair in [(one[version], two[version])]
    ]
    if len(gone) == len(new) == 1:
        subject = _subject(key, other)
        found.append(_compare_releases(subject, (one[gone[0]], two[new[0]]), layers))
    else:
        found += [_one_sided(one[version], Kind.REMOVED, several=several) for version in gone]
        found += [_one_sided(two[version], Kind.ADDED, several=several) for version in new]
    return [difference for difference in found if difference.kind is not Kind.SAME]


def _subject(key: Key, other: Key, version: str = "") -> str:
    """`type/name:arch@version`, without the parts that are empty or that differ."""
    kind, name, arch = key
    text = f"{kind}/{name}" + (f":{arch}" if arch and key == other else "")
    return f"{text}@{version}" if version else text


def _one_sided(release: Release, kind: Kind, *, several: bool) -> Difference:
    notes = [COEXISTING] if several else []
    notes += [] if release.installed else [_not_installed(release)]
    said = summary(release)
    package = release.first
    key = _key(package)
    subject = _subject(key, key, package.version if several else "")
    removed = kind is Kind.REMOVED
    return leaf(subject, kind, said if removed else None, None if removed else said, notes)


def _not_installed(*releases: Release) -> str:
    """Who knows of what is not there."""
    states = {package.state for release in releases for package in release.packages}
    return ONLY_NAMED if states <= {DECLARED, CLAIMED} else NOT_INSTALLED


def _compare_releases(subject: str, pair: tuple[Release, Release], layers: _Layers) -> Difference:
    before, after = pair
    children = differing_members(before, after)
    if before.first.version == after.first.version and layers.moved(before, after):
        children.append(leaf("introduced_in", Kind.MOVED, before.layers(), after.layers()))
    notes = _notes(before, after)
    found = container(subject, children, before=summary(before), after=summary(after), notes=notes)
    return replace(found, kind=Kind.MOVED) if children and not found.differs else found


def _notes(before: Release, after: Release) -> list[str]:
    one, two = before.first, after.first
    notes = []
    if one.version != two.version:
        newer = _order(one, two)
        if newer is None:
            notes.append(NO_ORDER)
        elif newer == 0:
            notes.append(SAME_VERSION)
        else:
            notes.append(UPGRADED if newer < 0 else DOWNGRADED)
    if not before.installed and not after.installed:
        notes.append(_not_installed(before, after))
    elif not before.installed:
        notes.append(BEFORE + _NOT_INSTALLED_SIDE)
    elif not after.installed:
        notes.append(AFTER + _NOT_INSTALLED_SIDE)
    return notes


def _order(one: Package, two: Package) -> int | None:
    """As `order`, by the rules that both packages follow."""
    rules = version_rules(one)
    return order(rules, one.version, two.version) if version_rules(two) == rules else None
