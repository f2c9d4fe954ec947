"""Alpine packages, and those of Wolfi, Chainguard and others, from apk's installed database.

https://wiki.alpinelinux.org/wiki/Apk_spec. apk addresses `lib/apk/db`; where `/lib` leads to
`/usr/lib` the file is in the latter. Both are wanted, because a layer may list either.

Key `C` is the digest of the package's control part, by which apk knows it; it is neither that of
the archive nor of any file, so nothing here reports it. `i` (install_if) names what makes apk
choose a package, not what that needs.
"""

from __future__ import annotations

import re
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
from analyzer.packages.formats import apkdb
from analyzer.packages.formats.fault import Fault, problems

_SCRIPTS = "etc/init.d/"
_DEPENDENCY = re.compile(r"([^<=>~]+)(?:[<=>~]+.*)?")
"""apk-package(5): a name, and what its version has to be; apk-tools `apk_dep_parse`."""


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
        requires=tuple((token,) for token in _tokens(values.get("D", ""))),
        provides=_tokens(values.get("p", "")),
    )


def _tokens(line: str) -> tuple[str, ...]:
    """The names in a list of dependencies (`so:`, `cmd:` and `pc:` belong to them), each once.

    `!name` is a conflict: it must not be there.
    """
    words = (word for word in line.split() if not word.startswith("!"))
    matches = (_DEPENDENCY.fullmatch(word) for word in words)
    return tuple(dict.fromkeys(match[1] for match in matches if match))


def owns(files: Files) -> Iterator[Owned]:
    """Folders and files of every record.

    The database does not tell links from files. The digest of a link is that of its target's
    text. What apk protects unless told otherwise is configuration (`apk_db_open` in its
    src/database.c: `+etc`, `@etc/init.d`); lists in `protected_paths.d` are not read.
    """
    for path in sorted(files):
        for record in apkdb.parse(files[path]):
            if isinstance(record, apkdb.Record) and record.values.get("P"):
                values = record.values
                owner = values["P"], values.get("V", ""), values.get("A", "")
                for entry in record.entries:
                    yield Owned(
                        owner,
                        entry.path,
                        kind="dir" if entry.folder else "",
                        digest=entry.digest,
                        mode=entry.mode,
                        user=entry.user,
                        group=entry.group,
                        flags=("config",) if not entry.folder and _is_protected(entry.path) else (),
                    )


def _is_protected(path: str) -> bool:
    return path.startswith("etc/") and not path.startswith(_SCRIPTS)


CATALOGER = Cataloger(
    name="apk",
    version=5,
    group="file",
    wants=(Want("lib/apk/db/installed"), Want("usr/lib/apk/db/installed")),
    parse=parse,
    about="Alpine, Wolfi, Chainguard (apk)",
    fills=frozenset({"arch", "source", "licenses", "supplier", "homepage", "requires", "provides"}),
    owns=owns,
)
