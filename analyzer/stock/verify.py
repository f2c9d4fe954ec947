"""Files of packages against the tree: missing, changed, or owned by nobody.

As `dpkg --verify`, `rpm -Va` and `apk audit` compare, of what an image has of it: content, size,
type, permissions and where links lead. Owners are not compared (databases state names, an image
numbers), nor times (every build tool sets them anew).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from analyzer.inside import Look
from analyzer.packages.contract import Owned, Package, Problem
from analyzer.packages.ownership import is_system
from analyzer.packages.purltypes import rules_of
from analyzer.packages.stated import agrees, algorithm_of
from analyzer.paths import split
from analyzer.rootfs.tree import Node, walk
from analyzer.stock.claims import Claim, claims_of
from analyzer.stock.contents import Contents, Wish, read_digests
from analyzer.stock.look import Stock
from analyzer.tarheader import EntryKind

_EXECUTE = 0o111
_MODE = 0o7777
_KINDS = {
    "file": {EntryKind.FILE},
    "dir": {EntryKind.DIRECTORY},
    "link": {EntryKind.SYMLINK},
    "other": {EntryKind.CHARACTER_DEVICE, EntryKind.BLOCK_DEVICE, EntryKind.FIFO},
}


class Fault(StrEnum):
    """What is not as the package says."""

    MISSING = "missing"
    TYPE = "type"
    CONTENT = "content"
    SIZE = "size"
    MODE = "mode"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Deviation:
    """A file that is not as its package says.

    `layer` is the one that last wrote it; of a missing file, the one that removed it, and None
    where no layer ever had it.
    """

    claim: Claim
    faults: tuple[Fault, ...]
    layer: int | None


@dataclass(frozen=True, slots=True)
class Unowned:
    """A file that no package lists. `packages` are those that were recognised by it.

    `database`: it lies in a folder of a package manager's own, beside or below its database, as
    the scripts of packages do.
    """

    path: str
    mode: int
    size: int
    layer: int
    packages: tuple[Package, ...]
    database: bool

    @property
    def executable(self) -> bool:
        """Whether anybody may run it."""
        return bool(self.mode & _EXECUTE)


@dataclass(frozen=True, slots=True)
class Verified:
    """One platform compared with its packages.

    `checked` counts the files of each package, by ident, of which something was compared.
    `unchecked` are files whose content could not be read and proven.
    """

    stock: Stock
    checked: Mapping[str, int]
    deviations: tuple[Deviation, ...]
    unowned: tuple[Unowned, ...]
    unchecked: tuple[Claim, ...]
    problems: tuple[Problem, ...]


def verify_stock(look: Look, stock: Stock) -> Verified:
    """Compare every file that a package lists; only those with a stated digest are read."""
    problems: list[Problem] = []
    claims = claims_of(stock, problems)
    contents = read_digests(look, stock.inside, wishes_of(claims))
    removed = {event.path: event.layer for event in stock.inside.history.events if event.gone}
    deviations = []
    unchecked = []
    checked: dict[str, int] = defaultdict(int)
    for claim in filter(is_comparable, claims):
        checked[claim.package.ident] += 1
        faults = tuple(faults_of(claim, contents))
        if faults:
            node = claim.node
            layer = node.content_layer if node is not None else removed.get(claim.path)
            deviations.append(Deviation(claim, faults, layer))
        elif is_unread(claim, contents):
            unchecked.append(claim)
    return Verified(
        stock,
        dict(sorted(checked.items())),
        tuple(sorted(deviations, key=lambda each: _order(each.claim))),
        tuple(_unowned(stock, {claim.path for claim in claims})),
        tuple(sorted(unchecked, key=_order)),
        (*problems, *contents.problems),
    )


def _order(claim: Claim) -> tuple[str, str, str]:
    return claim.package.ident, claim.path, claim.owned.path


def is_comparable(claim: Claim) -> bool:
    """Whether the package says more of a file than its name, or the file is not there.

    dpkg lists folders, links and files alike by name. `dpkg --verify` calls each missing that is,
    and compares, as here, those of which it has a digest. What packages own without bringing it
    may be anything.
    """
    owned = claim.owned
    return bool(owned.digest or owned.kind or claim.node is None) and "ghost" not in owned.flags


def wishes_of(claims: Iterable[Claim]) -> Iterator[Wish]:
    """The files to read: those of which the digest is all that can tell."""
    for claim in claims:
        node = claim.node
        if node is None or node.content is None or not _hashed(claim):
            continue
        yield node.content_layer, node.content, _algorithm(claim)


def _hashed(claim: Claim) -> bool:
    """Whether it takes the content to tell if a file is as it should be."""
    owned, node = claim.owned, claim.node
    if node is None or node.content is None or node.kind is not EntryKind.FILE:
        return False
    same_size = owned.size is None or owned.size == node.content.size
    return is_comparable(claim) and bool(_algorithm(claim)) and same_size


def _algorithm(claim: Claim) -> str:
    return algorithm_of(claim.owned.digest)


def is_unread(claim: Claim, contents: Contents) -> bool:
    """Whether a file should have been read to compare it, and was not."""
    return _hashed(claim) and _found(claim, contents) is None


def _found(claim: Claim, contents: Contents) -> str | None:
    """The digest of what is there, by the algorithm that the package states."""
    node = claim.node
    if node is None or node.content is None:
        return None
    return contents.of(node.content_layer, node.content, _algorithm(claim))


def faults_of(claim: Claim, contents: Contents) -> Iterator[Fault]:
    """What is not as the package says, of what could be compared."""
    owned, node = claim.owned, claim.node
    if node is None:
        if "missing-ok" not in owned.flags:
            yield Fault.MISSING
        return
    if owned.kind and node.kind not in _KINDS[owned.kind]:
        # A folder may be a link to one: that is how /usr was merged under packages that list /bin.
        if not (owned.kind == "dir" and node.kind is EntryKind.SYMLINK):
            yield Fault.TYPE
        return
    if node.kind is EntryKind.SYMLINK:
        if _leads_elsewhere(owned, node):
            yield Fault.TARGET
        return
    if node.kind is EntryKind.FILE:
        yield from _content_faults(claim, contents)
    if owned.mode is not None and node.content is not None and node.content.mode != owned.mode:
        yield Fault.MODE


def _content_faults(claim: Claim, contents: Contents) -> Iterator[Fault]:
    owned, node = claim.owned, claim.node
    size = node.content.size if node is not None and node.content is not None else None
    if owned.size is not None and size != owned.size:
        yield Fault.SIZE
        yield Fault.CONTENT
        return
    found = _found(claim, contents)
    if found is not None and not agrees(owned.digest, found):
        yield Fault.CONTENT


def _leads_elsewhere(owned: Owned, node: Node) -> bool:
    target = node.content.link if node.content is not None else None
    if owned.target:
        return target != owned.target
    algorithm = algorithm_of(owned.digest)
    if not algorithm or target is None:
        return False
    # The digest of a link is that of its target's text (apk-tools, `apk_fileinfo_hash_link`).
    raw = target.encode("utf-8", "surrogateescape")
    return not agrees(owned.digest, hashlib.new(algorithm, raw, usedforsecurity=False).hexdigest())


def _unowned(stock: Stock, owned: set[str]) -> Iterator[Unowned]:
    """Regular files of the tree that no package lists, executables first, databases last."""
    recognised: dict[str, list[Package]] = defaultdict(list)
    for package in stock.packages:
        if package.installed and not is_system(package):
            for place in package.locations:
                recognised[place.path].append(package)
    folders = _database_folders(stock)
    found = [
        Unowned(
            path,
            node.content.mode & _MODE,
            node.content.size,
            node.content_layer,
            tuple(recognised.get(path, ())),
            path.startswith(folders),
        )
        for path, node in walk(stock.root)
        if node.kind is EntryKind.FILE and node.content is not None and path not in owned
    ]
    yield from sorted(found, key=lambda each: (each.database, not each.executable, each.path))


def _database_folders(stock: Stock) -> tuple[str, ...]:
    """Where the package managers of systems keep their own files, each with a slash behind."""
    proofs = {
        place.path
        for package in stock.packages
        if is_system(package) and rules_of(package.type).system
        for place in package.locations
    }
    return tuple(sorted({f"{folder}/" for path in proofs if (folder := split(path)[0])}))
