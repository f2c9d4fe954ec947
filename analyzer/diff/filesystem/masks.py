"""What builds write into files beside their content, blanked out so that the rest can be compared.

Each mask takes a whole file and gives it back with the noisy fields blanked; None where the bytes
are not of its format. Two files differ by that noise alone exactly when both masks are equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Mask = Callable[[bytes], "bytes | None"]

_PYC_HEADER = 16
_PYC_BY_TIME = bytes(4)
"""PEP 552: flags 0 is a header with the time and the size of the source."""
_GZIP = b"\x1f\x8b\x08"
_GZIP_TIME = slice(4, 8)
"""RFC 1952, 2.3: MTIME."""
_ZIP_LOCAL, _ZIP_CENTRAL, _ZIP_END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_ZIP_END_BYTES, _ZIP_LOCAL_BYTES, _ZIP_CENTRAL_BYTES = 22, 30, 46
_ZIP_TIMES = {0x5455: slice(1, None), 0x000A: slice(4, None), 0x5855: slice(0, 8)}
"""Extra fields that hold times (APPNOTE 4.5.2 and Info-ZIP's extrafld.txt), and where."""
_AR = b"!<arch>\n"
_AR_HEADER = 60
_AR_MAGIC = b"`\n"
_AR_TIME_AND_OWNER = slice(16, 40)
"""ar(5): date, uid and gid of a member; its mode stays."""
_MACHINE_ID = re.compile(rb"(?:[0-9a-f]{32}|uninitialized)?\n?")
"""machine-id(5): 32 hexadecimal digits, or empty or `uninitialized` until the first boot."""
_UNIQUE_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\n?")
"""RFC 9562, 4."""
_TAR_BLOCK = 512
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", slice(257, 262)
_TAR_SIZE, _TAR_TIME_AND_SUM = slice(124, 136), slice(136, 156)
"""POSIX.1-2017, pax, "ustar Interchange Format": size; mtime and chksum, which counts it."""
_LAST_CHANGE = 2
_SHADOW_FIELDS = 9
"""shadow(5): the third of nine fields is the day of the last password change."""


def bytecode(data: bytes) -> bytes | None:
    """The time of the source in a `.pyc` of Python 3.7 and later."""
    if len(data) < _PYC_HEADER or data[2:4] != b"\r\n" or data[4:8] != _PYC_BY_TIME:
        return None
    return data[:8] + bytes(4) + data[12:]


def gzip_time(data: bytes) -> bytes | None:
    """The time in the header of a gzip file."""
    if not data.startswith(_GZIP):
        return None
    return data[: _GZIP_TIME.start] + bytes(4) + data[_GZIP_TIME.stop :]


def zip_times(data: bytes) -> bytes | None:
    """The times of the members of a zip archive, in both headers of each."""
    end = data.rfind(_ZIP_END)
    if end < 0 or end + _ZIP_END_BYTES > len(data):
        return None
    count, place = _number(data, end + 10, 2), _number(data, end + 16, 4)
    masked = bytearray(data)
    for _ in range(count):
        header = data[place : place + _ZIP_CENTRAL_BYTES]
        if len(header) < _ZIP_CENTRAL_BYTES or header[:4] != _ZIP_CENTRAL:
            return None
        name, extra, comment = (_number(header, at, 2) for at in (28, 30, 32))
        local = _number(header, 42, 4)
        if data[local : local + 4] != _ZIP_LOCAL or local + _ZIP_LOCAL_BYTES > len(data):
            return None
        masked[place + 12 : place + 16] = bytes(4)
        _blank_extra(masked, place + _ZIP_CENTRAL_BYTES + name, extra)
        masked[local + 10 : local + 14] = bytes(4)
        start = local + _ZIP_LOCAL_BYTES + _number(data, local + 26, 2)
        _blank_extra(masked, start, _number(data, local + 28, 2))
        place += _ZIP_CENTRAL_BYTES + name + extra + comment
    return bytes(masked) if len(masked) == len(data) else None


def _blank_extra(masked: bytearray, start: int, length: int) -> None:
    end = min(start + length, len(masked))
    while start + 4 <= end:
        kind, size = _number(masked, start, 2), _number(masked, start + 2, 2)
        stop = min(start + 4 + size, end)
        if kind in _ZIP_TIMES:
            inside = range(start + 4, stop)[_ZIP_TIMES[kind]]
            masked[inside.start : inside.stop] = bytes(len(inside))
        start += 4 + size


def _number(data: bytes | bytearray, start: int, length: int) -> int:
    return int.from_bytes(data[start : start + length], "little")


def ar_times(data: bytes) -> bytes | None:
    """Times and owners of the members of a static library or another ar archive."""
    if not data.startswith(_AR):
        return None
    masked = bytearray(data)
    for start in _ar_headers(data):
        if start < 0:
            return None
        fields = range(start, start + _AR_HEADER)[_AR_TIME_AND_OWNER]
        masked[fields.start : fields.stop] = b" " * len(fields)
    return bytes(masked)


def _ar_headers(data: bytes) -> Iterator[int]:
    """Where each header starts; -1 in place of one that is none."""
    start = len(_AR)
    while start < len(data):
        header = data[start : start + _AR_HEADER]
        size = header[48:58].strip()
        if len(header) < _AR_HEADER or header[58:60] != _AR_MAGIC or not size.isdigit():
            yield -1
            return
        yield start
        start += _AR_HEADER + int(size)
        start += start % 2


def tar_times(data: bytes) -> bytes | None:
    """The times of the members of a plain tar archive, with the checksums of their headers."""
    masked = bytearray(data)
    start = 0
    while any(header := data[start : start + _TAR_BLOCK]):
        size = header[_TAR_SIZE].strip(b"\0 ")
        if len(header) < _TAR_BLOCK or header[_TAR_MAGIC_AT] != _TAR_MAGIC:
            return None
        if not size or size.strip(b"01234567"):
            return None
        fields = range(start, start + _TAR_BLOCK)[_TAR_TIME_AND_SUM]
        masked[fields.start : fields.stop] = bytes(len(fields))
        start += _TAR_BLOCK * (1 + -(-int(size, 8) // _TAR_BLOCK))
    return bytes(masked) if start else None


def unique_id(data: bytes) -> bytes | None:
    """All of a random UUID, if it is one."""
    return b"" if _UNIQUE_ID.fullmatch(data) else None


def machine_id(data: bytes) -> bytes | None:
    """All of a machine ID, if it is one."""
    return b"" if _MACHINE_ID.fullmatch(data) else None


def last_change(data: bytes) -> bytes | None:
    """The day of the last password change in each line of a shadow file."""
    lines = []
    for line in data.split(b"\n"):
        fields = line.split(b":")
        if line and (len(fields) != _SHADOW_FIELDS or not (fields[_LAST_CHANGE] or b"0").isdigit()):
            return None
        if line:
            fields[_LAST_CHANGE] = b""
        lines.append(b":".join(fields))
    return b"\n".join(lines)
