"""How large a document may be before it is taken apart: objects cost many times their bytes."""

from __future__ import annotations

from analyzer.limits import Limits

_MOST_BYTES = Limits().document_bytes
_MOST_LINES = 1_000_000
"""The largest lock files that people keep have a tenth of it."""


def bounded(data: bytes) -> bytes:
    """`data` itself, as bytes.

    Raises:
        ValueError: it has more bytes or lines than any document of its kind.
    """
    if len(data) > _MOST_BYTES:
        raise ValueError(f"of {len(data)} bytes, more than the {_MOST_BYTES} that are read")
    whole = bytes(data)
    if len(whole) > _MOST_LINES and whole.count(b"\n") > _MOST_LINES:
        raise ValueError(f"of more than the {_MOST_LINES} lines that are read")
    return whole
