"""Node.js packages that npm, Yarn, pnpm and their kin have put under `node_modules`.

https://docs.npmjs.com/cli/configuring-npm/folders; pnpm's links:
https://pnpm.io/symlinked-node-modules-structure. Only a package.json directly in the folder of a
package counts: `npm ls` goes by folders too, and those of sources, tests and templates lie
elsewhere. What a package brought along in a `node_modules` of its own making is `vendored`.

npm and pnpm leave a list of what they have put there (`node_modules/.package-lock.json`,
`node_modules/.pnpm/lock.yaml`). It adds digests and, for pnpm, who needs whom, since links show
neither. What it lists and nobody sees is `declared`, but for what it calls optional; so are a
project's own folders that npm linked there (workspaces, `file:`), which `npm ls` lists: they lie
outside `node_modules`, where a package.json proves nothing. pnpm and Yarn list them without a
version, and here they are none.

A package provides its folder; what it requires are the folders in which Node would look. The
folder is all its own, but for packages below it, which have theirs; so are npm's links to its
commands that lead there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from analyzer.packages.contract import (
    DECLARED,
    VENDORED,
    Cataloger,
    Code,
    Files,
    Location,
    Owned,
    Package,
    Problem,
    Want,
    error,
    warning,
)
from analyzer.packages.formats import npm, npmlock, pnpmlock
from analyzer.packages.formats.caches import is_cached
from analyzer.packages.formats.npm import Manifest, Place
from analyzer.packages.formats.unite import united

_HIDDEN = "node_modules/.package-lock.json"
_PNPM = "node_modules/.pnpm/lock.yaml"
_MANIFEST = "package.json"
_MODULES = "node_modules/"


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a list says of one package, beside what its package.json says."""

    digests: tuple[str, ...] = ()
    origin: str = ""
    needs: tuple[tuple[str, str], ...] = ()
    """Names of dependencies, each with a token that leads to its folder."""
    links: tuple[str, ...] = ()
    """Folders that lead to this one."""


_NOTHING = _Facts()


@dataclass(frozen=True, slots=True)
class _Seen:
    path: str
    place: Place
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class _View:
    """What one package has to know of the others."""

    folders: frozenset[str]
    """Of all packages that are there."""
    alone: frozenset[tuple[str, str]]
    """Stores and names of which they have one version: a link to that name leads only there."""
    facts: Mapping[str, _Facts]
    """By folder or token in a store."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every package under `node_modules`, then what lists of them name beyond that."""
    read = list(_read(files))
    yield from (item for item in read if isinstance(item, Problem))
    seen = [item for item in read if isinstance(item, _Seen)]
    facts, listed, problems = _lists(files)
    yield from problems
    view = _View(frozenset(item.place.folder for item in seen), _alone_in_store(seen), facts)
    found = [_package(item, view) for item in seen]
    there = {(p.namespace, p.name, p.version) for p in found}
    gone = (
        package
        for folder, package in listed
        if folder not in view.folders
        and (package.namespace, package.name, package.version) not in there
    )
    yield from united([*found, *gone])


def _read(files: Files) -> Iterator[_Seen | Problem]:
    """The package.json of each folder of a package."""
    for path in sorted(files):
        above, below, _ = path.partition(_MODULES)
        if not path.endswith(f"/{_MANIFEST}") or (below and _cached(above)):
            continue
        place = npm.place(path)
        if place is None:
            continue
        try:
            manifest = npm.read_manifest(files[path])
        except ValueError as fault:
            # What a package brings along for its own tests is often broken on purpose.
            make = error if place.placed else warning
            yield make(Code.PACKAGE_DATABASE_DAMAGED, path, str(fault))
            continue
        if manifest.stand_in:
            continue
        if place.placed:
            yield from _nameless(path, place, manifest)
        elif not manifest.version:
            continue
        if manifest.name or place.name:
            yield _Seen(path, place, manifest)


@lru_cache(maxsize=1024)
def _cached(above: str) -> bool:
    """Of the folder above `node_modules`: what a cache has unpacked is not put there to be used."""
    return is_cached(above + _MODULES)


def _nameless(path: str, place: Place, manifest: Manifest) -> Iterator[Problem]:
    if not (manifest.name or place.name):
        detail = "a package without a name, left out"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    elif not manifest.version:
        detail = f"package {manifest.name or place.name} has no version"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)


def _alone_in_store(seen: Iterable[_Seen]) -> frozenset[tuple[str, str]]:
    versions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in seen:
        if item.place.store and item.manifest.name:
            versions[item.place.store, item.manifest.name].add(item.manifest.version)
    return frozenset(key for key, found in versions.items() if len(found) == 1)


def _package(seen: _Seen, view: _View) -> Package:
    place, manifest = seen.place, seen.manifest
    namespace, name = npm.split_name(manifest.name or place.name)
    token = _stored(place.store, manifest.name, manifest.version)
    more = view.facts.get(place.folder) or view.facts.get(token) or _NOTHING
    return Package(
        name=name,
        version=manifest.version,
        arch="",
        type="npm",
        state="installed" if place.placed else VENDORED,
        licenses=manifest.licenses,
        supplier=manifest.supplier,
        homepage=manifest.homepage,
        locations=(Location(seen.path),),
        namespace=namespace,
        qualifiers=npm.qualifiers(more.origin),
        requires=tuple(_requires(seen, more.needs, view)),
        provides=tuple(_provides(seen, token, view)),
        digests=more.digests or manifest.digests,
        method="metadata",
        confidence="high" if place.placed else "low",
    )


def _provides(seen: _Seen, token: str, view: _View) -> Iterator[str]:
    yield seen.place.folder
    yield from view.facts.get(seen.place.folder, _NOTHING).links
    if token:
        yield token
    if (seen.place.store, seen.manifest.name) in view.alone:
        yield _stored(seen.place.store, seen.manifest.name)


def _requires(
    seen: _Seen, needs: Iterable[tuple[str, str]], view: _View
) -> Iterator[tuple[str, ...]]:
    """Where Node would find each dependency; an optional one only if it is there.

    pnpm takes a peer of `peerDependenciesMeta` alone for one, and links it: its list names it.
    """
    store = seen.place.store
    linked: dict[str, set[str]] = defaultdict(set)
    for name, token in needs:
        linked[name].add(token)
    for name in sorted({*seen.manifest.requires, *seen.manifest.optional, *linked}):
        looked = tuple(npm.candidates(seen.place.folder, name))
        if name in linked:
            # Nearest of all are copies that the package brought along; pnpm links the rest.
            yield from ((looked[0], token) for token in sorted(linked[name]))
        elif (store, name) in view.alone:
            yield (*looked, _stored(store, name))
        elif name in seen.manifest.requires or not view.folders.isdisjoint(looked):
            yield looked


def _stored(store: str, name: str, version: str | None = None) -> str:
    """The token of a package in a store, where folders are named after more than the package."""
    if not (store and name) or version == "":
        return ""
    return f"{store}:{name}@{version}" if version else f"{store}:{name}"


def _lists(
    files: Files,
) -> tuple[dict[str, _Facts], list[tuple[str, Package]], list[Problem]]:
    """What all lists say, as `_list` has it."""
    facts: dict[str, _Facts] = {}
    listed: list[tuple[str, Package]] = []
    problems: list[Problem] = []
    for path in sorted(files):
        if path.endswith((_HIDDEN, _PNPM)):
            try:
                more, packages = _list(path, files[path])
            except ValueError as fault:
                problems.append(error(Code.PACKAGE_DATABASE_DAMAGED, path, str(fault)))
                continue
            facts |= more
            listed += packages
    return facts, listed, problems


def _list(path: str, data: bytes) -> tuple[dict[str, _Facts], list[tuple[str, Package]]]:
    """What a list says of folders or stores, and by folder the packages on it.

    Raises:
        ValueError: it cannot be read.
    """
    if path.endswith(_PNPM):
        return _pnpm(path, path.rpartition("/")[0], pnpmlock.parse(data))
    return _hidden(path, path.removesuffix(_HIDDEN), npmlock.parse(data))


def _hidden(
    path: str, root: str, entries: Iterable[npmlock.Listed]
) -> tuple[dict[str, _Facts], list[tuple[str, Package]]]:
    listed = list(entries)
    links: dict[str, list[str]] = defaultdict(list)
    for entry in listed:
        if entry.target:
            links[entry.target].append(root + entry.folder)
    facts = {
        root + entry.folder: _Facts(
            entry.digests, entry.origin, links=tuple(sorted(links[entry.folder]))
        )
        for entry in listed
        if not entry.target
    }
    return facts, [
        (
            root + (entry.target or entry.folder),
            _declared(path, entry.name, entry.version, entry.digests, entry.origin)._replace(
                licenses=entry.licenses,
            ),
        )
        for entry in listed
        # A link without a version leads to a project of the user's own.
        if not entry.optional and (entry.version or not entry.target)
    ]


def _pnpm(
    path: str, store: str, snapshots: list[pnpmlock.Snapshot]
) -> tuple[dict[str, _Facts], list[tuple[str, Package]]]:
    """Two choices of peers of one package are two folders, and here one: needs are united."""
    tokens = {s.key: _stored(store, s.name, s.version) for s in snapshots}
    facts: dict[str, _Facts] = {}
    for s in snapshots:
        if not tokens[s.key]:
            continue
        needs = tuple((name, tokens[key]) for name, key in s.needs if tokens.get(key))
        known = facts.get(tokens[s.key], _NOTHING)
        facts[tokens[s.key]] = _Facts(s.digests, s.origin, (*known.needs, *needs))
    return facts, [
        ("", _declared(path, s.name, s.version, s.digests, s.origin))
        for s in snapshots
        if not s.optional
    ]


def _declared(
    path: str, full_name: str, version: str, digests: tuple[str, ...], origin: str
) -> Package:
    namespace, name = npm.split_name(full_name)
    return Package(
        name=name,
        version=version,
        arch="",
        type="npm",
        state=DECLARED,
        locations=(Location(path),),
        namespace=namespace,
        qualifiers=npm.qualifiers(origin),
        digests=digests,
        method="lock-file",
    )


def owns(files: Files) -> Iterator[Owned]:
    """The folder of each package that was put there, and the links to its commands."""
    for item in _read(files):
        if not isinstance(item, _Seen) or not item.place.placed:
            continue
        owner = (item.manifest.name or item.place.name, item.manifest.version, "")
        yield Owned(owner, item.place.folder, "tree")
        for path, target in npm.bin_links(item.place, item.manifest):
            yield Owned(owner, path, "bin-link", target=target)


CATALOGER = Cataloger(
    name="node",
    version=4,
    # Lists and the folders that they speak of belong together.
    group="image",
    wants=(
        Want("**/node_modules/*/package.json"),
        Want("**/node_modules/@*/*/package.json"),
        Want("**/node_modules/.store/*/package/package.json"),
        Want("usr/share/nodejs/*/package.json"),
        Want("usr/share/nodejs/@*/*/package.json"),
        Want("usr/lib/nodejs/*/package.json"),
        Want("usr/lib/nodejs/@*/*/package.json"),
        Want("usr/lib/*/nodejs/*/package.json"),
        Want("usr/lib/*/nodejs/@*/*/package.json"),
        Want(f"**/{_HIDDEN}"),
        Want(f"**/{_PNPM}"),
    ),
    parse=parse,
    about="Node.js packages under node_modules: npm, Yarn, pnpm",
    fills=frozenset(
        {
            *("namespace", "qualifiers", "licenses", "supplier", "homepage", "requires"),
            *("provides", "digests", "confidence"),
        }
    ),
    owns=owns,
)
