"""One version of one package in one image, and what of it may differ between two images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.diff.tree import Difference, Kind, leaf
from analyzer.packages.purltypes import rules_of

if TYPE_CHECKING:
    from analyzer.packages.contract import Location, Package

_SEVERAL_FILES = frozenset({"brew", "conan", "generic"})
"""Types whose locations are several files of one copy: their number counts no copies."""


@dataclass(frozen=True, slots=True)
class Release:
    """Every statement about one version of one package, taken together.

    A version may be there more than once, as vendored copies of a module are.
    """

    packages: tuple[Package, ...]
    owners: tuple[str, ...] = ()
    """The packages of the system that brought copies of it, as `type/name`, each once: an owner in
    a newer version or of another architecture is the same owner."""

    @property
    def first(self) -> Package:
        """One of the statements, the same for any order of them."""
        return min(self.packages, key=lambda package: (package.state, package.purl))

    @property
    def installed(self) -> bool:
        """Whether any of the copies is on disk."""
        return any(package.installed for package in self.packages)

    @property
    def state(self) -> str:
        """The state of the copies; where they disagree, all of theirs."""
        return ", ".join(sorted({package.state for package in self.packages}))

    @property
    def hold(self) -> bool:
        """Whether its package manager was told to leave it at this version."""
        return any(package.hold for package in self.packages)

    def licenses(self) -> list[str]:
        """The licences of the copies, each once."""
        return sorted({text for package in self.packages for text in package.licenses})

    def sources(self) -> list[str]:
        """The source packages of the copies as `name version`, each once."""
        return sorted(
            {f"{p.source.name} {p.source.version}".strip() for p in self.packages if p.source}
        )

    def suppliers(self) -> list[str]:
        """Who hands it out, each once."""
        return sorted({package.supplier for package in self.packages if package.supplier})

    def layers(self) -> list[int]:
        """Positions of the layers that brought the copies, each once."""
        return sorted({p.introduced_in for p in self.packages if p.introduced_in is not None})

    def copies(self) -> list[str]:
        """Where the copies on disk are: the file that proves each; empty where none are told apart.

        Packages of the system are there once, whatever else in the image speaks of them.
        """
        package = self.first
        if rules_of(package.type).system or package.type in _SEVERAL_FILES:
            return []
        return sorted({text for each in self.packages for text in _places(each)})


def _places(package: Package) -> set[str]:
    if not package.installed:
        return set()
    others = {sighting.path for sighting in package.also}
    return {_place(place) for place in package.locations if place.path not in others}


def _place(place: Location) -> str:
    return f"{place.path}!/{place.inside}" if place.inside else place.path


def summary(release: Release) -> dict[str, object]:
    """The package as one side of a difference."""
    package = release.first
    source = package.source
    return {
        "type": package.type,
        "name": package.name,
        "version": package.version,
        "arch": package.arch,
        "state": release.state,
        "purl": package.purl,
        "source_package": {"name": source.name, "version": source.version} if source else None,
    }


def differing_members(before: Release, after: Release) -> list[Difference]:
    """One leaf for each thing that is not the same of both, beyond their layers.

    Owners and copies are compared only where both are on disk, or neither is: else the state says
    all.
    """
    first, second = before.first, after.first
    pairs: list[tuple[str, object, object]] = [
        ("version", first.version, second.version),
        ("arch", first.arch, second.arch),
        ("state", before.state, after.state),
        ("licenses", before.licenses(), after.licenses()),
        ("source_package", before.sources(), after.sources()),
        ("supplier", before.suppliers(), after.suppliers()),
        ("hold", before.hold, after.hold),
    ]
    if before.installed == after.installed:
        pairs.append(("owner", list(before.owners), list(after.owners)))
        there, here = before.copies(), after.copies()
        if len(there) != len(here):
            pairs.append(("copies", _counted(there), _counted(here)))
    return [leaf(name, Kind.CHANGED, one, two) for name, one, two in pairs if one != two]


def _counted(places: list[str]) -> dict[str, object]:
    return {"count": len(places), "where": places}
