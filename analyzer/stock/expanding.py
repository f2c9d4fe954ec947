"""What packages say of whole folders, and of links to their programs, as the files that are there.

Some package managers keep no list of files: npm, R, Nix and Homebrew give each package a folder of
its own, and take all of it away with the package (`npm uninstall`, `remove.packages`,
`nix-store --delete`, `brew uninstall`). A folder of another package inside it, as nested
`node_modules` have them, is that one's alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator

from analyzer.packages.contract import Owned, Owner
from analyzer.packages.ownership import Statement
from analyzer.paths import join, split
from analyzer.rootfs.tree import Node
from analyzer.stock.places import Places
from analyzer.tarheader import EntryKind

_Whose = tuple[str, Owner]
"""A cataloger and what it calls a package."""


FOLDED = frozenset({"tree", "bin-link"})
"""Kinds of statements that are about more than the path they name."""


def expanded(
    statements: Iterable[Statement],
    root: Node,
    known: Container[tuple[str, str, str, str]],
    wanted: Collection[str] | None = None,
) -> Iterator[Statement]:
    """`statements`, with those of kind `tree` and `bin-link` replaced by files of the tree `root`.

    Only those of `known` packages, by cataloger and owner: what is in the folder of another, such
    as a module that Nix brought, is of the package whose folder that lies in.

    Nothing is stated of these files but whose they are; no directory is among them, and none that
    the same package lists by name after it has stated the folder. With `wanted`, folders without
    any of these paths may be left out.
    """
    places = Places(root)
    trees = _Trees(places)
    for cataloger, owned in statements:
        if (cataloger, *owned.owner) not in known:
            continue
        if owned.kind == "tree":
            trees.add(cataloger, owned)
        elif owned.kind != "bin-link":
            trees.note(cataloger, owned)
            yield cataloger, owned
        elif _leads_to(places, owned):
            yield cataloger, owned._replace(kind="link")
    yield from trees.files(None if wanted is None else _above(wanted))


class _Trees:
    """The folders that packages have to themselves."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._nodes: dict[str, Node] = {}
        self._whose: dict[str, dict[_Whose, None]] = defaultdict(dict)
        self._owners: set[_Whose] = set()
        self._named: set[tuple[_Whose, str]] = set()

    def add(self, cataloger: str, owned: Owned) -> None:
        """Take in a statement about a folder; one that is a link is that alone."""
        whose = cataloger, owned.owner
        self._owners.add(whose)
        path, node = self._places.find(owned.path)
        if node is not None:
            self._nodes[path] = node
            self._whose[path][whose] = None

    def note(self, cataloger: str, owned: Owned) -> None:
        """Take in a statement about a file, which is not to be made again."""
        whose = cataloger, owned.owner
        if whose in self._owners:
            self._named.add((whose, self._places.find(owned.path)[0]))

    def files(self, among: Collection[str] | None) -> Iterator[Statement]:
        """What is in the folders, or in those `among` them, each file as that of the nearest."""
        for path in sorted(self._nodes if among is None else self._nodes.keys() & among):
            for inside in _inside(path, self._nodes[path], self._nodes.keys()):
                for whose in self._whose[path]:
                    if (whose, inside) not in self._named:
                        yield whose[0], Owned(whose[1], inside)


def _above(paths: Iterable[str]) -> set[str]:
    """These paths and every folder above them."""
    found: set[str] = set()
    for path in paths:
        at = path
        while at not in found:
            found.add(at)
            at = split(at)[0]
    return found


def _leads_to(places: Places, owned: Owned) -> bool:
    _, node = places.find(owned.path)
    if node is None or node.kind is not EntryKind.SYMLINK or node.content is None:
        return False
    return node.content.link == owned.target


def _inside(path: str, node: Node, others: Collection[str]) -> Iterator[str]:
    """What is below a folder, without folders, and without those in `others` and all in them."""
    if not node.is_directory:
        yield path
    waiting = [(path, node)]
    while waiting:
        place, folder = waiting.pop()
        for name, child in (folder.children or {}).items():
            below = join(place, name)
            if not child.is_directory:
                yield below
            elif below not in others:
                waiting.append((below, child))
