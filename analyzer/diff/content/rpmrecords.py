"""Two databases of rpm, in whichever forms, package by package.

Where each form lies and who reads it says `packages/formats/rpmdatabase.py`. Headers are read
twice: once for what they are about and a digest of each, then those that are not on both sides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from analyzer.diff.content.room import Found, Room, between
from analyzer.diff.content.room import Unreadable as NotReadable
from analyzer.diff.content.rpmfields import FIRST, fields_of, files_of, short_fields
from analyzer.diff.content.shown import shown_line
from analyzer.diff.content.text import first_difference
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container, leaf
from analyzer.digest import Digest, digest_bytes
from analyzer.layers.wants import Content
from analyzer.packages.formats import rpmheader as tags
from analyzer.packages.formats import sqlitedb
from analyzer.packages.formats.bdbhash import is_hash
from analyzer.packages.formats.damage import Damage, Unreadable
from analyzer.packages.formats.rpmdatabase import (
    BASE,
    BERKELEY,
    FOLDERS,
    FORMS,
    LOG,
    NDB,
    PUBLIC_KEY,
    SQLITE,
    blobs,
    version_of,
    word,
)
from analyzer.packages.formats.rpmheader import Header
from analyzer.packages.formats.sqlitewal import Log, read_log

KINDS: Final[Mapping[str, str]] = {
    SQLITE: "rpm database (SQLite)",
    NDB: "rpm database (NDB)",
    BERKELEY: "rpm database (Berkeley DB)",
}
LOG_KIND: Final = "write-ahead log of an rpm database"
LOG_NOT_READ: Final = f"{LOG} beside it was not read"
SAME_HEADERS: Final = (
    "the same {}, header for header; only how the file keeps them differs: its pages, indexes"
    " or free space"
)
_MOST_NAMED: Final = 20


Beside = tuple[Mapping[str, Content | None], Mapping[str, Content | None]]
"""Per side the files that another is read with, by path; None for one that was not read."""


class Rpm(NamedTuple):
    """One database: the name of its file, which tells its form, its content, and its log.

    `log` is None where there is one that was not read, and empty where there is none.
    """

    name: str
    data: Content
    log: Content | None = b""


def is_database(path: str) -> bool:
    """Whether rpm has a database at a path."""
    folder, _, name = path.rpartition("/")
    return folder in {*FOLDERS, BASE} and name in FORMS


def is_log(path: str) -> bool:
    """Whether rpm has the write-ahead log of a database at a path."""
    folder, _, name = path.rpartition("/")
    return folder in {*FOLDERS, BASE} and name == LOG


def beside_of(path: str) -> str:
    """The other file that a database or a log is read with; empty where there is none."""
    folder, _, name = path.rpartition("/")
    if is_log(path):
        return f"{folder}/{SQLITE}"
    return f"{folder}/{LOG}" if is_database(path) and name == SQLITE else ""


def rpm_kind(path: str, content: Content) -> str:
    """What a content at a path of rpm's is; empty where it is nothing of rpm's."""
    name = path.rpartition("/")[2]
    if is_log(path):
        return LOG_KIND
    if not is_database(path):
        return ""
    begins = {
        SQLITE: content[: len(sqlitedb.MAGIC)] == sqlitedb.MAGIC,
        NDB: content[:4] == b"RpmP",
        BERKELEY: is_hash(bytes(content[:16])),
    }
    return KINDS[name] if begins[name] else ""


class _Key(NamedTuple):
    """What a header is about."""

    name: str
    arch: str
    version: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class _Side:
    """What was read of one database: a key for each header, in its order."""

    rpm: Rpm
    log: Log
    keys: tuple[_Key, ...] = ()
    damage: tuple[Damage, ...] = ()

    @property
    def lost(self) -> bool:
        """Whether something of it could not be read."""
        return any(damage.lost for damage in self.damage)

    def stored(self) -> Iterator[bytes]:
        """The headers, in the order of `keys`."""
        for blob in blobs(self.rpm.name, self.rpm.data, self.log):
            if isinstance(blob, bytes) and _header(blob) is not None:
                yield blob


def _header(blob: bytes) -> Header | None:
    try:
        return Header(blob)
    except Unreadable:
        return None


def _read(rpm: Rpm) -> _Side:
    if rpm.log is None:
        return _Side(rpm, Log(), (), (Damage(LOG_NOT_READ),))
    log = read_log(bytes(rpm.log))
    keys: list[_Key] = []
    damage: list[Damage] = []
    try:
        for blob in blobs(rpm.name, rpm.data, log):
            if isinstance(blob, Damage):
                damage.append(blob)
            elif (header := _header(blob)) is None:
                damage.append(Damage("a record that is no header"))
            else:
                keys.append(_key(header, blob))
                damage += header.damage
    except Unreadable as why:
        damage.append(Damage(str(why)))
    return _Side(rpm, log, tuple(keys), tuple(dict.fromkeys(damage)))


def _key(header: Header, blob: bytes) -> _Key:
    name = word(header, tags.NAME) or "(no name)"
    return _Key(name, word(header, tags.ARCH), version_of(header), digest_bytes(blob))


def compare_rpm(before: Rpm, after: Rpm, room: Room) -> Found:
    """Packages added, removed and changed, of these the fields of their headers.

    Without a child that differs both hold the same packages, and a note says so; or something of
    them could not be read, which a note says, too.
    """
    one, two = _read(before), _read(after)
    notes = [*_damages(BEFORE, one), *_damages(AFTER, two)]
    if one.lost or two.lost:
        return Found((), notes)
    names = _named(one.keys, two.keys)
    known = [
        {name: key.digest for name, key in zip(side_names, side.keys, strict=True)}
        for side_names, side in zip(names, (one, two), strict=True)
    ]
    differing = sorted(n for n in {*known[0], *known[1]} if known[0].get(n) != known[1].get(n))
    if not differing:
        return Found((), [*notes, SAME_HEADERS.format(_packages(len(one.keys)))])
    wanted = differing[: room.limits.content_lines]
    records = _records(wanted, _chosen(one, names[0], wanted), _chosen(two, names[1], wanted), room)
    found = [record for record in records if record.differs]
    if alike := len(wanted) - len(found):
        notes.append(f"the header of {_packages(alike)} says the same in other bytes")
    if left := len(differing) - len(wanted):
        notes.append(f"and {left} more records that differ; --limit content_lines=N shows more")
    return Found(found, notes)


def compare_rpm_files(
    path: str, before: Content, after: Content, room: Room, beside: Beside
) -> Found:
    """As `compare_rpm`, of what lies at one path: a database, or the log of one.

    Raises:
        Unreadable: a log that says nothing by itself.
    """
    if not is_log(path):
        logs = [side.get(beside_of(path), b"") for side in beside]
        name = path.rpartition("/")[2]
        return compare_rpm(Rpm(name, before, logs[0]), Rpm(name, after, logs[1]), room)
    one, two = (side.get(beside_of(path)) for side in beside)
    if one is None or two is None:
        raise NotReadable(f"the database beside it, {SQLITE}, was not read on both sides")
    if not first_difference(one, two) == len(one) == len(two):
        raise NotReadable(f"{SQLITE} beside it differs, too, and is compared with it")
    return compare_rpm(Rpm(SQLITE, one, before), Rpm(SQLITE, two, after), room)


def _packages(count: int) -> str:
    return "1 package" if count == 1 else f"{count} packages"


def _damages(prefix: str, side: _Side) -> Iterator[str]:
    if side.damage:
        more = f"; and {len(side.damage) - 1} more such" if side.damage[1:] else ""
        yield f"{prefix}{side.damage[0].what}{more}"


def _named(one: Sequence[_Key], two: Sequence[_Key]) -> tuple[list[str], list[str]]:
    """A name for each header of both sides, the same for what is to be compared.

    That is `NAME.ARCH`; with the version where a side has several of these, as of kernels, and of
    public keys, since another key is no other version of the first.
    """
    counts = [Counter((key.name, key.arch) for key in keys) for keys in (one, two)]
    several = {key for count in counts for key, number in count.items() if number > 1}
    return _side_names(one, several), _side_names(two, several)


def _side_names(keys: Sequence[_Key], several: set[tuple[str, str]]) -> list[str]:
    names = [""] * len(keys)
    taken: Counter[str] = Counter()
    for at in sorted(range(len(keys)), key=lambda at: keys[at]):
        key = keys[at]
        name = key.name
        if (key.name, key.arch) in several or key.name == PUBLIC_KEY:
            name += f"-{key.version}"
        name += f".{key.arch}" if key.arch else ""
        taken[name] += 1
        names[at] = name if taken[name] == 1 else f"{name} ({taken[name]})"
    return names


def _chosen(side: _Side, names: Sequence[str], wanted: Sequence[str]) -> dict[str, Header]:
    """The headers of these names, read again."""
    kept = frozenset(wanted)
    return {
        name: Header(blob) for name, blob in zip(names, side.stored(), strict=True) if name in kept
    }


def _records(
    names: Sequence[str], before: Mapping[str, Header], after: Mapping[str, Header], room: Room
) -> Iterator[Difference]:
    """A node for each package; all of them together tell as many files as lines are shown."""
    left = room.limits.content_lines
    for name in names:
        one, two = before.get(name), after.get(name)
        if one is None or two is None:
            kind = Kind.ADDED if one is None else Kind.REMOVED
            yield leaf(name, kind, one and short_fields(one), two and short_fields(two))
            continue
        fields = list(_between(fields_of(one), fields_of(two)))
        files = list(_between(files_of(one), files_of(two)))
        more = len(files) - left
        notes = [f"and {more} more files that differ"] if more > 0 else []
        if not fields and not files and (one.damage or two.damage):
            fields = [leaf("header", Kind.CHANGED, _state(one), _state(two))]
        notes += [BEFORE + damage.what for damage in one.damage[:1]]
        notes += [AFTER + damage.what for damage in two.damage[:1]]
        yield container(name, [*fields, *files[:left]], notes=notes)
        left -= min(left, len(files))


def _state(header: Header) -> str:
    return "damaged" if header.damage else "whole"


def _between(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    rest = sorted({*before, *after}.difference(FIRST))
    for name in (*FIRST, *rest):
        one, two = before.get(name), after.get(name)
        if one != two:
            yield between(name, _shown(one), _shown(two))


def _shown(value: str | None) -> str | None:
    return None if value is None else shown_line(value)


def across(paths: tuple[str, str], before: Rpm, after: Rpm, room: Room) -> str:
    """Whether two databases at two paths hold the same, in the same words from either side."""
    places = " and ".join(f"{path} ({KINDS[path.rpartition('/')[2]]})" for path in sorted(paths))
    one, two = _read(before), _read(after)
    if one.lost or two.lost:
        return f"{places} were not compared, since they cannot be read whole"
    packages = [sorted(key[:3] for key in side.keys) for side in (one, two)]
    if packages[0] != packages[1]:
        return f"{places} hold other packages"
    found = [child for child in compare_rpm(before, after, room).children if child.differs]
    fields = sorted({field.subject for child in found for field in child.children})
    count = _packages(len(one.keys))
    if not fields:
        return f"{places} hold the same {count} in other forms"
    shown = ", ".join(fields[:_MOST_NAMED])
    more = f" and {len(fields) - _MOST_NAMED} more" if len(fields) > _MOST_NAMED else ""
    return f"{places} hold the same {count}; their headers differ in: {shown}{more}"
