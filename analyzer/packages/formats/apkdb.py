"""The installed database of apk-tools, version 2 and 3: lines `X:value`, records end in a blank.

Keys: https://wiki.alpinelinux.org/wiki/Apk_spec, "Index Format V2"; reading rules: apk-tools
`src/database.c`, `apk_db_fdb_read`. apk refuses a damaged database; we read on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.packages.formats.fault import Fault
from analyzer.packages.formats.text import text

_KEPT = frozenset(b"PVATULmo")
"""Keys whose values are kept. The others are about files, dependencies and sizes, make up most
of the database, and may repeat."""


@dataclass(frozen=True, slots=True)
class Record:
    """One package: values by key, `line` (from 1) where it begins."""

    line: int
    values: Mapping[str, str]


def parse(data: bytes) -> Iterator[Record | Fault]:
    """The records of `data` and the faults between and inside them."""
    lines = bytes(data).split(b"\n")
    unfinished = lines.pop()
    values: dict[str, str] = {}
    start = 0
    for number, line in enumerate([*lines, unfinished] if unfinished else lines, 1):
        if len(line) < 2:  # noqa: PLR2004  apk ends a record at any line too short for a key
            if start:
                yield Record(start, values)
            start, values = 0, {}
            continue
        if line[1:2] != b":":
            yield Fault(number, f"not a field: {text(line[:40])}", lost=True)
            continue
        if line[0] == ord("P") and "P" in values:
            # The blank between two records is gone; the second has its own name.
            yield Fault(number, "a second name in one record, taken for a new one", lost=True)
            yield Record(start, values)
            start, values = 0, {}
        start = start or number
        if line[0] in _KEPT:
            values[chr(line[0])] = text(line[2:])
    if unfinished:
        yield Fault(len(lines) + 1, "the file ends in the middle of this line", lost=True)
    if start:
        yield Record(start, values)
        if not unfinished:
            # apk writes one after every record, so something may have followed.
            yield Fault(len(lines), "no blank line after the last record", lost=False)
