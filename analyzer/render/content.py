"""What differs inside files as text: unified hunks, and one line for every other part."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind
from analyzer.paths import printable
from analyzer.render.values import shorten, shorten_pair

_INDENT = "  "
_MARKS = {Kind.ADDED: "+", Kind.REMOVED: "-"}
INSIDE = "inside"
"""Subject of what differs inside a file, below the file."""
_WIDTH = 80
_SHA256 = re.compile(r"\A(sha256:[0-9a-f]{12})[0-9a-f]{52}\Z")
_NO_END = "no newline at the end of the file"
_UNFINISHED = "\\ No newline at end of file"
"""What diff(1) and patch(1) call it."""


def content_lines(content: Difference) -> Iterator[str]:
    """A node `inside`: what both sides are, notes, then its parts; no line break in any line."""
    sides = [side for side in (content.before, content.after) if side]
    kinds = dict.fromkeys(printable(side["kind"]) for side in sides)
    sizes = dict.fromkeys(f"{side['size']:,}".replace(",", " ") for side in sides)
    yield f"{' -> '.join(kinds)}, {' -> '.join(sizes)} bytes"
    yield from (f"note: {printable(note)}" for note in content.notes)
    for child in content.children:
        if _is_hunk(child):
            yield from hunk_lines(child)
        else:
            yield from _part(child)


def _is_inside(child: Difference) -> bool:
    """Whether this is what differs inside a member; a member may have any name."""
    return child.subject == INSIDE and isinstance(child.before, Mapping) and "kind" in child.before


def _is_printed(child: Difference) -> bool:
    """Whether this is what a tool printed; a member of JSON that came may be null."""
    bare = child.before is None and child.after is None and not child.children
    return bare and child.kind is Kind.CHANGED


def _is_hunk(child: Difference) -> bool:
    """Whether these are lines of a text; a record may have any name."""
    told = isinstance(child.before, Mapping) and {"line", "lines"} == set(child.before)
    return told and bool(child.children)


def hunk_lines(hunk: Difference) -> Iterator[str]:
    """One hunk as `diff -u` writes it."""
    yield f"@@ -{_range(hunk.before)} +{_range(hunk.after)} @@"
    for run in hunk.children:
        if run.kind is Kind.SAME:
            yield from _run(" ", run.before, run, BEFORE)
        else:
            yield from _run("-", run.before, run, BEFORE)
            yield from _run("+", run.after, run, AFTER)


def _range(side: Mapping[str, int]) -> str:
    return str(side["line"]) if side["lines"] == 1 else f"{side['line']},{side['lines']}"


def _run(mark: str, lines: Sequence[str] | None, run: Difference, side: str) -> Iterator[str]:
    for line in lines or ():
        yield mark + "\t".join(map(printable, line.split("\t")))
    if lines and side + _NO_END in run.notes:
        yield _UNFINISHED


def _part(child: Difference) -> Iterator[str]:
    """One leaf in a line, or a container with its parts below it."""
    subject = printable(child.subject)
    if _is_inside(child):
        yield from (f"{_INDENT}{line}" for line in content_lines(child))
        return
    if _is_printed(child):
        yield f"~ {subject}"  # what a tool printed, line by line
        yield from (f"{_INDENT}{printable(note)}" for note in child.notes)
        return
    if child.children:
        yield f"~ {subject}"
        for inner in child.children:
            yield from (f"{_INDENT}{line}" for line in _part(inner))
    else:
        yield from _leaf(child, subject)
    yield from (f"{_INDENT}note: {printable(note)}" for note in child.notes)


def _leaf(child: Difference, subject: str) -> Iterator[str]:
    """`~ subject: old -> new`, on three lines where one is too short for it."""
    if child.kind is not Kind.CHANGED:
        value = child.after if child.kind is Kind.ADDED else child.before
        yield f"{_MARKS.get(child.kind, '?')} {subject}: {shorten(_value(value))}"
        return
    shared, before, after = _sides(child.before, child.after)
    start = f"~ {subject}{shared}: "
    if before == after:
        yield f"{start}{shorten(before)} (what differs is not shown)"
        return
    before, after = shorten_pair(before, after)
    line = f"{start}{before} -> {after}"
    if len(line) <= _WIDTH:
        yield line
        return
    yield start.rstrip(": ")
    yield f"{_INDENT}- {before}"
    yield f"{_INDENT}+ {after}"


def _sides(before: Any, after: Any) -> tuple[str, str, str]:  # noqa: ANN401 - any JSON values
    """What both have in common, and what each has; objects without their equal members."""
    if not (_flat(before) and _flat(after)):
        return "", _value(before), _value(after)
    same = {name: value for name, value in before.items() if after.get(name) == value}
    # Two sizes say that the content differs; digests would fill the line without saying more.
    told = {"sha256"} if before.get("size") != after.get("size") else set()
    rest = [
        {name: value for name, value in side.items() if name not in same and name not in told}
        for side in (before, after)
    ]
    if not rest[0] or not rest[1]:
        return "", _value(before), _value(after)
    return f" ({_value(same)})" if same else "", _value(rest[0]), _value(rest[1])


def _flat(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, Mapping) and not any(
        isinstance(inner, list | dict) for inner in value.values()
    )


def _value(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A text as it is, a flat object as `name value, ...`, anything else as JSON."""
    if isinstance(value, str):
        return printable(_SHA256.sub(r"\1", value))
    if _flat(value):
        pairs = (f"{name} {_value(inner)}" for name, inner in value.items())
        return ", ".join(pairs)
    return printable(json.dumps(value, ensure_ascii=False))
