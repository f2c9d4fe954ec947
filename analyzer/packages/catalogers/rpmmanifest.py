"""Packages of Azure Linux images without rpm, from the lists left in place of its database.

https://github.com/microsoft/azurelinux, `toolkit/tools/imagegen/installutils/installutils.go`
(`generateContainerManifests`): `container-manifest-2` has what `rpm -qa` said in ten columns,
`container-manifest-1` only `name-version-release.arch` of the same packages, or, by the script of
its `distroless` images, `name.version-release.arch`. The first is read where both are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Package,
    Problem,
    Want,
    warning,
)
from analyzer.packages.formats.fault import Fault, problems, zeros
from analyzer.packages.formats.rpmsource import source_package
from analyzer.packages.formats.text import text

_FOLDER = "var/lib/rpmmanifest"
_LONG, _SHORT = f"{_FOLDER}/container-manifest-2", f"{_FOLDER}/container-manifest-1"
_COLUMNS = 10
_NONE = "(none)"
_PUBLIC_KEY = re.compile(r"gpg-pubkey(\t|[-.][0-9a-f]{8}-)")
"""rpm keeps the keys that it trusts as packages of this name."""
_VERSION_AFTER_DOT = re.compile(r"\.(?=[0-9])")
_EPOCH = re.compile(r"[0-9]+")


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every line of the list with columns, or else of the one without."""
    path, read = (_LONG, _columns) if _LONG in files else (_SHORT, _name)
    if path in files:
        yield from _lines(path, files[path], read)


def _lines(
    path: str, data: bytes, read: Callable[[str, str], Package | None]
) -> Iterator[Package | Problem]:
    lines = data.split(b"\n")
    unfinished = lines.pop()
    faults = list(zeros(data))
    for number, line in enumerate([*lines, unfinished] if unfinished else lines, 1):
        words = "\t".join(map(text, line.split(b"\t")))
        if not words or _PUBLIC_KEY.match(words):
            continue
        package = read(path, words)
        if package is None:
            faults.append(Fault(number, f"not a package: {text(line[:40])}", lost=True))
            continue
        yield package
        if not package.version:
            detail = f"package {package.name} has no version"
            yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    if unfinished:
        faults.append(Fault(len(lines) + 1, "the file ends in the middle of this line", lost=True))
    yield from problems(path, faults)


def _columns(path: str, line: str) -> Package | None:
    """A line of `container-manifest-2`.

    Name, version-release, time of installation and of build, vendor, epoch or `(none)`, size,
    architecture, epoch or 0, source package.
    """
    columns = ["" if column == _NONE else column for column in line.split("\t")]
    if len(columns) != _COLUMNS or not columns[0]:
        return None
    name, version, _, _, vendor, epoch, _, arch, number, source = columns
    # rpm has 0 in the column of numbers for packages without an epoch.
    epoch = epoch or ("" if number == "0" else number)
    if epoch and not _EPOCH.fullmatch(epoch):
        return None
    return Package(
        name=name,
        version=f"{epoch}:{version}" if epoch and version else version,
        arch=arch,
        type="rpm",
        source=source_package(source),
        supplier=vendor,
        locations=(Location(path),),
    )


def _name(path: str, line: str) -> Package | None:
    """A whole name taken apart; versions have no dash, and are taken to begin with a digit."""
    if "\t" in line:
        return None
    whole, _, arch = line.rpartition(".")
    before, _, release = whole.rpartition("-")
    name, _, version = before.rpartition("-")
    if not version[:1].isdecimal():
        first = _VERSION_AFTER_DOT.search(before)
        if first is None:
            return None
        name, version = before[: first.start()], before[first.end() :]
    if not all((name, version, release, arch)):
        return None
    return Package(
        name=name,
        version=f"{version}-{release}",
        arch="" if arch == _NONE else arch,
        type="rpm",
        locations=(Location(path),),
        confidence="medium",
    )


CATALOGER = Cataloger(
    name="rpmmanifest",
    version=2,
    group="image",
    wants=(Want(_LONG), Want(_SHORT)),
    parse=parse,
    about="rpm packages listed in Azure Linux images without rpm",
    fills=frozenset({"arch", "source", "supplier"}),
)
