"""The header of a gzip member, followed byte by byte (RFC 1952, section 2.3).

isal 1.9.1 loses its place in a header with several optional fields, or with a checksum, when it
comes in more than one piece; so it gets a header without any, and these are read here.
"""

from __future__ import annotations

import zlib

PLAIN = b"\x1f\x8b\x08" + b"\0" * 6 + b"\xff"
"""A header that says nothing."""

_FIXED_BYTES = 10
_HCRC, _EXTRA, _NAME, _COMMENT = 0x02, 0x04, 0x08, 0x10
_DEFLATE = 8


class GzipHeader:
    """Takes a header of any length, in any pieces, and keeps nothing of it."""

    def __init__(self) -> None:
        self.done = False
        """Whether all of it was seen."""
        self._checksum = 0
        self._fixed = b""
        self._flags = 0
        self._field = b""  # the begin of a number of two bytes
        self._skip = 0  # bytes of the extra field to come

    def feed(self, data: bytes) -> bytes:
        """What of `data` comes behind the header.

        Raises:
            ValueError: it is no header of a deflate stream, or its checksum does not fit.
        """
        while data and not self.done:
            data = self._step(data)
        return data

    def _step(self, data: bytes) -> bytes:
        """Take the next field, or as much of it as there is."""
        if len(self._fixed) < _FIXED_BYTES:
            return self._take_fixed(data)
        if self._skip:
            taken = min(self._skip, len(data))
            self._skip -= taken
            return self._count(data, taken)
        if self._flags & _EXTRA:
            return self._take_extra_length(data)
        for flag in (_NAME, _COMMENT):
            if self._flags & flag:
                return self._take_text(data, flag)
        return self._take_checksum(data)

    def _take_fixed(self, data: bytes) -> bytes:
        taken = min(_FIXED_BYTES - len(self._fixed), len(data))
        self._fixed += data[:taken]
        if len(self._fixed) == _FIXED_BYTES:
            if self._fixed[:2] != PLAIN[:2] or self._fixed[2] != _DEFLATE:
                raise ValueError("a gzip header of an unknown compression method")
            self._flags = self._fixed[3]
        return self._count(data, taken)

    def _take_extra_length(self, data: bytes) -> bytes:
        taken = min(2 - len(self._field), len(data))
        self._field += data[:taken]
        if len(self._field) == 2:  # noqa: PLR2004 - XLEN
            self._skip, self._field = int.from_bytes(self._field, "little"), b""
            self._flags &= ~_EXTRA
        return self._count(data, taken)

    def _take_text(self, data: bytes, flag: int) -> bytes:
        end = data.find(b"\0") + 1
        if end:
            self._flags &= ~flag
        return self._count(data, end or len(data))

    def _take_checksum(self, data: bytes) -> bytes:
        taken = min(2 - len(self._field), len(data))
        self._field += data[:taken]
        if len(self._field) == 2:  # noqa: PLR2004 - CRC16
            if int.from_bytes(self._field, "little") != self._checksum & 0xFFFF:
                raise ValueError("the checksum of a gzip header does not fit")
            self.done = True
        return data[taken:]

    def _count(self, data: bytes, taken: int) -> bytes:
        """Pass over `taken` bytes; the header ends where nothing of it is left to come."""
        self._checksum = zlib.crc32(data[:taken], self._checksum)
        left = self._flags & (_HCRC | _EXTRA | _NAME | _COMMENT)
        self.done = len(self._fixed) == _FIXED_BYTES and not left and not self._skip
        return data[taken:]
