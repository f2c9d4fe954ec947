"""One member of a gzip stream (RFC 1952) inflated by isal, or by zlib where there is no isal."""

from __future__ import annotations

import importlib.util
import zlib
from typing import Protocol, cast

from analyzer.gzipheader import PLAIN, GzipHeader

_ISAL = importlib.util.find_spec("isal") is not None
"""Without a wheel for the machine, zlib gives the same answers, more slowly."""


class Decompressor(Protocol):
    """The interface that `bz2`, `lzma` and `isal` share."""

    @property
    def eof(self) -> bool:
        """Whether the stream is at its end."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out without more bytes."""

    @property
    def unused_data(self) -> bytes:
        """What followed the end in the bytes given last."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take `data`, give `max_length` bytes at most."""


class _Zlib:
    """`zlib` behind the interface of the others."""

    def __init__(self) -> None:
        self._state = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._state.eof

    @property
    def needs_input(self) -> bool:
        return not self._state.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._state.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._state.decompress(self._state.unconsumed_tail + data, max_length)


def _decompressor() -> Decompressor:
    if not _ISAL:
        return _Zlib()
    from isal import igzip_lib

    state: Decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    return state


class GzipMember:
    """One member, whose header is read here: the library gets one that says nothing."""

    def __init__(self) -> None:
        self.header = GzipHeader()
        self._state = _decompressor()
        self._state.decompress(PLAIN, 1)

    @property
    def eof(self) -> bool:
        """Whether the member is at its end."""
        return self._state.eof

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out without more bytes."""
        return self._state.needs_input

    @property
    def unused_data(self) -> bytes:
        """What followed the end in the bytes given last."""
        return self._state.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """As `Decompressor`. Raises one of `gzip_errors`, OSError, ValueError or EOFError."""
        if not self.header.done:
            data = self.header.feed(data)
        return self._state.decompress(data, max_length)


def gzip_errors() -> tuple[type[Exception], ...]:
    """What it raises besides OSError, ValueError and EOFError; isal's are not of zlib's type."""
    if not _ISAL:
        return (zlib.error,)
    from isal import igzip_lib

    # The stub declares an instance where the module holds the class.
    return (zlib.error, cast("type[Exception]", igzip_lib.IsalError))
