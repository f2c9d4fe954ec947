"""bun.lock, Bun's lock file since 1.2, versions 0 to 3.

https://bun.com/docs/pm/lockfile; the grammar is that of its reader, `src/install/lockfile/` of
https://github.com/oven-sh/bun (`bun.lock.zig`, later `bun.lock.rs`). It is JSON with comments and
commas at the end. `packages` has an array for each folder, under a key such as `a/@b/c` for
`node_modules/a/node_modules/@b/c`:

    npm              ["name@1.0.0", registry, {dependencies …}, integrity]
    archive          ["name@address or path", {…}, integrity]
    git              ["name@git+…#commit", {…}, tag, integrity]
    GitHub           ["name@github:owner/repository#commit", {…}, tag, integrity]
    the project's    ["name@file:…", {…}], likewise `link:`, `workspace:` and `root:`

Versions differ in what Bun refuses and in members that say nothing about packages: 0 repeats the
dependencies of workspaces, 2 wants digests, 3 has overrides for one package alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.packages.formats import integrity, jsonc
from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.damage import Damage
from analyzer.packages.formats.jsonfile import mapping, names, word, words
from analyzer.packages.formats.npm import is_name

_KNOWN = (0, 1, 2, 3)
_SEGMENT = re.compile(r"(?:@[^/]*/)?[^/]+")
"""A name in a key, with its scope."""
_NUMBER = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*")
_OWN = ("file:", "link:", "workspace:", "root:")
_GITHUB = "github:"
_LONGEST = 4096
"""Characters of a key: what Linux opens (PATH_MAX), as Bun makes paths of them."""


@dataclass(frozen=True, slots=True)
class Locked:
    """One package in one folder."""

    key: str
    name: str
    version: str
    """Empty for what does not come from a registry."""
    digests: tuple[str, ...]
    origin: str
    """The address of a repository or archive outside the registry."""
    needs: tuple[str, ...]
    """Keys of the packages that it finds what it depends on in."""


def parse(data: bytes) -> tuple[list[Locked], list[Damage]]:
    """The packages of a lock file, without the project's own folders, and what is none.

    Raises:
        ValueError: it is no lock file, or of a version that we do not know.
    """
    document = mapping(jsonc.load(data))
    version = document.get("lockfileVersion")
    if version is None:
        raise ValueError("no lockfileVersion in it")
    if isinstance(version, bool) or version not in _KNOWN:
        shown = version if isinstance(version, int | float | str) else type(version).__name__
        raise ValueError(f"a lockfileVersion that is not known: {str(shown)[:20]!r}")
    packages = document.get("packages", {})
    if not isinstance(packages, dict):
        raise ValueError("packages is no object")  # noqa: TRY004 - of the file, not of our code
    reader = _Reader(packages)
    found = [reader.locked(key, packages[key]) for key in sorted(packages)]
    return [entry for entry in found if entry is not None], reader.damages


class _Reader:
    """Which keys there are, by the key that they are below, and what went wrong."""

    def __init__(self, keys: Mapping[str, object]) -> None:
        self.damages: list[Damage] = []
        self._below: dict[str, dict[str, str]] = {}
        for key in keys:
            if len(key) <= _LONGEST and (segments := list(_SEGMENT.finditer(key))):
                last = segments[-1]
                above = key[: max(last.start() - 1, 0)]
                self._below.setdefault(above, {})[last[0]] = key

    def locked(self, key: str, entry: object) -> Locked | None:
        """The package of an entry; None for a folder of the project and for what is no package."""
        parts = entry if isinstance(entry, list) else []
        stated = word(parts[0]) if parts else ""
        name, at, resolution = _split(stated)
        if resolution.startswith(_OWN):
            return None
        if not is_name(name) or not at or not resolution or not 0 < len(key) <= _LONGEST:
            self._lose(f"an entry that names no package: {cut(key, 60)!r}")
            return None
        numbered = _NUMBER.fullmatch(resolution) is not None
        rest = parts[2:] if numbered else parts[1:]
        if not rest or not isinstance(rest[0], dict):
            self._lose(f"an entry without its dependencies: {cut(key, 60)!r}")
        # Of a repository a tag stands before the digest.
        place = 2 if resolution.startswith(("git+", _GITHUB)) else 1
        return Locked(
            key=word(key),
            name=name,
            version=resolution if numbered else "",
            digests=integrity.digests(word(rest[place])) if len(rest) > place else (),
            origin="" if numbered else _origin(resolution),
            needs=tuple(self._needs(key, mapping(rest[0]))) if rest else (),
        )

    def _needs(self, key: str, fields: Mapping[str, object]) -> list[str]:
        """As `findResolution` does: from its own folder upwards, the first of that name."""
        ends = [match.end() for match in _SEGMENT.finditer(key)]
        folders = [self._below.get(key[:end], {}) for end in (*reversed(ends), 0)]
        found = (
            next((folder[name] for folder in folders if name in folder), "")
            for name in sorted(_wanted(fields))
        )
        return [word(need) for need in found if need]

    def _lose(self, what: str) -> None:
        self.damages.append(Damage(what))


def _wanted(fields: Mapping[str, object]) -> set[str]:
    peers = {*names(fields.get("peerDependencies"))} - {*words(fields.get("optionalPeers"))}
    members = ("dependencies", "optionalDependencies")
    return peers.union(*(names(fields.get(member)) for member in members))


def _split(stated: str) -> tuple[str, str, str]:
    """Name, `@` and resolution; the name of the project itself may be empty."""
    if stated.startswith("@root:"):
        return "", "@", stated[1:]
    scope = stated[:1]
    name, at, resolution = stated[1:].partition("@")
    return scope + name, at, resolution


def _origin(resolution: str) -> str:
    """The address in it; empty for a path."""
    return resolution if resolution.startswith(("git+", _GITHUB, "http:", "https:")) else ""
