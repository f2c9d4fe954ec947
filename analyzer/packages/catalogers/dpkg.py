"""Debian packages from dpkg's status database, whole or split by package as distroless does.

Fields and states: dpkg(1) "Information about packages", deb-control(5),
https://manpages.debian.org/stable/dpkg/dpkg.1.en.html. One file per package, without a Status
field: https://github.com/GoogleContainerTools/distroless/blob/main/PACKAGE_METADATA.md

dpkg itself refuses a damaged database as a whole. Here every stanza that can be read counts,
with a problem of severity error where something could not be. A package on hold is installed:
that word says what is wanted, not what is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain

from analyzer.packages.contract import (
    Cataloger,
    Code,
    Files,
    Location,
    Owned,
    Owner,
    Package,
    Problem,
    Source,
    Want,
    error,
    unpack,
    warning,
)
from analyzer.packages.formats import deb822, dep5, dpkgdatabase, dpkginfo
from analyzer.packages.formats.deb822 import one_line
from analyzer.packages.formats.deb822 import version as version_of
from analyzer.packages.formats.debrelation import needed, provided
from analyzer.packages.formats.dpkgdatabase import (
    JOURNAL,
    NOT_INSTALLED,
    STATUS,
    STATUS_D,
    SUMS,
    Entry,
)
from analyzer.packages.formats.fault import problems

_INFO = "var/lib/dpkg/info/"
_DIVERSIONS = "var/lib/dpkg/diversions"

WANTED = frozenset({"unknown", "install", "hold", "deinstall", "purge"})
FLAGS = frozenset({"ok", "reinstreq"})
STATES = frozenset(
    {
        NOT_INSTALLED,
        "config-files",
        "half-installed",
        "unpacked",
        "half-configured",
        "triggers-awaited",
        "triggers-pending",
        "installed",
    }
)
"""The three words of Status and all that each may be: dpkg-query(1), "db:Status-Want",
"db:Status-Eflag", "db:Status-Status"."""
UNREADABLE = "unknown"
"""Our state for a Status that is none; dpkg has no such state."""

_VERSIONLESS = frozenset({NOT_INSTALLED, "half-installed"})
"""States in which dpkg, too, accepts a stanza without Version."""
_SOURCE = re.compile(r"(?P<name>\S+)(?:\s+\((?P<version>[^)]*)\))?")
_LINKS_TO_LINKS = 3
"""How often the folder of one package's documentation leads to a folder that is a link again."""
_REMEMBERED = 4096


def parse(files: Files) -> Iterator[Package | Problem]:
    """Every stanza of the status file, of what was written since, and of the files in `status.d`.

    Of the other files, those that `owns` reads are checked, since it cannot complain.
    """
    databases = dpkgdatabase.databases(files)
    licences = _licences(files, (entry for entries, _ in databases.values() for entry in entries))
    for path in sorted(files):
        if path in databases:
            entries, faults = databases[path]
            for entry in entries:
                yield from _package(path, entry, licences.get(entry.name, ()))
            yield from problems(path, faults)
        elif path.endswith(SUMS):
            yield from problems(path, dpkginfo.sum_faults(files[path]))
        elif path.endswith(".list"):
            yield from problems(path, dpkginfo.list_faults(files[path]))
        elif path == _DIVERSIONS:
            yield from problems(path, dpkginfo.diversion_faults(files[path]))


def owns(files: Files) -> Iterator[Owned]:
    """The files of every package: those of its `.list`, or of its checksums where it has none.

    A list does not say what a directory is. Conffiles are not among the checksums; their digest
    is that of Conffiles in the database. A diverted path is that to which it was diverted.
    """
    moved = dpkginfo.diversions(files.get(_DIVERSIONS, b""))
    for database, entry, listing in _listings(files):
        digests, config = _stated(files, database, entry)
        paths = dpkginfo.listed(listing) if listing is not None else [*digests, *config]
        yield from _owned(_owner(entry), dict.fromkeys(paths), digests, config, moved)


def finds(files: Files, names: frozenset[str]) -> Iterator[Owned]:
    """The files with one of these last names; checksums are read of packages that have some."""
    moved = dpkginfo.diversions(files.get(_DIVERSIONS, b""))
    # A diverted file has another name than it is listed by; a path that is written oddly may end
    # in anything short. What is taken too much here is dropped below.
    read = {name.encode("utf-8", "surrogateescape") for name in names}
    read |= {path.rpartition("/")[2].encode("utf-8", "surrogateescape") for path in moved}
    read |= {b"", b".", b".."}
    for database, entry, listing in _listings(files):
        lines = None
        if listing is not None:
            lines = [line for line in listing.split(b"\n") if line.rpartition(b"/")[2] in read]
            if not lines:
                continue
        digests, config = _stated(files, database, entry)
        paths = dpkginfo.listed(b"\n".join(lines)) if lines else [*digests, *config]
        for owned in _owned(_owner(entry), dict.fromkeys(paths), digests, config, moved):
            if owned.path.rpartition("/")[2] in names:
                yield owned


def _listings(files: Files) -> Iterator[tuple[str, Entry, bytes | None]]:
    """Every package that has a name, the database that it is in, and its `.list`; None for none.

    A list that two packages could mean is the first one's.
    """
    told: set[str] = set()
    for database, (entries, _) in sorted(dpkgdatabase.databases(files).items()):
        for entry in entries:
            place, listing = _info(files, entry, ".list")
            if place in told or not entry.name:
                continue
            told |= {place} - {""}
            yield database, entry, listing if place else None


def _stated(files: Files, database: str, entry: Entry) -> tuple[dict[str, str], dict[str, str]]:
    """The digests of a package's files, and those of its conffiles, by path."""
    beside = files.get(database + SUMS, b"") if database != STATUS else b""
    digests = dpkginfo.sums(beside or _info(files, entry, SUMS)[1])
    config = dpkginfo.conffiles(entry.fields.get("conffiles", ""))
    for name in dpkginfo.conffile_list(_info(files, entry, ".conffiles")[1]):
        config.setdefault(name, "")
    return digests, config


def _owner(entry: Entry) -> Owner:
    return entry.name, version_of(entry.fields), one_line(entry.fields, "architecture")


def _owned(
    owner: Owner,
    paths: Iterable[str],
    digests: Mapping[str, str],
    config: Mapping[str, str],
    moved: Mapping[str, dpkginfo.Diversion],
) -> Iterator[Owned]:
    for path in paths:
        place = moved[path].to if path in moved and moved[path].by != owner[0] else path
        if path in config:
            digest = digests.get(path) or config[path]
            yield Owned(owner, place, "file", digest, flags=("config",))
        elif path in digests:
            yield Owned(owner, place, "file", digests[path])
        else:
            yield Owned(owner, place)


def _info(files: Files, entry: Entry, suffix: str) -> tuple[str, bytes]:
    """A file about a package and its path, both empty where there is none.

    Its name has the architecture where several may be installed beside each other.
    """
    several = f"{entry.name}:{one_line(entry.fields, 'architecture')}"
    same = one_line(entry.fields, "multi-arch").lower() == "same"
    for name in (several, entry.name) if same else (entry.name, several):
        place = f"{_INFO}{name}{suffix}"
        if place in files:
            return place, files[place]
    return "", b""


def _licences(files: Files, entries: Iterable[Entry]) -> dict[str, tuple[str, ...]]:
    """The short names of licences by package, as far as copyright files say them.

    Debian Policy 12.5: the folder of a package's documentation may be a link to that of another
    package, if both come from one source and the former depends on the latter. What a link is
    cannot be seen here; a listed folder with nothing in it is taken for one.
    """
    named = {entry.name: entry for entry in entries}
    found = {name: own for name in named if (own := _short_names(files, name))}
    linked = [entry for name, entry in named.items() if name not in found]
    linked = [entry for entry in linked if _is_linked(files, entry)]
    for _ in range(_LINKS_TO_LINKS):
        nearer = {}
        for entry in linked:
            if (licence := _of_same_source(entry, named, found)) and entry.name not in found:
                nearer[entry.name] = licence
        found |= nearer
    return found


def _of_same_source(
    entry: Entry, named: Mapping[str, Entry], found: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """What is found for the first package of its source that one depends on."""
    source = _source(entry.fields, entry.name, "").name
    for name in chain.from_iterable(_requires(entry.fields)):
        if name in found and _source(named[name].fields, name, "").name == source:
            return found[name]
    return ()


def _short_names(files: Files, name: str) -> tuple[str, ...]:
    packed = files.get(f"usr/share/doc/{name}/copyright")
    return dep5.licences(unpack(packed)) if packed else ()


def _is_linked(files: Files, entry: Entry) -> bool:
    _, listing = _info(files, entry, ".list")
    folder = f"\n/usr/share/doc/{entry.name}".encode("utf-8", "replace")
    return folder + b"\n" in listing and folder + b"/" not in listing


def _package(path: str, entry: Entry, licences: tuple[str, ...]) -> Iterable[Package | Problem]:
    if not entry.name:
        detail = f"line {entry.line}: a package without a name, left out"
        return [error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)]
    if len(entry.piece) > dpkgdatabase.REMEMBERED_BYTES:
        return _made(path, entry.fields, licences)
    return _remembered(path, entry.piece, licences)


@lru_cache(_REMEMBERED)
def _remembered(
    path: str, piece: bytes, licences: tuple[str, ...]
) -> tuple[Package | Problem, ...]:
    """What a named stanza says; equal pieces say the same wherever they stand."""
    stanzas = (part for part in dpkgdatabase.stanzas(piece) if isinstance(part, deb822.Stanza))
    return tuple(found for stanza in stanzas for found in _made(path, stanza.fields, licences))


def _made(
    path: str, fields: deb822.Fields, licences: tuple[str, ...]
) -> Iterator[Package | Problem]:
    name = one_line(fields, "package").lower()
    state = _state(fields, split=path.startswith(STATUS_D))
    if state == UNREADABLE:
        detail = f"package {name}: Status is {fields['status']!r:.80}, so its state is not known"
        yield error(Code.PACKAGE_DATABASE_DAMAGED, path, detail)
    if "status" not in fields and not path.startswith(STATUS_D):
        detail = f"package {name} has no Status, which dpkg takes for not installed"
        yield warning(Code.PACKAGE_FIELD_MISSING, path, detail)
    version = version_of(fields)
    if not version and state not in _VERSIONLESS:
        # dpkg would refuse the database. The files are there all the same, and a package that
        # cannot be matched is better than software that nobody hears of.
        yield warning(Code.PACKAGE_FIELD_MISSING, path, f"package {name} has no Version")
    yield Package(
        name=name,
        version=version,
        arch=one_line(fields, "architecture"),
        type="deb",
        state=state,
        source=_source(fields, name, version),
        licenses=licences,
        supplier=one_line(fields, "maintainer"),
        originator=_originator(fields),
        homepage=one_line(fields, "homepage"),
        locations=(Location(path),),
        requires=_requires(fields),
        provides=provided(fields.get("provides", "")),
        hold=fields.get("status", "").lower().split()[:1] == ["hold"] and state != UNREADABLE,
    )


def _originator(fields: deb822.Fields) -> str:
    """Who maintains it in the distribution that this one took it from.

    https://wiki.ubuntu.com/DebianMaintainerField: of a package that it changes, a derivative
    states itself as Maintainer and keeps Debian's as Original-Maintainer.
    """
    before = one_line(fields, "original-maintainer")
    return before if before != one_line(fields, "maintainer") else ""


def _requires(fields: deb822.Fields) -> tuple[tuple[str, ...], ...]:
    return needed(fields.get("pre-depends", ""), fields.get("depends", ""))


def _state(fields: deb822.Fields, *, split: bool) -> str:
    """The third word of Status; without the field, what the form of the database means by that.

    In `status.d` nobody writes one and all is installed; dpkg's own file has one for every
    package, and dpkg takes a package without for not installed.
    """
    if "status" not in fields:
        return "installed" if split else NOT_INSTALLED
    match fields["status"].lower().split():
        case [want, flag, state] if want in WANTED and flag in FLAGS and state in STATES:
            return state
        case _:
            return UNREADABLE


def _source(fields: deb822.Fields, name: str, version: str) -> Source:
    """deb-src-control(5): absent where both are the binary's, as is the version in brackets."""
    match = _SOURCE.match(one_line(fields, "source"))
    if match is None:
        return Source(name, version)
    return Source(match["name"], match["version"] or version)


CATALOGER = Cataloger(
    name="dpkg",
    version=5,
    group="image",
    wants=(
        Want(STATUS),
        Want(f"{STATUS_D}*"),
        Want(f"{JOURNAL}*"),
        Want(f"{_INFO}*.list"),
        Want(f"{_INFO}*{SUMS}"),
        Want(f"{_INFO}*.conffiles"),
        Want(_DIVERSIONS),
        Want("usr/share/doc/*/copyright", reducer=dep5.REDUCER),
    ),
    parse=parse,
    owns=owns,
    finds=finds,
    about="Debian, Ubuntu and other systems with dpkg; distroless images",
    fills=frozenset(
        {
            "arch",
            "source",
            "licenses",
            "supplier",
            "originator",
            "homepage",
            "requires",
            "provides",
            "hold",
        }
    ),
)
