"""Any two contents: where they begin to differ, and what stands there."""

from __future__ import annotations

from analyzer.diff.content.room import Found, between
from analyzer.diff.content.text import first_difference
from analyzer.diff.tree import Kind, leaf
from analyzer.layers.wants import Content

WINDOW = 16
"""Bytes shown from the first that differs, as many as one line of hexdump(1)."""


def compare_bytes(before: Content, after: Content) -> Found:
    """The first offset at which they differ, with the next bytes of both in hexadecimal."""
    at = first_difference(before, after)
    one, two = ({"offset": at, "hex": side[at : at + WINDOW].hex(" ")} for side in (before, after))
    return Found([between("first differing byte", one, two)])


def compare_silently(before: Content, after: Content) -> Found:
    """As `compare_bytes`, of what nobody is to see: the offset alone."""
    side = {"offset": first_difference(before, after)}
    return Found([leaf("first differing byte", Kind.CHANGED, side, side)])
