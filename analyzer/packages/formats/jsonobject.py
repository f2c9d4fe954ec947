"""JSON documents whose root is an object, as package managers write them (RFC 8259)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from analyzer.packages.formats.text import text

Object = Mapping[str, Any]


class NotAnObject(ValueError):
    """These bytes are no JSON object; the message says why, in words that can be printed."""


def read_object(data: bytes) -> Object:
    """The object that `data` is, a byte order mark before it ignored.

    Raises:
        NotAnObject: it is not JSON, nested beyond what the parser takes, or something else.
    """
    try:
        value = json.loads(bytes(data).decode("utf-8-sig"))
    except RecursionError as deep:
        raise NotAnObject("nested too deeply") from deep
    except ValueError as fault:
        raise NotAnObject(f"not JSON: {fault}") from fault
    if not isinstance(value, dict):
        raise NotAnObject(f"not an object but {type(value).__name__}")
    return value


def member(value: Object, *names: str) -> Object:
    """The object inside `value` reached through `names`; empty where there is none."""
    for name in names:
        inner = value.get(name)
        value = inner if isinstance(inner, dict) else {}
    return value


def shown(found: str) -> str:
    r"""`found`, which may hold what no UTF-8 has, such as a lone `\ud800`, printable."""
    return text(found.encode("utf-8", "surrogatepass"))


def line(value: Object, name: str) -> str:
    """The text of member `name` on one line, printable; empty where it is no text."""
    found = value.get(name)
    return shown(" ".join(found.split())) if isinstance(found, str) else ""


def lines(value: Object, name: str) -> tuple[str, ...]:
    """The texts of the list in member `name`, printable; what is no text is left out."""
    found = value.get(name)
    if not isinstance(found, list):
        return ()
    texts = ({name: item} for item in found)
    return tuple(shown for item in texts if (shown := line(item, name)))
