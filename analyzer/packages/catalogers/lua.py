"""Lua rocks from the rockspec that LuaRocks keeps of each rock it installed.

`<tree>/lib/luarocks/rocks-<Lua>/<name>/<version>/` holds the rockspec
(https://github.com/luarocks/luarocks/blob/main/docs/rockspec_format.md) and `rock_manifest`, the
files with their MD5 (`src/luarocks/manif/writer.lua` there). Name and version are those of the
folder, which is what LuaRocks lists; of the files, modules lie where Lua looks for them and
programs are started by scripts in `<tree>/bin`. A rockspec anywhere else is of sources, and what
it names is declared.

A rockspec is a Lua program. Those that assign literals are read; of others, nothing but the name
of the folder or file is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Owned,
    Owner,
    Package,
    Problem,
    Want,
    error,
    warning,
)
from analyzer.packages.formats.lualiteral import NotLiteral, Value, assignments
from analyzer.packages.formats.text import text

_SPEC = ".rockspec"
_MANIFEST = "rock_manifest"
_NAMESPACE = "rock_namespace"
_ROCK = re.compile(
    r"(?:(?P<tree>(?:.*/)?)lib(?:64)?/luarocks/|(?:.*/)?)"
    r"rocks(?:-(?P<lua>\d+\.\d+))?/(?P<name>[^/]+)/(?P<version>[^/]+)"
)
_FILE = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+-\d+)\.rockspec")
_DEPENDENCY = re.compile(r"\s*(?:[\w.-]+/)?(?P<name>[\w.-]+)", re.ASCII)
_DEPLOYED = {"lua": "share", "lib": "lib"}
"""Where the tree has modules: `share/lua/<Lua>` and `lib/lua/<Lua>`."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """The rock of each folder, and rockspecs of sources."""
    for path in sorted(files):
        folder, _, file = path.rpartition("/")
        if file.endswith(_SPEC):
            yield from _package(path, folder, files)
        elif file == _MANIFEST and _ROCK.fullmatch(folder):
            yield from _manifest_faults(path, folder, files)


def _package(path: str, folder: str, files: Files) -> Iterator[Package | Problem]:
    spec: Mapping[str, Value] = {}
    try:
        spec = assignments(files[path])
    except NotLiteral as why:
        detail = f"this rockspec has to be run to be read: {why}; its name is all that is known"
        yield warning(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    rock = _ROCK.fullmatch(folder)
    named = rock or _FILE.fullmatch(path.rpartition("/")[2])
    name, version = _line(spec.get("package")).lower(), _line(spec.get("version"))
    if named:
        hint = _shown(named["name"]), _shown(named["version"])
        if version and rock and version != hint[1]:
            detail = f"rock {hint[0]}: version {version}, but in the folder of {hint[1]}"
            yield warning(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
        name, version = hint if rock else (name or hint[0], version or hint[1])
    if not name:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, "a rockspec without a name, left out")
        return
    if not version:
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"rock {name} has no version")
    description = _table(spec.get("description"))
    licence = _line(description.get("license"))
    yield Package(
        name=name,
        version=version,
        arch="",
        type="luarocks",
        state="installed" if rock else "declared",
        licenses=(licence,) if licence else (),
        supplier=_line(description.get("maintainer")),
        homepage=_line(description.get("homepage")),
        locations=(Location(path),),
        namespace=_shown(
            files.get(f"{folder}/{_NAMESPACE}", b"").decode("utf-8", "surrogateescape")
        ),
        requires=tuple((needed,) for needed in sorted(_needed(spec))),
        method="metadata",
    )


def _needed(spec: Mapping[str, Value]) -> set[str]:
    """Names without their versions; `lua` there is the program."""
    stated = _table(spec.get("dependencies"))
    items = (value for key, value in stated.items() if isinstance(key, int))
    matches = (_DEPENDENCY.match(item) for item in items if isinstance(item, str))
    return {match["name"].lower() for match in matches if match} - {"lua"}


def _manifest_faults(path: str, folder: str, files: Files) -> Iterator[Problem]:
    try:
        assignments(files[path])
    except NotLiteral as why:
        detail = f"the files of this rock are not known: {why}"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    if not any(other.endswith(_SPEC) for other in files):
        where = folder.rpartition("/")[0].rpartition("/")[2]
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, f"no rockspec of rock {_shown(where)}")


def owns(files: Files) -> Iterator[Owned]:
    """The files of `rock_manifest` where they were put, and the scripts that start programs."""
    for path in sorted(files):
        folder, _, file = path.rpartition("/")
        rock = _ROCK.fullmatch(folder)
        if file != _MANIFEST or rock is None:
            continue
        try:
            manifest = _table(assignments(files[path]).get(_MANIFEST))
        except NotLiteral:
            continue
        owner = (_shown(rock["name"]), _shown(rock["version"]), "")
        yield Owned(owner, path, "file")
        for part in sorted(filter(_plain, manifest), key=str):
            yield from _placed(owner, rock, folder, str(part), manifest[part])


def _placed(
    owner: Owner, rock: re.Match[str], folder: str, part: str, content: Value
) -> Iterator[Owned]:
    """One entry of the manifest: a file, or a folder of which some are put elsewhere."""
    tree, lua = rock["tree"], rock["lua"] or "5.1"
    if part in _DEPLOYED and tree is not None:
        place = f"{tree}{_DEPLOYED[part]}/lua/{lua}"
        yield from (Owned(owner, p, "file", d) for p, d in _files(place, content))
    elif part == "bin" and tree is not None:
        for path, digest in _files(f"{folder}/bin", content):
            # A script of Lua stays here and another starts it; any other program is moved.
            yield Owned(owner, path, "file", digest, flags=("missing-ok",))
            yield Owned(owner, f"{tree}bin/{path.rpartition('/')[2]}", "file")
    else:
        yield from (Owned(owner, p, "file", d) for p, d in _files(f"{folder}/{part}", content))


def _files(place: str, content: Value) -> Iterator[tuple[str, str]]:
    """Paths and digests below `place`; of the depth that the reader of the file allows."""
    if isinstance(content, str):
        yield place, f"md5:{content}" if re.fullmatch("[0-9a-f]{32}", content) else ""
    for name, inner in _table(content).items():
        if _plain(name):
            yield from _files(f"{place}/{name}", inner)


def _plain(name: str | int) -> bool:
    """Whether it is one component of a path."""
    return isinstance(name, str) and name not in {"", ".", ".."} and "/" not in name


def _table(value: Value) -> Mapping[str | int, Value]:
    return value if isinstance(value, Mapping) else {}


def _line(value: Value) -> str:
    return _shown(value) if isinstance(value, str) else ""


def _shown(value: str) -> str:
    return text(" ".join(value.split()).encode("utf-8", "surrogateescape"))


CATALOGER = Cataloger(
    name="lua",
    version=1,
    group="dir",
    wants=(Want(f"**/*{_SPEC}"), Want(f"**/{_MANIFEST}"), Want(f"**/{_NAMESPACE}")),
    parse=parse,
    about="Lua rocks: rockspec and rock_manifest of LuaRocks",
    fills=frozenset({"licenses", "supplier", "homepage", "namespace", "requires"}),
    owns=owns,
)
