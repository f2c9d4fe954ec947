"""Erlang and Elixir packages that lock files of Mix and rebar3 name: `declared`, not installed.

`mix.lock` (https://hexdocs.pm/mix/Mix.Tasks.Deps.html; what Hex writes into it is `Hex.Mix.to_lock`
and read by `Hex.Utils.lock`, https://github.com/hexpm/hex/tree/main/lib/hex) and `rebar.lock`
(https://rebar3.org/docs/configuration/dependencies/#lock-files; `rebar_config:consult_lock_file`,
https://github.com/erlang/rebar3/tree/main/apps/rebar/src).

A package of hex.pm has type `hex`, one of an organisation there its name as namespace. An
application out of a repository of source code has its address and commit in `vcs_url`; neither
lock file states a version of it. Nor do they state the address of a Hex repository elsewhere, so
its packages, too, are of the type `otp`, which says of none that hex.pm has it.

The digest is the outer checksum, which is of the archive; the inner one is of parts of it. Mix
names what each package needs, rebar3 does not. Projects keep their dependencies in `deps` and
`_build`; whatever lock file one of these or a cache brought along is not the project's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

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
from analyzer.packages.formats import fault
from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.bounds import bounded
from analyzer.packages.formats.elixirterm import read_map
from analyzer.packages.formats.erlterm import NotATerm, Term, consult, first
from analyzer.packages.formats.names import shown
from analyzer.packages.formats.sourcecopies import is_copy

_MIX = "mix.lock"
_DEPENDENCY = re.compile(r"(?:\A|/)(?:deps/[^/]+|_build/.+)/(?:mix|rebar)\.lock\Z")
_HEX = re.compile(r"[0-9a-f]{64}")
_PUBLIC = "hexpm"
_SOURCES = {"git": "git", "git_subdir": "git", "hg": "hg"}
"""Tags of what comes out of a repository of source code, with what `vcs_url` begins with."""
_SUMS = "pkg_hash_ext"
_ENTRY = re.compile(rb"^[ \[]*(?=\{<<\")", re.MULTILINE)
_PARTS = 3
_INSIDE = ("sparse", "subdir")
"""Options of Mix that name the folder of the repository that the application is in."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """What each lock file declares, once per name and version."""
    for path in sorted(files):
        if is_copy(path) or _DEPENDENCY.search(path):
            continue
        read = _mix if path.rpartition("/")[2] == _MIX else _rebar
        seen: set[Package] = set()
        for item in read(path, files[path]):
            if isinstance(item, Problem):
                yield item
            elif item not in seen:
                seen.add(item)
                yield item
                if not item.version and not item.qualifiers:
                    detail = f"package {item.name} has no version"
                    yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)


def _mix(path: str, data: bytes) -> Iterator[Package | Problem]:
    try:
        entries, faults = read_map(data)
    except ValueError as why:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(why))
        return
    for entry in entries:
        package = _mix_package(path, shown(entry.key), entry.value)
        if package is None:
            key = cut(shown(entry.key))
            what = f"{key}: neither of Hex nor of a repository of source code"
            faults.append(fault.Fault(entry.line, what, lost=True))
        else:
            yield package
    yield from fault.problems(path, sorted(faults, key=lambda each: each.line))


def _mix_package(path: str, app: str, value: Term) -> Package | None:
    """`{:hex, name, version, inner, managers, deps, repo, outer}` or `{:git, url, commit, opts}`.

    Hex takes shorter ones, which it wrote itself once, and longer ones of versions to come.
    """
    match value:
        case ("hex", str(name), version, *more) if shown(name) and app:
            _, _, needs, repository, outer = [*more, *[""] * 5][:5]
            package = _of_hex(path, name, version, outer)._replace(requires=_needed(needs))
            return _of_repository(package, app, repository)
        case ("git", str(url), str(commit), *more) if app:
            options = dict(_pairs(more[0] if more else None))
            folder = next((options[key] for key in _INSIDE if options.get(key)), "")
            return _of_source(path, app, f"git+{url}", commit, folder)
        case (str(kind), *_) if app and kind != "hex":
            return _declared(path, "otp", app)
    return None


def _needed(needs: Term) -> tuple[tuple[str, ...], ...]:
    """Hex's names in `{app, requirement, options}`, without the optional."""
    names: set[str] = set()
    for need in needs if isinstance(needs, list) else []:
        match need:
            case (str(app), _, list(options)):
                stated = dict(_pairs(options))
                if stated.get("optional") != "true":
                    names.add(shown(stated.get("hex") or app))
    return tuple((name,) for name in sorted(names - {""}))


def _pairs(options: Term) -> Iterator[tuple[str, str]]:
    for option in options if isinstance(options, list) else []:
        match option:
            case (str(key), str(value)):
                yield key, value


def _of_repository(package: Package, app: str, repository: Term) -> Package:
    """`package` as one of an organisation at hex.pm, or of a server elsewhere, if it is."""
    if not isinstance(repository, str) or repository in {"", "nil", _PUBLIC}:
        return package
    server, _, organisation = repository.partition(":")
    if server == _PUBLIC and organisation:
        return package._replace(namespace=shown(organisation))
    provides = (package.name,) if package.name != app else ()
    return package._replace(type="otp", name=app, provides=provides)


def _rebar(path: str, data: bytes) -> Iterator[Package | Problem]:
    try:
        locks, sums = _locks(list(consult(bounded(data))))
    except NotATerm as why:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, shown(str(why)))
        locks, sums = [*_whole_entries(bytes(data))], {}
    except ValueError as why:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(why))
        return
    lost = 0
    for lock in locks:
        package = _rebar_package(path, lock, sums)
        if package is not None:
            yield package
        else:
            lost += 1
    if lost:
        detail = f"{lost} entries that name no package or an unknown kind of source, left out"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)


def _locks(terms: list[Term]) -> tuple[list[Term], dict[str, Term]]:
    """The entries, and outer checksums by application: `{Version, Entries}` and attributes.

    Locks without checksums are written in the older form, the list of entries alone.

    Raises:
        ValueError: it is neither.
    """
    match terms:
        case []:
            return [], {}
        case [list(locks)]:
            return locks, {}
        case [(_, list(locks)), *more]:
            attributes = more[0] if more and isinstance(more[0], list) else []
            stated = next((pair[1] for pair in map(_two, attributes) if pair[0] == _SUMS), None)
            pairs = reversed(stated if isinstance(stated, list) else [])
            return locks, dict(pair for pair in map(_two, pairs) if pair[0])
    raise ValueError("not a lock file of rebar3")


def _two(term: Term) -> tuple[str, Term]:
    match term:
        case (str(key), value):
            return key, value
    return "", None


def _whole_entries(data: bytes) -> Iterator[Term]:
    """The entries of a damaged file that can be read alone; rebar3 begins a line with each."""
    starts = [match.end() for match in _ENTRY.finditer(data)]
    for start, end in pairwise([*starts, len(data)]):
        try:
            term = first(data[start:end])
        except NotATerm:
            continue
        if isinstance(term, tuple) and len(term) == _PARTS:
            yield term


def _rebar_package(path: str, lock: Term, sums: dict[str, Term]) -> Package | None:
    """`{App, {pkg, Name, Version}, Level}`, or with the tag of another source."""
    match lock:
        case (str(app), ("pkg", str(name), version, *_), _) if shown(name):
            return _of_hex(path, name, version, sums.get(app))
        case (str(app), (str(kind), str(url), ("ref", str(commit)), *more), _) if (
            kind in _SOURCES and shown(app)
        ):
            folder = more[0] if more and isinstance(more[0], str) else ""
            return _of_source(path, shown(app), f"{_SOURCES[kind]}+{url}", commit, folder)
        case (str(app), (str(kind), *_), _) if kind != "pkg" and shown(app):
            return _declared(path, "otp", shown(app))
    return None


def _of_hex(path: str, name: str, version: Term, outer: Term) -> Package:
    digest = outer.lower() if isinstance(outer, str) else ""
    return _declared(path, "hex", shown(name))._replace(
        version=shown(version) if isinstance(version, str) and version != "nil" else "",
        digests=(f"sha256:{digest}",) if _HEX.fullmatch(digest) else (),
    )


def _of_source(path: str, app: str, address: str, commit: str, folder: str) -> Package:
    """The address in the form of SPDX 2.3, 7.7, which purl-spec asks of `vcs_url`."""
    inside = f"#{folder}" if folder else ""
    url = shown(f"{address}@{commit}{inside}")
    return _declared(path, "otp", app)._replace(qualifiers=(("vcs_url", url),))


def _declared(path: str, kind: str, name: str) -> Package:
    return Package(
        name=name,
        version="",
        arch="",
        type=kind,
        state=DECLARED,
        locations=(Location(path),),
        method="lock-file",
    )


CATALOGER = Cataloger(
    name="erlanglocks",
    version=2,
    group="file",
    wants=(Want("**/mix.lock"), Want("**/rebar.lock")),
    parse=parse,
    about="Erlang and Elixir packages that lock files of Mix and rebar3 declare",
    fills=frozenset({"namespace", "qualifiers", "requires", "provides", "digests"}),
)
