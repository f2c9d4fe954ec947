"""Two SQLite databases: the fields of their headers, and where their bytes begin to differ.

https://www.sqlite.org/fileformat2.html#the_database_header. Rows are not compared: what a table
is about only the program knows that keeps it.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from analyzer.diff.content.bytesat import compare_bytes
from analyzer.diff.content.room import Found, between
from analyzer.layers.wants import Content
from analyzer.packages.formats.sqlitedb import MAGIC

_HEADER: Final = Struct(">16sHBB4x9IiIi20x2I")
_ENCODINGS: Final = {1: "UTF-8", 2: "UTF-16le", 3: "UTF-16be"}
_JOURNALS: Final = {1: "rollback journal", 2: "write-ahead log"}
_LARGEST_PAGE: Final = 65536
_NOTE: Final = "an SQLite database; its rows are not compared"


def is_sqlite(content: Content) -> bool:
    """Whether a content begins as a database of SQLite 3."""
    return content[: len(MAGIC)] == MAGIC and len(content) >= _HEADER.size


def compare_sqlite(before: Content, after: Content) -> Found:
    """Fields of the header that differ, and the first byte that does."""
    one, two = _fields(before), _fields(after)
    fields = [between(name, one[name], two[name]) for name in one if one[name] != two[name]]
    return Found([*fields, *compare_bytes(before, after).children], [_NOTE])


def _fields(content: Content) -> dict[str, object]:
    """In the words of SQLite's PRAGMAs, where it has one."""
    _, page_size, writes, _, *numbers = _HEADER.unpack(content[: _HEADER.size])
    counter, pages, _, free, schema, _, _, _, encoding, user, _, application, _, version = numbers
    return {
        "page_size": _LARGEST_PAGE if page_size == 1 else page_size,
        "journal": _JOURNALS.get(writes, str(writes)),
        "change counter": counter,
        "page_count": pages,
        "freelist_count": free,
        "schema_version": schema,
        "encoding": _ENCODINGS.get(encoding, str(encoding)),
        "user_version": user,
        "application_id": application,
        "written by SQLite": _version(version),
    }


def _version(number: int) -> str:
    """SQLITE_VERSION_NUMBER: 3046001 is 3.46.1."""
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"
