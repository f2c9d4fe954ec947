"""The installed database of apk-tools, version 2 and 3: lines `X:value`, records end in a blank.

Keys: apk-package(5) and https://wiki.alpinelinux.org/wiki/Apk_spec, "Index Format V2"; reading
rules: apk-tools `src/database.c`, `apk_db_fdb_read`. apk refuses a damaged database; we read on,
and pass over letters that we do not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.apkfiles import KEYS, Entry, FileList
from analyzer.packages.formats.fault import Fault, zeros
from analyzer.packages.formats.text import text

_KEPT = frozenset(b"PVATULmoDpf")
"""Keys whose values are kept. The others are about sizes, times and replacing; some repeat."""
_FILES = frozenset(KEYS)


@dataclass(frozen=True, slots=True)
class Record:
    """One package: values by key, `line` (from 1) where it begins, its folders and files."""

    line: int
    values: Mapping[str, str]
    entries: tuple[Entry, ...] = ()


def parse(data: bytes) -> Iterator[Record | Fault]:
    """The records of `data` and the faults between and inside them."""
    lines = bytes(data).split(b"\n")
    unfinished = lines.pop()
    reader = _Reader()
    yield from zeros(bytes(data))
    for number, line in enumerate([*lines, unfinished] if unfinished else lines, 1):
        if len(line) < 2:  # noqa: PLR2004  apk ends a record at any line too short for a key
            yield from reader.end()
        elif line[1:2] != b":":
            yield Fault(number, f"not a field: {cut(line)}", lost=True)
        else:
            yield from reader.feed(number, line)
    if unfinished:
        yield Fault(len(lines) + 1, "the file ends in the middle of this line", lost=True)
    last = list(reader.end())
    yield from last
    if last and not unfinished:
        # apk writes one after every record, so something may have followed.
        yield Fault(len(lines), "no blank line after the last record", lost=False)


class _Reader:
    """One record being read."""

    def __init__(self) -> None:
        self._start = 0
        self._values: dict[str, str] = {}
        self._files = FileList()

    def feed(self, number: int, line: bytes) -> Iterator[Record | Fault]:
        """Take in a line that is a field."""
        key, value = line[0], line[2:]
        if key == ord("P") and "P" in self._values:
            # The blank between two records is gone; the second has its own name.
            yield Fault(number, "a second name in one record, taken for a new one", lost=True)
            yield from self.end()
        self._start = self._start or number
        if key in _KEPT:
            self._values[chr(key)] = text(value)
        elif key in _FILES and (wrong := self._files.feed(chr(key), value)):
            yield Fault(number, f"{wrong}: {cut(line)}", lost=True)

    def end(self) -> Iterator[Record]:
        """Close the record, if one is open."""
        if self._start:
            entries = self._files.entries(truncated="S" in self._values.get("f", ""))
            yield Record(self._start, self._values, entries)
        self._start, self._values, self._files = 0, {}, FileList()
