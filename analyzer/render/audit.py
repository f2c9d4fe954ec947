"""A document against an image as text: one line that says it all, then what differs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tabulate import tabulate

from analyzer.diff.billplatform import NO_PLATFORM
from analyzer.diff.rungs import few
from analyzer.diff.tree import DOWNGRADED, UPGRADED, Difference, Kind, mirrored
from analyzer.paths import printable
from analyzer.render.lines import folded
from analyzer.render.values import shorten

_INDENT = "  "
_NO_PLATFORM = "the image states none"
_LABEL = 15
_Sides = tuple[str, str]
_AUDIT: _Sides = ("the document", "the image")
_TWO_DOCUMENTS: _Sides = ("the first", "the second")
"""What the sides are called."""


def audit_text(difference: Difference, *, turned: bool = False) -> str:
    """What `compare_bill` returned, for people; the document is `before`.

    `turned` says that the image was named first, and so stands first.
    """
    title = _title(mirrored(difference) if turned else difference)
    lines = [*folded(title, under=_INDENT), *folded(difference.headline, under=_INDENT)]
    lines += _notes(difference.notes)
    several = sum(bool(node.children) for node in difference.children) > 1
    for node in difference.children:
        lines += ["", *folded(node.subject, under=_INDENT)]
        if several and node.children:
            lines += folded(node.headline, _INDENT, _INDENT * 2)
        lines += _node(node, turned=turned)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _title(difference: Difference) -> str:
    one, two = (
        f"{printable(side['name'])} ({printable(side['kind'])})"
        for side in (difference.before, difference.after)
    )
    return f"{one} -> {two}"


def _node(node: Difference, *, turned: bool) -> Iterator[str]:
    parts = {child.subject: child for child in node.children}
    if node.kind is Kind.UNKNOWN or node.subject == "index":
        yield from _notes(node.notes)
        yield from _manifests(node)
        return
    words = _TWO_DOCUMENTS if node.subject == "documents" else _AUDIT
    for name, tell in _PARTS.items():
        if name in parts:
            yield from _labelled(name, tell(parts[name], words), _INDENT)
    yield from _notes(node.notes)
    if "packages" in parts:
        yield from _notes(parts["packages"].notes)
        yield from _packages(parts["packages"], words, turned=turned)


def _manifests(node: Difference) -> list[str]:
    words = {Kind.SAME: "named", Kind.ADDED: "not named", Kind.REMOVED: "not in this file"}
    rows = [[child.subject, words[child.kind]] for child in node.children]
    return [f"{_INDENT}{line}" for line in _table(rows)]


def _subject(part: Difference, _words: _Sides) -> Sequence[str]:
    return part.notes


def _platform(part: Difference, words: _Sides) -> Sequence[str]:
    if words is _TWO_DOCUMENTS:
        return part.notes
    after = _NO_PLATFORM if part.after == NO_PLATFORM else part.after
    if part.kind is Kind.CHANGED:
        return [f"{after}; the document says otherwise", *part.notes]
    return [f"{after}{'' if part.before else ' (the document names none)'}"]


def _distro(part: Difference, words: _Sides) -> Sequence[str]:
    one, two = (
        f"{side['id']} {side['version']}".strip() if side else ""
        for side in (part.before, part.after)
    )
    if part.differs:
        return [f"{one} in {words[0]}, {two or 'none'} in {words[1]}"]
    return [f"{two or one or 'none'}{_silence(one, two, words)}"]


def _silence(one: str, two: str, words: _Sides) -> str:
    silent = [side for side, stated in zip(words, (one, two), strict=True) if not stated]
    return f" ({' and '.join(silent)} name{'s' * (len(silent) == 1)} none)" if silent else ""


_PARTS: dict[str, Callable[[Difference, _Sides], Sequence[str]]] = {
    "subject": _subject,
    "platform": _platform,
    "distro": _distro,
}


def _labelled(name: str, texts: Sequence[str], start: str) -> Iterator[str]:
    label = f"{start}{name:<{_LABEL - len(start)}}"
    for text in texts:
        yield from folded(printable(text), label, " " * _LABEL)
        label = " " * _LABEL


def _packages(part: Difference, words: _Sides, *, turned: bool) -> Iterator[str]:
    uncovered = part.after["uncovered"] if part.after else {}
    shown = [
        child
        for child in part.children[1:]
        if not (child.after and child.after["type"] in uncovered)
    ]
    if turned:
        words = words[1], words[0]
        shown = [mirrored(child) for child in shown]
    for title, kind in _SECTIONS:
        children = [child for child in shown if child.kind is kind]
        if children:
            yield from ("", f"{_INDENT}{title.format(*words)}")
            yield from (f"{_INDENT * 2}{line}" for line in _table(_rows(children, words)))


_SECTIONS = (
    ("Other in {1} than in {0}", Kind.CHANGED),
    ("In {0} only", Kind.REMOVED),
    ("In {1} only", Kind.ADDED),
    ("Cannot be compared", Kind.UNKNOWN),
)


def _rows(children: Sequence[Difference], words: _Sides) -> list[list[str]]:
    """A row for each; packages that differ in the same architectures alone share one."""
    rows = []
    alike: dict[str, list[str]] = defaultdict(list)
    for child in children:
        if [member.subject for member in child.children] == ["arch"] and not child.notes:
            alike[_values(child)].append(child.subject)
        else:
            rows.append(_row(child, words))
    return rows + [[few(names), values, ""] for values, names in sorted(alike.items())]


def _row(child: Difference, words: _Sides) -> list[str]:
    newer = {
        UPGRADED: f"newer in {words[1]}",
        DOWNGRADED: f"older in {words[1]}",
    }
    notes = [newer.get(note, note) for note in child.notes]
    values = _values(child) if child.children else _version(child.before or child.after)
    name = shorten(printable(child.subject))
    return [name, values, f"({'; '.join(notes)})" if notes else ""]


def _values(child: Difference) -> str:
    pairs = (f"{_value(member.before)} -> {_value(member.after)}" for member in child.children)
    return ", ".join(pairs)


def _version(said: dict[str, Any]) -> str:
    return _value(said["version"])


def _value(value: object) -> str:
    return shorten(printable(str(value))) if value else "(none)"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    return tabulate(rows, tablefmt="plain", disable_numparse=True).splitlines() if rows else []


def _notes(notes: Sequence[str]) -> Iterator[str]:
    for note in notes:
        yield from folded(printable(note), f"{_INDENT}note: ", _INDENT * 2)
