"""The forms of a tar header: what each keeps behind the names, and how readers tell them apart.

After Go's archive/tar, with which the engines are written: format.go (`getFormat`), reader.go
(`readHeader`). GNU tar and bsdtar know a prefix of POSIX headers only; Python's tarfile reads one
in every header. All were watched (tests/tar/test_forms.py).
"""

from __future__ import annotations

from enum import StrEnum

from analyzer.paths import clean, decode, quoted
from analyzer.tarheader import strict_number

_NAME = slice(0, 100)
_NAME_BYTES = 256
_MAGIC = slice(257, 265)
_DEVICE = (slice(329, 337), slice(337, 345))
_PREFIX = 345
_USTAR_PREFIX, _STAR_PREFIX = slice(345, 500), slice(345, 476)
_GNU_TIMES = (slice(345, 357), slice(357, 369))
_STAR_TIMES = (slice(476, 488), slice(488, 500))
_STAR_END = slice(508, 512)
_NUMBERS = (*map(slice, (100, 108, 116, 124, 136), (108, 116, 124, 136, 148)),)
"""Mode, owner and group, size and time."""
_DEVICE_TYPES = b"34"
_OLD_SPARSE = ord("S")


class Form(StrEnum):
    """Which fields stand behind the link name."""

    V7 = "v7"
    """None."""
    USTAR = "ustar"
    STAR = "star"
    """A prefix of 131 bytes, and two times where POSIX has the rest of it."""
    GNU = "gnu"
    """The two times first, and no prefix."""


def form_of(block: bytes) -> Form:
    """The form of a header block."""
    magic = block[_MAGIC]
    if magic.startswith(b"ustar\0"):
        return Form.STAR if block[_STAR_END] == b"tar\0" else Form.USTAR
    return Form.GNU if magic == b"ustar  \0" else Form.V7


def header_name(block: bytes) -> bytes:
    """The name that the block itself holds.

    Go before 1.8 wrote prefixes into GNU headers; so what stands there is one where it is no time.
    """
    name = _cut(block[_NAME])
    if not block[_PREFIX]:
        return name
    form, prefix = form_of(block), b""
    if form is Form.USTAR:
        prefix = _cut(block[_USTAR_PREFIX])
    elif form is Form.STAR:
        prefix = _cut(block[_STAR_PREFIX])
    elif form is Form.GNU and not all(_is_time(block[field]) for field in _GNU_TIMES):
        prefix = _cut(block[_USTAR_PREFIX])
        prefix = prefix if prefix.isascii() else b""
    return prefix + b"/" + name if prefix else name


def misread_name(block: bytes) -> tuple[str, bool]:
    """Who reads another name out of the block, in words, and whether that is more than Python."""
    plain, taken = _cut(block[_NAME]), header_name(block)
    long = _cut(block[_USTAR_PREFIX]) + b"/" + plain
    posix = block[_MAGIC].startswith(b"ustar\0")
    native = long if posix else plain  # GNU tar and bsdtar
    python = plain if block[156] == _OLD_SPARSE else long
    others = _same(native, taken), _same(python, taken)
    if all(others):
        return "", False
    who = {
        (False, False): "GNU tar, bsdtar and Python read ",
        (False, True): "GNU tar and bsdtar read ",
        (True, False): "Python reads ",
    }[others]
    other = native if not others[0] else python
    return f"engines read the name {_show(taken)}, {who}{_show(other)}", not others[0]


def refused_devices(block: bytes) -> bool:
    """Whether engines refuse the layer for the device fields of what is no device."""
    if block[156] in _DEVICE_TYPES or form_of(block) is Form.V7:
        return False
    return any(strict_number(block[field]) is None for field in _DEVICE)


def refused_numbers(block: bytes) -> bool:
    """Whether engines refuse the layer for any number field, of headers that need but the size."""
    return refused_devices(block) or any(strict_number(block[field]) is None for field in _NUMBERS)


def refused_times(block: bytes) -> bool:
    """Whether engines refuse the layer for the times that a star header has at its end."""
    return form_of(block) is Form.STAR and any(
        strict_number(block[at]) is None for at in _STAR_TIMES
    )


def _is_time(field: bytes) -> bool:
    return not field[0] or strict_number(field) is not None


def _cut(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _same(one: bytes, other: bytes) -> bool:
    return clean(decode(one))[0] == clean(decode(other))[0]


def _show(name: bytes) -> str:
    return quoted(decode(name), _NAME_BYTES)
