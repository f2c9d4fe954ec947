"""Which packages differ between two images, asked by file: as its owners, or as what it records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.diff.filesystem.model import FileChange
from analyzer.diff.filesystem.products import PRODUCTS, Product
from analyzer.diff.filesystem.steps import Standing, Steps
from analyzer.diff.rungs import Why, few
from analyzer.globs import compile_glob

if TYPE_CHECKING:
    from analyzer.packages.contract import Package

_WRITTEN_BY_OTHERS = frozenset({"lock-file", "document"})
"""Such a file is no record of what is there: people and build tools write it."""
_NPM_FILE, _NPM_FOLDER = "/package.json", "/node_modules/"
_DPKG_INFO = "var/lib/dpkg/info/"
_COMPILED = tuple((product, tuple(map(compile_glob, product.patterns))) for product in PRODUCTS)

Key = tuple[str, str, str]
Sides = tuple["frozenset[Package]", "frozenset[Package]"]


@dataclass(frozen=True, slots=True)
class Move:
    """One package that is not the same on both sides: its versions on one side only."""

    key: Key
    """Type, name with its namespace, architecture."""
    sides: tuple[tuple[Package, ...], tuple[Package, ...]]

    @property
    def name(self) -> str:
        """Such as `deb:openssl`."""
        return f"{self.key[0]}:{self.key[1]}"

    @property
    def why(self) -> Why:
        """Such as `deb:openssl: 3.0.1 -> 3.0.2`."""
        before, after = (
            ", ".join(sorted({package.version for package in side})) for side in self.sides
        )
        return Why(self.name, before, after)


@dataclass(frozen=True, slots=True)
class PackageChanges:
    """What differs of the packages on disk; made by `changes_of`."""

    by_ident: Mapping[str, Move]
    unchanged: frozenset[str]
    """`ident` of the packages that are the same on both sides."""
    records: Mapping[str, tuple[Move, ...]]
    """By path, the packages that differ and that this file speaks for."""
    moves: tuple[Move, ...]
    folders: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {})
    """Per side the package that has a folder to itself, by that folder."""

    def owners(self, change: FileChange) -> set[str]:
        """`ident` of the packages that list the file on either side, or in whose folder it is.

        Databases list files; npm keeps each package in a folder of its own below `node_modules`
        (npm folders(5)), and what is in it and in no inner one is part of it.
        """
        found = set()
        paths = (change.before_path or change.path, change.path)
        for side, state in enumerate((change.before, change.after)):
            if state is not None:
                found |= set(state.owners or self._folder_of(side, paths[side]))
        return found

    def _folder_of(self, side: int, path: str) -> tuple[str, ...]:
        folders = self.folders[side]
        while folders and (path := path.rpartition("/")[0]):
            if path in folders:
                return (folders[path],)
        return ()

    def owning(self, change: FileChange) -> tuple[Move, ...]:
        """The packages that differ and list the file on either side."""
        found = {
            move.key: move
            for ident in self.owners(change)
            if (move := self.by_ident.get(ident)) is not None
        }
        return tuple(found[key] for key in sorted(found))

    def untouched(self, change: FileChange) -> tuple[str, ...]:
        """The packages that list the file on either side and are the same on both."""
        return tuple(sorted(self.unchanged.intersection(self.owners(change))))

    def recorded(self, change: FileChange) -> tuple[Move, ...]:
        """The packages that differ and that the file is a record of."""
        paths = {change.path, change.before_path} - {""}
        named = [move for path in paths for move in self.records.get(path, ())]
        named += [move for path in paths for move in self._of_dpkg_info(path)]
        return tuple(dict.fromkeys(sorted(named, key=lambda move: move.key)))

    def _of_dpkg_info(self, path: str) -> list[Move]:
        """Lists, checksums and scripts lie there as `NAME.KIND` or `NAME:ARCH.KIND`."""
        if not path.startswith(_DPKG_INFO):
            return []
        name, _, arch = path.removeprefix(_DPKG_INFO).rpartition(".")[0].partition(":")
        return [
            move
            for move in self.moves
            if move.key[:2] == ("deb", name) and arch in {"", move.key[2]}
        ]

    def making(self, change: FileChange, steps: Steps) -> tuple[Product, tuple[Move, ...]] | None:
        """The entry of the list of products that the file is of, and the packages behind it."""
        for product, patterns in _COMPILED:
            if any(pattern.match(change.path) for pattern in patterns):
                moves = tuple(move for move in self.moves if _makes(product, move))
                if _brought_with(change, moves, steps):
                    return product, moves
        return None


def asks_content(change: FileChange) -> bool:
    """Whether packages explain the file only if its content is what they make."""
    return any(
        product.accept is not None and any(pattern.match(change.path) for pattern in patterns)
        for product, patterns in _COMPILED
    )


def _makes(product: Product, move: Move) -> bool:
    kind, name, _ = move.key
    return kind in product.types and (not product.names or name in product.names)


def _brought_with(change: FileChange, moves: Sequence[Move], steps: Steps) -> bool:
    """Whether a layer that brought the file is one in which these packages changed.

    Which layer took a package away is not known; it is one that the other image does not have.
    """
    for side, state in enumerate((change.before, change.after)):
        if state is None:
            continue
        layers = {package.introduced_in for move in moves for package in move.sides[side]}
        other = any(move.sides[1 - side] for move in moves)
        own = steps.at(side, state.layer).standing is not Standing.SAME
        if state.layer in layers or (own and other):
            return True
    return False


def changes_of(before: Iterable[Package], after: Iterable[Package]) -> PackageChanges:
    """What differs between the packages on disk of two images."""
    sides = [
        {package.ident: package for package in packages if package.installed}
        for packages in (before, after)
    ]
    grouped: dict[Key, tuple[list[Package], list[Package]]] = defaultdict(lambda: ([], []))
    for side, other in ((0, 1), (1, 0)):
        for ident in sorted(sides[side].keys() - sides[other].keys()):
            package = sides[side][ident]
            grouped[_key(package)][side].append(package)
    moves = tuple(
        Move(key, (tuple(one), tuple(two))) for key, (one, two) in sorted(grouped.items())
    )
    return PackageChanges(
        {package.ident: move for move in moves for side in move.sides for package in side},
        frozenset(sides[0].keys() & sides[1].keys()),
        _records(moves),
        moves,
        (_folders(sides[0].values()), _folders(sides[1].values())),
    )


def _key(package: Package) -> Key:
    name = f"{package.namespace}/{package.name}" if package.namespace else package.name
    return package.type, name, package.arch


def _records(moves: Iterable[Move]) -> dict[str, tuple[Move, ...]]:
    found: dict[str, dict[Key, Move]] = defaultdict(dict)
    for move in moves:
        for package in (*move.sides[0], *move.sides[1]):
            if package.method not in _WRITTEN_BY_OTHERS:
                for location in package.locations:
                    found[location.path][move.key] = move
    return {path: tuple(moves.values()) for path, moves in found.items()}


def _folders(packages: Iterable[Package]) -> dict[str, str]:
    """The folders below `node_modules` that hold one package each."""
    return {
        location.path.removesuffix(_NPM_FILE): package.ident
        for package in packages
        if package.type == "npm"
        for location in package.locations
        if location.path.endswith(_NPM_FILE) and _NPM_FOLDER in f"/{location.path}"
    }


def together(moves: Sequence[Move]) -> Why:
    """What one or several packages are to a file that they explain.

    A package that is for another processor on the other side is one package.
    """
    if len(moves) == 1:
        return moves[0].why
    names = list(dict.fromkeys(move.name for move in moves))
    if len(names) == 1:
        return Why(names[0], *(_with_processors(moves, side) for side in (0, 1)))
    return Why(f"{len(names)} packages differ", detail=few(names))


def _with_processors(moves: Sequence[Move], side: int) -> str:
    """Such as `3.0.1 (amd64)`: the versions of one name that are on one side only."""
    found = {(package.version, package.arch) for move in moves for package in move.sides[side]}
    return ", ".join(f"{version} ({arch})" if arch else version for version, arch in sorted(found))
