"""Headers of rpm packages, written by the format's description for what rpmbuild cannot make.

https://rpm-software-management.github.io/rpm/manual/format_header.html. Knows nothing of the
analyzer.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

Value = str | int | bytes | Sequence[str] | Sequence[int]
IMMUTABLE = 63
_STRING, _BINARY, _ARRAY, _I18N, _INT16, _INT32 = 6, 7, 8, 9, 3, 4
_I18N_TAGS = {1004, 1005, 1016}
_INT16_TAGS = {1030}


def header(
    tags: Mapping[int, Value], dribbles: Mapping[int, Value] | None = None, *, region: bool = True
) -> bytes:
    """A header of `tags`, in a signed region unless `region` is off, and of `dribbles` behind."""
    data = bytearray()
    entries = [_entry(tag, tags[tag], data) for tag in sorted(tags)]
    if region:
        count = len(entries) + 1
        entries.insert(0, (IMMUTABLE, _BINARY, len(data), 16))
        data += struct.pack(">IIiI", IMMUTABLE, _BINARY, -16 * count, 16)
    entries += [_entry(tag, value, data) for tag, value in (dribbles or {}).items()]
    index = b"".join(struct.pack(">IIiI", *entry) for entry in entries)
    return struct.pack(">II", len(entries), len(data)) + index + bytes(data)


def _entry(tag: int, value: Value, data: bytearray) -> tuple[int, int, int, int]:
    kind, count, size, encoded = _encoded(tag, value)
    data += bytes(-len(data) % size)
    offset = len(data)
    data += encoded
    return tag, kind, offset, count


def _encoded(tag: int, value: Value) -> tuple[int, int, int, bytes]:
    """Type, count, alignment and bytes of a value."""
    if isinstance(value, bytes):
        return _BINARY, len(value), 1, value
    if isinstance(value, str):
        kind = _I18N if tag in _I18N_TAGS else _STRING
        return kind, 1, 1, value.encode("utf-8", "surrogateescape") + b"\0"
    if isinstance(value, int):
        value = [value]
    texts = [item for item in value if isinstance(item, str)]
    if texts:
        joined = b"".join(text.encode("utf-8", "surrogateescape") + b"\0" for text in texts)
        return _ARRAY, len(texts), 1, joined
    numbers = [item for item in value if isinstance(item, int)]
    kind, size, letter = (_INT16, 2, "H") if tag in _INT16_TAGS else (_INT32, 4, "I")
    return kind, len(numbers), size, struct.pack(f">{len(numbers)}{letter}", *numbers)
