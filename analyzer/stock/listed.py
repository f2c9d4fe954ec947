"""The files that packages list, as `dpkg -L`, `rpm -ql` and `apk info -L` print them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.packages.contract import Package, Problem
from analyzer.paths import split
from analyzer.stock.claims import Claim, claims_of
from analyzer.stock.look import Stock
from analyzer.tarheader import EntryKind

_KINDS = {
    EntryKind.FILE: "file",
    EntryKind.DIRECTORY: "dir",
    EntryKind.SYMLINK: "link",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One path that a package lists.

    `kind` is `file`, `dir`, `link` or `other`: a folder where the package lists what is in it, else
    what is there, else what the package says; empty where nothing tells.
    """

    claim: Claim
    kind: str


@dataclass(frozen=True, slots=True)
class ListedFiles:
    """What each of some packages of a platform lists, sorted by the path as it states it.

    A package that lists nothing stands with nothing: of many languages only the metadata is known.
    """

    stock: Stock
    packages: tuple[tuple[Package, tuple[Listed, ...]], ...]
    problems: tuple[Problem, ...]


def listed_files(
    stock: Stock, choose: Callable[[Sequence[Package]], Sequence[Package]]
) -> ListedFiles:
    """The files of the packages that `choose` takes, in its order."""
    problems: list[Problem] = []
    found: dict[int, list[Claim]] = defaultdict(list)
    for claim in claims_of(stock, problems):
        found[id(claim.package)].append(claim)
    packages = tuple(
        (package, tuple(_listed(found[id(package)]))) for package in choose(stock.packages)
    )
    return ListedFiles(stock, packages, tuple(problems))


def _listed(claims: list[Claim]) -> Iterator[Listed]:
    # dpkg lists /bin and /bin/bash, whatever /bin is today.
    folders = {split(claim.owned.path)[0] for claim in claims}
    for claim in sorted(claims, key=lambda claim: claim.owned.path):
        node = claim.node
        there = claim.owned.kind if node is None else _KINDS.get(node.kind, "other")
        yield Listed(claim, "dir" if claim.owned.path in folders else there)
