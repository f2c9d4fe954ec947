"""What a side that was not read whole does not say is no difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyzer.diff.tree import Difference, Kind, container

_EMPTY: tuple[object, ...] = (None, "", [], {})


def without_unread(part: Difference, unread: Sequence[bool]) -> Difference:
    """The part `packages` where a side lacks what stood in files that could not be read.

    A member that such a side, `unread[0]` before and `unread[1]` after, does not state is of kind
    unknown: licences of a package are in files of their own, and may be gone with a damaged layer.
    """
    if not any(unread):
        return part
    children = [_child(child, unread) if child.children else child for child in part.children]
    return container(part.subject, children, before=part.before, after=part.after, notes=part.notes)


def _child(child: Difference, unread: Sequence[bool]) -> Difference:
    members = [_member(member, unread) for member in child.children]
    if child.kind is not Kind.CHANGED or any(member.differs for member in members):
        return replace(child, children=tuple(members))
    return replace(child, kind=Kind.UNKNOWN, children=tuple(members))


def _member(member: Difference, unread: Sequence[bool]) -> Difference:
    values = (member.before, member.after)
    lost = any(gone and value in _EMPTY for gone, value in zip(unread, values, strict=True))
    return replace(member, kind=Kind.UNKNOWN) if lost and member.differs else member
