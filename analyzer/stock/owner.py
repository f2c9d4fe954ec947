"""Which package owns a file: as `dpkg -S`, `rpm -qf` and `apk info -W`, and who wrote it since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.inside import Look
from analyzer.packages.contract import Package, Problem
from analyzer.packages.ownership import is_system
from analyzer.paths import clean, split
from analyzer.rootfs.tree import Node, locate
from analyzer.stock.claims import Claim, listers_of
from analyzer.stock.contents import Contents, read_digests
from analyzer.stock.expanding import expanded
from analyzer.stock.look import Stock
from analyzer.stock.places import Places
from analyzer.stock.verify import Fault, faults_of, is_comparable, is_unread, wishes_of


@dataclass(frozen=True, slots=True)
class Claimed:
    """A package that owns a path, and what is not as it says.

    `compared`: whether it says more than the path, and all of that could be compared.
    """

    claim: Claim
    compared: bool
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A path of the tree, links of its folders resolved.

    `layer` last wrote it; None where no layer lists it. `target` is where it leads, if it is a
    link. `recognised` are packages that were found by this file. Where it is gone, `node` is None.
    """

    path: str
    node: Node | None
    layer: int | None
    owners: tuple[Claimed, ...]
    recognised: tuple[Package, ...]

    @property
    def target(self) -> str | None:
        """Of a link, as written."""
        return self.node.content.link if self.node and self.node.content else None


@dataclass(frozen=True, slots=True)
class Ownership:
    """The answer for `asked`: that path, and after it where it leads if it is a link."""

    asked: str
    spots: tuple[Spot, ...]
    problems: tuple[Problem, ...]

    @property
    def found(self) -> bool:
        """Whether any package owns any of it."""
        return any(spot.owners for spot in self.spots)


def ownership_of(look: Look, stock: Stock, file: str) -> Ownership:
    """Who owns `file`; where it is gone or never was, who says that it should be there."""
    asked = clean(file)[0]
    problems: list[Problem] = []
    ways = list(dict.fromkeys(_ways(stock.root, asked)))
    claims = list(_claims(stock, {path for path, _ in ways}, problems))
    contents = read_digests(look, stock.inside, wishes_of(claims))
    spots = tuple(_spot(stock, path, node, claims, contents) for path, node in ways)
    return Ownership(asked, spots, (*problems, *contents.problems))


def _ways(root: Node, asked: str) -> Iterator[tuple[str, Node | None]]:
    """The path itself, and where it leads."""
    yield Places(root).find(asked)
    if at := locate(root, asked):
        yield at


def _claims(stock: Stock, paths: set[str], problems: list[Problem]) -> Iterator[Claim]:
    """What packages say of `paths`; of all others only the last name is looked at."""
    if not stock.evidence:
        return
    known = listers_of(stock.packages)
    places = Places(stock.root)
    names = {split(path)[1] for path in paths}
    stated = stock.owned(len(stock.evidence) - 1, problems)
    for cataloger, owned in expanded(stated, stock.root, known):
        if owned.path.rstrip("/").rpartition("/")[2] in names:
            path, node = places.find(owned.path)
            if path in paths:
                yield Claim(known[(cataloger, *owned.owner)], owned, path, node)


def _spot(
    stock: Stock, path: str, node: Node | None, claims: list[Claim], contents: Contents
) -> Spot:
    owners = [
        Claimed(claim, compared, tuple(faults))
        for claim in claims
        if claim.path == path
        for compared, faults in [_compared(claim, contents)]
    ]
    return Spot(
        path,
        node,
        node.layer if node is not None and node.entry is not None else None,
        tuple(sorted(owners, key=lambda each: each.claim.package.ident)),
        tuple(
            package
            for package in stock.packages
            if package.installed
            and not is_system(package)
            and any(place.path == path for place in package.locations)
        ),
    )


def _compared(claim: Claim, contents: Contents) -> tuple[bool, list[Fault]]:
    if not is_comparable(claim):
        return False, []
    return not is_unread(claim, contents), list(faults_of(claim, contents))
