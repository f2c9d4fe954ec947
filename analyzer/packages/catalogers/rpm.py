"""Packages of Red Hat, Fedora, SUSE, Amazon, Azure Linux and others, from rpm's database.

https://rpm-software-management.github.io/rpm/manual/tags.html; the three forms of the database
are told apart and read by `formats/sqlitedb.py`, `rpmndb.py` and `bdbhash.py`.

rpm reads the form that it was built for. After a system went over to another form, the file of
the old one may be left; the newest form that has packages counts then, and a note names the
others. The database that ostree systems keep of their base image (`rpm-ostree-base-db`) is read
where there is no other.

rpm leaves a package out whose header is not what its digest is of. Here it stays, with an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

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
    note,
    warning,
)
from analyzer.packages.formats import rpmdeps, rpmfiles
from analyzer.packages.formats import rpmheader as tags
from analyzer.packages.formats.damage import Damage, Unreadable, problems
from analyzer.packages.formats.rpmdatabase import (
    BASE,
    FOLDERS,
    FORMS,
    LOG,
    PUBLIC_KEY,
    SQLITE,
    headers,
    is_altered,
    signed_by,
    version_of,
    word,
)
from analyzer.packages.formats.rpmheader import Header
from analyzer.packages.formats.rpmsource import source_package
from analyzer.packages.formats.sqlitewal import read_log
from analyzer.packages.formats.text import text


@dataclass(frozen=True, slots=True)
class _Database:
    path: str
    headers: Callable[[], Iterator[Header | Damage]]
    """Raises Unreadable, and starts anew each time."""

    def has_packages(self) -> bool:
        """Whether anything can be read out of it."""
        try:
            return any(isinstance(header, Header) for header in self.headers())
        except Unreadable:
            return False


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every package of every folder's database."""
    for folder in (*FOLDERS, BASE):
        log = f"{folder}/{LOG}"
        if files.get(log) and f"{folder}/{SQLITE}" not in files:
            detail = f"a write-ahead log, but {SQLITE} is not there"
            yield error(Code.PACKAGE_DATABASE_DAMAGED, log, detail)
    for databases in _folders(files):
        chosen = _chosen(databases)
        for database in databases:
            if database is chosen:
                yield from _packages(database)
            else:
                yield from _unused(database, chosen)


def owns(files: Files) -> Iterator[Owned]:
    """Every file of every package."""
    for databases in _folders(files):
        try:
            for header in _chosen(databases).headers():
                if isinstance(header, Header) and (name := _name(header)):
                    owner = (name, version_of(header), word(header, tags.ARCH))
                    yield from rpmfiles.owned(header, owner)
        except Unreadable:
            continue


def _folders(files: Files) -> list[list[_Database]]:
    """The databases of each folder that has any; of ostree's base if no other folder has."""
    found = [list(_databases(files, folder)) for folder in FOLDERS]
    return [some for some in found if some] or [
        some for some in [list(_databases(files, BASE))] if some
    ]


def _databases(files: Files, folder: str) -> Iterator[_Database]:
    """The databases of one folder, the newest form first."""
    # Reading the log means summing up all of it, so it is done once.
    log = read_log(files.get(f"{folder}/{LOG}", b""))
    for name in FORMS:
        path = f"{folder}/{name}"
        if path in files:
            yield _Database(path, partial(headers, name, files[path], log))


def _chosen(databases: list[_Database]) -> _Database:
    """The newest that has packages.

    An rpm that was built for another form than the one that is there makes an empty database
    beside it as soon as it is called.
    """
    return next((some for some in databases if some.has_packages()), databases[0])


def _unused(database: _Database, chosen: _Database) -> Iterator[Problem]:
    """What is to be said of a database that is not read."""
    try:
        damages = [header for header in database.headers() if isinstance(header, Damage)]
    except Unreadable as why:
        damages = [Damage(str(why))]
    other = chosen.path.rpartition("/")[2]
    yield note(
        Code.PACKAGE_DATABASE_UNUSED, database.path, f"not read, since {other} stands beside it"
    )
    yield from problems(database.path, damages)


def _packages(database: _Database) -> Iterator[Package | Problem]:
    """The packages of one database, read twice.

    A package provides all of its files, which are many; kept are those that some package asks
    for, and that is known at the end only.
    """
    damages: list[Damage] = []
    found: list[tuple[Package, list[str]]] = []
    missing: list[Problem] = []
    try:
        asked = _asked(database)
        for header in database.headers():
            if isinstance(header, Damage):
                damages.append(header)
            else:
                missing += _read(database.path, header, asked, found, damages)
    except Unreadable as why:
        damages.append(Damage(str(why)))
    provided = {package.name for package, _ in found}
    provided.update(token for package, _ in found for token in package.provides)
    for package, names in found:
        needed = (rpmdeps.requirement(name, provided.__contains__) for name in names)
        tokens = dict.fromkeys(tokens for choices in needed for tokens in choices)
        yield package._replace(requires=tuple(tokens))
    yield from missing
    yield from problems(database.path, damages)


def _asked(database: _Database) -> Mapping[bytes, frozenset[bytes]]:
    """Files that requirements name: by folder, with its last slash, their names."""
    asked: dict[bytes, set[bytes]] = {}
    for header in database.headers():
        if isinstance(header, Damage):
            continue
        for raw in header.strings(tags.REQUIRENAME):
            if raw[:1] not in {b"/", b"("}:
                continue
            for name in rpmdeps.named(raw.decode("utf-8", "surrogateescape")):
                for path in rpmdeps.alternatives(name):
                    folder, slash, last = path.rpartition("/")
                    if slash:
                        asked.setdefault(_bytes(folder + slash), set()).add(_bytes(last))
    return {folder: frozenset(names) for folder, names in asked.items()}


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _read(
    path: str,
    header: Header,
    asked: Mapping[bytes, frozenset[bytes]],
    found: list[tuple[Package, list[str]]],
    damages: list[Damage],
) -> Iterator[Problem]:
    """Add one package and what it asks for to `found`, its damages to `damages`."""
    name = _name(header)
    if name == PUBLIC_KEY:
        return
    if name:
        package = _package(path, name, header, asked)
        found.append((package, list(map(text, header.strings(tags.REQUIRENAME)))))
        if not header.string(tags.VERSION):
            detail = f"package {name} has no version"
            yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    else:
        damages.append(Damage("a package without a name, left out"))
    who = f"package {name or 'without a name'}"
    if is_altered(header):
        damages.append(Damage(f"{who}: not the header that its own digest is of"))
    damages += [replace(damage, what=f"{who}: {damage.what}") for damage in header.damage]


def _package(
    path: str, name: str, header: Header, asked: Mapping[bytes, frozenset[bytes]]
) -> Package:
    source = word(header, tags.SOURCERPM)
    licence = word(header, tags.LICENSE)
    vendor, packager = word(header, tags.VENDOR), word(header, tags.PACKAGER)
    return Package(
        name=name,
        version=version_of(header),
        arch=word(header, tags.ARCH),
        type="rpm",
        source=source_package(source),
        licenses=(licence,) if licence else (),
        supplier=vendor or packager,
        originator=packager if vendor and packager != vendor else "",
        homepage=word(header, tags.URL),
        locations=(Location(path),),
        qualifiers=_qualifiers(header, source),
        provides=_provides(name, header, asked),
        signed_by=signed_by(header),
    )


def _name(header: Header) -> str:
    return text(header.string(tags.NAME))


def _qualifiers(header: Header, source: str) -> tuple[tuple[str, str], ...]:
    """The stream of a module, which versions of its packages cannot be compared across.

    The file name of a source package is written by those who make purls, unless it is one
    without its sources.
    """
    pairs = {"rpmmod": word(header, tags.MODULARITYLABEL)}
    if source.endswith(".nosrc.rpm"):
        pairs["upstream"] = source
    return tuple(sorted((key, value) for key, value in pairs.items() if value))


def _provides(
    name: str, header: Header, asked: Mapping[bytes, frozenset[bytes]]
) -> tuple[str, ...]:
    """Names that it provides, and those of its files that somebody asks for."""
    tokens = dict.fromkeys(map(text, header.strings(tags.PROVIDENAME)))
    for folder, last in rpmfiles.paths(header):
        if not folder:
            folder, slash, last = last.rpartition(b"/")  # noqa: PLW2901
            folder += slash  # noqa: PLW2901
        if last in asked.get(folder, ()):
            tokens[text(folder + last)] = None
    tokens.pop(name, None)
    return tuple(sorted(filter(None, tokens)))


CATALOGER = Cataloger(
    name="rpm",
    version=3,
    group="image",
    wants=tuple(Want(f"{folder}/{name}") for folder in (*FOLDERS, BASE) for name in (LOG, *FORMS)),
    parse=parse,
    owns=owns,
    about="rpm packages (Red Hat, Fedora, SUSE, Amazon, Azure Linux)",
    fills=frozenset(
        {
            *("arch", "source", "licenses", "supplier", "originator", "homepage", "qualifiers"),
            *("requires", "provides", "signed_by"),
        }
    ),
)
