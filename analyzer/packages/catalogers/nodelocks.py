"""Lock files of npm, Yarn, pnpm, Bun and Deno, and Yarn's Plug'n'Play map: what is declared.

https://docs.npmjs.com/cli/configuring-npm/package-lock-json,
https://classic.yarnpkg.com/lang/en/docs/yarn-lock/, https://github.com/pnpm/spec,
https://bun.com/docs/pm/lockfile, https://github.com/denoland/deno_lockfile and
https://yarnpkg.com/advanced/pnp-spec. Projects and workspaces that a lock file is for are not on
it as packages. A lock file inside an installed package says how that was developed and is left
out, but for npm-shrinkwrap.json, which npm obeys there too.

JSR has no package URL type (https://github.com/package-url/purl-spec/issues/457), so its packages
are `generic` in the namespace of the registry. What Deno loads by address are single files
without name or version: a note says how many. So is Bun's older lock file, which is binary, named
and not read.

Tokens begin with the path of the lock file, so that one's packages never meet another's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from analyzer.packages.contract import (
    DECLARED,
    Cataloger,
    Charge,
    Code,
    Content,
    Files,
    Location,
    Package,
    Problem,
    Reducer,
    Want,
    error,
    note,
    warning,
)
from analyzer.packages.formats import (
    bunlock,
    damage,
    denolock,
    npm,
    npmlock,
    pnpmap,
    pnpmlock,
    yarnlock,
)
from analyzer.packages.formats.addresses import without_logins
from analyzer.packages.formats.caches import outside
from analyzer.packages.formats.sourcecopies import is_copy
from analyzer.packages.formats.unite import united

_NPM = ("package-lock.json", "npm-shrinkwrap.json")
_OBEYED = "npm-shrinkwrap.json"
_YOUNG = ("bun.lock", "deno.lock")
"""Left out in every dependency, whichever package manager brought it."""
_BINARY = "bun.lockb"
_MAGIC = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n"
"""How it begins (`src/install/lockfile.zig` of https://github.com/oven-sh/bun)."""
_JSR = "jsr.io"


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every package that a lock file names."""
    for path in outside(files):
        folder, _, name = path.rpartition("/")
        if "node_modules" in folder.split("/") and name != _OBEYED:
            continue
        if name in _YOUNG and is_copy(path):
            continue
        try:
            found = list(_READERS[name](path, files[path]))
        except ValueError as fault:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(fault))
            continue
        for package in united(item for item in found if isinstance(item, Package)):
            yield from _checked(path, package)
        yield from (item for item in found if isinstance(item, Problem))


def _checked(path: str, package: Package) -> Iterator[Package | Problem]:
    """With a problem for what cannot be told apart from other packages."""
    if not package.name:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, "a package without a name, left out")
        return
    if not package.version and not package.qualifiers:
        detail = f"package {package.name} has no version"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    yield package


def _npm(path: str, data: bytes) -> Iterator[Package]:
    for entry in npmlock.parse(data):
        if entry.target and not entry.version:
            # A link to a folder beside the project's, whose package.json says what it is.
            continue
        yield _package(
            path,
            (entry.name, entry.version, entry.origin),
            entry.digests,
            requires=(npm.candidates(entry.folder, name) for name in entry.requires),
            provides=(entry.folder,),
            licenses=entry.licenses,
        )


def _yarn(path: str, data: bytes) -> Iterator[Package]:
    for entry in yarnlock.parse(data):
        yield _package(
            path,
            (entry.name, entry.version, entry.origin),
            entry.digests,
            requires=((pattern,) for pattern in entry.needs),
            provides=entry.patterns,
        )


def _pnpm(path: str, data: bytes) -> Iterator[Package]:
    for entry in pnpmlock.parse(data):
        yield _package(
            path,
            (entry.name, entry.version, entry.origin),
            entry.digests,
            requires=((key,) for _, key in entry.needs),
            provides=(entry.key,),
        )


def _pnp(path: str, data: bytes) -> Iterator[Package]:
    for entry in pnpmap.parse(data):
        yield _package(
            path,
            (entry.name, entry.version, entry.origin),
            (),
            requires=((locator,) for locator in entry.needs),
            provides=(entry.locator,),
        )


def _bun(path: str, data: bytes) -> Iterator[Package | Problem]:
    entries, damages = bunlock.parse(data)
    for entry in entries:
        yield _package(
            path,
            (entry.name, entry.version, entry.origin),
            entry.digests,
            requires=((key,) for key in entry.needs),
            provides=(entry.key,),
        )
    yield from damage.problems(path, damages)


def _bun_binary(path: str, _data: bytes) -> Iterator[Problem]:
    yield warning(Code.UNSUPPORTED, path, "the binary lock file of Bun, which is not read")


def _deno(path: str, data: bytes) -> Iterator[Package | Problem]:
    lock = denolock.parse(data)
    for entry in lock.packages:
        package = _package(
            path,
            (entry.name, entry.version, ""),
            entry.digests,
            requires=((token,) for token in entry.needs),
            provides=(entry.token,),
        )
        if entry.jsr:
            place = f"{_JSR}/{package.namespace}" if package.namespace else _JSR
            package = package._replace(type="generic", namespace=place)
        yield package
    if lock.modules:
        more = f" and {len(lock.modules) - 1} more" if len(lock.modules) > 1 else ""
        first = without_logins(lock.modules[0])
        detail = f"modules by address, which are no packages: {first}{more}"
        yield note(Code.UNSUPPORTED, path, detail)
    yield from damage.problems(path, lock.damages)


def _there(_content: Content, _charge: Charge) -> dict[str, bytes]:
    """Nothing of it but that it is there."""
    return {"there": b""}


_READERS: dict[str, Callable[[str, bytes], Iterator[Package | Problem]]] = {
    **dict.fromkeys(_NPM, _npm),
    "yarn.lock": _yarn,
    "pnpm-lock.yaml": _pnpm,
    ".pnp.cjs": _pnp,
    ".pnp.data.json": _pnp,
    ".pnp.js": _pnp,
    "bun.lock": _bun,
    _BINARY: _bun_binary,
    "deno.lock": _deno,
}
_REDUCERS = {_BINARY: Reducer("bun-lockb", 1, _there, (_MAGIC,))}


def _package(
    path: str,
    what: tuple[str, str, str],
    digests: tuple[str, ...],
    *,
    requires: Iterable[Iterable[str]],
    provides: Iterable[str],
    licenses: tuple[str, ...] = (),
) -> Package:
    """A declared package from name, version and origin; tokens as the lock file has them."""
    full_name, version, origin = what
    namespace, name = npm.split_name(full_name)
    return Package(
        name=name,
        version=version,
        arch="",
        type="npm",
        state=DECLARED,
        licenses=licenses,
        locations=(Location(path),),
        namespace=namespace,
        qualifiers=npm.qualifiers(origin),
        requires=tuple(tuple(f"{path}:{token}" for token in tokens) for tokens in requires),
        provides=tuple(f"{path}:{token}" for token in provides),
        digests=digests,
        method="lock-file",
    )


CATALOGER = Cataloger(
    name="nodelocks",
    version=5,
    group="file",
    wants=tuple(Want(f"**/{name}", reducer=_REDUCERS.get(name)) for name in _READERS),
    parse=parse,
    about="Lock files of npm, Yarn, pnpm, Bun and Deno, and Yarn's Plug'n'Play map",
    fills=frozenset({"namespace", "qualifiers", "licenses", "requires", "provides", "digests"}),
)
