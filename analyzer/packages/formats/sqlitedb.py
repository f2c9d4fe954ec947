"""One table of an SQLite database, from the bytes of the database and of its write-ahead log.

https://www.sqlite.org/fileformat2.html. This is ours although Python has the `sqlite3` module.
That opens files only, or with `deserialize` a copy of the bytes in memory. It would need a second
copy of what may be 100 MB, patched, since a database in WAL mode cannot be opened there, with the
log applied by us all the same; one bad page in any of rpm's fifty tables and indexes can make it
refuse everything; and the bytes come from strangers. This reader looks at the pages of one table,
copies one record at a time, uses every page at most once, and goes on behind a damaged one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from analyzer.packages.formats.damage import Damage, Unreadable
from analyzer.packages.formats.sqlitewal import PAGE_SIZES, Log

MAGIC = b"SQLite format 3\0"
Value = int | bytes | None
"""Of a column; text as it is stored, floating-point numbers as their eight bytes."""
Row = tuple[Value, ...]

_HEADER_SIZE = 100
_INTERIOR, _LEAF = 5, 13
_INTERIOR_HEADER, _LEAF_HEADER = 12, 8
_LEAST_USABLE = 480
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_FLOAT, _ZERO, _ONE, _FIRST_SIZED = 7, 8, 9, 12
_MAX_COLUMNS = 32767
_ENCODINGS = {0: "utf-8", 1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}


def rows(
    database: bytes, log: Log, table: str, *, numbered: bool = False
) -> Iterator[Row | Damage]:
    """The rows of `table` in order of their row ids, and what is wrong on the way to them.

    With `numbered`, each begins with its row id, which a column that is the INTEGER PRIMARY KEY
    stands for and which is not stored in that.

    Raises Unreadable where the file is no such database or has no such table. A log that is not
    whole is the damage that SQLite would pass over in silence.
    """
    yield from log.damage
    if not database:
        # SQLite then throws the log away.
        raise Unreadable("an empty file, no database")
    if log.pages and log.page_size != _page_size(database):
        yield Damage("a log with pages of another size than those of the database, not read")
        log = Log()
    pages = _Pages(database, log)
    name = table.encode(pages.encoding)
    for item in _Tree(pages).rows(1):
        if isinstance(item, Damage):
            yield item
        elif _is_table(item, pages.encoding) and item[1] == name and isinstance(item[3], int):
            yield from _Tree(pages, numbered=numbered).rows(item[3])
            return
    raise Unreadable(f"no table {table} in it")


def _is_table(row: Row, encoding: str) -> bool:
    """Whether a row of the schema is of a table: type, name, table, root page, SQL."""
    return len(row) > 3 and row[0] == "table".encode(encoding)  # noqa: PLR2004


def _page_size(first: bytes | memoryview) -> int:
    """By the first bytes of a database; 1 stands for 65536, which does not fit."""
    stated = int.from_bytes(first[16:18], "big")
    return 65536 if stated == 1 else stated


class _Pages:
    """The pages of a database as they are after the last commit in its log."""

    def __init__(self, database: bytes, log: Log) -> None:
        self._view = memoryview(database)
        self._log = log
        first = log.pages.get(1, self._view)[:_HEADER_SIZE]
        if len(first) < _HEADER_SIZE or first[: len(MAGIC)] != MAGIC:
            raise Unreadable("not an SQLite database")
        self.size = _page_size(first)
        self.usable = self.size - first[20]
        encoding = int.from_bytes(first[56:60], "big")
        if self.size not in PAGE_SIZES or self.usable < _LEAST_USABLE:
            raise Unreadable(f"not an SQLite database: pages of {self.size} bytes")
        self.encoding = _ENCODINGS.get(encoding, "utf-8")
        self.count = log.size if log.pages else len(database) // self.size
        self.bytes = len(database) + sum(map(len, log.pages.values()))

    def page(self, number: int) -> memoryview:
        """Page `number` (from 1); raises Unreadable where the database has none."""
        if not 0 < number <= self.count:
            raise Unreadable(f"page {number} lies beyond the end")
        logged = self._log.pages.get(number)
        if logged is not None:
            return logged
        page = self._view[(number - 1) * self.size : number * self.size]
        if len(page) < self.size:
            raise Unreadable(f"page {number} lies beyond the end")
        return page


class _Tree:
    """A table's b-tree, walked once: no page is used twice, no byte stands for two records."""

    def __init__(self, pages: _Pages, *, numbered: bool = False) -> None:
        self._pages = pages
        self._numbered = numbered
        self._used: set[int] = set()
        self._left = pages.bytes

    def rows(self, root: int) -> Iterator[Row | Damage]:
        """The rows below page `root`."""
        waiting = [root]
        while waiting:
            number = waiting.pop()
            try:
                page = self._take(number)
                start = _HEADER_SIZE if number == 1 else 0
                if page[start] == _LEAF:
                    yield from self._leaf(number, page, start)
                elif page[start] == _INTERIOR:
                    waiting += reversed(list(self._children(page, start)))
                else:
                    yield Damage(f"page {number} is not what it should be")
            except Unreadable as why:
                yield Damage(str(why))

    def _take(self, number: int) -> memoryview:
        page = self._pages.page(number)
        if number in self._used:
            raise Unreadable(f"page {number} is used twice")
        self._used.add(number)
        return page

    def _cells(self, page: memoryview, start: int, header: int) -> tuple[int, ...]:
        """Where the cells of a page begin."""
        count = int.from_bytes(page[start + 3 : start + 5], "big")
        room = (self._pages.usable - start - header) // 2
        return struct.unpack_from(f">{min(count, room)}H", page, start + header)

    def _children(self, page: memoryview, start: int) -> Iterator[int]:
        for cell in self._cells(page, start, _INTERIOR_HEADER):
            yield int.from_bytes(page[cell : cell + 4], "big")
        yield int.from_bytes(page[start + 8 : start + 12], "big")

    def _leaf(self, number: int, page: memoryview, start: int) -> Iterator[Row | Damage]:
        for cell in self._cells(page, start, _LEAF_HEADER):
            try:
                row = _record(self._payload(page, cell))
                yield (_row_id(page, cell), *row) if self._numbered else row
            except Unreadable as why:
                yield Damage(f"page {number}, a record at {cell}: {why}")

    def _payload(self, page: memoryview, cell: int) -> bytes:
        """A record's bytes: as many as fit into the leaf, the others in a chain of pages."""
        size, place = _varint(page, cell)
        _, place = _varint(page, place)
        usable = self._pages.usable
        if size > self._left:
            raise Unreadable("more data than the file has")
        self._left -= size
        most, least = usable - 35, (usable - 12) * 32 // 255 - 23
        local = size
        if size > most:
            local = least + (size - least) % (usable - 4)
            local = local if local <= most else least
        pieces = [page[place : min(place + local, usable)]]
        if len(pieces[0]) < local:
            raise Unreadable("runs past the end of its page")
        if local < size:
            following = int.from_bytes(page[place + local : place + local + 4], "big")
            pieces += self._overflow(following, size - local)
        return b"".join(pieces)

    def _overflow(self, number: int, size: int) -> Iterator[memoryview]:
        while size:
            page = self._take(number)
            number = int.from_bytes(page[:4], "big")
            piece = page[4 : min(4 + size, self._pages.usable)]
            size -= len(piece)
            yield piece


def _row_id(page: memoryview, cell: int) -> int:
    """Of the record in a cell; behind the record's size."""
    _, place = _varint(page, cell)
    return _varint(page, place)[0]


def _record(payload: bytes) -> Row:
    """The columns of a record; raises Unreadable."""
    size, place = _varint(payload, 0)
    if not 0 < size <= len(payload):
        raise Unreadable("its header runs past its end")
    types: list[int] = []
    while place < size:
        kind, place = _varint(payload, place)
        types.append(kind)
    if place != size or len(types) > _MAX_COLUMNS:
        raise Unreadable("its header is damaged")
    values: list[Value] = []
    for kind in types:
        length = _length(kind)
        if place + length > len(payload):
            raise Unreadable("a column runs past its end")
        values.append(_value(kind, payload[place : place + length]))
        place += length
    return tuple(values)


def _length(kind: int) -> int:
    """Bytes of a value of a serial type ("Record Format")."""
    if kind >= _FIRST_SIZED:
        return (kind - _FIRST_SIZED) // 2
    return 8 if kind == _FLOAT else _INTEGERS.get(kind, 0)


def _value(kind: int, data: bytes) -> Value:
    if kind in _INTEGERS:
        return int.from_bytes(data, "big", signed=True)
    if kind in {_ZERO, _ONE}:
        return kind - _ZERO
    return data if kind == _FLOAT or kind >= _FIRST_SIZED else None


def _varint(data: bytes | memoryview, place: int) -> tuple[int, int]:
    """A number of one to nine bytes and where it ends ("A variable-length integer")."""
    value = 0
    for count, byte in enumerate(data[place : place + 9], 1):
        if count == 9:  # noqa: PLR2004
            return value << 8 | byte, place + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004
            return value, place + count
    raise Unreadable("runs past the end of its page")
