"""Which packages explain what two layers store: those that differ, and what each layer did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.diff.filesystem.packagechanges import PackageChanges, changes_of

if TYPE_CHECKING:
    from analyzer.packages.contract import Package


@dataclass(frozen=True, slots=True)
class LayerPackages:
    """The packages of an image as of the layer below one, and as of that layer."""

    below: Sequence[Package]
    here: Sequence[Package]

    @property
    def touched(self) -> tuple[Package, ...]:
        """Those that the layer brought, and those that it took away."""
        sides = [
            {package.ident: package for package in side if package.installed}
            for side in (self.below, self.here)
        ]
        return tuple(
            known[ident]
            for known, other in (sides, reversed(sides))
            for ident in sorted(known.keys() - other.keys())
        )


def layer_changes(one: LayerPackages, two: LayerPackages) -> PackageChanges:
    """What explains files of two layers.

    That is what differs between the images as of both; and, of the packages that these have alike,
    those that only one of the layers brought or took away. The others that both have are unchanged:
    who stores a file of theirs has tampered with it.
    """
    as_of = changes_of(one.here, two.here)
    differing = as_of.by_ident.keys()
    touched = [
        {package.ident: package for package in side.touched if package.ident not in differing}
        for side in (one, two)
    ]
    sides = [
        [package for package in side.here if package.ident in differing] for side in (one, two)
    ]
    for side, mine, other in ((0, touched[0], touched[1]), (1, touched[1], touched[0])):
        sides[side] += [mine[ident] for ident in sorted(mine.keys() - other.keys())]
    found = changes_of(*sides)
    return replace(found, unchanged=as_of.unchanged - found.by_ident.keys(), folders=as_of.folders)
