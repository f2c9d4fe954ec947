"""Gentoo packages from portage's database of installed packages: one folder per package.

https://wiki.gentoo.org/wiki//var/db/pkg and https://projects.gentoo.org/pms/8/pms.html. Category,
name and version are those of the folders, as for portage itself. The package URL standard has no
type for Gentoo; the category is the namespace of a generic one.
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
    Want,
    error,
    warning,
)
from analyzer.packages.formats import portagedb
from analyzer.packages.formats.fault import Fault, problems
from analyzer.packages.formats.names import shown
from analyzer.packages.formats.text import text

_CONTENTS = "CONTENTS"
_MERGING = "-MERGING-"
"""Begins the name of a folder whose package portage is still putting in place."""
_FOLDER = "var/db/pkg/*/*/"
_READ = (_CONTENTS, "HOMEPAGE", "LICENSE", "PROVIDES", "RDEPEND", "REQUIRES", "SLOT", "USE")


def parse(files: Files) -> Iterator[Package | Problem]:
    """The package of one folder."""
    by_name = {path.rpartition("/")[2]: path for path in sorted(files)}
    where = by_name.get(_CONTENTS) or min(by_name.values())
    category, folder = (shown(part) for part in where.split("/")[-3:-1])
    name, version = portagedb.split_name(folder.removeprefix(_MERGING))
    if _CONTENTS not in by_name:
        detail = f"{category}/{folder} has no {_CONTENTS}, so nobody can say what its files are"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, where, detail)
    else:
        entries = portagedb.contents(files[where])
        yield from problems(where, (entry for entry in entries if isinstance(entry, Fault)))
    if not version:
        detail = f"the folder {category}/{folder} has no version in its name"
        yield warning(Code.PACKAGE_FIELD_MISSING, where, detail)
    values = {
        key: " ".join(map(text, files[path].split()))
        for key, path in by_name.items()
        if key != _CONTENTS
    }
    licence = values.get("LICENSE", "")
    yield Package(
        name=name,
        version=version,
        arch="",
        type="generic",
        namespace=category,
        state="merging" if folder.startswith(_MERGING) else "installed",
        licenses=(licence,) if licence else (),
        homepage=values.get("HOMEPAGE", "").partition(" ")[0],
        locations=(Location(where),),
        requires=_requires(values),
        provides=_provides(values, f"{category}/{name}"),
    )


def _requires(values: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """Packages, and libraries by architecture and soname."""
    flags = frozenset(values.get("USE", "").split())
    libraries = portagedb.sonames(values.get("REQUIRES", ""))
    packages = portagedb.dependencies(values.get("RDEPEND", ""), flags)
    return (*packages, *((library,) for library in libraries))


def _provides(values: Mapping[str, str], package: str) -> tuple[str, ...]:
    """Its name with the category, also with the slot; its libraries."""
    slot = values.get("SLOT", "").partition("/")[0]
    names = (package, f"{package}:{slot}") if slot else (package,)
    return (*names, *portagedb.sonames(values.get("PROVIDES", "")))


def owns(files: Files) -> Iterator[Owned]:
    """The entries of CONTENTS."""
    for path in sorted(files):
        if path.endswith(f"/{_CONTENTS}"):
            folder = shown(path.split("/")[-2]).removeprefix(_MERGING)
            name, version = portagedb.split_name(folder)
            for entry in portagedb.contents(files[path]):
                if isinstance(entry, portagedb.Entry):
                    yield Owned(
                        (name, version, ""),
                        entry.path,
                        kind=entry.kind,
                        digest=f"md5:{entry.md5}" if entry.md5 else "",
                        target=entry.target,
                    )


CATALOGER = Cataloger(
    name="portage",
    version=1,
    group="dir",
    wants=tuple(Want(f"{_FOLDER}{name}") for name in _READ),
    parse=parse,
    about="Gentoo (portage)",
    fills=frozenset({"namespace", "licenses", "homepage", "requires", "provides"}),
    owns=owns,
)
