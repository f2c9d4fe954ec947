"""What PHP's `serialize` writes for arrays and scalars; objects and references are refused.

Grammar: https://www.phpinternals.net/docs/serialize and PHP, `ext/standard/var_unserializer.re`:
`N;` `b:1;` `i:-5;` `d:0.5;` `s:3:"abc";` with the length in bytes, `a:2:{key value key value}` with
whole numbers or strings as keys.
"""

from __future__ import annotations

import re

from analyzer.packages.formats.text import text

Value = str | dict[str, "Value"]
"""Scalars as printable text (null is empty), arrays by their keys as text."""

_DEPTH = 64
_TOKEN = re.compile(
    rb"""
    (?P<null>N;)
    | b:(?P<bool>[01]);
    | i:(?P<int>[+-]?[0-9]{1,20});
    | d:(?P<float>[0-9.eE+-]{1,40}|-?INF|NAN);
    | s:(?P<length>[0-9]{1,10}):"
    | a:(?P<count>[0-9]{1,10}):\{
    """,
    re.VERBOSE,
)


class Refused(ValueError):
    """These bytes are not what PHP writes, or hold something else than arrays and scalars."""


def load(data: bytes) -> Value:
    """The one value that `data` is; what stands behind it is ignored, as PHP does.

    Raises:
        Refused: see there.
    """
    return _value(data, 0, 0)[0]


def _value(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    match = _TOKEN.match(data, at)
    if match is None:
        raise Refused(f"byte {at}: no array and no scalar")
    if match["length"] is not None:
        return _string(data, match.end(), int(match["length"]))
    if match["count"] is not None:
        return _array(data, match.end(), int(match["count"]), depth + 1)
    scalar = match["bool"] or match["int"] or match["float"] or b""
    return text(scalar), match.end()


def _string(data: bytes, start: int, length: int) -> tuple[str, int]:
    end = start + length
    if data[end : end + 2] != b'";':
        raise Refused(f"byte {start}: a string that is not {length} bytes long")
    return text(data[start:end]), end + 2


def _array(data: bytes, at: int, count: int, depth: int) -> tuple[dict[str, Value], int]:
    if depth > _DEPTH:
        raise Refused(f"byte {at}: nested too deep")
    found: dict[str, Value] = {}
    for _ in range(count):
        # Arrays are no keys, so the first byte tells what PHP accepts here.
        if data[at : at + 2] not in {b"i:", b"s:"}:
            raise Refused(f"byte {at}: no key")
        key, at = _value(data, at, depth)
        inner, at = _value(data, at, depth)
        found[str(key)] = inner
    if data[at : at + 1] != b"}":
        raise Refused(f"byte {at}: an array that is not {count} members long")
    return found, at + 1
