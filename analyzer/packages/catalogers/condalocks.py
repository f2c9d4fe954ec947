"""Packages that a lock file of conda-lock names: `declared`, which is not installed.

`conda-lock.yml`, https://conda.github.io/conda-lock/output/#unified-lockfile; see
`formats/condalock.py`. Those of conda have the qualifiers that installed ones have (`conda.py`),
those of pip are `pypi`, with `vcs_url` where they are out of a git repository. One lock file is for
several platforms: the architecture is the folder of the channel, which is the platform or
`noarch`. Of a package of pip each platform may have another archive, so these have no digests.

A lock file inside an installed package is none of the image's projects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
from analyzer.packages.formats.condachannel import archive_kind, channel_name
from analyzer.packages.formats.condalock import Locked, read_lock
from analyzer.packages.formats.requirement import normalized
from analyzer.packages.formats.sourcecopies import is_copy
from analyzer.packages.formats.unite import united

_PLACE = re.compile(r"(?P<channel>.+)/(?P<subdir>[^/?#]+)/(?P<file>[^/?#]+)(?:[?#].*)?")
_BUILD = re.compile(r".+-[^-]+-(?P<build>[^-]+)(?:\.conda|\.tar\.bz2)")
_VIRTUAL = "__"
"""Begins what the system has and no package is (`__glibc`), which solvers that wrote some of these
files had as packages of a channel of their own,
https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-virtual.html."""
_HEX = {"md5": re.compile(r"[0-9a-f]{32}"), "sha256": re.compile(r"[0-9a-f]{64}")}


def parse(files: Files) -> Iterator[Package | Problem]:
    """What each lock file declares, once per name, version and architecture."""
    for path in sorted(files):
        if is_copy(path):
            continue
        try:
            locked, faults = read_lock(files[path])
        except ValueError as why:
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, str(why))
            continue
        found = (
            _conda(path, each) if each.manager == "conda" else _pip(path, each)
            for each in locked
            if each.manager != "conda" or not each.name.startswith(_VIRTUAL)
        )
        for package in united(found):
            yield package
            if not package.version:
                detail = f"package {package.name} has no version"
                yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
        yield from fault.problems(path, faults)


def _conda(path: str, locked: Locked) -> Package:
    place = _PLACE.fullmatch(locked.url)
    subdir = place["subdir"] if place else ""
    named = _BUILD.fullmatch(place["file"]) if place else None
    pairs = (
        ("build", locked.build or (named["build"] if named else "")),
        ("channel", channel_name(place["channel"], subdir) if place else ""),
        ("subdir", subdir),
        ("type", archive_kind(place["file"]) if place else ""),
    )
    names = {name.lower() for name in locked.needs if name and not name.startswith(_VIRTUAL)}
    return _declared(path, "conda", locked)._replace(
        arch=subdir,
        qualifiers=tuple((key, value) for key, value in pairs if value),
        requires=tuple((name,) for name in sorted(names)),
        digests=tuple(
            f"{algorithm}:{locked.digests[algorithm]}"
            for algorithm, form in _HEX.items()
            if form.fullmatch(locked.digests.get(algorithm, ""))
        ),
    )


def _pip(path: str, locked: Locked) -> Package:
    plain = normalized(locked.name)
    names = {normalized(name) for name in locked.needs} - {""}
    git = locked.url.startswith("git+")
    return _declared(path, "pypi", locked)._replace(
        qualifiers=(("vcs_url", locked.url),) if git else (),
        requires=tuple((name,) for name in sorted(names)),
        provides=(plain,) if plain != locked.name else (),
    )


def _declared(path: str, kind: str, locked: Locked) -> Package:
    return Package(
        name=locked.name,
        version=locked.version,
        arch="",
        type=kind,
        state=DECLARED,
        locations=(Location(path),),
        method="lock-file",
    )


CATALOGER = Cataloger(
    name="condalocks",
    version=3,
    group="file",
    wants=(Want("**/conda-lock.yml"), Want("**/*.conda-lock.yml")),
    parse=parse,
    about="Conda and Python packages that lock files of conda-lock declare",
    fills=frozenset({"arch", "qualifiers", "requires", "provides", "digests"}),
)
