"""Members of a zip archive from untrusted bytes: APPNOTE.TXT 6.3.9, as unzip and Java read it.

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

1. The end record (4.3.16) is searched from the end; bytes may stand before the archive, as the
   shell script of an executable jar does, so all offsets count from where its directory shows
   that the archive begins. Zip64 (4.3.14, 4.3.15) is read where its records are.
2. The central directory (4.3.12) says which members there are.
3. Where it is missing or breaks off, the headers in front of the members (4.3.7) are followed
   from the first byte as far as they state sizes; what is found so is marked by a fault.

Python's zipfile is not used: it makes an object of each member before anybody can count them,
and gives up on an archive of which most can be read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from struct import Struct

from analyzer.packages.contract import Charge, Content
from analyzer.paths import decode

STORED, DEFLATED = 0, 8
ENCRYPTED = 1
"""Bit 0 of the flags (4.4.4)."""

_END = Struct("<4s4H2LH")
_END_MAGIC = b"PK\x05\x06"
_END64 = Struct("<4sQ2H2L4Q")
_END64_MAGIC = b"PK\x06\x06"
_LOCATOR = Struct("<4sLQL")
_LOCATOR_MAGIC = b"PK\x06\x07"
_CENTRAL = Struct("<4s6H3L5H2L")
_CENTRAL_MAGIC = b"PK\x01\x02"
_LOCAL = Struct("<4s5H3L2H")
LOCAL_MAGIC = b"PK\x03\x04"
_FIELD = Struct("<2H")
_WIDE = Struct("<Q")
_ZIP64_FIELD = 1
_COMMENT_BYTES = 0xFFFF
_FULL_32, _FULL_16 = 0xFFFFFFFF, 0xFFFF
_SIZES_FOLLOW = 8
"""Bit 3 of the flags: size and checksum stand behind the data instead of before."""
_STEP = 1 << 18
"""Inflated at a time."""


class ZipError(ValueError):
    """A member, or the whole archive, that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive as its header states it."""

    name: str
    """As written there, bytes kept by surrogateescape."""
    method: int
    flags: int
    crc: int | None
    """None, as `size` is, where the header found is silent about it."""
    packed: int
    size: int | None
    at: int
    """Offset of its local header in the content."""


@dataclass(frozen=True, slots=True)
class _Directory:
    start: int
    end: int
    count: int
    shift: int
    """What has to be added to offsets, for bytes in front of the archive."""


def is_empty(content: Content) -> bool:
    """Whether it is a whole archive without members: an end record and its comment, no more."""
    if content[: len(_END_MAGIC)] != _END_MAGIC or len(content) < _END.size:
        return False
    *_, size, _, comment = _END.unpack_from(content)
    return not size and _END.size + comment == len(content)


class Allowance:
    """How many members may be looked at, in however many archives."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._left = most

    def spend(self) -> bool:
        """Whether one more may be."""
        self._left -= 1
        return self._left >= 0


def members(
    content: Content, most: int | Allowance, endings: tuple[bytes, ...]
) -> Iterator[Member | ZipError]:
    """Members whose names, in lower case, end so, in the order of the directory.

    At most `most` members are looked at. Errors are yielded, not raised; nothing at all is
    yielded for an archive that is empty and whole.
    """
    allowance = most if isinstance(most, Allowance) else Allowance(most)
    directory = _directory(content)
    if directory is None:
        yield ZipError("no directory at its end, so it is cut off or damaged")
        yield from _from_local_headers(content, allowance, endings)
        return
    at, count = directory.start, 0
    seen: set[int] = set()
    while at < directory.end:
        if not allowance.spend():
            yield ZipError(f"more than {allowance.most} members")
            return
        found = _central(content, at, directory)
        if found is None:
            whole = f"{count} of {directory.count} members"
            yield ZipError(f"its directory is damaged after {whole}")
            yield from _from_local_headers(content, allowance, endings, seen)
            return
        at, name, rest = found
        count += 1
        if name.lower().endswith(endings):
            member = _member(name, rest, directory.shift)
            seen.add(member.at)
            yield member
    # Old writers without zip64 let the number run over.
    if (count ^ directory.count) & _FULL_16:
        yield ZipError(f"{count} members in its directory, {directory.count} by its end record")


def _directory(content: Content) -> _Directory | None:
    """Where the central directory lies, by the last end record that fits what is before it."""
    floor = max(0, len(content) - _END.size - _COMMENT_BYTES)
    at = content.rfind(_END_MAGIC, floor)
    while at >= 0:
        if at + _END.size <= len(content) and (found := _by_end_record(content, at)):
            return found
        # `rfind` gives no match that ends behind its bound.
        at = content.rfind(_END_MAGIC, floor, at + len(_END_MAGIC) - 1)
    return None


def _by_end_record(content: Content, at: int) -> _Directory | None:
    _, disk, first, _, count, size, offset, comment = _END.unpack_from(content, at)
    last = at + _END.size + comment == len(content)
    end = at
    if _FULL_32 in {size, offset} or _FULL_16 in {count, disk, first}:
        wide = _wide_record(content, at)
        if wide is not None:
            end, count, size, offset = wide
    start = end - size
    shift = start - offset
    if start < 0 or shift < 0:
        return None
    # What looks like a record in a comment has to prove itself, as in java.util.zip.
    if (size or not last) and content[start : start + 4] != _CENTRAL_MAGIC:
        return None
    return _Directory(start, end, count, shift)


def _wide_record(content: Content, at: int) -> tuple[int, int, int, int] | None:
    """Position, members, size and offset of the directory by the zip64 record."""
    locator = at - _LOCATOR.size
    if locator < 0 or content[locator : locator + 4] != _LOCATOR_MAGIC:
        return None
    stated = _LOCATOR.unpack_from(content, locator)[2]
    # Directly in front of its locator, whatever was put in front of the archive; a record with
    # an extensible part is longer and only found where the locator says.
    for place in (locator - _END64.size, stated):
        fits = 0 <= place <= locator - _END64.size
        if fits and content[place : place + 4] == _END64_MAGIC:
            *_, count, size, offset = _END64.unpack_from(content, place)
            return place, count, size, offset
    return None


def _central(
    content: Content, at: int, directory: _Directory
) -> tuple[int, bytes, tuple[bytes, tuple[int, ...]]] | None:
    """Where the next entry begins; the name, extra fields and header of the one at `at`."""
    if at + _CENTRAL.size > directory.end:
        return None
    fields = _CENTRAL.unpack_from(content, at)
    name, extra, comment = fields[10:13]
    names = at + _CENTRAL.size
    end = names + name + extra + comment
    if fields[0] != _CENTRAL_MAGIC or end > directory.end:
        return None
    more = content[names + name : names + name + extra] if extra else b""
    return end, content[names : names + name], (more, fields[3:])


def _member(name: bytes, rest: tuple[bytes, tuple[int, ...]], shift: int) -> Member:
    extra, (flags, method, _, _, crc, packed, size, *_, offset) = rest
    if _FULL_32 in {packed, size, offset}:
        size, packed, offset = _widened(extra, size, packed, offset)
    return Member(decode(name), method, flags, crc, packed, size, offset + shift)


def _widened(extra: bytes, *values: int) -> tuple[int, ...]:
    """Sizes and offset with those that are full replaced from the zip64 field (4.5.3)."""
    at = 0
    while at + _FIELD.size <= len(extra):
        ident, length = _FIELD.unpack_from(extra, at)
        at += _FIELD.size
        if ident == _ZIP64_FIELD:
            body = extra[at : at + length]
            wide = [body[i : i + 8] for i in range(0, len(body) - 7, 8)]
            return tuple(
                _WIDE.unpack(wide.pop(0))[0] if value == _FULL_32 and wide else value
                for value in values
            )
        at += length
    return values


def _from_local_headers(
    content: Content,
    allowance: Allowance,
    endings: tuple[bytes, ...],
    known: Container[int] = (),
) -> Iterator[Member | ZipError]:
    """Members by the headers in front of them, until one does not say how long it is."""
    at = content.find(LOCAL_MAGIC, 0, _COMMENT_BYTES)
    while allowance.spend():
        if at < 0 or at + _LOCAL.size > len(content):
            return
        fields = _LOCAL.unpack_from(content, at)
        flags, method, crc, packed, size, name, extra = fields[2:4] + fields[6:]
        names = at + _LOCAL.size
        data = names + name + extra
        raw = content[names : names + name]
        if _FULL_32 in {packed, size}:
            size, packed = _widened(content[names + name : data], size, packed)
        silent = flags & _SIZES_FOLLOW and not packed
        if silent:
            following = _SIGNATURE.search(content, data)
            packed = following.start() - data if following else len(content)
        if data + packed > len(content):
            yield ZipError(f"cut off in the member {decode(raw)!r:.80}")
            return
        if at not in known and raw.lower().endswith(endings):
            stated = (None, None) if silent else (crc, size)
            yield Member(decode(raw), method, flags, stated[0], packed, stated[1], at)
        end = data + packed
        at = content.find(LOCAL_MAGIC, end, end + _DESCRIPTOR_BYTES + len(LOCAL_MAGIC))


_SIGNATURE = re.compile(rb"PK(?:\x07\x08|\x03\x04|\x01\x02)")
"""Of what may follow a member's data: its descriptor (4.3.9), the next member, the directory."""
_DESCRIPTOR_BYTES = 24
"""The longest data descriptor: signature, checksum and two sizes of eight bytes."""


def read(content: Content, member: Member, charge: Charge, most: int) -> bytes:
    """The content of a member of at most `most` bytes.

    Raises:
        ZipError: encrypted, compressed in a way that Java does not know, damaged, or larger.
        LimitExceeded: by `charge`.
    """
    if member.size is not None and member.size > most:
        raise ZipError(f"of {member.size} bytes, more than the {most} that are read")
    data = b"".join(pieces(content, member, charge, most))
    if member.crc is not None and zlib.crc32(data) != member.crc:
        raise ZipError("damaged: its checksum is wrong")
    return data


def pieces(content: Content, member: Member, charge: Charge, most: int) -> Iterator[bytes]:
    """The content of a member, inflated as it is asked for; raises as `read` does."""
    start, end = _data(content, member)
    if member.method == STORED:
        if end - start > most:
            raise ZipError(f"of more than the {most} bytes that are read")
        charge(end - start)
        yield content[start:end]
        return
    total = 0
    for piece in _inflated(content, start, end):
        charge(len(piece))
        total += len(piece)
        if total > most:
            raise ZipError(f"of more than the {most} bytes that are read")
        yield piece


def _inflated(content: Content, start: int, end: int) -> Iterator[bytes]:
    """A deflate stream, a bounded step at a time; raises ZipError."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    left = b""
    while not stream.eof:
        if not left:
            left = content[start : min(start + _STEP, end)]
            start += len(left)
        taken = bool(left)
        try:
            piece = stream.decompress(left, _STEP)
        except zlib.error as fault:
            raise ZipError(f"damaged: {fault}") from fault
        left = stream.unconsumed_tail
        if piece:
            yield piece
        elif not taken and not stream.eof:
            raise ZipError("damaged: it breaks off")


def _data(content: Content, member: Member) -> tuple[int, int]:
    """Where the packed bytes of a member lie; its own header says how long its name is."""
    if member.flags & ENCRYPTED:
        raise ZipError("encrypted")
    if member.method not in {STORED, DEFLATED}:
        raise ZipError(f"compressed by method {member.method}, which Java does not know")
    header = content[member.at : member.at + _LOCAL.size]
    if len(header) < _LOCAL.size or header[:4] != LOCAL_MAGIC:
        raise ZipError("damaged: no header where the directory says")
    name, extra = _LOCAL.unpack(header)[-2:]
    start = member.at + _LOCAL.size + name + extra
    end = start + member.packed
    if end > len(content):
        raise ZipError("damaged: it breaks off")
    return start, end
