"""Conda packages from the record that conda, mamba or pixi keep of each one they installed.

`<prefix>/conda-meta/<name>-<version>-<build>.json`,
https://docs.conda.io/projects/conda/en/stable/dev-guide/api/conda/models/records/index.html
(`PrefixRecord`); https://github.com/conda/rattler writes the same. The purl qualifiers are those
of purl-spec: `build`, `channel`, `subdir`, `type`. A channel is named as the standard's examples
do, `main` for `https://repo.anaconda.com/pkgs/main/linux-64`, without host and access token; a
folder of the machine that built the image is no channel.

Virtual packages, such as `__glibc`, stand for the machine and are not required here. A record
that cannot be read still says by its file name what was installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
from analyzer.packages.formats.condachannel import archive_kind, channel_name
from analyzer.packages.formats.jsonfile import NotAnObject, Object, line, lines, member, read_object
from analyzer.packages.formats.text import text

_FOLDER = "conda-meta/"
_FILE = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<build>[^-]+)\.json")
_MATCH_SPEC = re.compile(r"(?:[^\s:]*::)?(?P<name>[A-Za-z0-9_.-]+)")
_HEX = re.compile(r"[0-9a-f]+")
_SIZES = {"md5": 32, "sha256": 64}


def parse(files: Files) -> Iterator[Package | Problem]:
    """The package of each record."""
    for path in sorted(files):
        try:
            record = read_object(files[path])
        except NotAnObject as why:
            yield from _by_file_name(path, str(why))
            continue
        yield from _package(path, record)


def _by_file_name(path: str, why: str) -> Iterator[Package | Problem]:
    yield error(Code.PACKAGE_DATABASE_DAMAGED, path, f"a record that cannot be read: {why}")
    if match := _FILE.fullmatch(path.rpartition("/")[2]):
        bare = _named(path, _shown(match["name"]), _shown(match["version"]))
        yield bare._replace(
            qualifiers=(("build", _shown(match["build"])),),
            method="file-name",
            confidence="medium",
        )


def _package(path: str, record: Object) -> Iterator[Package | Problem]:
    match = _FILE.fullmatch(path.rpartition("/")[2])
    name, version = line(record, "name"), line(record, "version")
    for field, value in (("name", name), ("version", version)):
        if not value:
            taken = "taken from its file's name" if match else "unknown"
            detail = f"a record without {field}, {taken}"
            yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    if match:
        name, version = name or _shown(match["name"]), version or _shown(match["version"])
    if not name:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, "a package without a name, left out")
        return
    licence = line(record, "license")
    yield _named(path, name, version)._replace(
        licenses=(licence,) if licence else (),
        qualifiers=_qualifiers(record),
        requires=tuple((needed,) for needed in sorted(_needed(record))),
        digests=tuple(
            f"{algorithm}:{line(record, algorithm)}"
            for algorithm in sorted(_SIZES)
            if _is_digest(algorithm, line(record, algorithm))
        ),
    )


def _named(path: str, name: str, version: str) -> Package:
    return Package(name=name, version=version, arch="", type="conda", locations=(Location(path),))


def _qualifiers(record: Object) -> tuple[tuple[str, str], ...]:
    archive = line(record, "fn") or line(record, "url")
    pairs = (
        ("build", line(record, "build") or line(record, "build_string")),
        ("channel", channel_name(line(record, "channel"), line(record, "subdir"))),
        ("subdir", line(record, "subdir")),
        ("type", archive_kind(archive)),
    )
    return tuple((key, value) for key, value in pairs if value)


def _needed(record: Object) -> set[str]:
    """Names of the match specs, which begin with them."""
    matches = (_MATCH_SPEC.match(spec) for spec in lines(record, "depends"))
    names = (match["name"].lower() for match in matches if match)
    return {name for name in names if not name.startswith("__")}


def owns(files: Files) -> Iterator[Owned]:
    """The files of `paths_data` with their digests, or the bare list of older records."""
    for path in sorted(files):
        packages = [item for item in parse({path: files[path]}) if isinstance(item, Package)]
        if not packages:
            continue
        owner = (packages[0].name, packages[0].version, "")
        prefix = path.rpartition(_FOLDER)[0]
        yield Owned(owner, path, "file")
        try:
            record = read_object(files[path])
        except NotAnObject:
            continue
        found = (_owned(owner, prefix, item) for item in _paths(record))
        yield from (entry for entry in found if entry)


def _paths(record: Object) -> Iterator[Object]:
    stated = member(record, "paths_data").get("paths")
    if isinstance(stated, list):
        yield from (item for item in stated if isinstance(item, dict))
    else:
        yield from ({"_path": name} for name in lines(record, "files"))


def _owned(owner: tuple[str, str, str], prefix: str, item: Object) -> Owned | None:
    """One path; its digest is that of the file as it was installed.

    Where the prefix was written into the file, conda states the size from before that.
    """
    name = item.get("_path")
    if not isinstance(name, str) or ".." in name.split("/") or not name.strip("/"):
        return None
    # Lone surrogates, which JSON can hold, are in no path.
    whole = name.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    path = prefix + whole.lstrip("/")
    match line(item, "path_type"):
        case "softlink":
            return Owned(owner, path, "link")
        case "directory":
            return Owned(owner, path, "dir")
    digest = line(item, "sha256_in_prefix") or line(item, "sha256")
    size = item.get("size_in_bytes")
    if type(size) is not int or size < 0 or line(item, "prefix_placeholder"):
        size = None
    stated = f"sha256:{digest}" if _is_digest("sha256", digest) else ""
    return Owned(owner, path, "file", stated, size)


def _is_digest(algorithm: str, value: str) -> bool:
    return len(value) == _SIZES[algorithm] and _HEX.fullmatch(value) is not None


def _shown(name: str) -> str:
    return text(name.encode("utf-8", "surrogateescape"))


CATALOGER = Cataloger(
    name="conda",
    version=1,
    group="file",
    wants=(Want(f"**/{_FOLDER}*.json"),),
    parse=parse,
    about="Conda packages: conda-meta of each environment",
    fills=frozenset({"licenses", "qualifiers", "requires", "digests", "confidence"}),
    owns=owns,
)
