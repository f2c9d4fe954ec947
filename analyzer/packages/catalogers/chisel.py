"""Slices of Ubuntu's packages, from the manifest that chisel leaves where dpkg has no database.

https://documentation.ubuntu.com/chisel/en/latest/reference/manifest. A package is there in part:
the slices that were cut from it. Which those are is not told apart here; all of a package's paths
are its own. A path that several packages' slices share, as most directories are, has each of them
for an owner.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Owned,
    Owner,
    Package,
    Problem,
    Want,
    error,
    unpack,
    warning,
)
from analyzer.packages.formats import dep5, jsonwall
from analyzer.packages.formats.fault import Fault, problems
from analyzer.packages.formats.jsonfile import line

_MANIFEST = "var/lib/chisel/manifest.wall"
_DIGITS = frozenset("0123456789abcdef")
_SHA256 = 64


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every package of the manifest, with the digest of the archive that it was cut from."""
    if _MANIFEST not in files:
        return
    faults = []
    for row in jsonwall.rows(unpack(files[_MANIFEST])):
        if isinstance(row, Fault):
            faults.append(row)
        elif row.get("kind") == "package":
            yield from _package(files, row)
    yield from problems(_MANIFEST, faults)


def _package(files: Files, row: jsonwall.Row) -> Iterator[Package | Problem]:
    name, version = line(row, "name"), line(row, "version")
    if not name:
        detail = "a package without a name, left out"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, _MANIFEST, detail)
        return
    if not version:
        yield warning(Code.PACKAGE_FIELD_MISSING, _MANIFEST, f"package {name} has no version")
    copyright_file = files.get(f"usr/share/doc/{name}/copyright")
    digest = _digest(row, "sha256")
    yield Package(
        name=name,
        version=version,
        arch=line(row, "arch"),
        type="deb",
        licenses=dep5.licences(unpack(copyright_file)) if copyright_file else (),
        locations=(Location(_MANIFEST),),
        digests=(digest,) if digest else (),
    )


def _digest(row: jsonwall.Row, name: str) -> str:
    digits = line(row, name).lower()
    return f"sha256:{digits}" if len(digits) == _SHA256 and _DIGITS.issuperset(digits) else ""


def owns(files: Files) -> Iterator[Owned]:
    """Every path of the manifest; the digest is that which a file had in the end."""
    rows = [
        row
        for row in jsonwall.rows(unpack(files.get(_MANIFEST, b"")))
        if not isinstance(row, Fault)
    ]
    owners = {
        line(row, "name"): (line(row, "name"), line(row, "version"), line(row, "arch"))
        for row in rows
        if row.get("kind") == "package"
    }
    for row in rows:
        slices = row.get("slices")
        if row.get("kind") == "path" and jsonwall.path_of(row) and isinstance(slices, list):
            # `<package>_<slice>`; an underscore is in no name of a package (Debian Policy 5.6.7).
            names = {one.partition("_")[0] for one in slices if isinstance(one, str)}
            for name in sorted(names & owners.keys()):
                yield _owned(owners[name], row)


def _owned(owner: Owner, row: jsonwall.Row) -> Owned:
    digest = _digest(row, "final_sha256") or _digest(row, "sha256")
    target = row.get("link")
    link = target if isinstance(target, str) else ""
    return Owned(
        owner,
        jsonwall.path_of(row),
        kind="dir" if str(row["path"]).endswith("/") else "link" if link else "file",
        digest=digest,
        size=jsonwall.size_of(row) if digest else None,
        mode=jsonwall.mode_of(row),
        target=link,
    )


CATALOGER = Cataloger(
    name="chisel",
    version=1,
    group="image",
    wants=(
        Want(_MANIFEST, reducer=jsonwall.REDUCER),
        Want("usr/share/doc/*/copyright", reducer=dep5.REDUCER),
    ),
    parse=parse,
    owns=owns,
    about="images of Ubuntu that chisel cut",
    fills=frozenset({"arch", "licenses", "digests"}),
)
