"""The regular files of a merged tree with their digests and the packages that own them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from analyzer.layers.scan import LayerScan
from analyzer.packages.contract import Cataloger, Package, Problem
from analyzer.packages.evidence import evidence_of
from analyzer.packages.ownership import Statement
from analyzer.packages.run import owned_files
from analyzer.report import ImageFile
from analyzer.rootfs.filedigests import sha1_of, sha256_of
from analyzer.rootfs.fold import RootFs
from analyzer.rootfs.tree import Node, walk
from analyzer.stock.claims import owners_of
from analyzer.stock.expanding import FOLDED, expanded
from analyzer.stock.places import Places
from analyzer.tarheader import EntryKind

_PERMISSIONS = 0o7777


def image_files(
    rootfs: RootFs,
    scans: Sequence[LayerScan | None],
    packages: Iterable[Package],
    catalogers: Iterable[Cataloger],
    problems: list[Problem],
) -> tuple[ImageFile, ...]:
    """Every regular file of a merged tree, each folder's in the order of names.

    Args:
        rootfs: what `scans` make together.
        scans: one per layer position, taken with digests and SHA-1; None for what was not read.
        packages: of the top of the stack.
        catalogers: those that found them.
        problems: gets what a cataloger fails on.
    """
    owners = owners_by_path(rootfs, packages, catalogers, problems)
    sha1, sha256 = sha1_of(scans), sha256_of(scans)
    return tuple(
        ImageFile(
            path,
            entry.size,
            entry.mode & _PERMISSIONS,
            node.content_layer,
            sha1(node.content_layer, entry),
            sha256(node.content_layer, entry),
            owners.by_path.get(path, ()),
        )
        for path, node in walk(rootfs.root)
        if node.kind is EntryKind.FILE and (entry := node.content) is not None
    )


class Owners(NamedTuple):
    """Who lists what is no directory of a merged tree."""

    by_path: Mapping[str, tuple[str, ...]]
    """`ident` of packages, sorted."""
    ghosts: frozenset[str]
    """Of these, paths that no package brings: those that list them call them `ghost`."""

    def of(self, path: str) -> tuple[tuple[str, ...], bool]:
        """Who lists `path`, and whether none of them brings it."""
        return self.by_path.get(path, ()), path in self.ghosts


NO_OWNERS = Owners({}, frozenset())


def owners_by_path(
    rootfs: RootFs,
    packages: Iterable[Package],
    catalogers: Iterable[Cataloger],
    problems: list[Problem],
    paths: Collection[str] | None = None,
) -> Owners:
    """The packages that list what is no directory of a merged tree.

    Arguments as of `image_files`; files that nobody lists are left out. With `paths`, those of
    these alone, which is much quicker if they are few.
    """
    evidence = evidence_of(rootfs)
    if not evidence:
        return NO_OWNERS
    if paths is None:
        statements = owned_files(evidence[-1], catalogers, problems)
    else:
        names = frozenset(path.rpartition("/")[2] for path in paths)
        statements = owned_files(evidence[-1], catalogers, problems, names)
        statements = _near(statements, names, paths)
    return _owners(rootfs.root, packages, statements, paths)


def _near(
    statements: Iterable[Statement], names: Collection[str], paths: Collection[str]
) -> Iterator[Statement]:
    """Those that may be about one of `paths`, told by last names, which links do not change."""
    above = {"", *(name for path in paths for name in path.split("/"))}
    for cataloger, owned in statements:
        last = owned.path.rstrip("/").rpartition("/")[2]
        if last in (above if owned.kind in FOLDED else names):
            yield cataloger, owned


def digests_by_path(
    rootfs: RootFs, packages: Iterable[Package], catalogers: Iterable[Cataloger]
) -> dict[str, str]:
    """What packages on disk list, be it there or not, with the digest that they state of it.

    `algorithm:hex` by path; empty where none is stated, or packages state different ones.
    """
    evidence = evidence_of(rootfs)
    if not evidence:
        return {}
    known = owners_of(packages)
    places = Places(rootfs.root)
    found: dict[str, str] = {}
    for cataloger, owned in owned_files(evidence[-1], catalogers, []):
        if (cataloger, *owned.owner) in known:
            path = places.find(owned.path)[0]
            found[path] = owned.digest if found.get(path, owned.digest) == owned.digest else ""
    return found


def _owners(
    root: Node,
    packages: Iterable[Package],
    statements: Iterable[Statement],
    paths: Collection[str] | None,
) -> Owners:
    """The packages that list each name, which mostly is one: equal tuples are the same."""
    known = owners_of(packages)
    places = Places(root)
    found: dict[str, tuple[str, ...]] = {}
    alone: dict[str, tuple[str, ...]] = {}
    ghosts: dict[str, set[str]] = {}
    for cataloger, owned in expanded(statements, root, known, paths):
        path, node = places.find(owned.path)
        if node is None or node.kind is EntryKind.DIRECTORY:
            continue
        if paths is not None and path not in paths:
            continue
        ident = known[(cataloger, *owned.owner)].ident
        before = found.get(path)
        if before is None:
            found[path] = alone.setdefault(ident, (ident,))
        elif ident not in before:
            found[path] = tuple(sorted((*before, ident)))
        if "ghost" in owned.flags:
            ghosts.setdefault(path, set()).add(ident)
    return Owners(found, frozenset(p for p, some in ghosts.items() if len(some) == len(found[p])))
