"""JSON bytes that are the same for the same value: the only JSON writer of the package."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

_ENCODER = json.JSONEncoder(ensure_ascii=False, indent=2, allow_nan=False)
_WORDS = {None: "null", True: "true", False: "false"}
_PIECE = 1 << 16
"""Characters, at least, that are handed out at once."""
_STREAMED_LEVELS = 4
"""Down to here values are written member by member: document, list, image, list of files."""


class Rows:
    """A list of which each element is made when it is written, and then forgotten."""

    def __init__(self, items: Iterable[object], form: Callable[..., object]) -> None:
        self._items = items
        self._form = form

    def __iter__(self) -> Iterator[object]:
        """The elements, made anew each time."""
        return map(self._form, self._items)


def json_bytes(value: object) -> bytes:
    """Render `value` as UTF-8 JSON, indented by two, ending in a newline.

    Members keep the order that their builders gave them; builders sort what has no order. A
    `Decimal` is a number with all of its digits.
    Whatever a terminal might act upon (control characters, marks that turn the direction of
    writing) and lone surrogates (bytes of names that are not UTF-8) are written as escapes, which
    readers of JSON take back; so the output is valid UTF-8 and safe to look at.
    """
    return b"".join(json_pieces(value))


def json_pieces(value: object) -> Iterator[bytes]:
    """The same piece by piece, for values of which the bytes would fill the memory."""
    held: list[str] = []
    size = 0
    for text in _streamed(value, "\n", _STREAMED_LEVELS):
        held.append(text)
        size += len(text)
        if size >= _PIECE:
            yield _encoded("".join(held))
            held.clear()
            size = 0
    held.append("\n")
    yield _encoded("".join(held))


def _streamed(value: object, line: str, levels: int) -> Iterator[str]:
    """The text of `value` in pieces; `line` is a line break and the indentation where it stands."""
    inner = f"{line}  "
    if not levels or not isinstance(value, dict | list | tuple | Rows):
        yield _text(value, line)
    elif isinstance(value, dict):
        before = "{"
        for key, member in value.items():
            yield f"{before}{inner}{_key(key)}: "
            yield from _streamed(member, inner, levels - 1)
            before = ","
        yield f"{line}}}" if value else "{}"
    else:
        before = "["
        for element in value:
            yield f"{before}{inner}"
            yield from _streamed(element, inner, levels - 1)
            before = ","
        yield f"{line}]" if before == "," else "[]"


def _text(value: object, line: str) -> str:
    """The text of `value` as a whole."""
    if isinstance(value, str):
        return _ENCODER.encode(value)
    inner = f"{line}  "
    if isinstance(value, dict):
        members = [f"{_key(key)}: {_text(member, inner)}" for key, member in value.items()]
        return f"{{{inner}{f',{inner}'.join(members)}{line}}}" if members else "{}"
    if isinstance(value, list | tuple | Rows):
        elements = [_text(element, inner) for element in value]
        return f"[{inner}{f',{inner}'.join(elements)}{line}]" if elements else "[]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if value is None or value is True or value is False:
        return _WORDS[value]
    if type(value) is int:
        return str(value)
    return f"{value:f}" if isinstance(value, Decimal) else _ENCODER.encode(value)


def _key(key: object) -> str:
    text = _ENCODER.encode(key)
    return text if isinstance(key, str) else f'"{text}"'


def _encoded(text: str) -> bytes:
    if not text.replace("\n", "").isprintable():
        text = "".join(map(_escaped, text.splitlines(keepends=True)))
    return text.encode()


def _escaped(line: str) -> str:
    if line.rstrip("\n").isprintable():
        return line
    return "".join(c if c.isprintable() or c == "\n" else _escape(c) for c in line)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))
