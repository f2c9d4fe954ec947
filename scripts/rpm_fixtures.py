"""The case folders of `fixtures/packages/rpm`, from databases that rpm itself writes.

    PYTHONPATH=.:scripts .venv/bin/python scripts/rpm_fixtures.py --ndb-rpm PATH

Debian's rpm writes SQLite; `--ndb-rpm` is one built with NDB: `apt-get source rpm`, then
`autoreconf -fi`, `./configure --enable-ndb --enable-sqlite=yes --disable-plugins
--without-archive --with-crypto=libgcrypt --prefix=…`, `make install`. What is expected comes from
`rpm -qa` of the rpm that wrote the database.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from rpmcases import CASES, OTHER, QUERY, SPEC, VERSION, expected, public_key, write

from tests.support import rpmheaders, rpms
from tests.support.tools import run


def main() -> None:
    """Write all cases."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--ndb-rpm", required=True, type=Path)
    ndb_rpm = options.parse_args().ndb_rpm
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packages = rpms.build(folder / "build", (SPEC, OTHER))
        database = folder / "sqlite"
        database.mkdir()
        rpms.install(database, *packages)
        key = public_key(folder / "gpg")
        rpms.rpm(database, "--import", key)
        stated = expected(rpms.rpm(database, "-qa", "--qf", QUERY), "var/lib/rpm/rpmdb.sqlite")
        ordinary(database, stated)
        damaged(database, stated)
        berkeley(folder / "bdb", rpms.headers(database))
        ndb(folder / "ndb", ndb_rpm, [*packages], key)
        empty(folder / "empty")
        absent_version()
        strange()


def trimmed(database: Path) -> bytes:
    """The table of packages alone: SQLite itself drops rpm's indexes, which are most of it."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rpmdb.sqlite"
        shutil.copy(database / "rpmdb.sqlite", path)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                if table not in {"Packages", "sqlite_sequence"}:
                    connection.execute(f"DROP TABLE '{table}'")
            connection.execute("VACUUM")
        return path.read_bytes()


def ordinary(database: Path, stated: list[dict[str, Any]]) -> None:
    """SQLite, as rpm writes it now."""
    write(
        "ordinary",
        {"var/lib/rpm/rpmdb.sqlite": trimmed(database)},
        stated,
        [],
        what="three packages and a public key in an SQLite database, without its indexes",
        why="epochs, one of zero; a module; dependencies; a header over several pages",
        source=f"{VERSION}, by scripts/rpm_fixtures.py",
        expected="rpm -qa of the same rpm",
    )


def damaged(database: Path, stated: list[dict[str, Any]]) -> None:
    """A page in the middle of a record leads nowhere."""
    path = "var/lib/rpm/rpmdb.sqlite"
    data = (CASES / "ordinary" / path).read_bytes()
    numbered = rpms.rpm(database, "-qa", "--qf", "%{DBINSTANCE} %{NAME}\\n").splitlines()
    names = {int(number): name for number, _, name in (line.partition(" ") for line in numbered)}
    for start in range(len(data) - 4096, 0, -4096):
        changed = data[:start] + b"\xff" * 4 + data[start + 4 :]
        left = {names[number] for number in rows_left(changed)}
        kept = [package for package in stated if package["name"] in left]
        if 0 < len(kept) < len(stated):
            break
    else:
        raise SystemExit("no page of the database is part of one record only")
    write(
        "damaged",
        {path: changed},
        kept,
        [("package-database-damaged", "error", path)],
        what="the database of `ordinary` with a page whose link to the next leads nowhere",
        why="what can be read is reported, and an error says that something is missing",
        source="../ordinary",
        expected="SQLite, asked for each row alone",
    )


def rows_left(data: bytes) -> list[int]:
    """Row ids that SQLite still reads, each asked for alone."""
    numbers = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rpmdb.sqlite"
        path.write_bytes(data)
        for number in range(1, 10):
            with closing(sqlite3.connect(path)) as connection:
                asked = "SELECT blob FROM Packages WHERE hnum = ?"
                try:
                    if connection.execute(asked, [number]).fetchone():
                        numbers.append(number)
                except sqlite3.DatabaseError:
                    continue
    return numbers


def berkeley(folder: Path, blobs: list[bytes]) -> None:
    """Berkeley DB, as rpm wrote it before 4.16."""
    data = rpms.berkeley(folder, blobs, db_pagesize=4096)
    path = "var/lib/rpm/Packages"
    stated = expected(rpms.rpm(folder, "-qa", "--qf", QUERY, backend="bdb_ro"), path)
    write(
        "berkeley",
        {path: data},
        stated,
        [],
        what="the headers of `ordinary` in a Berkeley DB hash database",
        why="rpm before 4.16 wrote these",
        source="db5.3_load (Debian 12), by scripts/rpm_fixtures.py",
        expected=f"rpm -qa with the backend bdb_ro, {VERSION}",
    )


def ndb(folder: Path, program: Path, packages: list[Path], key: Path) -> None:
    """NDB, as SUSE's rpm writes it; one package was removed again."""
    folder.mkdir()
    command: list[str | Path] = [program, "--dbpath", folder, "-D", "_db_backend ndb"]
    options = ["--justdb", "--nodeps", "--nosignature", "--ignorearch"]
    run([*command, "-i", *options, *packages])
    run([*command, "--import", key])
    run([*command, "-e", "--justdb", "--nodeps", "other"])
    path = "usr/lib/sysimage/rpm/Packages.db"
    said = run([*command, "-qa", "--qf", QUERY]).stdout.decode()
    write(
        "ndb",
        {path: (folder / "Packages.db").read_bytes()},
        expected(said, path),
        [],
        what="two packages, a public key and the place of a removed package in an NDB database",
        why="SUSE's rpm writes these, and Debian's cannot",
        source="rpm 4.18.0 of Debian 12's source, built with --enable-ndb; scripts/rpm_fixtures.py",
        expected="rpm -qa of the same rpm",
    )


def empty(folder: Path) -> None:
    """A database of nothing."""
    folder.mkdir()
    rpms.rpm(folder, "--initdb")
    write(
        "empty",
        {"var/lib/rpm/rpmdb.sqlite": trimmed(folder)},
        [],
        [],
        what="a new SQLite database without its indexes",
        why="no packages, and nothing wrong",
        source=f"rpm --initdb, {VERSION}",
        expected="rpm -qa says nothing",
    )


def absent_version() -> None:
    """A package that rpmbuild would not make."""
    tags: dict[int, rpmheaders.Value] = {1000: "versionless", 1014: "MIT", 1022: "noarch"}
    path = "usr/share/rpm/rpmdb.sqlite"
    fact = {
        **dict.fromkeys(("version", "supplier", "homepage"), ""),
        "name": "versionless",
        "arch": "noarch",
        "state": "installed",
        "type": "rpm",
        "source": None,
        "licenses": ["MIT"],
        "locations": [path],
    }
    write(
        "absent-version",
        {path: made_database([rpmheaders.header(tags)])},
        [fact],
        [("package-field-missing", "warning", path)],
        what="a header without a version",
        why="the package is there all the same, and a warning says what is missing",
        source="written by rpm's description of headers, put into its table by SQLite",
        expected="by the format's description",
    )


def made_database(blobs: list[bytes]) -> bytes:
    """The table of rpm with these headers."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rpmdb.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA page_size = 512")
            connection.execute(
                "CREATE TABLE 'Packages' "
                "(hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)"
            )
            connection.executemany(
                "INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in blobs]
            )
        return path.read_bytes()


def strange() -> None:
    """Headers as old as rpm 3 and values that only dribbles have, read by rpm from Berkeley DB."""
    common: dict[int, rpmheaders.Value] = {1014: "GPL", 1022: "i386", 1047: ["alias"]}
    old: dict[int, rpmheaders.Value] = {
        1000: "older-than-regions",
        1001: "1",
        1002: "2",
        1044: "old-thing-1-2.src.rpm",
        1027: ["/bin/old", "/etc/old"],
        1030: [0o100755, 0o100644],
        1049: ["/etc/old"],
        **common,
    }
    later: dict[int, rpmheaders.Value] = {
        1000: "dribbles",
        1001: "0",
        1002: "1",
        1003: 0,
        1004: ["In English", "Deutsch"],
        1011: "B\x1b[31m\udcff",
        1044: "(none)",
        1020: "http://a.example/\u202eb",
        **common,
    }
    blobs = [
        rpmheaders.header(old, region=False),
        rpmheaders.header(later, {1001: "5", 1003: 4}),
        rpmheaders.header({1000: "gpg-pubkey", 1001: "abcd", 1002: "ef01", 1022: "(none)"}),
    ]
    names = ("older-than-regions", "1-2", "dribbles", "4:5-1")
    with tempfile.TemporaryDirectory() as name:
        bdb = rpms.berkeley(Path(name), blobs)
        said = rpms.rpm(
            Path(name), "-qa", "--nodigest", "--nosignature", "--qf", "%{NAME} %{EVR}\\n",
            backend="bdb_ro",
        )  # fmt: skip
    if not {"older-than-regions 1-2", "dribbles 4:5-1"} <= set(said.splitlines()):
        raise SystemExit(f"rpm reads these headers otherwise: {said}")
    path, other = "var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages"
    shared = {
        "arch": "i386",
        "state": "installed",
        "type": "rpm",
        "licenses": ["GPL"],
        "locations": [other],
    }
    facts: list[dict[str, Any]] = [
        {
            "name": names[2],
            "version": names[3],
            "provides": ["alias"],
            "source": None,
            "supplier": "B\\x1b[31m\\xff",
            "homepage": "http://a.example/\\u202eb",
            **shared,
        },
        {
            "name": names[0],
            "version": names[1],
            "requires": [["/etc/old"]],
            "provides": ["/etc/old", "alias"],
            "source": {"name": "old-thing", "version": "1-2"},
            "supplier": "",
            "homepage": "",
            **shared,
        },
    ]
    write(
        "strange",
        {path: (CASES / "empty" / path).read_bytes(), other: bdb},
        facts,
        [("package-database-unused", "note", path)],
        what="headers without a region, dribbles that replace tags, bytes that are not text, no "
        "architecture; an empty database in a newer form beside them",
        why="rpm reads all of them, and makes an empty database when it is of another form",
        source="written by rpm's description of headers; db5.3_load (Debian 12)",
        expected=f"rpm -qa with the backend bdb_ro, {VERSION}: names and versions; the other "
        "fields by the format's description",
    )


if __name__ == "__main__":
    main()
