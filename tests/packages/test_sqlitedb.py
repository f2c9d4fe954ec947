"""Our reader of SQLite databases against SQLite itself, log and all."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.packages.formats.damage import Damage, Unreadable
from analyzer.packages.formats.sqlitedb import Row, rows
from analyzer.packages.formats.sqlitewal import read_log

CREATE = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"
INSERT = "INSERT INTO Packages (blob) VALUES (?)"
PAGE_SIZES = [512, 1024, 4096, 65536]
SIZES = [0, 1, 300, 476, 477, 478, 500, 1000, 4060, 4061, 4062, 5000, 70_000, 300_000]
"""Around those at which a record of pages of 512 or 4096 bytes no longer fits into its leaf."""


def blob(number: int, size: int) -> bytes:
    """Bytes that are like no others."""
    return (f"{number}:".encode() * (size // 2 + 1))[:size]


@contextmanager
def database(path: Path, page_size: int = 4096, *pragmas: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in (f"page_size = {page_size}", *pragmas):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(CREATE)
        yield connection


def read(data: bytes, log: bytes = b"") -> tuple[list[Row], list[Damage]]:
    items = list(rows(data, read_log(log), "Packages"))
    return [item for item in items if not isinstance(item, Damage)], [
        item for item in items if isinstance(item, Damage)
    ]


def asked(folder: Path, data: bytes, log: bytes = b"") -> list[Row]:
    """What SQLite reads of a database and its log; a file without a log has no log file."""
    (folder / "asked").write_bytes(data)
    for ending, content in (("-wal", log), ("-shm", b"")):
        (folder / f"asked{ending}").unlink(missing_ok=True)
        if content:
            (folder / f"asked{ending}").write_bytes(content)
    with closing(sqlite3.connect(folder / "asked")) as connection:
        return [(None, row[0]) for row in connection.execute("SELECT blob FROM Packages")]


@pytest.mark.parametrize("page_size", PAGE_SIZES)
def test_records_of_any_size_on_pages_of_any_size(page_size: int, tmp_path: Path) -> None:
    with database(tmp_path / "db", page_size) as connection:
        connection.executemany(INSERT, [(blob(n, size),) for n, size in enumerate(SIZES * 20)])
        connection.execute("DELETE FROM Packages WHERE hnum % 3 = 0")
        connection.executemany(INSERT, [(blob(n, 900),) for n in range(1000, 1100)])
        connection.execute("DELETE FROM Packages WHERE hnum % 7 = 0")
    data = (tmp_path / "db").read_bytes()
    ours, damage = read(data)
    assert ours == asked(tmp_path, data)
    assert len(ours) > 200
    assert damage == []


@pytest.mark.parametrize("pragma", ["auto_vacuum = FULL", "auto_vacuum = INCREMENTAL"])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_other_forms_of_database(pragma: str, encoding: str, tmp_path: Path) -> None:
    with database(tmp_path / "db", 1024, pragma, f"encoding = '{encoding}'") as connection:
        connection.execute("CREATE INDEX of_blob ON Packages (blob)")
        connection.execute("CREATE VIEW Other AS SELECT blob FROM Packages")
        connection.executemany(INSERT, [(blob(n, size),) for n, size in enumerate(SIZES)])
    data = (tmp_path / "db").read_bytes()
    assert read(data) == (asked(tmp_path, data), [])


def test_every_type_of_column(tmp_path: Path) -> None:
    values = [0, 1, -1, 127, -129, 2**15, -(2**23), 2**31, -(2**47), 2**62, None, b"", b"x"]
    with closing(sqlite3.connect(tmp_path / "db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE Packages (a, b, c)")
        connection.executemany(
            "INSERT INTO Packages VALUES (?, 'text', 0.5)", [(value,) for value in values]
        )
    ours, _ = read((tmp_path / "db").read_bytes())
    assert ours == [(value, b"text", struct.pack(">d", 0.5)) for value in values]


def logged(folder: Path, page_size: int = 1024) -> tuple[bytes, bytes]:
    """A database and its log: begun anew once, several commits, the last one rolled back."""
    with database(folder / "db", page_size, "journal_mode = WAL") as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.executemany(INSERT, [(blob(n, 700),) for n in range(30)])
        connection.execute("PRAGMA wal_checkpoint(RESTART)")
        for number in range(30, 36):
            connection.execute(INSERT, (blob(number, 1500),))
        connection.execute("DELETE FROM Packages WHERE hnum IN (3, 32)")
        connection.execute("UPDATE Packages SET blob = x'00' WHERE hnum = 5")
        return (folder / "db").read_bytes(), (folder / "db-wal").read_bytes()


@pytest.mark.parametrize("page_size", PAGE_SIZES)
def test_log_is_applied(page_size: int, tmp_path: Path) -> None:
    data, log = logged(tmp_path, page_size)
    ours, damage = read(data, log)
    assert ours == asked(tmp_path, data, log)
    assert ours != asked(tmp_path, data)
    assert damage == []


def test_log_cut_anywhere_counts_up_to_its_last_whole_commit(tmp_path: Path) -> None:
    data, log = logged(tmp_path)
    frame = 24 + 1024
    cuts = {
        32 + n * frame + more for n in range(len(log) // frame + 1) for more in (0, 23, 24, 600)
    }
    answers = set()
    for cut in sorted(cut for cut in cuts if cut <= len(log)):
        ours, _ = read(data, log[:cut])
        assert ours == asked(tmp_path, data, log[:cut]), cut
        answers.add(len(ours))
    assert len(answers) > 4


@pytest.fixture(scope="module")
def with_log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, bytes]:
    folder = tmp_path_factory.mktemp("log")
    return folder, *logged(folder)


@settings(deadline=None)
@given(choice=st.data())
def test_log_changed_anywhere_counts_as_far_as_sqlite_says(
    choice: st.DataObject, with_log: tuple[Path, bytes, bytes]
) -> None:
    folder, data, log = with_log
    frame = 24 + 1024
    near = st.integers(0, len(log) // frame - 1).flatmap(
        lambda n: st.integers(0, 30).map(lambda more: 32 + n * frame + more)
    )
    place = choice.draw(st.one_of(st.integers(0, len(log) - 1), near, st.integers(0, 31)))
    changed = bytearray(log)
    changed[place] ^= choice.draw(st.integers(1, 255))
    try:
        theirs = asked(folder, data, bytes(changed))
    except sqlite3.DatabaseError:
        # A log of another version, which SQLite would not even try to understand.
        theirs = asked(folder, data)
    ours, damage = read(data, bytes(changed))
    assert ours == theirs
    # A frame with another salt is left over from an earlier use of the log, and no damage.
    assert damage or theirs == asked(folder, data, log) or (place - 32) % frame in range(8, 16)


def test_all_of_a_new_database_may_be_in_its_log(tmp_path: Path) -> None:
    data, log = logged(tmp_path)
    everything = read(data, log)[0]
    with closing(sqlite3.connect(tmp_path / "new", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(CREATE)
        connection.executemany(INSERT, [row[1:] for row in everything])
        data, log = (tmp_path / "new").read_bytes(), (tmp_path / "new-wal").read_bytes()
    assert len(data) == 4096
    assert read(data, log) == (everything, [])
    with pytest.raises(Unreadable, match="no table"):
        read(data)


def test_log_beside_an_empty_file_does_not_count(tmp_path: Path) -> None:
    _, log = logged(tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        asked(tmp_path, b"", log)
    with pytest.raises(Unreadable, match="an empty file"):
        read(b"", log)


def test_log_with_pages_of_another_size_is_left_out_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    data, _ = logged(tmp_path)
    _, log = logged(tmp_path / "other", 4096)
    ours, damage = read(data, log)
    assert ours == asked(tmp_path, data)
    assert [item.lost for item in damage] == [True]


def page_of(data: bytes, number: int, size: int = 1024) -> bytes:
    return data[(number - 1) * size : number * size]


def with_page(data: bytes, number: int, page: bytes, size: int = 1024) -> bytes:
    return data[: (number - 1) * size] + page + data[number * size :]


def plain(folder: Path) -> bytes:
    with database(folder / "db", 1024) as connection:
        connection.executemany(INSERT, [(blob(n, 700),) for n in range(30)])
        connection.execute(INSERT, (blob(99, 9000),))
    return (folder / "db").read_bytes()


def test_table_that_contains_itself_is_read_once(tmp_path: Path) -> None:
    data = plain(tmp_path)
    root = next(n for n in range(1, 90) if page_of(data, n)[0] == 5)
    page = bytearray(page_of(data, root))
    count, first = int.from_bytes(page[3:5], "big"), int.from_bytes(page[12:14], "big")
    assert count > 10
    page[first : first + 4] = root.to_bytes(4, "big")
    ours, damage = read(with_page(data, root, bytes(page)))
    assert 0 < len(ours) < 31
    assert damage == [Damage(f"page {root} is used twice")]


def test_chain_of_pages_that_bites_its_tail_ends(tmp_path: Path) -> None:
    data = plain(tmp_path)
    last = len(data) // 1024 - 2
    following = int.from_bytes(page_of(data, last)[:4], "big")
    assert following == last + 1  # of the one record with pages of its own
    page = last.to_bytes(4, "big") + page_of(data, last)[4:]
    ours, damage = read(with_page(data, last, page))
    assert len(ours) == 30
    assert [item.lost for item in damage] == [True]
    assert f"page {last} is used twice" in damage[0].what


def test_cells_that_share_their_bytes_do_not_multiply(tmp_path: Path) -> None:
    """Each of many cells claims the same record; a file cannot hold more than its own size."""
    with database(tmp_path / "db", 65536) as connection:
        connection.execute(INSERT, (bytes(60_000),))
    data = (tmp_path / "db").read_bytes()
    assert page_of(data, 2, 65536)[0] == 13
    page = bytearray(page_of(data, 2, 65536))
    cell = page[8:10]
    page[3:5] = (2000).to_bytes(2, "big")
    page[8 : 8 + 4000] = bytes(cell) * 2000
    ours, damage = read(with_page(data, 2, bytes(page), 65536))
    assert len(ours) <= len(data) // 60_000
    assert len(damage) >= 2000 - len(ours)


def test_database_cut_short_says_so_and_gives_what_is_left(tmp_path: Path) -> None:
    data = plain(tmp_path)
    ours, damage = read(data[: len(data) // 2])
    assert 0 < len(ours) < 31
    assert all("lies beyond the end" in item.what for item in damage)
    assert damage


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "an empty file"),
        (b"SQLite format 3\0", "not an SQLite database"),
        (b"SQLite format 3\0" + bytes(200), "pages of 0 bytes"),
        (b"SQLite format 3\0\x02\x00\x01\x01\xff" + bytes(600), "not an SQLite database"),
    ],
)
def test_what_is_no_database_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(data)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return plain(tmp_path_factory.mktemp("plain"))


@settings(deadline=None)
@given(choice=st.data())
def test_changed_bytes_never_do_more_than_damage(choice: st.DataObject, whole: bytes) -> None:
    changed = bytearray(whole)
    for _ in range(choice.draw(st.integers(1, 8))):
        headers = st.integers(0, len(changed) // 1024 - 1).flatmap(
            lambda n: st.integers(0, 40).map(lambda more: n * 1024 + more)
        )
        place = choice.draw(st.one_of(headers, st.integers(0, len(changed) - 1)))
        changed[place] = choice.draw(st.integers(0, 255))
    try:
        ours, damage = read(bytes(changed))
    except Unreadable:
        return
    assert all(isinstance(item, tuple) for item in ours)
    assert sum(len(v) for row in ours for v in row if isinstance(v, bytes)) <= len(changed)
    assert all(item.what.isprintable() for item in damage)
