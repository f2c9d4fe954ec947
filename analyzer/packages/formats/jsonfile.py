"""JSON files of strangers: read without surprises, members fetched by type.

RFC 8259, https://www.rfc-editor.org/rfc/rfc8259. A byte-order mark is skipped, as the tools whose
files these are do, and bytes that are not UTF-8 come out as `text` writes them.
"""

from __future__ import annotations

from analyzer.jsonvalues import Object, mapping, parse, sequence, word, words
from analyzer.packages.formats.bounds import bounded
from analyzer.paths import printable

__all__ = [
    "NotAnObject",
    "Object",
    "line",
    "lines",
    "load",
    "mapping",
    "member",
    "names",
    "read_object",
    "sequence",
    "word",
    "words",
]


class NotAnObject(ValueError):
    """These bytes are no JSON object; the message says why, in words that can be printed."""


def load(data: bytes) -> object:
    """The value in `data`; of members that repeat the last counts.

    Raises:
        ValueError: this is no JSON, or is larger or nested deeper than can be read.
    """
    return parse(bounded(data))


def read_object(data: bytes) -> Object:
    """The object that `data` is.

    Raises:
        NotAnObject: it is something else, or `load` cannot read it.
    """
    try:
        value = load(data)
    except ValueError as fault:
        raise NotAnObject(str(fault)) from fault
    if not isinstance(value, dict):
        raise NotAnObject(f"not an object but {type(value).__name__}")
    return value


def names(value: object) -> tuple[str, ...]:
    """The names of an object's members, sorted, without empty ones."""
    return tuple(sorted(filter(None, (word(name) for name in mapping(value)))))


def member(value: Object, *names: str) -> Object:
    """The object inside `value` reached through `names`; empty where there is none."""
    for name in names:
        value = mapping(value.get(name))
    return value


def line(value: Object, name: str) -> str:
    """The text of member `name` on one line, printable; empty where it is no text."""
    found = value.get(name)
    return printable(" ".join(found.split())) if isinstance(found, str) else ""


def lines(value: Object, name: str) -> tuple[str, ...]:
    """The texts of the list in member `name`, each on one line; what is no text is left out."""
    found = ({name: item} for item in sequence(value.get(name)))
    return tuple(filter(None, (line(item, name) for item in found)))
