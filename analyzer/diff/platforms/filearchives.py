"""Archives and caches that hold compiled programs: whether that is all they differ in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from analyzer.diff.platforms.machines import is_program
from analyzer.errors import LimitExceeded
from analyzer.image.platform import Platform
from analyzer.limits import Limits, exceeded
from analyzer.packages.formats import zipreader

_ZIPS: Final = (b"PK\x03\x04", b"JM\x01\0PK\x03\x04")
"""Zip (APPNOTE.TXT 4.3.7), and what jmod(1) puts in front of one (JDK, `jdk.internal.jmod`)."""
_RUNTIMES: Final = tuple(
    number.to_bytes(4, order) for number in (0xCAFEDADA, 0xF00BABA2) for order in ("little", "big")
)
"""What a Java runtime loads classes from, in the byte order of its machine: jimage (OpenJDK,
`imageFile.hpp`, IMAGE_MAGIC) and archives of shared classes (`cds.h`, CDS_ARCHIVE_MAGIC)."""


def is_runtime(head: bytes) -> bool:
    """Whether a file is one that a Java runtime keeps for itself, of whatever machine."""
    return head.startswith(_RUNTIMES)


def hold_programs(contents: Sequence[bytes], platforms: Sequence[Platform], limits: Limits) -> bool:
    """Whether these are zip archives with the same members but for programs of each platform."""
    if not all(content.startswith(_ZIPS) for content in contents):
        return False
    left = limits.content_inflated_bytes

    def charge(count: int) -> None:
        nonlocal left
        left -= count
        if left < 0:
            allowed = limits.content_inflated_bytes
            raise exceeded("content_inflated_bytes", allowed, allowed - left, "archives")

    try:
        tables = [_members(content, limits) for content in contents]
        if None in tables or len({tuple(table or ()) for table in tables}) > 1:
            return False
        known = [table for table in tables if table is not None]
        for name in known[0]:
            members = [table[name] for table in known]
            if len({(member.crc, member.size) for member in members}) == 1:
                continue
            if not _programs(contents, members, platforms, charge, limits):
                return False
    except (zipreader.ZipError, LimitExceeded):
        return False
    return True


def _members(content: bytes, limits: Limits) -> dict[str, zipreader.Member] | None:
    """By name; None where a name or the directory is not to be relied on."""
    found: dict[str, zipreader.Member] = {}
    for member in zipreader.members(content, limits.content_members, (b"",)):
        if isinstance(member, zipreader.ZipError) or member.name in found or member.crc is None:
            return None
        found[member.name] = member
    return dict(sorted(found.items()))


def _programs(
    contents: Sequence[bytes],
    members: Sequence[zipreader.Member],
    platforms: Sequence[Platform],
    charge: Callable[[int], None],
    limits: Limits,
) -> bool:
    return all(
        is_program(zipreader.read(content, member, charge, limits.cause_bytes), platform)
        for content, member, platform in zip(contents, members, platforms, strict=True)
    )
