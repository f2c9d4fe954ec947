"""R packages from the DESCRIPTION in each installed package's folder.

https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file. `Built` is what
R CMD INSTALL adds to the DESCRIPTION of the sources ("Package structure", "Writing R
Extensions"), so one without it is of sources or test data and no package here, as for R's own
installed.packages(), which leaves out the `translations` that come with R. Other packages that
come with R have its version.

`Depends` and `Imports` are required. `LinkingTo` was needed to build only.

R CMD INSTALL gives each package a folder, which is its own ("R Installation and Administration",
6.5, "Removing packages"). Builds for other machines leave a list of its files there, `MD5`, as
`tools::checkMD5sums` reads it; others have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Owned,
    Package,
    Problem,
    Want,
    error,
    warning,
)
from analyzer.packages.formats import deb822, rsums
from analyzer.packages.formats.fault import Fault, problems

_DESCRIPTION = "DESCRIPTION"
_SUMS = "MD5"
_LIBRARY = re.compile(r"(?:\A|/)(?:R/library|site-library)/[^/]+/DESCRIPTION\Z")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]*")
"""Writing R Extensions, "The mandatory fields": ASCII letters, numbers and dot."""
_BETWEEN_URLS = re.compile(r"[\s,]+")


def parse(files: Files) -> Iterator[Package | Problem]:
    """The package of each DESCRIPTION that has been installed."""
    for path in sorted(files):
        if path.rpartition("/")[2] != _DESCRIPTION:
            continue
        parts = list(deb822.parse(files[path]))
        stanza = next((part for part in parts if isinstance(part, deb822.Stanza)), None)
        fields = stanza.fields if stanza else {}
        built = bool(fields.get("built"))
        if built or _LIBRARY.search(path):
            yield from problems(path, (part for part in parts if isinstance(part, Fault)))
            if stanza is None:
                yield error(Code.PACKAGE_DATABASE_DAMAGED, path, "in a library of R, but empty")
        if built:
            yield from _package(path, fields)


def _package(path: str, fields: deb822.Fields) -> Iterator[Package | Problem]:
    name, version = _line(fields, "package"), _line(fields, "version")
    if not name:
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, "a package without a name, left out")
        return
    if not version:
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"package {name} has no Version")
    licence = _line(fields, "license")
    yield Package(
        name=name,
        version=version,
        arch="",
        type="cran",
        licenses=(licence,) if licence else (),
        supplier=_line(fields, "maintainer"),
        homepage=_BETWEEN_URLS.split(_line(fields, "url"))[0],
        locations=(Location(path),),
        requires=tuple((needed,) for needed in sorted(_needed(fields))),
        method="metadata",
    )


def _needed(fields: deb822.Fields) -> set[str]:
    """Names before the version conditions; `R` there is the program."""
    items = f"{_line(fields, 'depends')},{_line(fields, 'imports')}".split(",")
    names = (_NAME.match(item.strip()) for item in items)
    return {match[0] for match in names if match} - {"R"}


def _line(fields: deb822.Fields, name: str) -> str:
    return " ".join(fields.get(name, "").split())


def owns(files: Files) -> Iterator[Owned]:
    """The folder of each package, and what `MD5` in it says of files."""
    for package in parse(files):
        if isinstance(package, Package):
            owner = (package.name, package.version, "")
            folder = package.locations[0].path.rpartition("/")[0]
            yield Owned(owner, folder, "tree")
            for name, md5 in rsums.sums(files.get(f"{folder}/{_SUMS}", b"")):
                yield Owned(owner, f"{folder}/{name}", "file", f"md5:{md5}")


CATALOGER = Cataloger(
    name="rlang",
    version=2,
    group="dir",
    wants=(Want(f"**/{_DESCRIPTION}"), Want(f"**/{_SUMS}")),
    parse=parse,
    about="R packages: DESCRIPTION in libraries",
    fills=frozenset({"licenses", "supplier", "homepage", "requires"}),
    owns=owns,
)
