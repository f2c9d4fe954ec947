"""Packages in a Nix store, from its database or else from the names of its folders.

https://nix.dev/manual/nix/latest/store/store-path. The database names every valid path, what it
was built from and what it refers to. Images that Nix builds mostly have none; then, and for what
the database does not know, the names of the folders have to do. A folder is only seen by a file
in one of the usual places for programs and libraries: to ask for every file of a store would cost
minutes in an image of a hundred layers. So without a database fonts, manuals and other data are
not listed. Name and version are told apart as Nix does it, which is a rule of thumb. The outputs
of one package (`-bin`, `-dev`, …) are one package here.

A folder of the store is its package's with all that is in it: nothing else ever writes there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Owned,
    Package,
    Problem,
    Want,
    note,
)
from analyzer.packages.formats import nixstore
from analyzer.packages.formats.damage import Damage, Unreadable, problems
from analyzer.packages.formats.names import shown
from analyzer.packages.formats.presence import THERE
from analyzer.packages.formats.sqlitewal import read_log

_DATABASE = "nix/var/nix/db/db.sqlite"
_LOG = f"{_DATABASE}-wal"
_STORE = "nix/store"
_ABSENT = "no database lists this store: packages are told from names of folders with programs"
_PLACES = (
    *("bin/*", "sbin/*", "libexec/*", "nix-support/*"),
    *("lib/*.so", "lib/*.so.*", "lib/python*/site-packages/*/METADATA", "share/java/*.jar"),
)
"""Where packages of nixpkgs have what makes them more than data, a few files in each folder."""
_STORED = re.compile(r"nix/store/(?P<entry>[^/]+)/.+", re.DOTALL)


@dataclass(slots=True)
class _Found:
    """What speaks of one package."""

    locations: set[str] = field(default_factory=set)
    entries: set[str] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)


_Key = tuple[str, str]


def parse(files: Files) -> Iterator[Package | Problem]:
    """The packages of the store."""
    valid: list[nixstore.Valid] = []
    damages: list[Damage] = []
    if _DATABASE in files:
        try:
            for item in nixstore.valid_paths(files[_DATABASE], read_log(files.get(_LOG, b""))):
                if isinstance(item, Damage):
                    damages.append(item)
                else:
                    valid.append(item)
        except Unreadable as fault:
            damages.append(Damage(str(fault)))
    yield from problems(_DATABASE, damages)
    stated = _stated(valid)
    yield from _packages(stated, from_database=True)
    known = {path.name for path in valid}
    seen = _seen(files, known, stated)
    if seen and _DATABASE not in files:
        yield note(Code.PACKAGE_DATABASE_ABSENT, _STORE, _ABSENT)
    yield from _packages(seen, from_database=False)


def _stated(valid: list[nixstore.Valid]) -> dict[_Key, _Found]:
    """The packages that the database states."""
    found: dict[_Key, _Found] = {}
    for path in valid:
        key = nixstore.package_of(path.name, path.deriver)
        if key[0]:
            package = found.setdefault(key, _Found())
            package.locations.add(_DATABASE)
            package.entries.add(path.name)
            package.needs.update(path.references)
    return found


def _seen(files: Files, known: set[str], stated: Mapping[_Key, _Found]) -> dict[_Key, _Found]:
    """The packages whose folders have a file; the first file of each folder proves it."""
    found: dict[_Key, _Found] = {}
    entries = set(known)
    for path in sorted(files):
        match = _STORED.fullmatch(path)
        entry = shown(match["entry"]) if match else ""
        if not entry or entry in entries:
            continue
        entries.add(entry)
        key = nixstore.package_of(entry)
        if key[0] and key not in stated:
            package = found.setdefault(key, _Found())
            package.locations.add(path)
            package.entries.add(entry)
    return found


def _packages(found: Mapping[_Key, _Found], *, from_database: bool) -> Iterator[Package]:
    for (name, version), package in sorted(found.items()):
        yield Package(
            name=name,
            version=version,
            arch="",
            type="generic",
            locations=tuple(Location(path) for path in sorted(package.locations)),
            requires=tuple((entry,) for entry in sorted(package.needs - package.entries)),
            provides=tuple(sorted(package.entries)),
            method="database" if from_database else "file-name",
            confidence="high" if from_database else "medium",
        )


def owns(files: Files) -> Iterator[Owned]:
    """The folders of each package."""
    for package in parse(files):
        if isinstance(package, Package):
            for entry in package.provides:
                yield Owned((package.name, package.version, ""), f"nix/store/{entry}", "tree")


CATALOGER = Cataloger(
    name="nix",
    version=2,
    group="image",
    wants=(
        Want(_DATABASE),
        Want(_LOG, optional=True),
        *(Want(f"nix/store/*/{place}", reducer=THERE) for place in _PLACES),
    ),
    parse=parse,
    about="Nix store",
    fills=frozenset({"provides", "requires", "confidence"}),
    owns=owns,
)
