""".NET: NuGet packages that programs were published with or that lie unpacked, and runtimes.

`<app>.deps.json`:
https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md.
Its packages are installed where they contribute a file, else `declared`. Projects and references
to bare assemblies are no NuGet packages: they are `generic`.

`<id>.nuspec` counts where NuGet unpacks: https://learn.microsoft.com/nuget/reference/nuspec, in
`<id>/<version>/` or `<id>.<version>/`; elsewhere it is a source or template.

A folder `shared/<name>/<version>` is a runtime, as `dotnet --list-runtimes` lists it. Some list
themselves under another version of their own making in their deps.json; both are told.

`packages.lock.json`, or `packages.<project>.lock.json` where several projects are in one folder
(NuGet.Client `PackagesLockFileUtilities.cs`), is `declared`. Case does not count in names, nor do
tokens leave their file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.packages.contract import (
    DECLARED,
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
from analyzer.packages.formats import depsjson, nuspec
from analyzer.packages.formats.names import shown
from analyzer.packages.formats.unite import united

_DEPS = ".deps.json"
_LOCK = ".lock.json"
_NUSPEC = ".nuspec"
_OF_NUGET = frozenset({"package", "runtimepack"})
_RUNTIME_PARTS = 4
"""Of a path at least: `shared`, name, version and file."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """Packages of every program, lock file and unpacked package, and the runtimes."""
    for path in sorted(files):
        yield from _runtime(path)
        try:
            packages = list(united(_packages(path, files[path])))
        except ValueError as fault:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(fault))
            continue
        for package in packages:
            if not package.name:
                detail = "a package without a name, left out"
                yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
                continue
            if not package.version:
                detail = f"package {package.name} has no version"
                yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
            yield package


def _packages(path: str, data: bytes) -> Iterator[Package]:
    """What one file names; raises ValueError."""
    if path.endswith(_DEPS):
        return _published(path, data)
    return _locked(path, data) if path.endswith(_LOCK) else _unpacked(path, data)


def _published(path: str, data: bytes) -> Iterator[Package]:
    for library in depsjson.parse(data):
        of_nuget = library.kind in _OF_NUGET
        yield Package(
            name=library.name,
            version=library.version,
            arch="",
            type="nuget" if of_nuget else "generic",
            state="installed" if library.contributes or not of_nuget else DECLARED,
            locations=(Location(path),),
            requires=_tokens(path, library.needs) if of_nuget else (),
            provides=(_token(path, library.name),) if of_nuget else (),
            digests=library.digests,
            method="metadata",
        )


def _locked(path: str, data: bytes) -> Iterator[Package]:
    for entry in depsjson.parse_lock(data):
        # Each framework has a list of its own.
        place = f"{path}:{entry.framework}"
        yield Package(
            name=entry.name,
            version=entry.version,
            arch="",
            type="nuget",
            state=DECLARED,
            locations=(Location(path),),
            requires=_tokens(place, entry.needs),
            provides=(_token(place, entry.name),),
            method="lock-file",
        )


def _unpacked(path: str, data: bytes) -> Iterator[Package]:
    """The manifest of an unpacked package: folders are of a different case than it is."""
    found = nuspec.parse(data)
    *above, outer, folder, _ = ["", "", *path.lower().split("/")]
    name, version = found.get("id"), found.get("version")
    # Folders have versions without what does not count in them, such as a fourth zero.
    if outer == name.lower() and folder[:1].isdigit():
        store = "/".join(above[2:])
    elif folder == f"{name}.{version}".lower():
        store = "/".join([*above, outer][2:])
    else:
        return
    licence = found.get("license") or found.get("licenseUrl")
    yield Package(
        name=name,
        version=version,
        arch="",
        type="nuget",
        licenses=(licence,) if licence else (),
        supplier=found.get("authors"),
        homepage=found.get("projectUrl"),
        locations=(Location(path),),
        requires=_tokens(store, sorted(found.needs)),
        provides=(_token(store, name),),
        method="metadata",
    )


def _runtime(path: str) -> Iterator[Package]:
    """A runtime by its folder, which is how `dotnet` finds it."""
    parts = path.split("/")
    if len(parts) < _RUNTIME_PARTS or parts[-4] != "shared" or not parts[-2][:1].isdigit():
        return
    if parts[-1] == f"{parts[-3]}{_DEPS}":
        yield Package(
            name=shown(parts[-3]),
            version=shown(parts[-2]),
            arch="",
            type="generic",
            locations=(Location(path),),
            method="file-name",
        )


def _token(place: str, name: str) -> str:
    return f"{place}:{name.lower()}"


def _tokens(place: str, names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple((_token(place, name),) for name in names)


CATALOGER = Cataloger(
    name="dotnet",
    version=2,
    group="file",
    wants=(
        Want(f"**/*{_DEPS}"),
        Want(f"**/packages{_LOCK}"),
        Want(f"**/packages.*{_LOCK}"),
        Want(f"**/*{_NUSPEC}"),
    ),
    parse=parse,
    about="NuGet packages of .NET programs, their lock files, and shared runtimes",
    fills=frozenset({"licenses", "supplier", "homepage", "requires", "provides", "digests"}),
)
