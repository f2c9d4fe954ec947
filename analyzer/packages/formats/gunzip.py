"""Small compressed files inside the image, inflated while a layer streams past."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from analyzer.layers.wants import Charge, Content

_GZIP = zlib.MAX_WBITS | 16
_PIECE = 1 << 16

CONTENT = "content"
"""The part with what was inflated."""
FAULT = "fault"
"""The part that says, in UTF-8, why that is not all."""


def reduce_gzip(content: Content, charge: Charge) -> Mapping[str, bytes]:
    """A gzip file (RFC 1952) to its content; of a damaged one, as much as there is.

    Raises:
        LimitExceeded: by `charge`.
    """
    inflated = bytearray()
    at, fault = 0, ""
    while at < len(content) and not fault:
        member = zlib.decompressobj(_GZIP)
        try:
            at = _member(member, content, at, inflated, charge)
        except zlib.error as problem:
            fault = f"not readable as gzip: {problem}"
        else:
            fault = "" if member.eof else "the file ends early"
    if not content:
        fault = "the file is empty"
    parts = {CONTENT: bytes(inflated)}
    return {**parts, FAULT: fault.encode()} if fault else parts


def _member(
    member: zlib._Decompress, content: Content, at: int, inflated: bytearray, charge: Charge
) -> int:
    """Inflate one member onto `inflated`; where the next one begins."""
    pending = b""
    while not member.eof and (pending or at < len(content)):
        if not pending:
            pending = content[at : at + _PIECE]
            at += len(pending)
        piece = member.decompress(pending, _PIECE)
        charge(len(piece))
        inflated += piece
        pending = member.unconsumed_tail
    return at - len(member.unused_data)
