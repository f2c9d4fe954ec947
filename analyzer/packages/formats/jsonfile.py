"""JSON files of strangers: read without surprises, members fetched by type.

RFC 8259, https://www.rfc-editor.org/rfc/rfc8259. A byte-order mark is skipped, as the tools whose
files these are do, and bytes that are not UTF-8 come out as `text` writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NoReturn

from analyzer.packages.formats.bounds import bounded
from analyzer.paths import decode, printable

_MARK = b"\xef\xbb\xbf"


def load(data: bytes) -> object:
    """The value in `data`; of members that repeat the last counts. All numbers are floats.

    Raises:
        ValueError: this is no JSON, or is larger or nested deeper than can be read.
    """
    whole = bounded(data)
    try:
        value: object = json.loads(
            decode(whole.removeprefix(_MARK)), parse_int=float, parse_constant=_refuse
        )
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    except ValueError as fault:
        raise ValueError(f"not JSON: {fault}") from None
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def word(value: object) -> str:
    """A string without the blanks around it, printable; anything else is empty."""
    return printable(value.strip()) if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, object]:
    """An object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """An array; anything else is an empty one."""
    return value if isinstance(value, list) else []


def words(value: object) -> Iterator[str]:
    """The strings of an array that are not empty."""
    for element in sequence(value):
        if found := word(element):
            yield found


def names(value: object) -> tuple[str, ...]:
    """The names of an object's members, sorted, without empty ones."""
    return tuple(sorted(filter(None, (word(name) for name in mapping(value)))))
