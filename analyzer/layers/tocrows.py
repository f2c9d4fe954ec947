"""The rows of a table of contents, one after the other: a table may be larger than memory allows.

Three bytes of JSON can make a list of 64, so that a table is never decoded as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Row = Mapping[str, Any]
_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\n\r]*")
_WINDOWS = (1 << 10, 1 << 16)
"""Characters among which a row must end. Most do within the first; attributes may be large."""
_NO_TABLE = "it is no list of entries in JSON"


class BadToc(ValueError):
    """A table of contents that cannot be read; internal to the scan."""


def rows_of(toc: bytes, others: dict[str, object] | None = None) -> Iterator[Row]:
    """The members of `entries`, each an object with a name.

    What else the table states is put into `others`, under names in small letters, as
    containers/storage reads them.

    Raises:
        BadToc: the table, or a row of it, is something else; those before it were given.
    """
    try:
        reader = _Reader(toc.decode())
    except UnicodeDecodeError as problem:
        raise BadToc(_NO_TABLE) from problem
    reader.expect("{")
    found = False
    while True:
        key = reader.value()
        reader.expect(":")
        if key == "entries":
            found = True
            yield from _entries(reader)
        else:
            value = reader.value()
            if others is not None and isinstance(key, str):
                others[key.lower()] = value
        if reader.expect(",}") == "}":
            break
    if not found:
        raise BadToc(_NO_TABLE)


def _entries(reader: _Reader) -> Iterator[Row]:
    reader.expect("[")
    if reader.ends("]"):
        return
    while True:
        row = reader.value()
        if not isinstance(row, dict) or not isinstance(row.get("name"), str):
            raise BadToc(_NO_TABLE)
        yield row
        if reader.expect(",]") == "]":
            return


class _Reader:
    """A position in a JSON text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def expect(self, characters: str) -> str:
        """The next character, which must be one of these."""
        self._skip()
        found = self._text[self._at : self._at + 1]
        if not found or found not in characters:
            raise BadToc(_NO_TABLE)
        self._at += 1
        return found

    def ends(self, character: str) -> bool:
        """Whether this character is next; it is taken."""
        self._skip()
        if self._text[self._at : self._at + 1] != character:
            return False
        self._at += 1
        return True

    def value(self) -> object:
        """The next value, of limited size."""
        self._skip()
        for size in _WINDOWS:
            window = self._text[self._at : self._at + size]
            try:
                value, used = _DECODER.raw_decode(window)
            except (ValueError, RecursionError):
                continue
            if used < size:  # a number at the very end may go on
                self._at += used
                return value
        raise BadToc(f"{_NO_TABLE}, or a row of it is longer than {_WINDOWS[-1]} characters")

    def _skip(self) -> None:
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at
