"""Where rpm keeps its database, in which forms, and the headers in one.

rpm's `%_dbpath` is `/var/lib/rpm` (macros.in), moved to `/usr/lib/sysimage/rpm` by Fedora 36 and
SUSE and to `/usr/share/rpm` by ostree systems. The backends are those of rpm's
`lib/backend/` (sqlite.c, ndb/, bdb_ro.c).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from analyzer.digest import Hash, new_hash, new_sha1
from analyzer.layers.wants import Content
from analyzer.packages.formats import bdbhash, openpgp, rpmndb, sqlitedb
from analyzer.packages.formats import rpmheader as tags
from analyzer.packages.formats.damage import Damage, Unreadable
from analyzer.packages.formats.rpmheader import Header
from analyzer.packages.formats.sqlitewal import Log
from analyzer.packages.formats.text import text

FOLDERS = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
BASE = "usr/lib/sysimage/rpm-ostree-base-db"
"""What ostree systems keep of the database of their base image."""
SQLITE, NDB, BERKELEY = "rpmdb.sqlite", "Packages.db", "Packages"
LOG = "rpmdb.sqlite-wal"
PUBLIC_KEY = "gpg-pubkey"
"""rpm keeps the keys that it trusts as packages of this name."""
_DIGESTS: tuple[tuple[int, Callable[[], Hash]], ...] = (
    (tags.SHA256HEADER, new_hash),
    (tags.SHA1HEADER, new_sha1),
)
"""The better first."""
_SIGNATURES = (tags.DSAHEADER, tags.RSAHEADER, tags.SIGGPG, tags.SIGPGP)
"""In the order of `rpm -qi`."""


def _sqlite(data: bytes, log: Log) -> Iterator[bytes | Damage]:
    """The second column of the table of numbers and headers."""
    for row in sqlitedb.rows(data, log, "Packages"):
        if isinstance(row, Damage):
            yield row
        elif len(row) > 1 and isinstance(row[1], bytes):
            yield row[1]
        else:
            yield Damage("a record without a header")


def _ndb(data: bytes, _log: Log) -> Iterator[bytes | Damage]:
    return rpmndb.values(data)


def _berkeley(data: bytes, _log: Log) -> Iterator[bytes | Damage]:
    return bdbhash.values(data)


FORMS: Mapping[str, Callable[[bytes, Log], Iterator[bytes | Damage]]] = {
    SQLITE: _sqlite,
    NDB: _ndb,
    BERKELEY: _berkeley,
}
"""Who reads a database, by the name of its file; the newest form first."""


def blobs(name: str, data: Content, log: Log) -> Iterator[bytes | Damage]:
    """The stored headers of a database file called `name`, one of `FORMS`.

    Raises Unreadable where the file is no such database.
    """
    return FORMS[name](cast("bytes", data), log)


def headers(name: str, data: Content, log: Log) -> Iterator[Header | Damage]:
    """Likewise, with their index read."""
    for value in blobs(name, data, log):
        if isinstance(value, Damage):
            yield value
            continue
        try:
            yield Header(value)
        except Unreadable as why:
            yield Damage(f"a record: {why}")


def signed_by(header: Header) -> str:
    """The ID of the key that signed a package, as its signature says; empty where none does."""
    for tag in _SIGNATURES:
        if tag in header and (key := openpgp.issuer(header.binary(tag))):
            return key
    # rpm 6 signs with this tag: any number of signatures, in base64.
    for encoded in header.strings(tags.OPENPGP):
        if key := openpgp.issuer_of_base64(encoded):
            return key
    return ""


def is_altered(header: Header) -> bool:
    """Whether a header is not the one that its own digest is of; False where it has none.

    rpm leaves such a package out (`headerCheck` of its `lib/package.c`).
    """
    for tag, start in _DIGESTS:
        stated = header.string(tag)
        pieces = header.signed if stated else ()
        if pieces:
            measured = start()
            for piece in pieces:
                measured.update(piece)
            return measured.hexdigest() != stated.decode("ascii", "replace").lower()
    return False


def version_of(header: Header) -> str:
    """As `%{EVR}` has it: an epoch that is stated is told, even if it is 0."""
    version, release = word(header, tags.VERSION), word(header, tags.RELEASE)
    if not version:
        return ""
    epoch = header.number(tags.EPOCH)
    prefix = "" if epoch is None else f"{epoch}:"
    return prefix + version + (f"-{release}" if release else "")


def word(header: Header, tag: int) -> str:
    """The text of a tag; empty where it has none, or the word that rpm prints for none."""
    value = text(header.string(tag))
    return "" if value == "(none)" else value
