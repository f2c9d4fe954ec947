r"""Lua files that only assign literals to names: rockspecs and manifests of LuaRocks.

https://www.lua.org/manual/5.4/manual.html#3.1 (lexical conventions) and #3.4.9 (tables). A file
is a sequence of `name = value`, where a value is a string, number, boolean, nil or table of such.
LuaRocks runs these files as programs in an empty environment; nothing is run here, so a file
with operators, variables or calls is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.paths import decode

DEPTH = 64
"""Tables in tables."""

_BLANK = re.compile(r"(?:\s|--(?!\[=*\[)[^\n]*+|--\[(=*)\[.*?\]\1\])*+", re.DOTALL)
_TOKEN = re.compile(
    r"""
      (?P<word>[A-Za-z_]\w*)
    | "(?P<double>(?:[^"\\\n]|\\z\s*+|\\[^z])*+)"
    | '(?P<single>(?:[^'\\\n]|\\z\s*+|\\[^z])*+)'
    | \[(?P<level>=*)\[(?P<long>.*?)\](?P=level)\]
    | (?P<number>-?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?))
    | (?P<mark>[{}\[\]=,;])
    | (?P<over>\Z)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,8})\}|([0-9]{1,3})|z\s*|(.))", re.DOTALL
)
_NAMED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CONSTANTS = {"true": True, "false": False, "nil": None}
_LAST = 0x10FFFF
_HALVES = range(0xD800, 0xE000)

Value = object
"""`str`, `int`, `float`, `bool`, None, or a `Table`."""
Table = Mapping[str | int, Value]
"""Named fields by name, the others by position from 1."""


class NotLiteral(ValueError):
    """The file is no sequence of such assignments; the message says why, and on which line."""


def assignments(data: bytes) -> Mapping[str, Value]:
    """The values of a file by name, the last of a name as in Lua.

    Raises:
        NotLiteral: it cannot be read without running it.
    """
    reader = _Reader(decode(data.removeprefix(b"\xef\xbb\xbf")))
    values: dict[str, Value] = {}
    while reader.kind != "over":
        if reader.at_mark(";"):
            reader.step()
            continue
        name = reader.name()
        reader.expect("=")
        values[name] = reader.value_here(0)
    return values


@dataclass(slots=True)
class _Reader:
    """Reads one token ahead."""

    text: str
    at: int = 0
    kind: str = ""
    value: str = ""

    def __post_init__(self) -> None:
        self.step()

    def step(self) -> None:
        """Go to the next token."""
        blank = _BLANK.match(self.text, self.at)
        self.at = blank.end() if blank else self.at
        match = _TOKEN.match(self.text, self.at)
        if match is None or match.lastgroup is None:
            raise self.fault("not a literal")
        self.at = match.end()
        self.kind, self.value = match.lastgroup, match[match.lastgroup]

    def fault(self, what: str) -> NotLiteral:
        """What is wrong, with the line of it."""
        return NotLiteral(f"line {self.text.count(chr(10), 0, self.at) + 1}: {what}")

    def at_mark(self, mark: str) -> bool:
        """Whether that mark is next."""
        return self.kind == "mark" and self.value == mark

    def expect(self, mark: str) -> None:
        """Step over a mark that has to come now."""
        if not self.at_mark(mark):
            raise self.fault(f"{mark} expected, found {self.value!r:.40}")
        self.step()

    def name(self) -> str:
        """Step over the name of a variable."""
        if self.kind != "word" or self.value in _CONSTANTS:
            raise self.fault(f"an assignment expected, found {self.value!r:.40}")
        found = self.value
        self.step()
        return found

    def value_here(self, depth: int) -> Value:
        """The value that begins here."""
        if depth > DEPTH:
            raise self.fault("tables nested too deeply")
        kind, text = self.kind, self.value
        if self.at_mark("{"):
            return self._table(depth + 1)
        if kind == "word" and text not in _CONSTANTS:
            raise self.fault(f"{text:.40} has to be looked up, which is not done")
        if kind not in {"word", "double", "single", "long", "number"}:
            raise self.fault(f"a value expected, found {text!r:.40}")
        self.step()
        if kind == "word":
            return _CONSTANTS[text]
        if kind == "number":
            return _number(text)
        # A line break right after the bracket is not part of a long string.
        return text.removeprefix("\n") if kind == "long" else _unescaped(text)

    def _table(self, depth: int) -> Table:
        self.step()
        fields: dict[str | int, Value] = {}
        position = 1
        while not self.at_mark("}"):
            key = self._key(depth)
            if key is None:
                key, position = position, position + 1
            fields[key] = self.value_here(depth)
            if not (self.at_mark(",") or self.at_mark(";")):
                break
            self.step()
        self.expect("}")
        return fields

    def _key(self, depth: int) -> str | int | None:
        """`[key] =` or `name =`; None before a value without a key."""
        if self.at_mark("["):
            self.step()
            key = self.value_here(depth)
            self.expect("]")
            self.expect("=")
            if not isinstance(key, str | int):
                raise self.fault("a key that is neither text nor number")
            return key
        if self.kind == "word" and self.value not in _CONSTANTS:
            name = self.name()
            self.expect("=")
            return name
        return None


def _number(text: str) -> int | float:
    if text.lower().lstrip("-").startswith("0x"):
        return int(text, 16)
    return int(text[:300]) if text.lstrip("-").isdigit() else float(text)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    two, wide, decimal, plain = match.groups()
    if two or decimal:
        byte = int(two, 16) if two else min(int(decimal), 0xFF)
        # Bytes of a string, as `decode` keeps those that are not UTF-8.
        return decode(bytes([byte]))
    if wide:
        point = int(wide, 16)
        return "\N{REPLACEMENT CHARACTER}" if point > _LAST or point in _HALVES else chr(point)
    return _NAMED.get(plain, plain) if plain else ""
