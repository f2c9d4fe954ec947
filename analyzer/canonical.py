"""JSON bytes that are the same for the same value: the only JSON writer of the package."""

from __future__ import annotations

import io
import json

_ENCODER = json.JSONEncoder(ensure_ascii=False, indent=2, allow_nan=False)


def json_bytes(value: object) -> bytes:
    """Render `value` as UTF-8 JSON, indented by two, ending in a newline.

    Members keep the order that their builders gave them; builders sort what has no order.
    Whatever a terminal might act upon (control characters, marks that turn the direction of
    writing) and lone surrogates (bytes of names that are not UTF-8) are written as escapes, which
    readers of JSON take back; so the output is valid UTF-8 and safe to look at.
    """
    buffer = io.StringIO()  # a list of all the pieces would take many times their size
    buffer.writelines(_ENCODER.iterencode(value))
    text = buffer.getvalue()
    if not text.replace("\n", "").isprintable():
        text = "".join(map(_escaped, text.splitlines(keepends=True)))
    return text.encode() + b"\n"


def _escaped(line: str) -> str:
    if line.rstrip("\n").isprintable():
        return line
    return "".join(c if c.isprintable() or c == "\n" else _escape(c) for c in line)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))
