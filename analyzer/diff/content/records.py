"""Two databases of records with named fields, record by record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from analyzer.diff.content.room import Found, Room, bounded
from analyzer.diff.content.shown import shown_line
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container, leaf

Records = Mapping[str, Mapping[str, str]]
"""Fields by the name of a record."""


Hide = Mapping[str, Callable[[str], str]]
_NOTHING_HIDDEN: Hide = {}


class Database(NamedTuple):
    """What was read of a database, and what of it could not be."""

    records: Records
    faults: Sequence[str] = ()
    hide: Hide = _NOTHING_HIDDEN
    """How values that nobody is to see are shown, by field; they are compared as they are."""


def compare_records(before: Database, after: Database, room: Room) -> Found:
    """Records added and removed as a whole, and the fields of those that changed."""
    notes = [
        word + side.faults[0] + (f"; {len(side.faults) - 1} more" if side.faults[1:] else "")
        for side, word in ((before, BEFORE), (after, AFTER))
        if side.faults
    ]
    differing = _records(before.records, after.records, {**before.hide, **after.hide})
    found = bounded(differing, "records that differ", room.limits)
    return Found(found.children, [*notes, *found.notes])


def compare_fields(before: Database, after: Database, room: Room) -> Found:
    """As `compare_records`, of files that are one record."""
    found = compare_records(before, after, room)
    children = [inner for child in found.children for inner in child.children]
    return Found(children, found.notes)


def _records(before: Records, after: Records, hide: Hide) -> Iterator[Difference]:
    for name in sorted({*before, *after}):
        one, two = before.get(name), after.get(name)
        if one is None or two is None:
            kind = Kind.ADDED if one is None else Kind.REMOVED
            yield leaf(name, kind, _record(one, hide), _record(two, hide))
        elif fields := list(_fields(one, two, hide)):
            yield container(name, fields)


def _record(fields: Mapping[str, str] | None, hide: Hide) -> Mapping[str, str | None] | None:
    if fields is None:
        return None
    return {shown_line(name): _value(name, value, hide) for name, value in fields.items()}


def _value(name: str, value: str | None, hide: Hide) -> str | None:
    if value is None:
        return None
    return shown_line(hide[name](value) if name in hide else value)


def _fields(
    before: Mapping[str, str], after: Mapping[str, str], hide: Hide
) -> Iterator[Difference]:
    for name in sorted({*before, *after}):
        one, two = before.get(name), after.get(name)
        if one != two:
            kind = Kind.ADDED if one is None else Kind.REMOVED if two is None else Kind.CHANGED
            yield leaf(name, kind, _value(name, one, hide), _value(name, two, hide))
