"""Python distributions from the metadata beside their modules, as pip would list them.

dist-info folders (https://packaging.python.org/en/latest/specifications/recording-installed-packages/),
egg-info folders and files, eggs as folders and as zip files
(https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html), and lists of copies that a
package keeps of others, such as `pip/_vendor/vendor.txt` (what pins them, not what proves them).

A distribution below a `_vendor` folder is `vendored`; what lies in a cache (`formats/caches.py`) is
none. An egg-info folder beside a project's
sources is not read here: `pythonsources` knows whether a link leads to it. Requirements count by
what `formats.requirement` says of markers; extras are never met, since metadata does not tell
which were asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    unpack,
    warning,
)
from analyzer.packages.formats import coremetadata, egg, fault, pyrecord
from analyzer.packages.formats.caches import outside
from analyzer.packages.formats.directurl import direct_url
from analyzer.packages.formats.jsonfile import NotAnObject, read_object
from analyzer.packages.formats.pydistribution import (
    described,
    egg_requires,
    named,
    of_source,
)
from analyzer.packages.formats.requirement import normalized
from analyzer.packages.formats.requirementsfile import pins

_FOLDERS = ("dist-info", "DIST-INFO", "egg-info", "EGG-INFO")
_DIST_FILES = ("METADATA", "RECORD", "direct_url.json")
_EGG_FILES = ("PKG-INFO", "requires.txt", "installed-files.txt")
_VENDOR_LISTS = ("_vendor/vendor.txt", "_vendor/vendored.txt")
"""Of pip, Poetry and older setuptools."""
_PIPENV_LISTS = ("pipenv/vendor/vendor.txt", "pipenv/patched/patched.txt")

_LEFT_OVER = "~"
"""What pip renames folders to while it removes them begins so (`AdjacentTempDirectory`)."""

Found = tuple[Package | None, list[Problem]]


def parse(files: Files) -> Iterator[Package | Problem]:
    """The distributions of one folder: itself if it is of metadata, and files that are."""
    for path in outside(files):
        folder, name = _split(path)
        package, found = _read(path, folder, name, files)
        yield from found
        if package is not None:
            yield package
        if name == "RECORD":
            lines = pyrecord.record(files[path], _split(folder)[0])
            yield from fault.problems(path, (x for x in lines if isinstance(x, fault.Fault)))
        if path.endswith(_VENDOR_LISTS + _PIPENV_LISTS):
            yield from _listed(path, files[path])


def _read(path: str, folder: str, name: str, files: Files) -> Found:
    """The distribution that the file at `path` stands for; none for its companions."""
    if _split(folder)[1].startswith(_LEFT_OVER) or name.startswith(_LEFT_OVER):
        return None, _left_over(path, name)
    return _described(path, folder, name, files)


def _described(path: str, folder: str, name: str, files: Files) -> Found:
    kind = _split(folder)[1].lower()
    if name == "METADATA" and kind.endswith(".dist-info"):
        return _dist_info(path, folder, files)
    if name == "RECORD" and f"{folder}/METADATA" not in files:
        return _unnamed(path, folder)
    if name == "PKG-INFO" and (kind == "egg-info" or not of_source(folder)):
        return _egg_info(path, folder, files)
    if name.lower().endswith(".egg-info"):
        return described(path, coremetadata.read(files[path]), named(name))
    if name.lower().endswith(".egg"):
        return _zipped_egg(path, name, files[path])
    return None, []


def _left_over(path: str, name: str) -> list[Problem]:
    if name not in {"METADATA", "PKG-INFO"} and not name.startswith(_LEFT_OVER):
        return []
    detail = "left behind by a removal that pip did not finish; pip passes over it, so do we"
    return [warning(Code.PACKAGE_DATABASE_DAMAGED, path, detail)]


def _dist_info(path: str, folder: str, files: Files) -> Found:
    metadata = coremetadata.read(files[path])
    package, found = described(path, metadata, named(_split(folder)[1]))
    place = f"{folder}/direct_url.json"
    if package is None or place not in files:
        return package, found
    try:
        origin = direct_url(read_object(files[place]))
    except NotAnObject as why:
        detail = f"where package {package.name} came from is not known: {why}"
        return package, [*found, warning(Code.PACKAGE_DATABASE_DAMAGED, place, detail)]
    package = package._replace(
        qualifiers=origin.qualifiers,
        digests=origin.digests,
        locations=(*package.locations, Location(place)),
    )
    return package, found


def _unnamed(path: str, folder: str) -> Found:
    """A dist-info folder without METADATA: its own name is all there is."""
    package, _ = described(path, coremetadata.read(b""), named(_split(folder)[1]))
    if package is None:
        return None, [error(Code.PACKAGE_DATABASE_DAMAGED, path, "a RECORD without a package")]
    detail = f"package {package.name}: no METADATA beside RECORD; known by the folder's name"
    named_only = package._replace(method="file-name", confidence="medium")
    return named_only, [warning(Code.PACKAGE_FIELD_MISSING, path, detail)]


def _egg_info(path: str, folder: str, files: Files) -> Found:
    above, component = _split(folder)
    # In an egg that is a folder the metadata is in `EGG-INFO` and the egg has the name.
    hint = named(_split(above)[1] if component.lower() == "egg-info" else component)
    more = egg_requires(files.get(f"{folder}/requires.txt", b""))
    return described(path, coremetadata.read(files[path]), hint, more)


def _zipped_egg(path: str, name: str, packed: bytes) -> Found:
    parts = unpack(packed)
    found: list[Problem] = []
    if why := parts.get(egg.FAULT):
        detail = why.decode("utf-8", "replace")
        found.append(error(Code.PACKAGE_DATABASE_DAMAGED, path, f"this egg: {detail}"))
    more = egg_requires(parts.get(egg.REQUIRES, b""))
    metadata = coremetadata.read(parts.get(egg.METADATA, b""))
    package, more_found = described(path, metadata, named(name), more)
    return package, [*found, *more_found]


def _listed(path: str, data: bytes) -> Iterator[Package | Problem]:
    """What a list of vendored copies pins. Nothing proves that each is there."""
    faults: list[fault.Fault] = []
    for pin in pins(data):
        if isinstance(pin, fault.Fault):
            faults.append(pin)
            continue
        plain = normalized(pin.name)
        yield Package(
            name=pin.name,
            version=pin.version,
            arch="",
            type="pypi",
            state="vendored",
            locations=(Location(path),),
            provides=(plain,) if plain != pin.name else (),
            method="document",
            confidence="medium",
        )
    yield from fault.problems(path, faults)


def owns(files: Files) -> Iterator[Owned]:
    """The files that RECORD or installed-files.txt list; of the rest, the metadata alone."""
    for path in outside(files):
        folder, name = _split(path)
        package, _ = _read(path, folder, name, files)
        if package is None:
            continue
        owner = (package.name, package.version, package.arch)
        for entry in _entries(path, folder, files):
            yield Owned(owner, entry.path, "file", entry.digest, entry.size)


def _entries(path: str, folder: str, files: Files) -> Iterable[pyrecord.Recorded]:
    if (record := files.get(f"{folder}/RECORD")) is not None:
        lines = pyrecord.record(record, _split(folder)[0])
        return (line for line in lines if isinstance(line, pyrecord.Recorded))
    if (listed := files.get(f"{folder}/installed-files.txt")) is not None:
        return pyrecord.installed_files(listed, folder)
    return (pyrecord.Recorded(path),)


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name


CATALOGER = Cataloger(
    name="python",
    version=5,
    group="dir",
    wants=(
        *(Want(f"**/*.{folder}/{name}") for folder in _FOLDERS[:2] for name in _DIST_FILES),
        *(Want(f"**/*.{folder}/{name}") for folder in _FOLDERS[2:] for name in _EGG_FILES),
        *(Want(f"**/EGG-INFO/{name}") for name in _EGG_FILES[:2]),
        Want("**/*.egg-info"),
        Want("**/*.EGG-INFO"),
        Want("**/*.egg", reducer=egg.REDUCER),
        *(Want(f"**/{name}") for name in _VENDOR_LISTS + _PIPENV_LISTS),
    ),
    parse=parse,
    about="Python distributions: dist-info, egg-info, eggs, vendored copies",
    fills=frozenset(
        {
            "licenses",
            "supplier",
            "originator",
            "homepage",
            "qualifiers",
            "requires",
            "provides",
            "digests",
        }
        | {"confidence"}
    ),
    owns=owns,
)
"""INSTALLER is not read: nothing in a package says which program put it there."""
