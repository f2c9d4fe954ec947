"""JSON of strangers: read without surprises, members fetched by type.

RFC 8259, https://www.rfc-editor.org/rfc/rfc8259. A byte-order mark is skipped, as the tools whose
files these are do, and bytes that are not UTF-8 come out as `paths.printable` writes them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from analyzer.paths import decode, printable

Object = Mapping[str, Any]
_MARK = b"\xef\xbb\xbf"
_MOST_DIGITS = 300
"""More are read as a float; Python refuses integers of some thousand digits."""


def parse(data: bytes, repeated: Counter[str] | None = None) -> object:
    """The value in `data`; of members that repeat the last counts, and `repeated` counts them.

    Raises:
        ValueError: this is no JSON, or is nested deeper than can be read.
    """

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs) and repeated is not None:
            counts = Counter(name for name, _ in pairs)
            repeated.update({name: count - 1 for name, count in counts.items() if count > 1})
        return result

    decoder = _DECODER
    if repeated is not None:
        decoder = _decoder(members)
    try:
        value: object = decoder.decode(decode(data.removeprefix(_MARK)))
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    except ValueError as fault:
        raise ValueError(f"not JSON: {fault}") from None
    return value


def _decoder(hook: Callable[[list[tuple[str, Any]]], object] | None = None) -> json.JSONDecoder:
    return json.JSONDecoder(parse_int=_number, parse_constant=_refuse, object_pairs_hook=hook)


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_DECODER = _decoder()


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
