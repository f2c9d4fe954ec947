"""One tar header block to fields, and extended headers to records.

Formats: POSIX.1-2017 pax(1) "ustar Interchange Format" and "pax Interchange Format"; GNU tar
manual, "Basic Tar Format" (base-256 numbers). Where the specifications leave a choice we do as
Go's archive/tar, which the container engines use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Protocol
from zlib import adler32

from analyzer.paths import decode

BLOCK_BYTES = 512
ZERO_BLOCK = bytes(BLOCK_BYTES)
NO_XATTRS: Mapping[str, bytes] = MappingProxyType({})
"""Shared by every entry without extended attributes."""

HEADER_ONLY = frozenset(b"123456")
"""Types without data blocks, whatever their size field says (Go archive/tar, tarfile)."""

LARGEST = (1 << 63) - 1
"""The largest size or number that any reader takes; more is damage."""
_LARGEST_DIGITS = 19
PLAIN_TIME = re.compile(rb"(-?[0-9]{1,12})(?:\.([0-9]{0,9}?)0*)?")
"""Near enough, and in no more digits than count."""
_TIME = re.compile(rb"([+-]?[0-9]+)(?:\.([0-9]*))?")
"""Go's archive/tar, strconv.go, `parsePAXTime`."""
_WHOLE = re.compile(rb"[+-]?[0-9]+")
"""Go's `strconv.ParseInt` of base 10."""
_OCTAL = re.compile(rb"[0-7]+")
_SPARSE_PAIR = ("GNU.sparse.offset", "GNU.sparse.numbytes")
SPARSE_MAP = "GNU.sparse.map"
XATTR = "SCHILY.xattr."
USUAL = re.compile(rb" *[0-7]*[ \0]*")
"""POSIX digits with an end, the blanks that historic writers put before them, or nothing."""
_NEGATIVE = "a negative number in base-256"
_NEEDLESS = "base-256 where octal digits would do"
KNOWN_FORMS = frozenset({_NEGATIVE, _NEEDLESS})
"""Unusual forms that readers agree about."""


class EntryKind(StrEnum):
    """What an entry creates."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    CHARACTER_DEVICE = "character-device"
    BLOCK_DEVICE = "block-device"
    FIFO = "fifo"


KINDS = {
    ord("0"): EntryKind.FILE,
    0: EntryKind.FILE,
    ord("7"): EntryKind.FILE,
    ord("S"): EntryKind.FILE,
    ord("1"): EntryKind.HARDLINK,
    ord("2"): EntryKind.SYMLINK,
    ord("3"): EntryKind.CHARACTER_DEVICE,
    ord("4"): EntryKind.BLOCK_DEVICE,
    ord("5"): EntryKind.DIRECTORY,
    ord("6"): EntryKind.FIFO,
}


DEVICES = frozenset({EntryKind.CHARACTER_DEVICE, EntryKind.BLOCK_DEVICE})


Seconds = int | Decimal
"""Since 1970; a decimal only where there is a fraction, so that no digit of it is lost."""


class Entry(NamedTuple):
    """One entry of a tar; names are root-relative and keep their bytes (surrogateescape).

    `size` is the file's size in bytes, `offset` where its data starts in the stream, `mtime`
    seconds since 1970. `link` is a symbolic link's target as written, or a hard link's target
    made root-relative. `device` is (major, minor). Of a `sparse` file the holes are not stored:
    `size` counts them, the data at `offset` lacks them.
    """

    path: str
    kind: EntryKind
    size: int
    mode: int
    uid: int
    gid: int
    mtime: Seconds
    uname: str
    gname: str
    link: str | None
    offset: int
    device: tuple[int, int] | None = None
    xattrs: Mapping[str, bytes] = NO_XATTRS
    sparse: bool = False


class Sink(Protocol):
    """Receives the data of one entry."""

    def write(self, data: memoryview, /) -> object:
        """Take the next piece."""

    def close(self) -> None:
        """All of the data was there."""


class BadHeader(ValueError):
    """A header, or a field of one, that breaks its format; internal to the tar reader."""


def checksum_fits(block: bytes) -> bool:
    """Whether the block's checksum field matches, counted unsigned or (historic) signed."""
    digits = block[148:154]
    if block[154:156] == b"\0 " and digits.isdigit() and block.isascii():
        # Adler-32 starts with 1 plus the sum of bytes, exact while that is below its modulus.
        unsigned = (adler32(block) & 0xFFFF) - 1 - sum(digits) - ord(" ") + 8 * ord(" ")
        return b"%06o" % unsigned == digits
    stated = _strict_octal(block[148:156])
    if stated is None:
        return False
    unsigned = sum(block) - sum(block[148:156]) + 8 * 32
    if stated == unsigned:
        return True
    high = sum(1 for byte in block[:148] + block[156:] if byte & 0x80)
    return stated == unsigned - 256 * high


def number(field: bytes, odd: Callable[[str], None] | None = None) -> int:
    """An octal or base-256 number field; an empty field is 0.

    `odd` is told of a form that few writers use and that readers take differently.
    """
    digits = field[:-1]
    if field[-1] in b"\0 " and digits.isdigit():  # as nearly all writers have it
        return _octal(digits)
    if odd is not None and (what := _oddity(field)):
        odd(what)
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=False)
        bits = 8 * len(field)
        # GNU: the top bit marks base-256; the rest is two's complement.
        value &= (1 << (bits - 1)) - 1
        return value - (1 << (bits - 1)) if field[0] & 0x40 else value
    digits = _digits(field)
    if not digits:
        return 0
    if not digits.isdigit():
        raise BadHeader(f"not a number: {digits!r}")
    return _octal(digits)


def strict_number(field: bytes) -> int | None:
    """A number field as strictly as Go's archive/tar reads it (`parseNumeric`); None for none."""
    if not field[0] & 0x80:
        return _strict_octal(field)
    value = number(field)
    return value if -LARGEST - 1 <= value <= LARGEST else None


def _strict_octal(field: bytes) -> int | None:
    """Go's `parseOctal`: nothing but octal digits up to the first NUL behind them."""
    digits = field.strip(b" \0").partition(b"\0")[0]
    if digits and not _OCTAL.fullmatch(digits):
        return None
    return int(digits or b"0", 8)


def _oddity(field: bytes) -> str:
    """What is unusual about a number field, empty for the usual forms."""
    if USUAL.fullmatch(field):
        return ""
    if field[0] & 0x80:
        return _base256_oddity(field)
    if not _digits(field).isdigit():
        return ""  # no number at all, which is damage
    if field[0] == 0:
        return "NUL before the digits, where some readers stop and read 0"
    return "bytes other than octal digits, which some readers pass over and some refuse"


def _base256_oddity(field: bytes) -> str:
    if field[0] not in {0x80, 0xFF}:
        return "base-256 with more bits in its first byte than some readers take"
    value = number(field)
    if value < 0:
        return _NEGATIVE
    return _NEEDLESS if value < 8 ** (len(field) - 1) else ""


def _digits(field: bytes) -> bytes:
    """Go, and GNU tar, look behind a NUL in front; Python does not."""
    return field.strip(b" \0").partition(b"\0")[0].rstrip(b" ")


def _octal(digits: bytes) -> int:
    try:
        return int(digits, 8)
    except ValueError:
        raise BadHeader(f"not an octal number: {digits!r}") from None


def text(field: bytes) -> str:
    """A NUL-terminated name."""
    return decode(field.partition(b"\0")[0])


def read_pax(data: bytes, records: dict[str, bytes]) -> tuple[bool, bool]:
    r"""Add the records of a pax extended header, `LENGTH KEY=VALUE\n`; the last of a key counts.

    The repeated pairs of GNU sparse format 0.0 become the one list of format 0.1.

    Returns:
        Whether zeros are left behind them, and whether a length had a sign.

    Raises:
        BadHeader: the lengths do not fit; `records` has what stood before.
    """
    signed = False
    position = 0
    pairs: list[bytes] = []
    while position < len(data) and data[position]:
        blank = data.find(b" ", position)
        digits = data[position:blank] if blank > 0 else b""
        if not digits.isdigit() or len(digits) > _LARGEST_DIGITS:
            signed = signed or digits.startswith(b"+")
            digits = _odd_length(digits)
        end = position + int(digits)
        if end > len(data) or end <= blank or data[end - 1] != ord("\n"):
            raise BadHeader("extended header record of the wrong length")
        raw_key, separator, value = data[blank + 1 : end - 1].partition(b"=")
        if not separator:
            raise BadHeader("extended header record without a value")
        key = decode(raw_key)
        if key in _SPARSE_PAIR:
            if key != _SPARSE_PAIR[len(pairs) % 2] or b"," in value:
                raise BadHeader("sparse map out of order")
            pairs.append(value)
        else:
            records[key] = value
        position = end
    if pairs:
        records[SPARSE_MAP] = b",".join(pairs)
    return position < len(data), signed


def _odd_length(digits: bytes) -> bytes:
    """The length of a record that has a plus sign or many zeros."""
    plain = digits.removeprefix(b"+").lstrip(b"0")
    if not _WHOLE.fullmatch(digits) or digits.startswith(b"-") or len(plain) > _LARGEST_DIGITS:
        raise BadHeader("extended header record without a length")
    return plain or b"0"


def xattrs_of(records: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Extended attributes among pax records, in the one form that engines know (of star).

    A record without a value deletes, and is no attribute: POSIX.1-2017 pax(1), "pax Extended
    Header"; Go's archive/tar, and so every container engine, leaves it out too.
    """
    found = {key[len(XATTR) :]: value for key, value in records.items() if key.startswith(XATTR)}
    return {name: value for name, value in found.items() if value} or NO_XATTRS


def decimal(value: bytes, what: str) -> int:
    """A decimal number of a pax record or sparse map, which may have a sign, as in Go."""
    digits = value.lstrip(b"+-0")
    if _WHOLE.fullmatch(value) and len(digits) <= _LARGEST_DIGITS:
        number = int(digits or b"0") * (-1 if value.startswith(b"-") else 1)
        if -LARGEST - 1 <= number <= LARGEST:
            return number
    raise BadHeader(f"{what} is no number: {value[:40]!r}")


def header_time(field: bytes, odd: Callable[[str], None] | None = None) -> Seconds:
    """The modification time field in seconds."""
    return _near(number(field, odd), field)


def pax_time(value: bytes) -> Seconds:
    """A pax time in seconds, which may have a fraction; of that nine digits count, as in Go."""
    plain = PLAIN_TIME.fullmatch(value)
    if plain is None:
        return _near(any_time(value), value)
    return Decimal(value.decode("ascii")) if plain[2] else int(plain[1])


def any_time(value: bytes) -> Seconds:
    """A time however far away, in any number of digits."""
    parts = _TIME.fullmatch(value)
    if parts is None:
        raise BadHeader(f"time is no number: {value[:40]!r}")
    seconds = decimal(parts[1], "time")
    fraction = (parts[2] or b"")[:9].rstrip(b"0").decode("ascii")
    if not fraction:
        return seconds
    sign = "-" if value.startswith(b"-") else ""
    return Decimal(f"{sign}{abs(seconds)}.{fraction}")


def seconds_of(nanoseconds: int) -> Seconds:
    """A time that the host states in nanoseconds."""
    return _whole(Decimal(nanoseconds).scaleb(-9))


def seconds_text(seconds: Seconds) -> str:
    """A decimal number, without zeros at its end."""
    if isinstance(seconds, Decimal):
        return f"{seconds:f}".rstrip("0").rstrip(".")
    return str(seconds)


def _whole(seconds: Decimal) -> Seconds:
    number = int(seconds)
    return number if number == seconds else seconds


def _near(seconds: Seconds, value: bytes) -> Seconds:
    if not -LARGEST - 1 <= seconds <= LARGEST:
        raise BadHeader(f"time out of range: {value[:40]!r}")
    return seconds
