"""Bytes out of compressed streams, bounded, for whoever looks into them."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.codec import BadStream, Codec, WindowTooLarge, inflater, sniff
from analyzer.diff.content.room import Room, Unreadable
from analyzer.layers.wants import Content
from analyzer.limits import check_ratio, exceeded

_PIECE = 1 << 16
HEAD = 1 << 12
"""Bytes of an inflated stream by which its kind is told."""


def codec_of(content: Content) -> Codec:
    """How a content is compressed, by how it begins."""
    return sniff(content[:8])


def pieces(content: Content, room: Room) -> Iterator[bytes]:
    """A content as it is, or inflated where it is compressed; every byte is charged.

    Raises:
        Unreadable: it is damaged or cut off.
        LimitExceeded: by `room`.
    """
    stream = inflater(codec_of(content), window=room.limits.window_bytes)
    inflated = 0
    try:
        for start in range(0, len(content), _PIECE):
            part = content[start : start + _PIECE]
            for piece in stream.feed(part):
                inflated += len(piece)
                room.spend(len(piece))
                check_ratio(inflated, start + len(part), room.limits, "")
                yield piece
    except WindowTooLarge as problem:
        raise exceeded("window_bytes", problem.allowed, problem.seen, "") from None
    except BadStream:
        raise Unreadable("the compressed data is damaged") from None
    if not stream.finish():
        raise Unreadable("the compressed data is cut off")


def head_of(content: Content, room: Room) -> bytes:
    """The first inflated bytes. Raises as `pieces`."""
    head = b""
    for piece in pieces(content, room):
        head += piece
        if len(head) >= HEAD:
            break
    return head[:HEAD]


def whole(content: Content, room: Room, most: int) -> bytes | None:
    """All inflated bytes, None for more than `most`. Raises as `pieces`."""
    found = bytearray()
    for piece in pieces(content, room):
        found += piece
        if len(found) > most:
            return None
    return bytes(found)
