"""Rows as CSV that a spreadsheet takes for text: the only CSV writer of the package.

RFC 4180, except that lines end as on Unix. Spreadsheets read a cell that begins with one of
`= + - @` as a formula, whoever wrote it (OWASP, "CSV Injection"), and names in images are written
by strangers. Such a cell gets an apostrophe in front, and so does one that begins with an
apostrophe itself: who takes one away wherever it stands has every cell as it was.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator

from analyzer.paths import printable

_FORMULA = tuple("=+-@'＝＋－＠")  # noqa: RUF001 - the wide forms count as the others do
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def csv_text(headers: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Header and rows; None is an empty cell, control characters are escaped as in tables."""
    return "".join(csv_lines(headers, rows))


def csv_lines(headers: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The same line by line, each with its end, for more rows than memory should hold."""
    writer = csv.writer(_Line(), lineterminator="\n")
    yield writer.writerow(headers)
    for row in rows:
        yield writer.writerow(map(_cell, row))


class _Line:
    """Where `csv.writer` writes one line, which its `writerow` then returns."""

    def write(self, text: str) -> str:
        return text


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
