"""Packages of OpenWrt, Yocto and other small systems, from opkg's status and control files.

Fields and states: https://git.yoctoproject.org/opkg/tree/libopkg (`pkg_parse.c`, `pkg.c`). OpenWrt
keeps the database in `usr/lib/opkg`, Yocto in `var/lib/opkg`. The status holds few fields; the
package's own control file beside it has the rest, with a Status that means nothing there.

`SourceName` is OpenWrt's name for the source package, `OE` that of OpenEmbedded for the recipe;
`Source` is a folder or a file of the build system.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Owned,
    Package,
    Problem,
    Source,
    Want,
    error,
    warning,
)
from analyzer.packages.formats import deb822, opkginfo
from analyzer.packages.formats.deb822 import Fields, one_line, version
from analyzer.packages.formats.debrelation import needed, provided
from analyzer.packages.formats.fault import Fault, problems

_HOMES = ("usr/lib/opkg/", "var/lib/opkg/")
_CONTROL = ".control"
_SUMS = ".files-sha256sum"

WANTED = frozenset({"unknown", "install", "deinstall", "purge"})
FLAGS = frozenset({"ok", "reinstreq", "hold", "replace", "noprune", "prefer", "obsolete", "user"})
STATES = frozenset(
    {
        "not-installed",
        "unpacked",
        "half-configured",
        "installed",
        "half-installed",
        "config-files",
        "post-inst-failed",
        "removal-failed",
    }
)
"""The words of Status: `pkg_state_want_map` and the two after it; several flags with commas.

No version of opkg writes the last two states, and `opkg list-installed` leaves them out.
"""
UNREADABLE = "unknown"
_VERSIONLESS = frozenset({"not-installed", "half-installed"})


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every stanza of the status, completed by its control file.

    Where the status is gone, a control file is all that speaks of a package.
    """
    for home in _HOMES:
        controls = _controls(files, home)
        status = home + "status"
        if status in files:
            yield from _statused(status, files[status], controls)
        else:
            for path, fields in controls.values():
                detail = "no status file says whether this package is installed"
                yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
                yield from _package(path, fields, UNREADABLE)
    for path in sorted(files):
        if path.endswith(_CONTROL):
            parts = deb822.parse(files[path])
            yield from problems(path, (part for part in parts if isinstance(part, Fault)))
        elif path.endswith(_SUMS):
            yield from problems(path, opkginfo.sum_faults(files[path]))
        elif path.endswith((".list", ".conffiles")):
            yield from problems(path, opkginfo.line_faults(files[path]))


def _statused(
    path: str, data: bytes, controls: Mapping[str, tuple[str, Fields]]
) -> Iterator[Package | Problem]:
    faults = []
    for part in deb822.parse(data):
        if isinstance(part, Fault):
            faults.append(part)
            continue
        name = one_line(part.fields, "package")
        if not name:
            detail = f"line {part.line}: a package without a name, left out"
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
            continue
        state = _state(part.fields)
        if state == UNREADABLE:
            said = part.fields["status"]
            detail = f"package {name}: Status is {said!r:.80}, so its state is not known"
            yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
        if "status" not in part.fields:
            detail = f"package {name} has no Status, which opkg takes for not installed"
            yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
        _, control = controls.get(name, ("", {}))
        yield from _package(path, {**control, **part.fields}, state)
    yield from problems(path, faults)


def _controls(files: Files, home: str) -> dict[str, tuple[str, Fields]]:
    """Path and fields of the control files by package, in the order of paths."""
    found: dict[str, tuple[str, Fields]] = {}
    for path in sorted(files):
        if path.startswith(home) and path.endswith(_CONTROL):
            for part in deb822.parse(files[path]):
                if isinstance(part, deb822.Stanza) and (name := one_line(part.fields, "package")):
                    found.setdefault(name, (path, part.fields))
    return found


def _package(path: str, fields: Fields, state: str) -> Iterator[Package | Problem]:
    name, release = one_line(fields, "package"), version(fields)
    if not release and state not in _VERSIONLESS:
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"package {name} has no Version")
    source = one_line(fields, "sourcename") or one_line(fields, "oe")
    licence = one_line(fields, "license")
    yield Package(
        name=name,
        version=release,
        arch=one_line(fields, "architecture"),
        # The standard's list of types has none for opkg.
        type="generic",
        state=state,
        # Both build systems give all packages of a source its version.
        source=Source(source, release) if source else None,
        licenses=(licence,) if licence else (),
        supplier=one_line(fields, "maintainer"),
        homepage=one_line(fields, "homepage") or one_line(fields, "url"),
        locations=(Location(path),),
        requires=needed(fields.get("pre-depends", ""), fields.get("depends", "")),
        provides=provided(fields.get("provides", "")),
        hold=_held(fields) and state != UNREADABLE,
    )


def _state(fields: Fields) -> str:
    """The third word of Status; a package without one is not installed (`pkg_init`)."""
    if "status" not in fields:
        return "not-installed"
    match fields["status"].split():
        case [want, flags, state] if want in WANTED and FLAGS.issuperset(flags.split(",")):
            return state if state in STATES else UNREADABLE
        case _:
            return UNREADABLE


def _held(fields: Fields) -> bool:
    """Whether one of the flags says so; unlike dpkg's, the first word never does."""
    words = fields.get("status", "").split()
    return "hold" in ",".join(words[1:2]).split(",")


def owns(files: Files) -> Iterator[Owned]:
    """The files of every package of the status, by its list."""
    for home in _HOMES:
        told: set[str] = set()
        for part in deb822.parse(files.get(home + "status", b"")):
            if isinstance(part, deb822.Stanza):
                name = one_line(part.fields, "package")
                if name and name not in told:
                    told.add(name)
                    yield from _owned(files, f"{home}info/{name}", part.fields)


def _owned(files: Files, info: str, fields: Fields) -> Iterator[Owned]:
    owner = one_line(fields, "package"), version(fields), one_line(fields, "architecture")
    digests = opkginfo.sums(files.get(info + _SUMS, b""))
    config = opkginfo.conffiles(fields.get("conffiles", ""))
    for line in opkginfo.listed(files.get(info + ".conffiles", b"")):
        config.setdefault(line.path, "")
    for line in opkginfo.listed(files.get(info + ".list", b"")):
        digest = digests.get(line.path) or config.get(line.path, "")
        yield Owned(
            owner,
            line.path,
            kind=line.kind or ("file" if digest else ""),
            digest=digest,
            mode=line.mode,
            target=line.target,
            flags=("config",) if line.path in config else (),
        )


CATALOGER = Cataloger(
    name="opkg",
    version=3,
    group="image",
    wants=tuple(
        Want(home + path)
        for home in _HOMES
        for path in (
            *("status", f"info/*{_CONTROL}", "info/*.list", "info/*.conffiles"),
            f"info/*{_SUMS}",
        )
    ),
    parse=parse,
    owns=owns,
    about="OpenWrt, Yocto and other systems with opkg",
    fills=frozenset(
        {"arch", "source", "licenses", "supplier", "homepage", "requires", "provides", "hold"}
    ),
)
