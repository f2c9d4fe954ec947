"""What packages say of files, brought together with what the merged tree has there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.packages.contract import Owned, Package, Problem
from analyzer.packages.ownership import is_system
from analyzer.rootfs.tree import Node
from analyzer.stock.expanding import expanded
from analyzer.stock.look import Stock
from analyzer.stock.places import Places


@dataclass(frozen=True, slots=True)
class Claim:
    """One file that a package says it owns.

    `path` is where the links of the image lead its folder, and `node` what stands there; None
    where nothing does.
    """

    package: Package
    owned: Owned
    path: str
    node: Node | None

    @property
    def config(self) -> bool:
        """Whether people are meant to change it."""
        return "config" in self.owned.flags


def claims_of(stock: Stock, problems: list[Problem]) -> list[Claim]:
    """Every file that a package owns, as the databases of the top layer state it.

    What several packages list is a claim of each. What cannot be read is added to `problems`.
    """
    if not stock.evidence:
        return []
    known = listers_of(stock.packages)
    places = Places(stock.root)
    claims = []
    stated = stock.owned(len(stock.evidence) - 1, problems)
    for cataloger, owned in expanded(stated, stock.root, known):
        package = known[(cataloger, *owned.owner)]
        claims.append(Claim(package, owned, *places.find(owned.path)))
    return claims


def listers_of(packages: Iterable[Package]) -> Mapping[tuple[str, str, str, str], Package]:
    """The packages that list files, by what `Owned.owner` calls them, as in `owners_of`.

    With those of a system that are not whole, or gone but for their configuration: `dpkg -S` names
    them, and `dpkg --verify` compares what is left (dpkg's `ensure_packagefiles_available`).
    """
    left = (package for package in packages if not package.installed and is_system(package))
    return {
        **{(package.cataloger, *package.owner_key): package for package in left},
        **owners_of(packages),
    }


def owners_of(packages: Iterable[Package]) -> Mapping[tuple[str, str, str, str], Package]:
    """The packages on disk by what `Owned.owner` calls them, with their cataloger in front.

    Not those that a package of the system brought: its database speaks for the same files, and
    speaks of them as they were installed (distributions strip and patch after a wheel was made).
    """
    return {
        (package.cataloger, *package.owner_key): package
        for package in packages
        if package.installed and not package.owner
    }
