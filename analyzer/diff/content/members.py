"""Members of two archives: which came and went, and in what the others differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from analyzer.diff.content.room import Found, Room, bounded
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container, leaf
from analyzer.paths import printable


class Member(NamedTuple):
    """One member. What an archive does not tell is None."""

    type: str
    size: int | None
    digest: str | None
    """SHA-256, or CRC-32 where the archive states that."""
    mode: str | None = None
    owner: str | None = None
    time: float | Decimal | None = None
    target: str | None = None
    place: int = 0
    """Where it is found again; not compared."""


class Archive(NamedTuple):
    """What is in an archive, the second of a name as `NAME (2)`, and what is wrong with it."""

    members: Mapping[str, Member]
    faults: Sequence[str] = ()


Pair = tuple[bytes | None, bytes | None]
Fetch = Callable[[Sequence[str]], Iterable[tuple[str, Pair]]]
"""The contents before and after of members that differ; None for one that is too large."""
Look = Callable[[str, bytes, bytes], Difference]
"""What differs inside one member."""
_PARTS = ("type", "size", "digest", "mode", "owner", "time", "target")
_MOST_OPENED = 100
"""Members of one archive that are looked into."""


def named(members: Iterable[tuple[str, Member]]) -> dict[str, Member]:
    """Members by name, repeated ones with a number."""
    found: dict[str, Member] = {}
    counts: dict[str, int] = {}
    for name, member in members:
        count = counts[name] = counts.get(name, 0) + 1
        found[name if count == 1 else f"{name} ({count})"] = member
    return found


def compare_members(
    before: Archive, after: Archive, fetch: Fetch | None, look: Look, room: Room
) -> Found:
    """Members added and removed, and of changed ones what differs, their content included.

    Args:
        before: one archive.
        after: the other.
        fetch: reads members again; None where the archives are not looked into any further.
        look: compares two contents.
        room: how many are shown.
    """
    names = sorted({*before.members, *after.members})
    differing = [name for name in names if _differs(before, after, name)]
    wanted = [name for name in differing if fetch and _opens(before, after, name)]
    inside: dict[str, Difference] = {}
    missed = max(0, len(wanted) - _MOST_OPENED)
    for name, (one, two) in fetch(wanted[:_MOST_OPENED]) if fetch and wanted else ():
        if one is None or two is None:
            missed += 1
        elif one != two:
            inside[name] = look(name, one, two)
    found = bounded(_nodes(before, after, differing, inside), "members that differ", room.limits)
    notes = [
        f"{word}{printable(fault)}"
        for side, word in ((before, BEFORE), (after, AFTER))
        for fault in side.faults[:3]
    ]
    if missed:
        notes.append(f"{missed} members that differ were not looked into: too large or too many")
    return Found(found.children, [*notes, *found.notes])


def _differs(before: Archive, after: Archive, name: str) -> bool:
    one, two = before.members.get(name), after.members.get(name)
    return one is None or two is None or one._replace(place=0) != two._replace(place=0)


def _opens(before: Archive, after: Archive, name: str) -> bool:
    one, two = before.members.get(name), after.members.get(name)
    if one is None or two is None or one.type != "file" or two.type != "file":
        return False
    return (one.digest, one.size) != (two.digest, two.size)


def _nodes(
    before: Archive, after: Archive, names: Iterable[str], inside: Mapping[str, Difference]
) -> Iterator[Difference]:
    for name in names:
        one, two = before.members.get(name), after.members.get(name)
        if one is None or two is None:
            kind = Kind.ADDED if one is None else Kind.REMOVED
            yield leaf(name, kind, _row(one), _row(two))
            continue
        parts = [
            leaf(part, Kind.CHANGED, _shown(one, part), _shown(two, part))
            for part in _PARTS
            if getattr(one, part) != getattr(two, part)
        ]
        more = [inside[name]] if name in inside else []
        yield container(name, [*parts, *more])


def _row(member: Member | None) -> dict[str, object] | None:
    if member is None:
        return None
    values = {part: _shown(member, part) for part in _PARTS}
    return {part: value for part, value in values.items() if value is not None}


def _shown(member: Member, part: str) -> object:
    value: object = getattr(member, part)
    return printable(value) if isinstance(value, str) else value
