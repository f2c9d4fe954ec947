"""Conan packages from the caches of Conan 1 and 2, from deployed folders, and from what needs them.

Every binary package has `conaninfo.txt` (settings, options and requirements) and
`conanmanifest.txt` (its files with their MD5), https://docs.conan.io/2/reference/binary_model.html.
Neither states the package's own name, so that is taken from where it lies:

- Conan 1: `<storage>/<name>/<version>/<user>/<channel>/package/<package ID>/`, `_` for no user;
  revisions in `metadata.json` there (https://docs.conan.io/1/mastering/custom_cache.html).
- Conan 2: `<storage>/p/<folder>/p/` and `<storage>/p/b/<folder>/p/`, both in the table `packages`
  of `<storage>/p/cache.sqlite3`, by which `conan list` goes. What is listed and has no
  `conaninfo.txt`, which Conan calls corrupted, is claimed.
- Conan 2's deployers (https://docs.conan.io/2/reference/extensions/deployers.html):
  `full_deploy/<context>/<name>/<version>/[<build type>/][<arch>/]`, `direct_deploy/<name>/`.

A `conaninfo.txt` anywhere else is of a consumer or of a package copied out of a cache; what it
names is declared. Recipes without a binary package are no packages of the image. User, channel and
revisions are the qualifiers of purl-spec,
https://github.com/package-url/purl-spec/blob/main/types/conan-definition.json; settings, which it
allows as well, are not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.packages.contract import (
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
from analyzer.packages.formats import damage, fault, jsonfile, sqlitedb
from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.bounds import bounded
from analyzer.packages.formats.damage import Damage, Unreadable
from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.names import shown
from analyzer.packages.formats.sqlitewal import Log
from analyzer.packages.formats.text import text

_INFO, _MANIFEST = "conaninfo.txt", "conanmanifest.txt"
_DATABASE, _REVISIONS = "cache.sqlite3", "metadata.json"
_SECTION = re.compile(r"\[([^\[\]]+)\]")
_FILE = re.compile(r"(?P<path>.+): (?P<md5>[0-9a-f]{32})")
_REFERENCE = re.compile(
    r"(?P<name>[^/@#:\s]+)/(?P<version>[^/@#:\s]+)"
    r"(?:@(?:(?P<user>[^/@#:\s]+)(?:/(?P<channel>[^/@#:\s]+))?)?)?"
    r"(?:#(?P<rrev>[^#:\s]+))?(?::(?P<id>[^#:\s]+)(?:#(?P<prev>[^#:\s]+))?)?"
)
"""https://docs.conan.io/2/glossary.html, "package reference"; the `@` alone is of Conan 1."""
_REDUCED = re.compile(r"[^.]+\.(?:Y|[^.]+(?:\.[^.]+)*)\.Z")
"""What package ID modes leave of a version, such as `1.Y.Z`: too little to be one."""
_ABSENT = frozenset({"_", "None"})
_CACHE_1 = re.compile(
    r"(?P<base>(?:.*/)?(?P<name>[^/]+)/(?P<version>[^/]+)/(?P<user>[^/]+)/(?P<channel>[^/]+))"
    r"/package/(?P<id>[0-9a-f]{40})",
    re.DOTALL,
)
_BUILT = re.compile(r"(?:.*/)?(?:(?:[^/]+/){4}build/[0-9a-f]{40}|p/b/[^/]+/b)(?:/.*)?", re.DOTALL)
"""Where Conan 1 and 2 build; the same file then lies in the package as well."""
_FULL_DEPLOY = re.compile(
    r"(?:.*/)?full_deploy/(?:host|build)/(?P<name>[^/]+)/(?P<version>[^/]+)(?:/[^/]+){0,2}",
    re.DOTALL,
)
_DIRECT_DEPLOY = re.compile(r"(?:.*/)?direct_deploy/(?P<name>[^/]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Info:
    """Lines of a `conaninfo.txt` by section."""

    sections: Mapping[str, tuple[str, ...]]

    @property
    def arch(self) -> str:
        """The setting; a package of headers or for any architecture has none."""
        pairs = (line.partition("=") for line in self.sections.get("settings", ()))
        return next((value.strip() for key, _, value in pairs if key.strip() == "arch"), "")

    def references(self, *sections: str) -> list[re.Match[str]]:
        """Of the first of these sections that has lines.

        `requires` is what the package ID depends on, of Conan 1 the direct requirements with
        their versions reduced; `full_requires`, of Conan 1 only, are all of them, exactly.
        """
        lines = next(filter(None, map(self.sections.get, sections)), ())
        return [match for line in sorted(set(lines)) if (match := _REFERENCE.fullmatch(line))]

    @property
    def consumer(self) -> bool:
        """Whether Conan 1 wrote it for a project that uses packages and is none."""
        return "full_requires" in self.sections and not self.sections.get("recipe_hash")


def parse(files: Files) -> Iterator[Package | Problem]:
    """The packages of all caches and deployed folders of an image."""
    infos: dict[str, _Info] = {}
    for path in _named(files, _INFO):
        infos[path], faults = _sections(files[path])
        yield from fault.problems(path, faults)
    placed: set[str] = set()
    for path in _named(files, _DATABASE):
        for item in _cached(path, files[path], infos):
            yield item
            if isinstance(item, Package):
                placed.update(place.path for place in item.locations)
    for path, info in infos.items():
        folder = path.rpartition("/")[0]
        if path in placed or _BUILT.fullmatch(folder):
            continue
        if package := _by_place(path, folder, info, files):
            if not package.version:
                detail = f"package {package.name} has no version"
                yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
            yield package
        else:
            yield from _declared(path, info)
    yield from _side_faults(files)


def _named(files: Iterable[str], name: str) -> list[str]:
    return sorted(path for path in files if path.rpartition("/")[2] == name)


def _sections(data: bytes) -> tuple[_Info, list[Fault]]:
    """By `TextINIParse` of Conan (`conan/internal/util/config_parser.py`)."""
    sections: dict[str, list[str]] = {}
    faults: list[Fault] = []
    current: list[str] | None = None
    for number, raw in enumerate(_lines(data, faults), 1):
        line = text(raw.strip(b" \t\r"))
        if not line or line.startswith("#"):
            continue
        if match := _SECTION.fullmatch(line):
            current = sections.setdefault(match[1], [])
        elif line.startswith("[") or current is None:
            faults.append(Fault(number, f"not in a section: {cut(line)}", lost=True))
        else:
            current.append(line)
    return _Info({name: tuple(lines) for name, lines in sections.items()}), faults


def _lines(data: bytes, faults: list[Fault]) -> list[bytes]:
    try:
        return bounded(data).split(b"\n")
    except ValueError as why:
        faults.append(Fault(1, str(why), lost=True))
        return []


def _cached(path: str, database: bytes, infos: Mapping[str, _Info]) -> Iterator[Package | Problem]:
    """The packages that a database of Conan 2 lists, with what their `conaninfo.txt` says."""
    damages: list[Damage] = []
    root = path.rpartition("/")[0]
    try:
        for row in sqlitedb.rows(database, Log(), "packages"):
            match row:
                case Damage():
                    damages.append(row)
                case (bytes(ref), bytes(rrev), bytes(), bytes(prev), bytes(folder), *_) if (
                    reference := _REFERENCE.fullmatch(text(ref))
                ):
                    revisions = {"rrev": text(rrev), "prev": text(prev)}
                    info = f"{root}/{text(folder)}/p/{_INFO}"
                    yield from _listed(reference.groupdict() | revisions, info, path, infos)
                case (bytes(), bytes(), _, None, *_):
                    # No package revision, so it was never finished; `conan list` leaves it out.
                    continue
                case _:
                    damages.append(Damage("a package whose reference cannot be read"))
    except Unreadable as why:
        damages.append(Damage(str(why)))
    yield from damage.problems(path, damages)


def _listed(
    reference: Mapping[str, str | None], info: str, path: str, infos: Mapping[str, _Info]
) -> Iterator[Package | Problem]:
    """A package in the database at `path`, on disk if its folder has the file `info`."""
    if info in infos:
        yield _package(reference, infos[info], [info, path])._replace(method="database")
        return
    package = _package(reference, None, [path])
    detail = f"package {package.name} {package.version} is listed, and has no {_INFO} in its folder"
    yield warning(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    yield package._replace(state="claimed", method="database")


def _package(
    reference: Mapping[str, str | None], info: _Info | None, places: Iterable[str]
) -> Package:
    """The package of a reference, its parts printable."""
    info = info or _Info({})
    needed = {match["name"] for match in info.references("requires", "full_requires")}
    parts = {key: "" if part in _ABSENT else part or "" for key, part in reference.items()}
    pairs = ((key, parts.get(key, "")) for key in ("channel", "prev", "rrev", "user"))
    return Package(
        name=reference["name"] or "",
        version=reference.get("version") or "",
        arch=info.arch,
        type="conan",
        locations=tuple(Location(place) for place in places),
        qualifiers=tuple((key, value) for key, value in pairs if value),
        requires=tuple((name,) for name in sorted(needed)),
        method="metadata",
    )


def _by_place(path: str, folder: str, info: _Info, files: Files) -> Package | None:
    """The package whose folder says which one it is."""
    if match := _CACHE_1.fullmatch(folder):
        revisions = _revisions(f"{match['base']}/{_REVISIONS}", match["id"], files)
        return _package(_shown(match) | revisions, info, [path])
    match = _FULL_DEPLOY.fullmatch(folder) or _DIRECT_DEPLOY.fullmatch(folder)
    return _package(_shown(match), info, [path]) if match else None


def _shown(match: re.Match[str]) -> dict[str, str]:
    return {key: shown(part or "") for key, part in match.groupdict().items()}


def _revisions(path: str, ident: str, files: Files) -> dict[str, str]:
    """What Conan 1 notes of recipe and package; `0` where revisions are switched off."""
    try:
        stated = jsonfile.read_object(files.get(path, b"{}"))
    except jsonfile.NotAnObject:
        return {}
    package = jsonfile.member(stated, "packages", ident)
    found = {
        "rrev": jsonfile.line(package, "recipe_revision"),
        "prev": jsonfile.line(package, "revision"),
    }
    return {key: value for key, value in found.items() if value != "0"}


def _declared(path: str, info: _Info) -> Iterator[Package | Problem]:
    """What a file of a consumer, or of a package whose name is not known, requires."""
    if not info.consumer:
        detail = "a Conan package outside of any cache, so its name and version are unknown"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    for match in info.references("full_requires", "requires"):
        package = _package(match.groupdict(), None, [path])._replace(state="declared")
        if _REDUCED.fullmatch(package.version):
            detail = f"requires {package.name}; of its version, {package.version} alone is known"
            yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
            package = package._replace(version="")
        yield package


def _side_faults(files: Files) -> Iterator[Problem]:
    """What is wrong with the files beside: revisions or files of packages are then unknown."""
    for path in _named(files, _REVISIONS):
        try:
            jsonfile.read_object(files[path])
        except jsonfile.NotAnObject as why:
            detail = f"revisions of this recipe and its packages are unknown: {why}"
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    for path in _named(files, _MANIFEST):
        yield from fault.problems(path, _manifest(files[path])[1])


def _manifest(data: bytes) -> tuple[dict[str, str], list[Fault]]:
    """MD5 by path (`FileTreeManifest` of Conan); the first line is the time."""
    digests: dict[str, str] = {}
    faults: list[Fault] = []
    for number, raw in enumerate(_lines(data, faults), 1):
        line = raw.decode("utf-8", "surrogateescape")
        match = _FILE.fullmatch(line.rstrip("\r"))
        if match and not {"", ".", ".."} & set(match["path"].split("/")):
            digests[match["path"]] = match["md5"]
        elif line and not (number == 1 and line.strip().isdecimal()):
            what = f"neither time nor file: {shown(cut(line))}"
            faults.append(Fault(number, what, lost=True))
    return digests, faults


def owns(files: Files) -> Iterator[Owned]:
    """The files of each package that has a folder, by the manifest there."""
    for package in parse(files):
        if isinstance(package, Problem) or not package.installed:
            continue
        owner = (package.name, package.version, package.arch)
        folder, _, file = package.locations[0].path.rpartition("/")
        manifest = f"{folder}/{_MANIFEST}"
        if file != _INFO or manifest not in files:
            continue
        yield Owned(owner, manifest, "file")
        for path, md5 in sorted(_manifest(files[manifest])[0].items()):
            yield Owned(owner, f"{folder}/{path}", "file", f"md5:{md5}")


CATALOGER = Cataloger(
    name="conan",
    version=1,
    group="image",
    wants=(
        Want(f"**/{_INFO}"),
        Want(f"**/{_MANIFEST}"),
        Want(f"**/p/{_DATABASE}"),
        Want(f"**/data/*/*/*/*/{_REVISIONS}"),
    ),
    parse=parse,
    about="Conan packages: caches of Conan 1 and 2, deployed folders, conaninfo.txt",
    fills=frozenset({"arch", "qualifiers", "requires"}),
    owns=owns,
)
