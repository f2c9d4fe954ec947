"""Header blocks of the tars that are written.

POSIX.1-2017 pax(1): what an ustar header cannot hold stands in a record before it. Records are
made here, since `tarfile` marks those that are not UTF-8 (names, attributes) in a way that GNU
tar does not know, and has no means for the bytes of attributes.
"""

from __future__ import annotations

import math
import tarfile

from analyzer.extract.listing import Attributes
from analyzer.tarheader import BLOCK_BYTES, Seconds, seconds_text

_FIELD_BYTES = 100
"""Name and link name in an ustar header."""
_LARGEST_ID = 0o7777777
_LARGEST_NUMBER = 0o77777777777
"""Size and time in an ustar header."""
END = bytes(2 * BLOCK_BYTES)
"""Two zero blocks end a tar."""


class CannotHold(ValueError):
    """A tar has no place for this; the message says for what."""


def header(
    path: str,
    kind: bytes,
    attributes: Attributes,
    *,
    size: int = 0,
    link: str = "",
    device: tuple[int, int] = (0, 0),
) -> bytes:
    """Everything that stands before an entry's data.

    Owners are numbers only: a name would be looked up where the tar is unpacked.

    Raises:
        CannotHold: an attribute or device that no header can express.
    """
    records: dict[bytes, bytes] = {}
    info = tarfile.TarInfo(_field(path, b"path", records))
    info.type = kind
    info.mode = attributes.mode
    info.linkname = _field(link, b"linkpath", records)
    info.size = _number(size, b"size", _LARGEST_NUMBER, records)
    info.uid = _number(attributes.uid, b"uid", _LARGEST_ID, records)
    info.gid = _number(attributes.gid, b"gid", _LARGEST_ID, records)
    info.mtime = _time(attributes.mtime, records)
    if not all(0 <= number <= _LARGEST_ID for number in device):
        raise CannotHold(f"device number {device[0]}:{device[1]}")
    info.devmajor, info.devminor = device
    for name, value in sorted(attributes.xattrs.items()):
        if "=" in name or "\0" in name:
            raise CannotHold("an extended attribute whose name has '=' or NUL in it")
        records[b"SCHILY.xattr." + _bytes(name)] = value
    return _extended(records) + info.tobuf(tarfile.USTAR_FORMAT)


def padding(size: int) -> bytes:
    """What fills `size` bytes of data up to whole blocks."""
    return bytes(-size % BLOCK_BYTES)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _field(text: str, key: bytes, records: dict[bytes, bytes]) -> str:
    """A name for the header; where it is not plain or too long, a record has all of it."""
    if text.isascii() and len(text) <= _FIELD_BYTES:
        return text
    if "\0" in text:
        raise CannotHold("a name with a NUL")
    records[key] = _bytes(text)
    return text[:_FIELD_BYTES].encode("ascii", "replace").decode("ascii")


def _number(value: int, key: bytes, largest: int, records: dict[bytes, bytes]) -> int:
    if 0 <= value <= largest:
        return value
    if value < 0:
        raise CannotHold(f"{key.decode()} {value}")
    records[key] = b"%d" % value
    return 0


def _time(seconds: Seconds, records: dict[bytes, bytes]) -> int:
    whole = math.floor(seconds)
    if whole == seconds and 0 <= whole <= _LARGEST_NUMBER:
        return whole
    records[b"mtime"] = seconds_text(seconds).encode()
    return min(max(whole, 0), _LARGEST_NUMBER)


def _extended(records: dict[bytes, bytes]) -> bytes:
    if not records:
        return b""
    data = b"".join(_record(key, value) for key, value in records.items())
    info = tarfile.TarInfo("././@PaxHeader")
    info.type = tarfile.XHDTYPE
    info.size = len(data)
    return info.tobuf(tarfile.USTAR_FORMAT) + data + padding(len(data))


def _record(key: bytes, value: bytes) -> bytes:
    r"""`LENGTH KEY=VALUE\n`, where the length counts its own digits."""
    body = b" " + key + b"=" + value + b"\n"
    length = len(body) + 1
    while len(b"%d" % length) + len(body) != length:
        length = len(b"%d" % length) + len(body)
    return b"%d" % length + body
