"""What packages require, met by packages of the same image. Pure.

Databases and metadata name what a package needs by tokens (`Package.requires`) and what meets
them by names and tokens (`Package.provides`); versions are left to the package managers, who
checked them when they installed. What is declared or claimed is met by its like only: a lock file
says nothing about what is on disk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from analyzer.packages.contract import CLAIMED, DECLARED, VENDORED, Package

_ANY_ARCH = frozenset({"", "all", "noarch", "any"})
_ONE_NAME = frozenset({"pypi"})
"""Types of which `provides` has nothing but the name, spelt as all others spell it."""
_Index = Mapping[str, Sequence[Package]]


def dependencies(packages: Sequence[Package]) -> list[tuple[str, ...]]:
    """For each of `packages`, the idents of those that meet its `requires`, sorted.

    Of the tokens of a requirement the first that any package meets counts, and of the packages
    that meet it: those of that name before those that only provide it; installed ones before
    copies inside others; those of the same architecture before those of any, these before
    others; those whose evidence lies nearest. Where several remain, each of them meets it and all
    are named. A package that meets its own requirement does not depend on itself. A copy inside
    a file or another package is of use to that alone, and to other copies.
    """
    indexes: dict[tuple[str, str], dict[str, list[Package]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for package in packages:
        if pool := _pool(package):
            for token in {package.name, *package.provides}:
                indexes[package.type, pool][token].append(package)
    return [
        _met(package, indexes[package.type, pool])
        if package.requires and (pool := _pool(package))
        else ()
        for package in packages
    ]


def _pool(package: Package) -> str:
    """Packages of one pool can meet each other's requirements; empty for those that cannot."""
    if package.installed:
        return "installed"
    return package.state if package.state in {DECLARED, CLAIMED} else ""


def _met(package: Package, index: _Index) -> tuple[str, ...]:
    found: set[str] = set()
    for tokens in package.requires:
        for token in tokens:
            known = index.get(token)
            if known and (providers := _within_reach(package, known)):
                found.update(_best(package, token, providers))
                break
    return tuple(sorted(found - {package.ident}))


def _within_reach(package: Package, providers: Sequence[Package]) -> Sequence[Package]:
    """Of `providers` those that `package` could use.

    What `pip/_vendor` holds nobody but pip imports, while all jars in a jar are one program.
    """
    if package.state == VENDORED or all(provider.state != VENDORED for provider in providers):
        return providers
    own = {location.path for location in package.locations}
    return [
        provider
        for provider in providers
        if provider.state != VENDORED or any(at.path in own for at in provider.locations)
    ]


def _best(package: Package, token: str, providers: Sequence[Package]) -> set[str]:
    if len(providers) == 1:
        return {providers[0].ident}
    if any(provider is package for provider in providers):
        return set()
    ranked = [(_rank(package, token, provider), provider.ident) for provider in providers]
    first = min(rank for rank, _ in ranked)
    return {ident for rank, ident in ranked if rank == first}


def _rank(package: Package, token: str, provider: Package) -> tuple[bool, bool, int, int]:
    """The smaller, the better."""
    arch = 0 if provider.arch == package.arch else 1 if provider.arch in _ANY_ARCH else 2
    return (
        provider.name != token and provider.type not in _ONE_NAME,
        provider.state == VENDORED != package.state,
        arch,
        -_shared_folders(package, provider),
    )


def _shared_folders(one: Package, other: Package) -> int:
    """Folders that the evidence of both has in common, at most.

    Of two Python environments in one image each has its own copies.
    """
    return max(
        (
            _common(a.path.split("/")[:-1], b.path.split("/")[:-1])
            for a in one.locations
            for b in other.locations
        ),
        default=0,
    )


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    for depth, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return depth
    return min(len(one), len(other))
