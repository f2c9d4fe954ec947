"""The header of a gzip member, followed byte by byte (RFC 1952, section 2.3).

isal 1.9.1 loses its place in a header with several optional fields, or with a checksum, when it
comes in more than one piece; zlib refuses flags that Go passes over. So both get a header without
any, and what it states is read here.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

PLAIN = b"\x1f\x8b\x08" + b"\0" * 6 + b"\xff"
"""A header that says nothing."""

_FIXED_BYTES = 10
_HCRC, _EXTRA, _NAME, _COMMENT = 0x02, 0x04, 0x08, 0x10
_RESERVED = 0xE0
_DEFLATE = 8
EXTRA = "extra field"
_WORDS = {_NAME: "name", _COMMENT: "comment"}
_KEPT_BYTES = 256
"""Of a name or comment, which may have any length."""
_MOST = 10
"""Different headers of one stream that are kept."""

NOT_STATED = 255
"""OS of a writer that does not say where it runs."""
_NO_TIMES = (0, 0x886E0900)
"""The standard's, and `uint32(time.Time{}.Unix())`: pgzip writes the year 1 unless told a time
(klauspost/pgzip, gzip.go)."""


@dataclass(frozen=True, slots=True)
class Field:
    """An optional field: `at` counts from the begin of the header, `text` are its first bytes."""

    word: str
    at: int
    size: int
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a header says: seconds since 1970 and numbers as the standard has them."""

    mtime: int
    extra_flags: int
    system: int
    fields: tuple[Field, ...] = ()
    reserved: int = 0
    """Flags that have no meaning."""

    @property
    def timed(self) -> bool:
        """Whether the time is one."""
        return self.mtime not in _NO_TIMES

    @property
    def telling(self) -> bool:
        """Whether it says anything of where the stream comes from."""
        return self.timed or self.system != NOT_STATED or bool(self.fields or self.reserved)


class StatedHeaders:
    """The headers of a stream's members that tell something; the same ones are counted."""

    def __init__(self) -> None:
        self.seen: dict[Stated, tuple[int, int]] = {}
        """Where the first such header begins, and how many there are."""
        self.others = 0
        """How many came that are different from these, which are enough."""
        self.first: Stated | None = None
        """What the first of all says, telling or not."""

    def add(self, at: int, header: GzipHeader) -> None:
        """Take in a header that begins at byte `at` of the stream, if all of it was there."""
        if not header.done:
            return
        stated = header.stated
        self.first = self.first or stated
        if not stated.telling:
            return
        if stated not in self.seen and len(self.seen) == _MOST:
            self.others += 1
            return
        first, count = self.seen.get(stated, (at, 0))
        self.seen[stated] = first, count + 1


class GzipHeader:
    """Takes a header of any length, in any pieces, and keeps what it states."""

    def __init__(self) -> None:
        self.done = False
        """Whether all of it was seen."""
        self._fields: list[Field] = []
        self._taken = 0
        self._begun = 0  # where the field that is being read begins
        self._text = b""
        self._checksum = 0
        self._fixed = b""
        self._flags = 0
        self._field = b""  # the begin of a number of two bytes
        self._skip = 0  # bytes of the extra field to come

    @property
    def stated(self) -> Stated:
        """What it says, once it is done."""
        fixed = self._fixed
        mtime = int.from_bytes(fixed[4:8], "little")
        return Stated(mtime, fixed[8], fixed[9], tuple(self._fields), fixed[3] & _RESERVED)

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
            self._fields.append(Field(EXTRA, self._taken + taken - 2, self._skip))
        return self._count(data, taken)

    def _take_text(self, data: bytes, flag: int) -> bytes:
        end = data.find(b"\0") + 1
        if not self._begun:
            self._begun = self._taken
        taken = end or len(data)
        self._text = (self._text + data[: min(taken, _KEPT_BYTES)])[:_KEPT_BYTES]
        if end:
            self._flags &= ~flag
            size = self._taken + taken - 1 - self._begun
            text = self._text.rstrip(b"\0")
            self._fields.append(Field(_WORDS[flag], self._begun, size, text))
            self._begun, self._text = 0, b""
        return self._count(data, taken)

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
        self._taken += taken
        left = self._flags & (_HCRC | _EXTRA | _NAME | _COMMENT)
        self.done = len(self._fixed) == _FIXED_BYTES and not left and not self._skip
        return data[taken:]
