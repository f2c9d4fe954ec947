"""The packages part of a difference as lines: what came, what went, what became of the others.

Binary packages of one source that changed alike are one line. What is long is cut, and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import wrap

from analyzer.diff.packagegroups import Group, grouped
from analyzer.diff.packages import of_the_image
from analyzer.diff.tree import Difference, Kind
from analyzer.packages.purltypes import rules_of
from analyzer.paths import printable
from analyzer.render.values import inline, shorten_pair

_KINDS = ((Kind.ADDED, "+"), (Kind.REMOVED, "-"), (Kind.CHANGED, "~"))
_MOST_LINES = 40
"""Of one kind of change; of more, the number of packages is said."""
_WIDEST_SUBJECT = 40
_WIDTH = 76
"""Of a line of a section, which is indented by four more."""
_INDENT = "     "


def package_lines(part: Difference) -> list[str]:
    """Lines of `part`, without indentation; of a group the names of its packages come last."""
    shown, tails = [], []
    for kind, mark in _KINDS:
        groups = sorted(grouped(part.of_kind(kind)), key=_importance)
        shown.append((mark, groups[:_MOST_LINES]))
        tails.append(_rest(mark, groups[_MOST_LINES:]))
    subjects = [printable(group.subject) for _, groups in shown for group in groups]
    width = min(max(map(len, subjects), default=0), _WIDEST_SUBJECT)
    lines = []
    for (mark, groups), tail in zip(shown, tails, strict=True):
        lines += [line for group in groups for line in _lines(mark, group, width)] + tail
    if moved := len(part.of_kind(Kind.MOVED)):
        lines.append(f"=  {moved} unchanged but from another layer")
    return lines


def _importance(group: Group) -> tuple[bool, bool, str]:
    """What is installed before what is only named, the system before the many of languages."""
    first = group.children[0]
    return not of_the_image(first), not rules_of(_type(first)).system, group.subject


def _type(child: Difference) -> str:
    return str((child.after or child.before)["type"])


def _rest(mark: str, groups: Sequence[Group]) -> list[str]:
    """How many packages are not shown; of which types, where there are several."""
    types = Counter(_type(child) for group in groups for child in group.children)
    if not types:
        return []
    each = ", ".join(f"{count} {printable(kind)}" for kind, count in sorted(types.items()))
    words = f" ({each})" if len(types) > 1 else ""
    line = f"{mark}  and {types.total()} more{words}, -o json for all"
    return wrap(line, _WIDTH, subsequent_indent=_INDENT)


def _lines(mark: str, group: Group, width: int) -> Iterator[str]:
    versions = [printable(version) for version in (group.before, group.after) if version]
    head = f"{mark}  {printable(group.subject):<{width}}  {' -> '.join(dict.fromkeys(versions))}"
    remarks = _remarks(group)
    whole = f"{head.rstrip()}  ({remarks})" if remarks else head.rstrip()
    if len(whole) <= _WIDTH or not remarks:
        yield whole
        return
    yield head.rstrip()
    yield from wrap(
        f"({remarks})",
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT + " ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _remarks(group: Group) -> str:
    notes = ", ".join(map(printable, group.notes))
    if len(group.children) > 1:
        names = ", ".join(map(printable, group.names))
        return f"{notes}: {names}" if notes else names
    (child,) = group.children
    said = {"version", "source_package"} if child.child("version") else set()
    members = [m for m in child.children if m.differs and m.subject not in said]
    return "; ".join(filter(None, [notes, *map(_member, members)]))


def _member(member: Difference) -> str:
    before, after = shorten_pair(_value(member.before), _value(member.after))
    return f"{member.subject.replace('_', ' ')}: {before} -> {after}"


def _value(value: object) -> str:
    """A list as its items, copies as their number, a switch as a word."""
    if isinstance(value, dict):
        return str(value["count"])
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(inline, value)) or "none"
    return inline(value)
