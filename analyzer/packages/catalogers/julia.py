"""Julia packages from the depot that they were installed into, and those that a manifest names.

https://pkgdocs.julialang.org/v1/toml-files/. Pkg installs into `<depot>/packages/<name>/<slug>/`,
the slug being of UUID and content (`Base.version_slug`); Julia brings its standard library in
`stdlib/v<version>/<name>/`. Each has its `Project.toml` or `JuliaProject.toml` there, and is
installed. `Manifest.toml`, `Manifest-v<version>.toml` and the same after `Julia` are the lock files
of environments (formats 1 and 2), so what they name is declared; but not those that lie in an
installed package, which are of its own development.

A UUID tells packages of one name apart: it is what purl-spec requires as a qualifier,
https://github.com/package-url/purl-spec/blob/main/types/julia-definition.json, and what
dependencies name. Before Julia 1.11 the standard library had no versions of its own, neither in
its projects nor in manifests; that is no problem here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import TypeGuard

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    Want,
    error,
    warning,
)
from analyzer.packages.formats import tomlfile
from analyzer.packages.formats.jsonfile import Object, line, lines, member
from analyzer.packages.formats.names import shown

_DEPOT = re.compile(r"(?:.*/)?packages/[^/]+/[A-Za-z0-9]{4,5}", re.DOTALL)
_LIBRARY = re.compile(r"(?:.*/)?stdlib/v[0-9.]+/[^/]+", re.DOTALL)
_INSIDE = re.compile(f"(?:{_DEPOT.pattern}|{_LIBRARY.pattern})(?:/.*)?", re.DOTALL)
_PROJECT = "Project.toml"
_OWN = "Julia"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def parse(files: Files) -> Iterator[Package | Problem]:
    """The package of the project in a folder, and what the manifests there name."""
    for path in sorted(files):
        folder, _, file = path.rpartition("/")
        if not file.startswith(_OWN) and f"{folder}/{_OWN}{file}".lstrip("/") in files:
            continue  # Code Loading: a file of the same name with `Julia` before it is preferred.
        project = file.endswith(_PROJECT)
        installed = bool(_DEPOT.fullmatch(folder) or _LIBRARY.fullmatch(folder))
        if not (installed if project else not _INSIDE.fullmatch(folder)):
            continue
        try:
            document = tomlfile.load(files[path])
        except ValueError as why:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, shown(str(why)))
        else:
            found = _project(path, folder, document) if project else _manifest(path, document)
            yield from found


def _project(path: str, folder: str, document: Object) -> Iterator[Package | Problem]:
    library = bool(_LIBRARY.fullmatch(folder))
    name = line(document, "name")
    if not name:
        name = shown(folder.split("/")[-1 if library else -2])
        detail = f"a project without a name, taken for {name} as its folder is called"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    version = line(document, "version")
    missing = [] if version or library else ["version"]
    missing += [] if _qualifiers(document) else ["UUID"]
    for field in missing:
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"package {name} has no {field}")
    yield Package(
        name=name,
        version=version,
        arch="",
        type="julia",
        supplier=", ".join(filter(None, _authors(document))),
        locations=(Location(path),),
        qualifiers=_qualifiers(document),
        requires=_requires(document),
        provides=tuple(uuid for _, uuid in _qualifiers(document)),
        method="metadata",
    )


def _authors(document: Object) -> Iterator[str]:
    """`NAME <EMAIL>`, or tables with `name` and `email`."""
    stated = document.get("authors")
    for author in stated if isinstance(stated, list) else ():
        if isinstance(author, dict):
            name, mail = line(author, "name"), line(author, "email")
            yield f"{name} <{mail}>" if mail else name
        elif isinstance(author, str):
            yield line({"author": author}, "author")


def _manifest(path: str, document: Object) -> Iterator[Package | Problem]:
    """The entries below `deps`; in format 1, which does not state its format, all there are."""
    stated = member(document, "deps") if "manifest_format" in document else document
    entries = {name: value for name, value in stated.items() if isinstance(value, list)}
    if stated is document and not any(map(_is_entry, chain(*entries.values()))):
        return  # Other programs have files of this name.
    for name in sorted(entries):
        for entry in entries[name]:
            if name.strip() and _is_entry(entry):
                yield from _entry(path, shown(name), entry)
            else:
                detail = f"package {shown(name)} has no name or no UUID, left out"
                yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)


def _is_entry(value: object) -> TypeGuard[Object]:
    return isinstance(value, dict) and "uuid" in value


def _entry(path: str, name: str, entry: Object) -> Iterator[Package | Problem]:
    version = line(entry, "version")
    # Of the standard library a manifest states nothing else.
    if not version and ("git-tree-sha1" in entry or "path" in entry):
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"package {name} has no version")
    yield Package(
        name=name,
        version=version,
        arch="",
        type="julia",
        state="declared",
        locations=(Location(path),),
        qualifiers=_qualifiers(entry),
        requires=_requires(entry),
        provides=tuple(uuid for _, uuid in _qualifiers(entry)),
        method="lock-file",
    )


def _qualifiers(stated: Object) -> tuple[tuple[str, str], ...]:
    uuid = line(stated, "uuid").lower()
    return (("uuid", uuid),) if _UUID.fullmatch(uuid) else ()


def _requires(stated: Object) -> tuple[tuple[str, ...], ...]:
    """By UUID where `deps` is a table with them, else by name."""
    table = member(stated, "deps")
    uuids = {line(table, name).lower() for name in table}
    return tuple((token,) for token in sorted({*lines(stated, "deps"), *uuids} - {""}))


CATALOGER = Cataloger(
    name="julia",
    version=1,
    group="dir",
    wants=(
        *(
            Want(f"**/{place}{own}{_PROJECT}")
            for place in ("packages/*/*/", "stdlib/v*/*/")
            for own in ("", _OWN)
        ),
        *(Want(f"**/{own}Manifest{v}.toml") for own in ("", _OWN) for v in ("", "-v*")),
    ),
    parse=parse,
    about="Julia packages: depots, standard library, Manifest.toml",
    fills=frozenset({"supplier", "qualifiers", "requires", "provides"}),
)
