"""pnpm-lock.yaml, versions 5 to 9, and the copy in `node_modules/.pnpm` of what is there.

https://github.com/pnpm/spec/tree/master/lockfile. Keys of packages: `/name/1.0.0_peers` until
5.4, `/name@1.0.0(peers)` in 6, `name@1.0.0(peers)` in 9, which has what depends on the peers in
`snapshots`. What does not come from a registry has its address where others have the version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.packages.formats import integrity, yamlsubset
from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.jsonfile import mapping, word

_KNOWN = re.compile(r"(?:5(?:\.\d+)?|6\.\d+|9\.\d+)")
_KEY = re.compile(r"/?(?P<name>(?:@[^/@()]+/)?[^/@()]+)@(?P<version>.+)")
_OLD_KEY = re.compile(r"/(?P<name>(?:@[^/]+/)?[^/]+)/(?P<version>[^_/]+)(?:_.*)?")
_NUMBER = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*")

_GIT = re.compile(r"git(?:[+:]|@[^/]+:)")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One package with one choice of peers."""

    key: str
    """Without the slash that old ones begin with."""
    name: str
    version: str
    """Empty where neither key nor entry has one."""
    digests: tuple[str, ...]
    origin: str
    """The address of what does not come from a registry."""
    optional: bool
    needs: tuple[tuple[str, str], ...]
    """Names under which it finds others, with their keys."""


def parse(data: bytes) -> list[Snapshot]:
    """The packages of a lock file, sorted by key, without the projects that it is for.

    Raises:
        ValueError: it is no such lock file, or of a version that we do not know.
    """
    document = yamlsubset.load(data)
    version = word(document.get("lockfileVersion"))
    if not _KNOWN.fullmatch(version):
        raise ValueError(f"a lockfileVersion that is not known: {version[:20]!r}")
    return list(_snapshots(document, old=version.startswith("5")))


def _snapshots(document: Mapping[str, object], *, old: bool) -> Iterator[Snapshot]:
    packages = mapping(document.get("packages"))
    snapshots = mapping(document.get("snapshots")) or packages
    for key in sorted(snapshots):
        state = mapping(snapshots[key])
        yield _snapshot(key, mapping(packages.get(_bare(key))) or state, state, old=old)


def _snapshot(
    key: str, fields: Mapping[str, object], state: Mapping[str, object], *, old: bool
) -> Snapshot:
    match = (_OLD_KEY if old else _KEY).fullmatch(_bare(key))
    stated = match["version"] if match else ""
    resolution = mapping(fields.get("resolution"))
    name = word(fields.get("name")) or (match["name"] if match else "")
    if not name:
        raise ValueError(f"a key that names no package: {cut(key, 60)!r}")
    version = stated if _NUMBER.fullmatch(stated) else ""
    return Snapshot(
        key=key.removeprefix("/"),
        name=name,
        version=version or word(fields.get("version")),
        digests=integrity.digests(word(resolution.get("integrity"))),
        origin="" if version else _origin(resolution),
        optional=state.get("optional") == "true",
        needs=tuple(_needs(state, old=old)),
    )


def _origin(resolution: Mapping[str, object]) -> str:
    """Of what no registry has: the address of its archive, or of a repository with its commit."""
    repo = word(resolution.get("repo"))
    if not repo:
        return word(resolution.get("tarball"))
    tool = "" if _GIT.match(repo) else "git+"
    path = word(resolution.get("path")).strip("/")
    inside = f"&path:{path}" if path else ""
    return f"{tool}{repo}#{word(resolution.get('commit'))}{inside}"


def _bare(key: str) -> str:
    """Without the peers in brackets."""
    return key.partition("(")[0]


def _needs(state: Mapping[str, object], *, old: bool) -> Iterator[tuple[str, str]]:
    for member in ("dependencies", "optionalDependencies"):
        for name, value in mapping(state.get(member)).items():
            yield name, _target(name, word(value), old=old)


def _target(name: str, value: str, *, old: bool) -> str:
    """The key that a dependency leads to: a value that is none is a version of that name."""
    if value.startswith("/"):
        return value[1:]
    if old:
        return f"{name}/{value}" if value[:1].isdigit() else value
    if _KEY.fullmatch(_bare(value)) and not _NUMBER.match(value):
        return value
    return f"{name}@{value}"
