"""R packages from the DESCRIPTION in each installed package's folder.

https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file. `Built` is what
R CMD INSTALL adds to the DESCRIPTION of the sources ("Package structure", "Writing R
Extensions"), so one without it is of sources or test data and no package here, as for R's own
installed.packages(), which leaves out the `translations` that come with R. Other packages that
come with R have its version.

`Depends` and `Imports` are required. `LinkingTo` was needed to build only.
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
    Want,
    error,
    warning,
)
from analyzer.packages.formats import deb822
from analyzer.packages.formats.fault import Fault, problems

_LIBRARY = re.compile(r"(?:\A|/)(?:R/library|site-library)/[^/]+/DESCRIPTION\Z")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]*")
"""Writing R Extensions, "The mandatory fields": ASCII letters, numbers and dot."""
_BETWEEN_URLS = re.compile(r"[\s,]+")


def parse(files: Files) -> Iterator[Package | Problem]:
    """The package of each DESCRIPTION that has been installed."""
    for path in sorted(files):
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


CATALOGER = Cataloger(
    name="rlang",
    version=1,
    group="file",
    wants=(Want("**/DESCRIPTION"),),
    parse=parse,
    about="R packages: DESCRIPTION in libraries",
    fills=frozenset({"licenses", "supplier", "homepage", "requires"}),
)
