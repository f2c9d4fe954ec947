"""package-lock.json of npm, all three versions, also as npm-shrinkwrap.json and hidden.

https://docs.npmjs.com/cli/configuring-npm/package-lock-json. Version 1 has the tree alone, as
nested `dependencies`; 2 has a flat `packages` by folder beside it, 3 that alone. npm keeps one
more in `node_modules/.package-lock.json`: what it has put there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from analyzer.packages.formats import integrity, npm
from analyzer.packages.formats.jsonfile import load, mapping, names, word

_MODULES = "node_modules/"
_VERSION = re.compile(r"[=v]?[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*")
_ALIAS = re.compile(r"npm:(?P<name>@?[^@]+)@(?P<version>.+)")

_GROUPS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_LONGEST = 4096
"""What Linux opens (PATH_MAX); paths of nested entries add up."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One package of a lock file."""

    folder: str
    """Where it goes, relative to the lock file's project; empty where the file does not say."""
    name: str
    """With its scope."""
    version: str
    """Empty where the file gives an address instead."""
    digests: tuple[str, ...] = ()
    licenses: tuple[str, ...] = ()
    origin: str = ""
    """The address of a repository or archive outside the registry."""
    requires: tuple[str, ...] = ()
    """Names of what it needs."""
    optional: bool = False
    """Whether it may be left out."""
    target: str = ""
    """The folder, relative likewise, that a link in `folder` leads to."""


def parse(data: bytes) -> list[Listed]:
    """The packages of a lock file, without the project's own.

    Raises:
        ValueError: it is no lock file.
    """
    document = mapping(load(data))
    if isinstance(document.get("packages"), dict):
        return list(_flat(mapping(document["packages"])))
    if isinstance(document.get("dependencies"), dict):
        return list(_tree(mapping(document["dependencies"])))
    if "lockfileVersion" in document:
        return []
    raise ValueError("neither packages nor lockfileVersion in it")


def _flat(packages: Mapping[str, object]) -> Iterator[Listed]:
    """By folder. A link's target has an entry of its own."""
    asked = {address for fields in packages.values() for address in _addresses(mapping(fields))}
    for folder in sorted(packages):
        fields = mapping(packages[folder])
        place = npm.place(f"{folder}/package.json")
        # Projects and workspaces lie outside `node_modules`, and npm's store has folders between.
        if place is None or not place.name:
            continue
        link = fields.get("link") is True
        target = word(fields.get("resolved")) if link else ""
        own = mapping(packages.get(target)) if link else fields
        # `name` is there where the folder has another, such as that of an alias.
        entry = _listed(folder, word(own.get("name")) or word(place.name), own)
        if not entry.origin and word(own.get("resolved")) in asked:
            entry = replace(entry, origin=word(own.get("resolved")))
        yield replace(entry, target=target)


def _addresses(fields: Mapping[str, object]) -> Iterator[str]:
    """What a package wants to be fetched from an address: no registry has it."""
    for group in _GROUPS:
        for wanted in mapping(fields.get(group)).values():
            if isinstance(wanted, str) and wanted.startswith(("http:", "https:")):
                yield word(wanted)


def _tree(root: Mapping[str, object]) -> Iterator[Listed]:
    waiting = [("", root)]
    while waiting:
        above, dependencies = waiting.pop()
        for name in sorted(dependencies):
            fields = mapping(dependencies[name])
            folder = f"{above}{_MODULES}{name}"
            if len(folder) > _LONGEST:
                raise ValueError(f"a folder whose path has more than {_LONGEST} characters")
            yield _listed(folder, word(name), fields)
            waiting.append((f"{folder}/", mapping(fields.get("dependencies"))))


def _listed(folder: str, name: str, fields: Mapping[str, object]) -> Listed:
    version = word(fields.get("version"))
    if alias := _ALIAS.fullmatch(version):
        name, version = alias["name"], alias["version"]
    # Version 1 has an address in `version`; the others have it in `resolved`, as for all.
    numbered = _VERSION.fullmatch(version) is not None
    resolved = word(fields.get("resolved"))
    origin = "" if numbered else version
    if resolved.startswith("git"):
        origin = resolved
    return Listed(
        folder=folder,
        name=name,
        version=version if numbered else "",
        digests=integrity.digests(word(fields.get("integrity"))),
        licenses=npm.licences(fields),
        origin=origin,
        requires=tuple(_requires(fields)),
        optional=fields.get("optional") is True,
    )


def _requires(fields: Mapping[str, object]) -> Iterator[str]:
    """In version 1 `requires` has the names, and `dependencies` what lies below."""
    if "requires" in fields:
        yield from names(fields["requires"])
        return
    meta = mapping(fields.get("peerDependenciesMeta"))
    peers = names(fields.get("peerDependencies"))
    needed = [peer for peer in peers if mapping(meta.get(peer)).get("optional") is not True]
    stated = mapping(fields.get("dependencies"))
    ranges = {name: wanted for name, wanted in stated.items() if isinstance(wanted, str)}
    yield from sorted({*names(ranges), *needed})
