"""The packages part of a difference as lines: what came, what went, what became of the others.

Binary packages of one source that changed alike are one line. What is long is cut, and says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from textwrap import wrap

from analyzer.diff.packagegroups import Group, groups_of
from analyzer.diff.rungs import few
from analyzer.diff.tree import Difference, Kind
from analyzer.paths import printable
from analyzer.render.values import inline, shorten_pair

_KINDS = ((Kind.ADDED, "+"), (Kind.REMOVED, "-"), (Kind.CHANGED, "~"))
_MOST_LINES = 40
"""Of one kind of change; of more, the number of packages is said."""
_MOST_WAYS = 5
"""From which layer to which packages moved."""
_WIDEST_SUBJECT = 40
_WIDTH = 76
"""Of a line of a section, which is indented by four more."""
_INDENT = "     "
_ARROW = "-> "
_WIDEST_VERSION = _WIDTH - len(_INDENT + _ARROW)


def package_lines(part: Difference) -> list[str]:
    """Lines of `part`, without indentation; of a group the names of its packages come last."""
    shown, tails = [], []
    for kind, mark in _KINDS:
        groups = groups_of(part, kind)
        shown.append((mark, groups[:_MOST_LINES]))
        tails.append(_rest(mark, groups[_MOST_LINES:]))
    titles = [printable(group.title) for _, groups in shown for group in groups]
    width = min(max(map(len, titles), default=0), _WIDEST_SUBJECT)
    lines = []
    for (mark, groups), tail in zip(shown, tails, strict=True):
        lines += [line for group in groups for line in _lines(mark, group, width)] + tail
    return lines + _moved(part)


def has_moved(part: Difference) -> bool:
    """Whether a part is that of packages, and some are brought by another layer.

    That is worth a line even where nothing differs.
    """
    return part.subject == "packages" and bool(part.of_kind(Kind.MOVED))


def _moved(part: Difference) -> list[str]:
    """Packages that only another layer brings, by the layers: some of their names, and how many.

    Where layers were joined or taken apart there are hundreds, and none is news.
    """
    ways: dict[tuple[str, str], list[str]] = defaultdict(list)
    for child in part.of_kind(Kind.MOVED):
        if way := child.child("introduced_in"):
            ways[value_words(way.before), value_words(way.after)].append(child.subject)
    if not ways:
        return []
    lines = [f"=  {sum(map(len, ways.values()))} unchanged but from another layer"]
    listed = sorted(ways.items(), key=lambda way: (-len(way[1]), way[0]))
    for (before, after), subjects in listed[:_MOST_WAYS]:
        text = f"layer {before} -> {after}: {few(sorted(map(printable, subjects)))}"
        lines += _below(text)
    if rest := sum(len(subjects) for _, subjects in listed[_MOST_WAYS:]):
        lines.append(f"{_INDENT}and {rest} more, -o json for all")
    return lines


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
    """One line where it fits; else the newer version, and what is remarked, below."""
    pair = shorten_pair(printable(group.before), printable(group.after), _WIDEST_VERSION)
    versions = list(dict.fromkeys(filter(None, pair)))
    title, remarks = printable(group.title), _remarks(group)
    head = f"{mark}  {title:<{width}}  {f' {_ARROW}'.join(versions)}".rstrip()
    whole = f"{head}  ({remarks})" if remarks else head
    if len(whole) <= _WIDTH:
        yield whole
        return
    if len(head) <= _WIDTH:
        yield head
    else:
        yield from _wide(f"{mark}  {title:<{width}}", versions)
    if remarks:
        yield from _below(f"({remarks})")


def _wide(start: str, versions: Sequence[str]) -> Iterator[str]:
    """Versions that do not fit behind a name, each on a line of its own."""
    first = f"{start}  {versions[0]}"
    if len(first) <= _WIDTH:
        yield first
    else:
        yield start.rstrip()
        yield _INDENT + versions[0]
    yield from (f"{_INDENT}{_ARROW}{version}" for version in versions[1:])


def _below(text: str) -> list[str]:
    return wrap(
        text,
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
    return "; ".join(filter(None, [notes, *map(_member, group.members)]))


def _member(member: Difference) -> str:
    before, after = shorten_pair(value_words(member.before), value_words(member.after))
    return f"{member.subject.replace('_', ' ')}: {before} -> {after}"


def value_words(value: object) -> str:
    """A list as its items, copies as their number, a switch as a word."""
    if isinstance(value, dict):
        return str(value["count"])
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(inline, value)) or "none"
    return inline(value)
