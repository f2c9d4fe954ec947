"""What npm's manifests, trees and lock files have in common: names, licences, people, folders.

Manifest: https://docs.npmjs.com/cli/configuring-npm/package-json. Where Node looks for a module:
https://nodejs.org/api/modules.html, "Loading from node_modules folders".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from analyzer.packages.formats import integrity
from analyzer.packages.formats.gitaddress import vcs_url
from analyzer.packages.formats.jsonfile import load, mapping, names, word

_MODULES = "node_modules"
_GLOBAL = "lib/node_modules"
_SCOPED = 2
_PACKAGE = re.compile(r"(?:@[^/@:]+/)?[^/@:]+")
_DEBIAN = re.compile(r"usr/(?:share|lib|lib/[^/]+)/nodejs/")
"""Where Debian's packages put modules, those for one architecture in a folder of its name."""
_DEBIAN_STORE = "usr/share/nodejs"
"""Stands for all of these, as they are one to Debian's Node, which looks there last."""
_MANIFESTS_KEPT = 4096
_NEAREST = 32
"""Folders above a package in which its needs are looked for; real trees are half as deep."""
_LONGEST = 1024
"""Characters of the path of a folder of which more than one is looked in."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is wanted of one package.json. Names of dependencies are sorted."""

    name: str
    version: str
    licenses: tuple[str, ...]
    supplier: str
    homepage: str
    requires: tuple[str, ...]
    optional: tuple[str, ...]
    """Dependencies that may be absent."""
    digests: tuple[str, ...]
    """Of the archive; npm before version 7 wrote them here."""
    bins: tuple[tuple[str, str], ...]
    """Names of commands, each with the path in the package of the program that it is; sorted."""
    stand_in: bool
    """Yarn puts an empty package in the place of one that is not for this platform."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a package lies: its folder, and the name that the folder gives it."""

    folder: str
    name: str
    """Empty in a store whose folders are not named after packages."""
    store: str
    """The folder of links' targets that it is in (`node_modules/.pnpm`), or another in which no
    path leads from one to the next; empty without one."""
    placed: bool
    """Whether a package manager puts packages there; otherwise some package brought it along."""


@lru_cache(maxsize=_MANIFESTS_KEPT)
def read_manifest(data: bytes) -> Manifest:
    """A package.json.

    Raises:
        ValueError: it is no JSON object.
    """
    document = load(data)
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - of the file, not of our code
    peers = mapping(document.get("peerDependencies"))
    meta = mapping(document.get("peerDependenciesMeta"))
    spared = {peer for peer in peers if mapping(meta.get(peer)).get("optional") is True}
    optional = {*names(document.get("optionalDependencies")), *names(dict.fromkeys(spared))}
    wanted = {*names(document.get("dependencies")), *names(peers)} - optional
    return Manifest(
        name=word(document.get("name")),
        version=word(document.get("version")),
        licenses=licences(document),
        supplier=person(document.get("author")),
        homepage=word(document.get("homepage")),
        requires=tuple(sorted(wanted)),
        optional=tuple(sorted(optional)),
        digests=_digests(document) if "_integrity" in document or "_shasum" in document else (),
        bins=_bins(document) if "bin" in document else (),
        stand_in=document.get("mocked") is True and "version" not in document,
    )


def _digests(document: Mapping[str, object]) -> tuple[str, ...]:
    return integrity.digests(word(document.get("_integrity"))) or integrity.hexadecimal(
        "sha1", word(document.get("_shasum"))
    )


def _bins(document: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Member `bin`: one path, named after the package without its scope, or paths by name.

    As npm-normalize-package-bin does it: of a name its last part counts, and no path leads out of
    the package. `directories.bin` names a folder instead, of which no manifest tells the files.
    """
    stated = document.get("bin")
    named = {word(document.get("name")): stated} if isinstance(stated, str) else mapping(stated)
    found: dict[str, str] = {}
    for name, path in named.items():
        command = word(_inside(name.replace("\\", "/").replace(":", "/"))).rpartition("/")[2]
        program = word(_inside(path.replace("\\", "/"))) if isinstance(path, str) else ""
        if command and program:
            found[command] = program
    return tuple(sorted(found.items()))


def _inside(path: str) -> str:
    """`path` without what would lead out of the folder that it starts in."""
    return posixpath.normpath(f"/{path}").lstrip("/")


def bin_links(place: Place, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """The links that npm makes to the commands of a package: their paths and where they lead.

    https://docs.npmjs.com/cli/configuring-npm/folders, "Executables": `node_modules/.bin`; of
    packages in `<prefix>/lib/node_modules`, which are global, also `<prefix>/bin`. Stores have
    other ways.
    """
    if place.store or not place.placed:
        return
    modules = place.folder.removesuffix(f"/{place.name}")
    own = f"{place.name}/"
    for command, program in manifest.bins:
        yield f"{modules}/.bin/{command}", f"../{own}{program}"
        if modules.endswith(_GLOBAL) and _MODULES not in modules.split("/")[:-1]:
            above = modules.removesuffix(_GLOBAL)
            yield f"{above}bin/{command}", f"../lib/{_MODULES}/{own}{program}"


def licences(document: Mapping[str, object]) -> tuple[str, ...]:
    """`license` and the older `licenses`: text, `{type, url}`, or an array of either."""
    found: dict[str, None] = {}
    for member in ("license", "licenses"):
        value = document.get(member)
        for item in value if isinstance(value, list) else [value]:
            fields = mapping(item)
            # `name` is in no documentation, but npm's own clean-up took it for `type` once.
            text = word(item) or word(fields.get("type")) or word(fields.get("name"))
            if text := text or word(fields.get("url")):
                found[text] = None
    return tuple(found)


def person(value: object) -> str:
    """`Name <email> (url)`, which may also be an object of these three."""
    if isinstance(value, str):
        return word(value)
    fields = mapping(value)
    parts = [word(fields.get("name"))]
    parts += [f"<{text}>" for text in [word(fields.get("email"))] if text]
    parts += [f"({text})" for text in [word(fields.get("url"))] if text]
    return " ".join(filter(None, parts))


def is_name(name: str) -> bool:
    """Whether a package can be called so: what an address has in it no name has.

    https://docs.npmjs.com/cli/configuring-npm/package-json#name.
    """
    return _PACKAGE.fullmatch(name) is not None


def split_name(name: str) -> tuple[str, str]:
    """Scope with its `@` (or nothing) and the rest."""
    scope, slash, rest = name.partition("/")
    return (scope, rest) if slash and scope.startswith("@") and rest else ("", name)


def qualifiers(origin: str) -> tuple[tuple[str, str], ...]:
    """Of the purl, for a package from an address of its own (purl-spec, known qualifiers)."""
    if repository := vcs_url(origin):
        return (("vcs_url", repository),)
    # Paths on the machine that installed it say nothing to anybody else.
    return (("download_url", origin),) if origin.startswith(("http:", "https:")) else ()


def place(manifest_path: str) -> Place | None:
    """Where the package of this package.json lies; None where no package can lie.

    Packages are put at `node_modules/<name>` and below one another; by links into
    `node_modules/.<store>/<any>/node_modules/<name>` (pnpm, npm, bun, Deno) or
    `node_modules/.store/<any>/package` (Yarn). Another path between two `node_modules` is one
    of a package's own, such as a test's.
    """
    folder, _, _ = manifest_path.rpartition("/")
    debian = _DEBIAN.match(folder)
    if debian and _MODULES not in folder.split("/"):
        inner = folder[debian.end() :]
        named = _is_name(inner.split("/"))
        return Place(folder, inner, _DEBIAN_STORE, placed=True) if named else None
    parts = folder.split("/")
    marks = [at for at, part in enumerate(parts) if part == _MODULES]
    if not marks:
        return None
    between = [parts[at + 1 : end] for at, end in zip(marks, [*marks[1:], len(parts)], strict=True)]
    last = between.pop()
    stores = [at for at, inner in zip(marks, between, strict=False) if _is_store(inner)]
    store = "/".join(parts[: stores[-1] + 2]) if stores else ""
    placed = all(_is_name(inner) or _is_store(inner) for inner in between)
    if _is_name(last):
        return Place(folder, "/".join(last), store, placed)
    if len(last) == _SCOPED + 1 and last[0] == ".store" and last[2] == "package":
        return Place(folder, "", "/".join(parts[: marks[-1] + 2]), placed)
    return None


def _is_name(parts: list[str]) -> bool:
    if len(parts) == _SCOPED and len(parts[0]) > 1 and parts[0][0] == "@":
        return parts[1][:1] not in {"", "."}
    return len(parts) == 1 and parts[0][:1] not in {"", ".", "@"}


def _is_store(parts: list[str]) -> bool:
    # npm's own store has a folder more for scopes.
    inner = [part for part in parts[1:-1] if part[:1] != "@"]
    return len(parts) in {_SCOPED, _SCOPED + 1} and parts[0][:1] == "." and not inner


def candidates(folder: str, name: str) -> Iterator[str]:
    """The folders in which a module of the package in `folder` finds `name`, nearest first.

    Without a bound each name in a manifest of a few kilobytes, deep enough down, costs megabytes.
    """
    parts = folder.split("/")
    last = len(parts) - (_NEAREST if len(folder) <= _LONGEST else 0)
    at = folder
    for end in range(len(parts), max(last, 0) - 1, -1):
        if end == 0:
            yield f"{_MODULES}/{name}"
        elif parts[end - 1] != _MODULES:
            yield f"{at}/{_MODULES}/{name}"
        at = at.rpartition("/")[0]
    if _DEBIAN.match(folder):
        yield f"{_DEBIAN_STORE}/{name}"
