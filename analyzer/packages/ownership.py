"""Which package of the operating system brought the files that prove another package. Pure.

The rule, the only one: a package whose first piece of evidence is a file that the database of the
system's package manager lists, and of which it states no other content, or that is in a folder of
a Nix store or a keg of Homebrew, which has a package to itself, is the same software as that
package, found a second time. Both stay in the inventory; the second names the first as its owner,
and is not counted again. A file that was written over since, as `npm install --global npm` does, is
no longer the system's package's, and a package that has another copy elsewhere is not.

A package note (`.note.package`) goes further: where the package that owns the program is of the
note's own type, it was built with the note and both come out of one database. The note often gives
the name of the source package (`systemd` in a library of libsystemd0). It is no package then and
stays as `also` of the owner.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from analyzer.packages.contract import Owned, Package, Sighting
from analyzer.packages.purltypes import rules_of
from analyzer.packages.sameness import sighting
from analyzer.paths import clean, split
from analyzer.rootfs.tree import Node, landing

RULE = "file-ownership"
"""How the report calls the rule."""
Says = Callable[[str, str], bool]
Statement = tuple[str, Owned]
"""The name of a cataloger and one file that it says a package owns."""
_OTHER_MANAGERS = frozenset({"brew", "conda", "generic"})
"""Beyond those of operating systems: conda, Homebrew, and systems that have no purl type of their
own."""
_OF_FOLDERS = frozenset({"homebrew", "nix"})
"""The catalogers of packages whose folders are theirs, with or without a database."""


def is_system(package: Package) -> bool:
    """Whether a package manager says so that installs files of any kind, by database or folder."""
    known = rules_of(package.type).system or package.type in _OTHER_MANAGERS
    return known and (package.method == "database" or package.cataloger in _OF_FOLDERS)


def evidence_of(packages: Iterable[Package]) -> frozenset[str]:
    """The files that speak for the packages that no package manager of a system installed."""
    return frozenset(path for p in packages if not is_system(p) for path in _speaking(p))


def last_names(paths: Iterable[str]) -> frozenset[str]:
    """The last names of the files that could be owned: all that `owners` looks at."""
    return frozenset(path.rpartition("/")[2] for path in paths)


def _speaking(package: Package) -> list[str]:
    """The first file that proves a package, and that of each of its other copies."""
    if not package.locations:
        return []
    if len(package.locations) == 1:
        return [package.locations[0].path]
    name = split(package.locations[0].path)[1]
    return [place.path for place in package.locations if split(place.path)[1] == name]


def owners(
    packages: Sequence[Package],
    statements: Iterable[Statement],
    root: Node,
    says: Says = lambda _path, _digest: True,
) -> Mapping[str, str]:
    """For the evidence of `packages`, by path, the ident of the system's package that owns it.

    `statements` are of the view that `packages` are of; folders are those of the tree `root`, which
    may be of a later one. Databases name files by paths through
    links (`/lib/x` for `/usr/lib/x`), of which there are many more than pieces of evidence: only
    those with the last name of one are looked up.
    """
    system = {
        (p.cataloger, p.name, p.version, p.arch): p.ident
        for p in packages
        if is_system(p) and p.installed
    }
    wanted = evidence_of(packages)
    names = last_names(wanted)
    found: dict[str, str] = {}
    trees: dict[str, str] = {}
    if not system or not wanted:
        return found
    for cataloger, owned in statements:
        if owned.kind == "tree":
            if whose := system.get((cataloger, *owned.owner), ""):
                trees.setdefault(_real(root, owned.path), whose)
            continue
        if owned.path.rpartition("/")[2] not in names or owned.kind == "dir":
            continue
        ident = system.get((cataloger, *owned.owner))
        if not ident:
            continue
        path = clean(owned.path)[0]
        at = path if path in wanted else _real(root, path)  # which leads to itself
        if at in wanted and says(at, owned.digest):
            found.setdefault(at, ident)
    return _in_trees(wanted, trees) | found if trees else found


def _in_trees(paths: Iterable[str], trees: Mapping[str, str]) -> dict[str, str]:
    """Whose folder each of `paths` is in, the nearest one of `trees`."""
    found: dict[str, str] = {}
    for path in paths:
        folder = split(path)[0]
        while folder and folder not in trees:
            folder = split(folder)[0]
        if folder:
            found[path] = trees[folder]
    return found


def _real(root: Node, path: str) -> str:
    """`path` with the links of its folders resolved; empty if they lead nowhere."""
    folder, name = split(clean(path)[0])
    if not folder:
        return name
    at = landing(root, folder)
    return f"{at}/{name}" if at else ""


def with_owner(package: Package, owners: Mapping[str, str]) -> Package:
    """`package` with its owner, if it has one; a copy that nobody owns is another one."""
    if not owners or is_system(package) or not package.locations:
        return package
    owned = [owners.get(path) for path in _speaking(package)]
    return package._replace(owner=owned[0]) if owned[0] and all(owned) else package


def without_owned_notes(packages: Iterable[Package]) -> list[Package]:
    """`packages` with each note that only repeats its owner's database as `also` of the owner.

    They have their owners; each is one statement. What was counted as the note goes with it.
    """
    kept: list[Package] = []
    repeated: dict[str, dict[tuple[str, str], Sighting]] = defaultdict(dict)
    for package in packages:
        if package.method == "note" and package.owner.startswith(f"{package.type}:"):
            for found in (sighting(package, RULE), *package.also):
                repeated[package.owner].setdefault((found.ident, found.method), found)
        else:
            kept.append(package)
    if not repeated:
        return kept
    return [
        package._replace(also=(*package.also, *repeated.pop(package.ident).values()))
        if package.ident in repeated and is_system(package)
        else package
        for package in kept
    ]
