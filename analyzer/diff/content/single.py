"""Two compressed files that are no archives: the header of gzip, and what comes out of them.

RFC 1952 (gzip) 2.3; other formats say nothing about the file that they hold.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from analyzer.codec import Codec
from analyzer.diff.content.members import Look
from analyzer.diff.content.packed import codec_of, pieces, whole
from analyzer.diff.content.room import Found, Room, between
from analyzer.diff.content.shown import shown_line
from analyzer.diff.tree import Difference
from analyzer.digest import finish, new_hash
from analyzer.layers.wants import Content
from analyzer.packages.formats.text import text

_GZIP: Final = Struct("<4xIBB")
_NAME, _EXTRA = 8, 4
_LONGEST_NAME: Final = 4096
ENDINGS: Final = (".gz", ".xz", ".zst", ".bz2")


def compare_single(path: str, before: Content, after: Content, look: Look, room: Room) -> Found:
    """Header fields of gzip, and what differs in what is compressed.

    Raises:
        Unreadable: a stream is damaged or cut off.
        LimitExceeded: by `room`.
    """
    children: list[Difference] = []
    if codec_of(before) is codec_of(after) is Codec.GZIP:
        one, two = _header(before), _header(after)
        children = [between(name, one[name], two[name]) for name in one if one[name] != two[name]]
    most = room.limits.content_text_bytes
    contents = whole(before, room, most), whole(after, room, most)
    if contents[0] is None or contents[1] is None:
        return _large(before, after, room, children)
    if contents[0] == contents[1]:
        return Found(children, ["the same content, compressed in another way"])
    inner = path
    for ending in ENDINGS:
        inner = inner.removesuffix(ending)
    return Found([*children, look(inner, contents[0], contents[1])])


def _large(before: Content, after: Content, room: Room, children: list[Difference]) -> Found:
    """What is too large to be looked into: its size and digest."""
    sides: list[dict[str, object]] = []
    for side in (before, after):
        state, size = new_hash(), 0
        for piece in pieces(side, room):
            state.update(piece)
            size += len(piece)
        sides.append({"size": size, "sha256": finish(state)})
    if sides[0] == sides[1]:
        return Found(children, ["the same content, compressed in another way"])
    note = "too large to be looked into; --limit content_text_bytes=N allows more"
    return Found([*children, between("inflated", sides[0], sides[1])], [note])


def _header(content: Content) -> dict[str, object]:
    """Time, level and system of the first member, and the name that it had."""
    raw = content[:_LONGEST_NAME]
    fields: dict[str, object] = dict.fromkeys(("time", "level", "system", "name"))
    if len(raw) < _GZIP.size:
        return fields
    time, level, system = _GZIP.unpack(raw[: _GZIP.size])
    fields |= {"time": time, "level": level, "system": system}
    at = _GZIP.size
    if raw[3] & _EXTRA:
        at += 2 + int.from_bytes(raw[at : at + 2], "little")
    if raw[3] & _NAME:
        fields["name"] = shown_line(text(raw[at:].partition(b"\0")[0]))
    return fields
