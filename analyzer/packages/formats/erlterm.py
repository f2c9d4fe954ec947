r"""Erlang terms in text, as `file:consult/1` reads them: data alone, nothing is evaluated.

https://www.erlang.org/doc/reference_manual/data_types.html; escape sequences there, "Escape
Sequences". Atoms, strings (neighbours joined), numbers, tuples, lists, maps and binaries of
strings and bytes; `%` begins a comment and each term ends in a full stop. Other syntax, such as
variables or calls, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.packages.formats.addresses import without_logins
from analyzer.paths import decode

DEPTH = 64
"""Terms in terms."""

_TOKEN = re.compile(
    r"""(?:\s|%[^\n]*+)*+(?:
      (?P<atom>[a-zß-öø-ÿ][\w@]*)
    | '(?P<quoted>(?:[^'\\]|\\.)*)'
    | "(?P<string>(?:[^"\\]|\\.)*)"
    | (?P<float>[+-]?\d+\.\d+(?:[eE][+-]?\d+)?)
    | (?P<based>[+-]?\d+\#[0-9a-zA-Z]+)
    | (?P<number>[+-]?\d(?:_?\d)*)
    | \$(?P<char>\\\^.|\\.|[^\\])
    | (?P<mark><<|>>|\#\{|=>|:=|[{}\[\],|/])
    | (?P<end>\.(?=[\s%]|\Z))
    | (?P<over>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|([0-7]{1,3})|\^(.)|(.))", re.DOTALL
)
_NAMED = {"b": "\b", "d": "\x7f", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "s": " ", "t": "\t",
          "v": "\v"}  # fmt: skip
_LATIN = re.compile(rb"coding\s*[:=]\s*latin-1", re.IGNORECASE)
_CONTROL = 0x1F
_LAST = 0x10FFFF
_DIGITS = 1000
"""Of a number; Python shows none of more than 4300, and takes its time for it."""
_HALVES = range(0xD800, 0xE000)


class NotATerm(ValueError):
    """The text is no term; the message says why, and on which line."""


class Atom(str):
    """An atom, told apart from a string."""

    __slots__ = ()


Term = object
"""`Atom`, `str` (string or binary), `int`, `float`, `tuple`, `list` or `dict`."""


def consult(data: bytes) -> Iterator[Term]:
    """The terms of a file in their order.

    Raises:
        NotATerm: at the first that cannot be read.
    """
    reader = _Reader(_decoded(data))
    while reader.kind != "over":
        term = reader.term(0)
        reader.expect("end")
        yield term


def first(data: bytes) -> Term:
    """The term that `data` begins with, whatever comes behind it.

    Raises:
        NotATerm: none begins there.
    """
    return _Reader(_decoded(data)).term(0)


def _decoded(data: bytes) -> str:
    """UTF-8 unless one of the first two lines says Latin-1 (epp(3), "Source File Encoding")."""
    first = b"\n".join(bytes(data[:1000]).split(b"\n")[:2])
    return data.decode("latin-1") if _LATIN.search(first) else decode(data)


@dataclass(slots=True)
class _Reader:
    """Reads one token ahead."""

    text: str
    at: int = 0
    kind: str = ""
    value: str = ""

    def __post_init__(self) -> None:
        self._next()

    def _next(self) -> None:
        match = _TOKEN.match(self.text, self.at)
        if match is None or match.lastgroup is None:
            raise self._fault("nothing that a term is made of")
        self.at = match.end()
        self.kind, self.value = match.lastgroup, match[match.lastgroup]

    def _fault(self, what: str) -> NotATerm:
        line = self.text.count("\n", 0, self.at) + 1
        return NotATerm(f"line {line}: {what}")

    def expect(self, kind: str, value: str = "") -> None:
        """Step over the token that has to come now."""
        if self.kind != kind or (value and self.value != value):
            wanted = value or {"end": "a full stop"}.get(kind, kind)
            found = (
                "the end of the file"
                if self.kind == "over"
                else repr(without_logins(self.value))[:40]
            )
            raise self._fault(f"{wanted} expected, found {found}")
        if kind == "end" and self.at >= len(self.text):
            self.kind, self.value = "over", ""
            return
        self._next()

    def _at(self, mark: str) -> bool:
        return self.kind == "mark" and self.value == mark

    def term(self, depth: int) -> Term:
        """The term that begins here."""
        if depth > DEPTH:
            raise self._fault("terms nested too deeply")
        kind, value = self.kind, self.value
        if kind == "mark":
            return self._compound(value, depth + 1)
        if kind in {"over", "end"}:
            raise self._fault("a term expected")
        self._next()
        if kind == "string":
            return self._strings(value)
        return self._scalar(kind, value)

    def _strings(self, first: str) -> str:
        parts = [_unescaped(first)]
        while self.kind == "string":
            parts.append(_unescaped(self.value))
            self._next()
        return "".join(parts)

    def _scalar(self, kind: str, value: str) -> Term:
        if kind in {"atom", "quoted"}:
            return Atom(_unescaped(value) if kind == "quoted" else value)
        if kind == "float":
            return float(value)
        if kind == "char":
            return ord(_unescaped(value)[:1] or "\0")
        sign = -1 if value[0] == "-" else 1
        base, _, digits = value.lstrip("+-").replace("_", "").rpartition("#")
        if len(digits) > _DIGITS:
            raise self._fault(f"a number of more than {_DIGITS} digits")
        try:
            return sign * int(digits, int(base or "10"))
        except ValueError as fault:
            raise self._fault("a number that is none") from fault

    def _compound(self, mark: str, depth: int) -> Term:
        self._next()
        match mark:
            case "{":
                return tuple(self._items("}", depth))
            case "[":
                return self._list(depth)
            case "#{":
                return self._map(depth)
            case "<<":
                return self._binary()
        raise self._fault(f"a term expected, found {mark}")

    def _items(self, end: str, depth: int) -> list[Term]:
        items: list[Term] = []
        while not self._at(end):
            if items:
                self.expect("mark", ",")
            items.append(self.term(depth))
        self._next()
        return items

    def _list(self, depth: int) -> list[Term]:
        items: list[Term] = []
        while not self._at("]"):
            if items and self._at("|"):
                self._next()
                items.append(self.term(depth))
                break
            if items:
                self.expect("mark", ",")
            items.append(self.term(depth))
        self.expect("mark", "]")
        return items

    def _map(self, depth: int) -> dict[str, Term]:
        """Keys as text, which is all that anybody looks up here."""
        items: dict[str, Term] = {}
        while not self._at("}"):
            if items:
                self.expect("mark", ",")
            key = self.term(depth)
            self.expect("mark", "=>")
            items[str(key)] = self.term(depth)
        self._next()
        return items

    def _binary(self) -> str:
        parts: list[str] = []
        while not self._at(">>"):
            if parts:
                self.expect("mark", ",")
            kind, value = self.kind, self.value
            if kind not in {"string", "number", "char"}:
                raise self._fault("a binary of more than strings and bytes")
            self._next()
            found = _unescaped(value) if kind == "string" else self._scalar(kind, value)
            parts.append(found if isinstance(found, str) else chr(int(str(found)) & 0xFF))
            if self._at("/"):
                self._next()
                self.expect("atom")
        self._next()
        return "".join(parts)


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(_character, value) if "\\" in value else value


def _character(match: re.Match[str]) -> str:
    wide, two, octal, control, plain = match.groups()
    if wide or two:
        point = int(wide or two, 16)
        # No character, or half of one.
        return "\N{REPLACEMENT CHARACTER}" if point > _LAST or point in _HALVES else chr(point)
    if octal:
        return chr(int(octal, 8))
    if control:
        return chr(ord(control) & _CONTROL)
    return _NAMED.get(plain, plain)
