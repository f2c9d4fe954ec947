"""Literals of Ruby code: strings and arrays of strings.

https://docs.ruby-lang.org/en/3.3/syntax/literals_rdoc.html; String#dump for the escapes:
https://docs.ruby-lang.org/en/3.3/String.html#method-i-dump

Nothing is run. What is not a literal, such as a constant or a string with `#{}` in it, is no
value: whoever asks is told so and not given half of it.
"""

from __future__ import annotations

import re

from analyzer.packages.formats.text import text

_SPACE = re.compile(rb"(?:[ \t\r\n]|#[^\n]*\n)*")
_DOUBLE = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SINGLE = re.compile(rb"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_PERCENT = re.compile(rb"%[qQ]?([<\[({|!])")
_CLOSING = {b"<": b">", b"[": b"]", b"(": b")", b"{": b"}"}
_FREEZE = re.compile(rb"\.(?:freeze|dup)\b")
_NUMBER = re.compile(rb"-?\d[\d_]*(?:\.\d+)?\b")
_WORD = re.compile(rb"nil\b|true\b|false\b")
_WORDS = re.compile(rb"%[wW]([<\[({|!])")
_ESCAPE = re.compile(
    rb"\\(?:u\{([0-9A-Fa-f ]{1,200})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))",
    re.DOTALL,
)
_NAMED = {
    bytes([one]): bytes([other])
    for one, other in zip(b"ntreabfvs", b"\n\t\r\x1b\a\b\f\v ", strict=True)
}
"""What stands behind a backslash; any other character stands for itself."""

Value = str | list[str] | None
"""A string, an array of strings (`nil` in it is left out), or none: nil, true, false, a number."""


_LONGEST = 64 * 1024
"""Of a percent literal; one without an end would have the whole file searched, however many."""


class NotALiteral(ValueError):
    """Ruby code that would have to be run."""


def read_literal(code: bytes, at: int) -> tuple[Value, int]:
    """The literal that begins at `at`, and where it ends. Raises NotALiteral."""
    if code[at : at + 1] == b"[":
        return _array(code, at)
    if match := _WORDS.match(code, at):
        end = _end(code, match.end(), match[1])
        return [text(word) for word in code[match.end() : end].split()], end + 1
    return _scalar(code, at)


def _array(code: bytes, at: int) -> tuple[list[str], int]:
    items: list[str] = []
    at = _skip(code, at + 1)
    while code[at : at + 1] != b"]":
        item, at = _scalar(code, at)
        if item is not None:
            items.append(item)
        at = _skip(code, at)
        if code[at : at + 1] == b",":
            at = _skip(code, at + 1)
        elif code[at : at + 1] != b"]":
            raise NotALiteral
    return items, at + 1


def _scalar(code: bytes, at: int) -> tuple[str | None, int]:
    if match := _WORD.match(code, at):
        return None, match.end()
    if match := _NUMBER.match(code, at):
        return None, match.end()
    if match := _DOUBLE.match(code, at):
        value, at = _unescaped(match[1]), match.end()
    elif match := _SINGLE.match(code, at):
        value, at = re.sub(rb"\\([\\'])", rb"\1", match[1]), match.end()
    elif match := _PERCENT.match(code, at):
        at = _end(code, match.end(), match[1])
        value, at = code[match.end() : at], at + 1
        if b"#{" in value or b"\\" in value:
            raise NotALiteral
    else:
        raise NotALiteral
    frozen = _FREEZE.match(code, at)
    return text(value), frozen.end() if frozen else at


def _end(code: bytes, at: int, opening: bytes) -> int:
    """Where a percent literal closes. Brackets in it would have to be counted: none are taken."""
    end = code.find(_CLOSING.get(opening, opening), at, at + _LONGEST)
    if end < 0 or (opening in _CLOSING and opening in code[at:end]):
        raise NotALiteral
    return end


def _skip(code: bytes, at: int) -> int:
    match = _SPACE.match(code, at)
    return match.end() if match else at


def _unescaped(raw: bytes) -> bytes:
    if re.search(rb"(?:^|[^\\])(?:\\\\)*#[{$@]", raw):
        raise NotALiteral

    def one(match: re.Match[bytes]) -> bytes:
        points, point, byte, octal, other = match.groups()
        if points is not None or point is not None:
            return b"".join(map(_character, (points or point).split()))
        if byte is not None:
            return bytes([int(byte, 16)])
        if octal is not None:
            return bytes([int(octal, 8) & 0xFF])
        return _NAMED.get(other, other)

    return _ESCAPE.sub(one, raw)


def _character(hexadecimal: bytes) -> bytes:
    point = int(hexadecimal, 16)
    if point > _LAST_POINT:
        raise NotALiteral
    return chr(point).encode("utf-8", "surrogatepass")


_LAST_POINT = 0x10FFFF
