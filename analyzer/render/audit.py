"""A document against an image as text: one line that says it all, then what differs."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tabulate import tabulate

from analyzer.diff.tree import DOWNGRADED, UPGRADED, Difference, Kind
from analyzer.paths import printable
from analyzer.render.values import shorten

_WIDTH = 80
_INDENT = "  "
_LABEL = 15
_NEWER = {UPGRADED: "the image has a newer one", DOWNGRADED: "the image has an older one"}


def audit_text(difference: Difference) -> str:
    """What `compare_bill` returned, for people; the document is `before`."""
    lines = [_title(difference), *_wrap(difference.headline, under=_INDENT)]
    lines += _notes(difference.notes)
    for node in difference.children:
        lines += ["", *_node(node)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _title(difference: Difference) -> str:
    one, two = (
        f"{printable(side['name'])} ({printable(side['kind'])})"
        for side in (difference.before, difference.after)
    )
    return f"{one} -> {two}"


def _node(node: Difference) -> Iterator[str]:
    yield from _wrap(node.subject, under=_INDENT)
    parts = {child.subject: child for child in node.children}
    if node.kind is Kind.UNKNOWN or node.subject == "index":
        yield from _notes(node.notes)
        yield from _manifests(node)
        return
    for name, tell in _PARTS.items():
        if name in parts:
            yield from _labelled(name, tell(parts[name]), _INDENT)
    yield from _notes(node.notes)
    if "packages" in parts:
        yield from _notes(parts["packages"].notes)
        yield from _packages(parts["packages"])


def _manifests(node: Difference) -> list[str]:
    words = {Kind.SAME: "named", Kind.ADDED: "not named", Kind.REMOVED: "not in this file"}
    rows = [[child.subject, words[child.kind]] for child in node.children]
    return [f"{_INDENT}{line}" for line in _table(rows)]


def _subject(part: Difference) -> Sequence[str]:
    return part.notes


def _platform(part: Difference) -> Sequence[str]:
    if part.kind is Kind.CHANGED:
        return [f"{part.after}; the document says otherwise", *part.notes]
    return [f"{part.after}{'' if part.before else ' (the document names none)'}"]


def _distro(part: Difference) -> Sequence[str]:
    one, two = (
        f"{side['id']} {side['version']}".strip() if side else ""
        for side in (part.before, part.after)
    )
    if part.differs:
        return [f"{one} in the document, {two or 'none'} in the image"]
    return [f"{two or 'none'}{'' if one else ' (the document names none)'}"]


_PARTS: dict[str, Callable[[Difference], Sequence[str]]] = {
    "subject": _subject,
    "platform": _platform,
    "distro": _distro,
}


def _labelled(name: str, texts: Sequence[str], start: str) -> Iterator[str]:
    label = f"{start}{name:<{_LABEL - len(start)}}"
    for text in texts:
        yield from _wrap(printable(text), label, " " * _LABEL)
        label = " " * _LABEL


def _packages(part: Difference) -> Iterator[str]:
    uncovered = part.after["uncovered"] if part.after else {}
    for title, belongs in _SECTIONS:
        rows = [
            _row(child)
            for child in part.children[1:]
            if belongs(child) and not (child.after and child.after["type"] in uncovered)
        ]
        if rows:
            yield from ("", f"{_INDENT}{title}")
            yield from (f"{_INDENT * 2}{line}" for line in _table(rows))


_SECTIONS: tuple[tuple[str, Callable[[Difference], bool]], ...] = (
    ("Otherwise in the image", lambda child: child.kind is Kind.CHANGED),
    ("In the document only", lambda child: child.kind is Kind.REMOVED),
    ("In the image only", lambda child: child.kind is Kind.ADDED),
    ("Cannot be compared", lambda child: child.kind is Kind.UNKNOWN),
)


def _row(child: Difference) -> list[str]:
    name = shorten(printable(child.subject))
    notes = [_NEWER.get(note, note) for note in child.notes]
    if child.before and child.after:
        values = (f"{_value(member.before)} -> {_value(member.after)}" for member in child.children)
        words = ", ".join(values) or _version(child.before)
    else:
        words = _version(child.before or child.after)
    return [name, words, f"({'; '.join(notes)})" if notes else ""]


def _version(said: dict[str, Any]) -> str:
    return _value(said["version"])


def _value(value: object) -> str:
    return shorten(printable(str(value))) if value else "(none)"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    return tabulate(rows, tablefmt="plain", disable_numparse=True).splitlines() if rows else []


def _notes(notes: Sequence[str]) -> Iterator[str]:
    for note in notes:
        yield from _wrap(printable(note), f"{_INDENT}note: ", _INDENT * 2)


def _wrap(text: str, start: str = "", under: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=under,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [start.rstrip()]
