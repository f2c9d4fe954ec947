"""JSON as Go's encoding/json writes it, byte for byte.

Ids that tools make up are digests of JSON that a Go program wrote, so one byte decides. Rules
from Go's encoding/json (encode.go, indent.go): strings escape `<`, `>`, `&`, U+2028 and U+2029;
a `json.RawMessage` keeps its order, numbers and escapes, loses white space outside strings and
gets the same five escapes; what is no UTF-8 stays as it is in a raw value and becomes U+FFFD in
a decoded string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from analyzer.errors import MalformedImage
from analyzer.problems import Code

Value = None | bool | int | str | bytes | list["Value"] | dict[str, "Value"]
"""What `encode` takes; `bytes` are a raw value that was compacted before."""

_STRINGS = re.compile(rb'("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\r\n]+', re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")
_HTML_ESCAPES = {
    b"<": rb"\u003c",
    b">": rb"\u003e",
    b"&": rb"\u0026",
    b"\xe2\x80\xa8": rb"\u2028",
    b"\xe2\x80\xa9": rb"\u2029",
}
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONG = [*map(chr, range(0x20)), *"<>&\u2028\u2029"]
_ESCAPES = _SHORT | {c: f"\\u{ord(c):04x}" for c in _LONG if c not in _SHORT}
"""The backslash comes first, so that those of other escapes stay single."""
_SHORT_CONTROLS = {"\b": "\\b", "\f": "\\f"}
_SURROGATES = re.compile("[\ud800-\udfff]")


def members(raw: bytes, where: str) -> dict[str, bytes]:
    """The members of an object with the exact bytes of their values; of doubles the last.

    Raises:
        MalformedImage: not JSON, or no object.
    """
    text = raw.decode("utf-8", "surrogateescape")
    try:
        found, end = _members(text, _skip(text, 0))
        if _skip(text, end) != len(text):
            raise ValueError("something follows the object")  # noqa: TRY301 - said once below
    except (ValueError, IndexError, RecursionError) as problem:
        raise MalformedImage(Code.BAD_DOCUMENT, f"not JSON: {problem}", where=where) from problem
    return {name: value.encode("utf-8", "surrogateescape") for name, value in found.items()}


def _members(text: str, position: int) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    _expect(text, position, "{")
    position = _skip(text, position + 1)
    if text[position] == "}":
        return found, position + 1
    while True:
        _expect(text, position, '"')
        name, position = _DECODER.raw_decode(text, position)
        position = _skip(text, position)
        _expect(text, position, ":")
        start = _skip(text, position + 1)
        end = _DECODER.raw_decode(text, start)[1]
        found[_decoded(name)] = text[start:end]
        position = _skip(text, end)
        if text[position] == "}":
            return found, position + 1
        _expect(text, position, ",")
        position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _expect(text: str, position: int, wanted: str) -> None:
    if text[position] != wanted:
        raise ValueError(f"expected {wanted} at character {position}")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse)
"""Finds where a value ends. Numbers are not converted: theirs may be longer than ours can be."""


def compact(raw: bytes) -> bytes:
    """A raw value as Go writes it into another document; `raw` must be JSON."""
    bare = _STRINGS.sub(lambda match: match[1] or b"", raw)
    for plain, escaped in _HTML_ESCAPES.items():
        bare = bare.replace(plain, escaped)
    return bare


def decode(raw: bytes, where: str) -> Any:  # noqa: ANN401 - any JSON
    """A value as Go reads it: integers only where they fit 64 bits, other numbers as float.

    Raises:
        MalformedImage: it is not JSON.
    """
    text = _decoded(raw.decode("utf-8", "surrogateescape"))
    try:
        value = json.loads(text, parse_int=_integer, parse_constant=_refuse)
    except (ValueError, RecursionError) as problem:
        raise MalformedImage(Code.BAD_DOCUMENT, f"not JSON: {problem}", where=where) from problem
    return value


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= len("-9223372036854775808") else float(text)


def _decoded(text: str) -> str:
    """A string as Go holds it: what is no Unicode is U+FFFD, byte by byte."""
    return _SURROGATES.sub("\ufffd", text)


def encode(value: Value, *, short_controls: bool = False) -> bytes:
    r"""`value` as `json.Marshal` writes it, members in the order given.

    `short_controls`: backspace and form feed as `\b` and `\f`, as from Go 1.22 on.
    """
    if value is None or isinstance(value, bool):
        return {None: b"null", True: b"true", False: b"false"}[value]
    if isinstance(value, int):
        return str(value).encode()
    if isinstance(value, str):
        return encode_string(value, short_controls=short_controls)
    if isinstance(value, bytes):
        return value
    if isinstance(value, list):
        return b"[%b]" % b",".join(encode(item, short_controls=short_controls) for item in value)
    return join((name, encode(item, short_controls=short_controls)) for name, item in value.items())


def join(pairs: Iterable[tuple[str, bytes]]) -> bytes:
    """An object of values that are encoded already."""
    return b"{%b}" % b",".join(b"%b:%b" % (encode_string(name), value) for name, value in pairs)


def sorted_object(values: Mapping[str, bytes]) -> bytes:
    """A Go map: names in the order of their UTF-8 bytes."""
    return join(sorted(values.items()))


def encode_string(text: str, *, short_controls: bool = False) -> bytes:
    """A string with Go's escapes."""
    text = _decoded(text)
    escapes = _ESCAPES | _SHORT_CONTROLS if short_controls else _ESCAPES
    for plain, escaped in escapes.items():
        text = text.replace(plain, escaped)
    return f'"{text}"'.encode()
