"""Members of two zip archives (jar, whl, apk of Android...), by their central directories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from analyzer.diff.content.members import Archive, Fetch, Look, Member, Pair, compare_members, named
from analyzer.diff.content.room import Found, Room, Unreadable
from analyzer.layers.wants import Content
from analyzer.packages.formats import zipreader

MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_METHODS = {0: "stored", 8: "deflated"}


class _Zip:
    """One archive and where its members are."""

    def __init__(self, content: Content, room: Room) -> None:
        self._content = content
        self._places: list[zipreader.Member] = []
        faults: list[str] = []
        members: list[tuple[str, Member]] = []
        most = zipreader.Allowance(room.limits.content_members + 1)
        for found in zipreader.members(content, most, (b"",)):
            if isinstance(found, zipreader.ZipError):
                faults.append(str(found))
                continue
            room.count_member()
            members.append((found.name, self._member(found)))
        if not members and faults:
            raise Unreadable(faults[0])
        self.archive = Archive(named(members), faults)

    def _member(self, found: zipreader.Member) -> Member:
        self._places.append(found)
        kind = "directory" if found.name.endswith("/") else "file"
        digest = None if found.crc is None else f"crc32:{found.crc:08x}"
        return Member(kind, found.size, digest, place=len(self._places) - 1)

    def read(self, name: str, room: Room) -> bytes | None:
        """A member's content; None for what cannot be read. Raises LimitExceeded."""
        place = self._places[self.archive.members[name].place]
        try:
            return zipreader.read(self._content, place, room.spend, room.limits.content_text_bytes)
        except zipreader.ZipError:
            return None


def compare_zips(before: Content, after: Content, look: Look, room: Room) -> Found:
    """Members with size and CRC-32, as the directory states them.

    Raises:
        Unreadable: nothing of one of them can be read.
        LimitExceeded: by `room`.
    """
    one, two = _Zip(before, room), _Zip(after, room)
    fetch: Fetch | None = None
    if not room.bottom:
        fetch = partial(_fetch, one, two, room)
    return compare_members(one.archive, two.archive, fetch, look, room)


def _fetch(one: _Zip, two: _Zip, room: Room, names: Sequence[str]) -> Iterator[tuple[str, Pair]]:
    for name in names:
        yield name, (one.read(name, room), two.read(name, room))
