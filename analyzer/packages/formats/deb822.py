"""Stanzas of fields as dpkg keeps them: deb822(5), read the way dpkg's own parser reads it.

https://manpages.debian.org/stable/dpkg-dev/deb822.5.en.html

Where the manual leaves a choice, the answers of dpkg-query(1) 1.21 decided: a line of blanks
goes on with the value instead of ending the stanza, blanks may stand before the colon, and
comments are no comments (the manual allows them in source packages only). dpkg refuses the
whole file at the first fault; we note it and read on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.packages.formats.addresses import cut
from analyzer.packages.formats.fault import Fault, zeros
from analyzer.packages.formats.text import text

_BLANKS = b" \t\r\f\v"
"""What dpkg skips around a value."""
_NAME = frozenset(range(0x21, 0x7F)) - {ord(":")}
"""deb822(5): US-ASCII excluding control characters, space, and colon."""
_GAP = re.compile(rb"\n(?:\r*\n)+")
"""Blank lines, empty but for the carriage returns of other systems, and the end of the line
before them."""
_FIELD = re.compile(r"([!-\"$-,.-9;-~][!-9;-~]*)[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)\n")
"""A field with nothing odd about it; its value has the line breaks that are in it."""
_ZERO_EPOCH = re.compile(r"0+:")
_LEADING = re.compile(rb"(?:\r*\n)+")

Fields = Mapping[str, str]
"""Values by lower-case field name."""


@dataclass(frozen=True, slots=True)
class Stanza:
    """One stanza and the line (from 1) where it begins.

    A value over several lines keeps its line breaks and the indentation of its further lines;
    tabs stay tabs, since they separate words.
    """

    line: int
    fields: Fields


def parse(data: bytes) -> Iterator[Stanza | Fault]:
    """The stanzas of `data` and the faults between and inside them, in order of their ends.

    A fault costs its own field at most; of two fields of one name the first is kept.
    """
    for start, piece in split(data):
        for part in read(piece):
            if isinstance(part, Fault):
                yield part.below(start - 1)
            else:
                yield Stanza(part.line + start - 1, part.fields)


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The pieces of `data` between its blank lines, each with the line (from 1) it begins in.

    A piece has its line breaks; equal pieces read the same wherever they stand.
    """
    at = match.end() if (match := _LEADING.match(data)) else 0
    line = data.count(b"\n", 0, at) + 1
    for gap in _GAP.finditer(data, at):
        yield line, data[at : gap.start() + 1]
        line += data.count(b"\n", at, gap.end())
        at = gap.end()
    if at < len(data):
        yield line, data[at:]


def read(piece: bytes) -> Iterator[Stanza | Fault]:
    """The one stanza of a piece, if there is any of it, after its faults; lines count in it."""
    fields = _plain(piece)
    if fields is None:
        return read_odd(piece)
    return iter((Stanza(1, fields),))


def _plain(piece: bytes) -> dict[str, str] | None:
    """The fields of a stanza in which nothing is odd, as nearly all are; None of any other."""
    try:
        whole = piece.decode()
    except UnicodeDecodeError:
        return None
    shown = whole.replace("\n", "").replace("\t", "")
    if " \n" in whole or "\t\n" in whole or whole[-1:] != "\n" or not shown.isprintable():
        return None
    fields: dict[str, str] = {}
    at = 0
    while at < len(whole):
        # Not `finditer`, which would try every place in a line that is no field.
        match = _FIELD.match(whole, at)
        name = match[1].lower() if match else ""
        if match is None or name in fields:
            return None
        at = match.end()
        fields[name] = match[2]
    return fields


def read_odd(piece: bytes) -> Iterator[Stanza | Fault]:
    """As `read`, for pieces of any kind; slower."""
    lines = piece.split(b"\n")
    unfinished = lines.pop()
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        yield from reader.feed(number, line)
    if unfinished:
        yield from reader.feed(len(lines) + 1, unfinished)
        yield Fault(len(lines) + 1, "the file ends in the middle of this line", lost=True)
    yield from reader.end()


def one_line(fields: Fields, name: str) -> str:
    """A field of one line; where it was folded all the same, blanks for the line breaks."""
    return " ".join(fields.get(name, "").split())


def version(fields: Fields) -> str:
    """Version; an epoch of zero is the same as none (deb-version(7)), and left out."""
    return _ZERO_EPOCH.sub("", one_line(fields, "version"), count=1)


class _Reader:
    """One stanza being read: its finished fields and the field whose lines still come."""

    def __init__(self) -> None:
        self._start = 0
        self._fields: dict[str, list[bytes]] = {}
        self._value: list[bytes] | None = None

    def feed(self, number: int, line: bytes) -> Iterator[Fault]:
        """Take in a line that is not empty."""
        self._start = self._start or number
        # Asked before anything is stripped: a folded line may look like a field of its own.
        if line[:1] in {b" ", b"\t"}:
            yield from self._go_on(number, line)
            return
        if line[:1] == b"#":
            # The manual: a comment does not end the value that it stands in.
            yield Fault(number, "a comment, which only source packages may have", lost=False)
            return
        name, colon, value = line.partition(b":")
        name = name.rstrip(_BLANKS)
        self._value = []
        if not colon or not name or not _NAME.issuperset(name) or name[:1] == b"-":
            yield Fault(number, f"not a field: {cut(line)}", lost=True)
            return
        self._value.append(value.strip(_BLANKS))
        yield from (fault.below(number - 1) for fault in zeros(value))
        key = name.decode("ascii").lower()
        if key in self._fields:
            yield Fault(number, f"field {name.decode('ascii')} again, the first counts", lost=False)
            return
        self._fields[key] = self._value

    def _go_on(self, number: int, line: bytes) -> Iterator[Fault]:
        if self._value is None:
            yield Fault(number, "continues a field, but none came before", lost=True)
            return
        if not line.strip(_BLANKS):
            yield Fault(number, "blanks only, inside a value", lost=False)
        self._value.append(line.rstrip(_BLANKS))
        yield from (fault.below(number - 1) for fault in zeros(line))

    def end(self) -> Iterator[Stanza]:
        """Close the stanza, if one is open."""
        if self._fields:
            fields = {name: "\n".join(map(_text, lines)) for name, lines in self._fields.items()}
            yield Stanza(self._start, fields)
        self._start, self._fields, self._value = 0, {}, None


def _text(line: bytes) -> str:
    return "\t".join(map(text, line.split(b"\t")))
