"""Small compressed documents inside programs, inflated within a bound."""

from __future__ import annotations

import zlib
from typing import Final

from analyzer.packages.contract import Charge

ZLIB: Final = 15
GZIP: Final = 31
"""`wbits` of zlib, for the two wrappings."""
_STEP: Final = 256 << 10


class InflateFault(Exception):
    """Words for why a document could not be inflated."""


def inflate(raw: bytes, wrapping: int, most: int, charge: Charge) -> bytes:
    """All of one stream; bytes after its end are let be.

    Raises:
        InflateFault: damaged, cut off, or more than `most` bytes.
        LimitExceeded: by `charge`.
    """
    stream = zlib.decompressobj(wrapping)
    whole = bytearray()
    rest = raw
    while not stream.eof:
        try:
            out = stream.decompress(rest, _STEP)
        except zlib.error as damage:
            raise InflateFault("its compressed data is damaged") from damage
        charge(len(out))
        whole += out
        rest = stream.unconsumed_tail
        if len(whole) > most:
            raise InflateFault(f"it inflates to more than {most} bytes")
        if not out and not rest and not stream.eof:
            raise InflateFault("its compressed data is cut off")
    return bytes(whole)
