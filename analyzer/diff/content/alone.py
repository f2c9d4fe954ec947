"""What is in a file that only one side has: its kind and size, and the lines of a text."""

from __future__ import annotations

from dataclasses import replace

from analyzer.diff.content.compare import SUBJECT, kind_of
from analyzer.diff.content.databases import holds_passwords
from analyzer.diff.content.room import Room
from analyzer.diff.content.text import compare_text, is_text
from analyzer.diff.tree import Difference, Kind, leaf, mirrored
from analyzer.layers.wants import Content

NOT_SHOWN = "it may hold passwords, so its lines are not shown"


def tell_content(
    path: str, before: Content | None, after: Content | None, room: Room
) -> Difference:
    """A node `inside` of a file that came (`before` is None) or went (`after` is None).

    A text is shown as `diff -N` shows it, against a file without any lines, as far as limit
    `content_lines` goes and with secrets masked; of what holds passwords no line is. Of anything
    else its kind and size are all that is told.
    """
    if after is None:
        return mirrored(_came(path, before or b"", room))
    return _came(path, after, room)


def _came(path: str, content: Content, room: Room) -> Difference:
    side = {"kind": kind_of(path, content, room), "size": len(content)}
    node = leaf(SUBJECT, Kind.ADDED, None, side)
    if not len(content) or not is_text(content):
        return node
    if holds_passwords(path):
        return replace(node, notes=(NOT_SHOWN,))
    found = compare_text(b"", content, room)
    hunks = tuple(child for child in found.children if child.children)
    return replace(node, children=hunks, notes=tuple(found.notes))
