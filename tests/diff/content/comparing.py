"""Two contents compared, both ways round, and as text."""

from __future__ import annotations

from dataclasses import replace

from analyzer.diff.content.compare import compare_content
from analyzer.diff.content.room import Room
from analyzer.diff.tree import Difference, Kind, mirrored, walk
from analyzer.limits import Limits
from analyzer.render.content import content_lines

LIMITS = Limits()


def compare(path: str, before: bytes, after: bytes, **limits: int) -> Difference:
    """The node `inside`; its mirror is what the other order gives."""
    found = compare_content(path, before, after, Room(replace(LIMITS, **limits)))
    back = compare_content(path, after, before, Room(replace(LIMITS, **limits)))
    assert back == mirrored(found)
    assert found.differs == (before != after)
    lines = list(content_lines(found))
    assert all(line.replace("\t", "").isprintable() for line in lines)
    return found


def shown(path: str, before: bytes, after: bytes, **limits: int) -> list[str]:
    """The same as text, without the line about kinds and sizes."""
    return list(content_lines(compare(path, before, after, **limits)))[1:]


def parts(difference: Difference) -> dict[str, Kind]:
    """Kinds by subject, of all that differs below."""
    return {node.subject: node.kind for node in walk(difference) if node.differs}
