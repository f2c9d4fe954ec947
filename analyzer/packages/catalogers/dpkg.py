"""Debian packages from dpkg's status database, whole or split by package as distroless does.

Fields and states: dpkg(1) "Information about packages", deb-control(5),
https://manpages.debian.org/stable/dpkg/dpkg.1.en.html. One file per package, without a Status
field: https://github.com/GoogleContainerTools/distroless/blob/main/PACKAGE_METADATA.md

dpkg itself refuses a damaged database as a whole. Here every stanza that can be read counts,
with a problem of severity error where something could not be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    Source,
    Want,
    error,
    warning,
)
from analyzer.packages.formats import deb822
from analyzer.packages.formats.fault import Fault, problems

_STATUS = "var/lib/dpkg/status"
_STATUS_D = "var/lib/dpkg/status.d/"

WANTED = frozenset({"unknown", "install", "hold", "deinstall", "purge"})
FLAGS = frozenset({"ok", "reinstreq"})
STATES = frozenset(
    {
        "not-installed",
        "config-files",
        "half-installed",
        "unpacked",
        "half-configured",
        "triggers-awaited",
        "triggers-pending",
        "installed",
    }
)
"""The three words of Status and all that each may be: dpkg-query(1), "db:Status-Want",
"db:Status-Eflag", "db:Status-Status"."""
UNREADABLE = "unknown"
"""Our state for a Status that is none; dpkg has no such state."""

_VERSIONLESS = frozenset({"not-installed", "half-installed"})
"""States in which dpkg, too, accepts a stanza without Version."""
_SOURCE = re.compile(r"(?P<name>\S+)(?:\s+\((?P<version>[^)]*)\))?")
_ZERO_EPOCH = re.compile(r"0+:")


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every stanza of the status file and of the files beside it in `status.d`."""
    for path in sorted(files):
        # `<package>.md5sums` lies beside `<package>` and lists files.
        if not path.endswith(".md5sums"):
            parts = list(deb822.parse(files[path]))
            for part in parts:
                if isinstance(part, deb822.Stanza):
                    yield from _package(path, part)
            yield from problems(path, (part for part in parts if isinstance(part, Fault)))


def _package(path: str, stanza: deb822.Stanza) -> Iterator[Package | Problem]:
    fields = stanza.fields
    # dpkg folds the case of names on reading.
    name = _line(fields, "package").lower()
    if not name:
        detail = f"line {stanza.line}: a package without a name, left out"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
        return
    state = _state(fields, split=path.startswith(_STATUS_D))
    if state == UNREADABLE:
        detail = f"package {name}: Status is {fields['status']!r:.80}, so its state is not known"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    # An epoch of zero is the same as none (deb-version(7)), and dpkg leaves it out.
    version = _ZERO_EPOCH.sub("", _line(fields, "version"), count=1)
    if not version and state not in _VERSIONLESS:
        # dpkg would refuse the database. The files are there all the same, and a package that
        # cannot be matched is better than software that nobody hears of.
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"package {name} has no Version")
    yield Package(
        name=name,
        version=version,
        arch=_line(fields, "architecture"),
        type="deb",
        state=state,
        source=_source(fields, name, version),
        supplier=_line(fields, "maintainer"),
        homepage=_line(fields, "homepage"),
        locations=(Location(path),),
    )


def _line(fields: deb822.Fields, name: str) -> str:
    """A field of one line; where it was folded all the same, blanks for the line breaks."""
    return " ".join(fields.get(name, "").split())


def _state(fields: deb822.Fields, *, split: bool) -> str:
    """The third word of Status; without the field, what the form of the database means by that.

    In `status.d` nobody writes one and all is installed; dpkg's own file has one for every
    package, and dpkg takes a package without for not installed.
    """
    if "status" not in fields:
        return "installed" if split else "not-installed"
    match fields["status"].lower().split():
        case [want, flag, state] if want in WANTED and flag in FLAGS and state in STATES:
            return state
        case _:
            return UNREADABLE


def _source(fields: deb822.Fields, name: str, version: str) -> Source:
    """deb-src-control(5): absent where both are the binary's, as is the version in brackets."""
    match = _SOURCE.match(_line(fields, "source"))
    if match is None:
        return Source(name, version)
    return Source(match["name"], match["version"] or version)


CATALOGER = Cataloger(
    name="dpkg",
    version=1,
    group="image",
    wants=(Want(_STATUS), Want(f"{_STATUS_D}*")),
    parse=parse,
)
