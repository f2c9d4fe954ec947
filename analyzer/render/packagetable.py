"""The packages part of a difference as rows of a table: packages of one source in one row."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.diff.packagegroups import Group, groups_of
from analyzer.diff.tree import Difference, Kind
from analyzer.render.packagechanges import value_words

_KINDS = (Kind.ADDED, Kind.REMOVED, Kind.CHANGED, Kind.UNKNOWN)

Row = tuple[str, str, str]
"""What it is of, before, after."""


def package_rows(part: Difference, most: int) -> tuple[list[tuple[Kind | None, Row]], int]:
    """Rows of `part` in the order of the terminal, and how many packages are left out.

    A kind stands in the first row of a group. No group begins behind `most` rows.
    """
    shown: list[tuple[Kind | None, Row]] = []
    left = 0
    for group in (group for kind in _KINDS for group in groups_of(part, kind)):
        if len(shown) < most:
            rows = list(_rows(group))
            shown += zip((group.kind, *[None] * (len(rows) - 1)), rows, strict=True)
        else:
            left += len(group.children)
    return shown, left


def moved_words(part: Difference) -> str:
    """How many packages another layer brings, unchanged; empty where none is."""
    moved = len(part.of_kind(Kind.MOVED))
    return f"{moved} unchanged but from another layer" if moved else ""


def _rows(group: Group) -> Iterator[Row]:
    """The versions where they differ, then a row for each thing else that does."""
    names = ", ".join(group.names) if len(group.children) > 1 else ""
    said = ": ".join(filter(None, [", ".join(group.notes), names]))
    title, first = group.title, f" ({said})" if said else ""
    if group.before != group.after or not group.members:
        yield title + first, group.before, group.after
        first = ""
    else:
        title = f"{title} {group.after}".rstrip()
    for member in group.members:
        subject = f"{title}{first}: {member.subject.replace('_', ' ')}"
        yield subject, value_words(member.before), value_words(member.after)
        first = ""
