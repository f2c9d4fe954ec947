"""Packages that ELF programs say they belong to, in the note that builders link into them.

https://uapi-group.org/specifications/specs/package_metadata_for_executable_files/ (first of
systemd, https://systemd.io/ELF_PACKAGE_METADATA/): a JSON object with `type`, `name`, `version`,
`architecture` and more. Every program of a package has the same, so the package has as many
locations. Choices of ours: the confidence is medium, since several distributions give the name of
the source package; members beyond those four are let be but for `os` and `osVersion`, which are
the distribution that the package was built for, whatever image it lies in.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    error,
    warning,
)
from analyzer.packages.formats import program
from analyzer.packages.formats.jsonfile import NotAnObject, Object, line, read_object
from analyzer.packages.formats.text import excerpt, text

_TYPES = {
    "pacman": "alpm",
    "arch": "alpm",
    "alpm": "alpm",
    "rpm": "rpm",
    "deb": "deb",
    "apk": "apk",
}
"""Types of notes as purl types; a type without one is `generic`."""


def parse(files: Files) -> Iterator[Package | Problem]:
    """The package that each program names, once for each program."""
    for path in sorted(files):
        seen = set()
        for parts in program.images(files[path]):
            if program.PACKAGE_NOTE_FAULT in parts:
                detail = text(parts[program.PACKAGE_NOTE_FAULT])
                yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
            for note in parts.get(program.PACKAGE_NOTE, b"").split(b"\0")[:-1]:
                if note not in seen:
                    seen.add(note)
                    yield from _note(path, note)


def _note(path: str, raw: bytes) -> Iterator[Package | Problem]:
    try:
        note = read_object(raw)
    except NotAnObject as fault:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, f"the package note: {fault}")
        return
    name, version = line(note, "name"), line(note, "version")
    if not name:
        detail = "the package note names no package"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
        return
    if not version:
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"package {name} has no version")
    yield Package(
        name=name,
        version=version,
        arch=line(note, "architecture"),
        type=_TYPES.get(line(note, "type").lower(), "generic"),
        qualifiers=_distro(note),
        evidence=excerpt(raw),
        method="note",
        confidence="medium",
        locations=(Location(path),),
    )


def _distro(note: Object) -> tuple[tuple[str, str], ...]:
    """The purl's `distro`; what the image itself is fills in for a note that leaves it open."""
    ident, release = line(note, "os").lower(), line(note, "osVersion")
    return (("distro", f"{ident}-{release}"),) if ident and release else ()


CATALOGER = Cataloger(
    name="elfnote",
    version=2,
    group="file",
    wants=(program.PROGRAMS,),
    parse=parse,
    about="programs with a package note (systemd)",
    fills=frozenset({"arch", "qualifiers", "evidence", "confidence"}),
)
