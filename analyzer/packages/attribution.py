"""In which layer a package came, from what is present after each layer. Pure.

Layers are told apart by presence alone: a package that a layer removes and a later one brings
back counts from its return, and one whose files an upgrade of nothing but the database touched
keeps its first layer.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeVar

from analyzer.packages.contract import Package

Identity = tuple[str, str, str, str, str, str, bool]
"""What has to stay the same for a package to count as the same: see `identity`."""
K = TypeVar("K", bound=Hashable)


def identity(package: Package) -> Identity:
    """Type, namespace, name, version, architecture, origin, and whether its files are on disk.

    Not the exact state: a package that one layer unpacks and the next configures was
    introduced by the former. One of which only the configuration files are left is another.
    """
    return (
        *(package.type, package.namespace, package.name, package.version, package.arch),
        package.origin,
        package.installed,
    )


def introductions(presence: Sequence[AbstractSet[K]]) -> dict[K, int]:
    """For each member of the last set, where the unbroken run that reaches the end begins.

    `presence[k]` is what is there after layer `k`.
    """
    if not presence:
        return {}
    first = dict.fromkeys(presence[-1], 0)
    running = set(first)
    for layer in range(len(presence) - 2, -1, -1):
        for gone in running - presence[layer]:
            first[gone] = layer + 1
        running &= presence[layer]
        if not running:
            break
    return first
