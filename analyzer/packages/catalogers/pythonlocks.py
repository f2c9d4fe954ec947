"""Python packages that lock files name: `declared`, which is not installed.

requirements files (https://pip.pypa.io/en/stable/reference/requirements-file-format/),
`Pipfile.lock` (https://github.com/pypa/pipfile#pipfilelock), `poetry.lock`
(https://python-poetry.org/docs/basic-usage/), `uv.lock`
(https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile), `pdm.lock`
(https://pdm-project.org/latest/usage/lockfile/) and `pylock.toml`
(https://packaging.python.org/en/latest/specifications/pylock-toml/).

A requirement that allows more than one version has none here. The project that a `uv.lock` lies
in is not among what it declares. A line of a requirements file that cannot be read is a warning:
many texts have that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    Want,
    error,
    note,
)
from analyzer.packages.formats import fault, tomlfile
from analyzer.packages.formats.caches import outside
from analyzer.packages.formats.jsonfile import NotAnObject, Object, line, lines, member, read_object
from analyzer.packages.formats.names import shown
from analyzer.packages.formats.requirement import NotARequirement, normalized, read
from analyzer.packages.formats.requirementsfile import pins

_REPOSITORY = re.compile(r"(?:git|hg|svn|bzr)\+")
_TOML = ("poetry.lock", "uv.lock", "pdm.lock", "pylock.toml")


def parse(files: Files) -> Iterator[Package | Problem]:
    """What each lock file declares, once per name and version."""
    for path in outside(files):
        name = path.rpartition("/")[2]
        found: Iterator[Package | Problem]
        if name == "Pipfile.lock":
            found = _pipfile(path, files[path])
        elif name in _TOML:
            found = _toml(path, files[path])
        else:
            found = _requirements(path, files[path])
        yield from _once(path, found)


def _once(path: str, found: Iterator[Package | Problem]) -> Iterator[Package | Problem]:
    """Packages of one key as one, and a note of those that have no version."""
    packages: dict[tuple[str, ...], Package] = {}
    for item in found:
        if isinstance(item, Problem):
            yield item
            continue
        known = packages.get(item.key, item)
        # pdm lists a package again for each set of extras, which needs what they add and itself.
        requires = tuple(sorted({*known.requires, *item.requires} - {(normalized(item.name),)}))
        packages[item.key] = known._replace(requires=requires)
    yield from packages.values()
    if loose := sorted(p.name for p in packages.values() if not p.version):
        more = f" and {len(loose) - 1} more" if len(loose) > 1 else ""
        yield note(Code.PACKAGE_FIELD_MISSING, path, f"no exact version of {loose[0]}{more}")


def _declared(path: str, name: str, version: str) -> Package:
    plain = normalized(name)
    return Package(
        name=name,
        version=version,
        arch="",
        type="pypi",
        state="declared",
        locations=(Location(path),),
        provides=(plain,) if plain != name else (),
        method="lock-file",
    )


def _requirements(path: str, data: bytes) -> Iterator[Package | Problem]:
    faults: list[fault.Fault] = []
    for item in pins(data):
        if isinstance(item, fault.Fault):
            faults.append(replace(item, lost=False))
        else:
            found = _declared(path, item.name, item.version)
            yield found._replace(qualifiers=_fetched(item.address, item.folder))
    yield from fault.problems(path, faults)


def _fetched(address: str, folder: str) -> tuple[tuple[str, str], ...]:
    """Of what no index is asked for; pip writes a repository as SPDX does, but for the folder."""
    if _REPOSITORY.match(address):
        return (("vcs_url", f"{address}#{folder}" if folder else address),)
    return (("download_url", address),) if address else ()


def _pipfile(path: str, data: bytes) -> Iterator[Package | Problem]:
    try:
        document = read_object(data)
    except NotAnObject as why:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(why))
        return
    for section in sorted(document):
        entries = {} if section.startswith("_") else member(document, section)
        for name in filter(None, sorted(entries)):
            entry = member(entries, name)
            package = _declared(path, shown(name), _exact(line(entry, "version")))
            yield _from_git(package, line(entry, "git"), line(entry, "ref"))


def _exact(version: str) -> str:
    return version.removeprefix("==") if version.startswith("==") else ""


def _toml(path: str, data: bytes) -> Iterator[Package | Problem]:
    try:
        document = tomlfile.load(data)
    except ValueError as why:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, shown(str(why)))
        return
    listed = document.get("packages" if path.endswith("pylock.toml") else "package", [])
    for entry in listed if isinstance(listed, list) else [listed]:
        if not isinstance(entry, dict) or not line(entry, "name"):
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, "a package without a name, left out")
        elif not _own_project(entry):
            package = _declared(path, line(entry, "name"), line(entry, "version"))
            requires = tuple((name,) for name in sorted(_dependencies(entry)))
            yield _from_git(package._replace(requires=requires), *_git(entry))


def _own_project(entry: Object) -> bool:
    """Whether this is the project itself, or a member of its workspace (uv)."""
    source = member(entry, "source")
    return "virtual" in source or "editable" in source


def _dependencies(entry: Object) -> set[str]:
    """Normalised names of what a package needs without extras, in the shapes of all four."""
    stated: Any = entry.get("dependencies")
    if isinstance(stated, dict):  # poetry: constraint, table, or tables by marker
        return {normalized(shown(name)) for name, value in stated.items() if not _optional(value)}
    names: set[str] = set()
    for item in stated if isinstance(stated, list) else []:
        if isinstance(item, dict):  # uv and pylock.toml
            names.add(normalized(line(item, "name")))
    for requirement in lines(entry, "dependencies"):  # pdm
        try:
            names.add(normalized(read(requirement).name))
        except NotARequirement:
            continue
    return names - {""}


def _optional(value: object) -> bool:
    return isinstance(value, dict) and value.get("optional") is True


def _git(entry: Object) -> tuple[str, str]:
    """URL and commit of a package that is taken from git."""
    source = member(entry, "source")
    if line(source, "type") == "git":  # poetry
        return line(source, "url"), line(source, "resolved_reference")
    if url := line(source, "git"):  # uv: the commit is the fragment, what was asked for the query
        place, _, commit = url.partition("#")
        return place.partition("?")[0], commit
    vcs = member(entry, "vcs")
    if line(vcs, "type") == "git":  # pylock.toml
        return line(vcs, "url"), line(vcs, "commit-id")
    return line(entry, "git"), line(entry, "revision")  # pdm


def _from_git(package: Package, url: str, commit: str) -> Package:
    if not url or not commit:
        return package
    return package._replace(qualifiers=(("vcs_url", f"git+{url.removeprefix('git+')}@{commit}"),))


CATALOGER = Cataloger(
    name="pythonlocks",
    version=2,
    group="file",
    wants=(
        Want("**/requirements*.txt"),
        Want("**/*-requirements.txt"),
        Want("**/Pipfile.lock"),
        *(Want(f"**/{name}") for name in _TOML),
    ),
    parse=parse,
    about="Python lock files: requirements, Pipfile, poetry, uv, pdm, pylock",
    fills=frozenset({"qualifiers", "requires", "provides"}),
)
