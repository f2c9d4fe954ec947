"""Alpine packages, and those of Wolfi, Chainguard and others, from apk's installed database.

https://wiki.alpinelinux.org/wiki/Apk_spec. apk addresses `lib/apk/db`; where `/lib` leads to
`/usr/lib` the file is in the latter. Both are wanted, because a layer may list either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
from analyzer.packages.formats import apkdb
from analyzer.packages.formats.fault import Fault, problems


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every record of the database; apk keeps none of packages that are not installed."""
    for path in sorted(files):
        parts = list(apkdb.parse(files[path]))
        for part in parts:
            if isinstance(part, apkdb.Record):
                yield from _package(path, part.line, part.values)
        yield from problems(path, (part for part in parts if isinstance(part, Fault)))


def _package(path: str, line: int, values: Mapping[str, str]) -> Iterator[Package | Problem]:
    # Names such as `.build-deps` are virtual packages (apk-add(8), --virtual). They have no
    # files and a version made of their date, and apk lists them as installed: so do we.
    name = values.get("P", "")
    if not name:
        detail = f"line {line}: a package without a name, left out"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
        return
    version = values.get("V", "")
    if not version:
        # The files are there; better a package that cannot be matched than none.
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"package {name} has no version (V)")
    origin = values.get("o", "")
    licence = values.get("L", "")
    yield Package(
        name=name,
        version=version,
        arch=values.get("A", ""),
        type="apk",
        # An origin is built as a whole: its packages share its version.
        source=Source(origin, version) if origin else None,
        licenses=(licence,) if licence else (),
        supplier=values.get("m", ""),
        homepage=values.get("U", ""),
        locations=(Location(path),),
    )


CATALOGER = Cataloger(
    name="apk",
    version=1,
    group="file",
    wants=(Want("lib/apk/db/installed"), Want("usr/lib/apk/db/installed")),
    parse=parse,
)
