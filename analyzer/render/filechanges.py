"""The files part of a difference as lines: new rights first, then what came, went, and changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

from analyzer.diff.filesystem.model import Marker
from analyzer.diff.filesystem.part import PATH
from analyzer.diff.filesystem.rights import Right
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind
from analyzer.paths import OPAQUE_NAME, RESERVED_PREFIX, WHITEOUT_PREFIX, join, printable, split
from analyzer.render.text import human_bytes
from analyzer.render.values import inline, shorten_pair

MORE = "and {} more, -o json for all"
_KINDS = ((Kind.ADDED, "+"), (Kind.REMOVED, "-"), (Kind.CHANGED, "~"), (Kind.UNKNOWN, "?"))
_MOST_LINES = 40
"""Of one kind of change."""
_WIDTH = 76
"""Of a line of a section, which is indented by four more."""
_INDENT = "     "
_ORDER = {right.value: number for number, right in enumerate(Right)}
_ORDINARY = len(_ORDER)
_GRAVE = _ORDER[Right.EXECUTABLE.value]
_MARKERS = frozenset(marker.value for marker in Marker)
_EXECUTABLE = frozenset({Right.EXECUTABLE.value})


class _Line(NamedTuple):
    """One change, or one folder with everything in it."""

    mark: str
    name: str
    remarks: str


def file_lines(part: Difference) -> list[str]:
    """Lines of `part`, without indentation.

    What allows more than it did comes first, whatever became of it. A folder that is wholly new or
    gone is one line.
    """
    differing = [child for child in part.children if child.kind is not Kind.SAME]
    grave = sorted((child for child in differing if _rank(child) < _GRAVE), key=importance)
    marks = dict(_KINDS)
    lines = list(_bounded([_line(marks[child.kind], child) for child in grave], "!"))
    rest = [child for child in differing if _rank(child) >= _GRAVE]
    for kind, mark in _KINDS:
        of_kind = sorted((child for child in rest if child.kind is kind), key=importance)
        lines += _bounded(list(_folded(mark, kind, of_kind)), mark)
    return lines


def change_lines(mark: str, child: Difference) -> list[str]:
    """One change by itself, which `mark` does not tell the kind of."""
    line = _line(mark, child)
    words = {Kind.ADDED: "added", Kind.REMOVED: "removed"}
    said = filter(None, [words.get(child.kind), line.remarks[1:-1]])
    return list(_bounded([line._replace(remarks=_remarks(said))], mark))


def words_of(child: Difference) -> tuple[str, str]:
    """What a changed path is called, and what is to be said of it."""
    line = _line("", child)
    return line.name, line.remarks[1:-1]


def allows_more(child: Difference) -> bool:
    """Whether it gives rights that it did not give before, beyond those of any program."""
    return _rank(child) < _GRAVE


def _rank(child: Difference) -> int:
    """How grave the gravest right is that a path gives on the second side only."""
    said = {note.removeprefix(AFTER) for note in child.notes if note.startswith(AFTER)}
    return min((_ORDER[note] for note in said if note in _ORDER), default=_ORDINARY)


def importance(child: Difference) -> tuple[int, str]:
    """Sorts what gives more rights first."""
    return _rank(child), child.subject


def _bounded(lines: Sequence[_Line], mark: str) -> Iterator[str]:
    shown = lines[:_MOST_LINES]
    for line in shown:
        head = f"{line.mark}  {line.name}"
        whole = f"{head}  {line.remarks}".rstrip()
        if len(whole) <= _WIDTH:
            yield whole
            continue
        yield head
        yield from wrap(
            line.remarks,
            _WIDTH,
            initial_indent=_INDENT,
            subsequent_indent=_INDENT + " ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    if len(lines) > len(shown):
        yield f"{mark}  {MORE.format(len(lines) - len(shown))}"


def _folded(mark: str, kind: Kind, children: Sequence[Difference]) -> Iterator[_Line]:
    """A line for each child; what lies in a folder that came or went is counted with it."""
    if kind not in {Kind.ADDED, Kind.REMOVED}:
        yield from (_line(mark, child) for child in children)
        return
    folders = {child.subject for child in children if _side(child)["type"] == "directory"}
    inside: dict[str, list[Difference]] = {}
    alone = []
    for child in children:
        top = _topmost(child.subject, folders)
        if top == child.subject or not top:
            alone.append(child)
        else:
            inside.setdefault(top, []).append(child)
    for child in alone:
        below = inside.get(child.subject)
        yield _folder(mark, child, below) if below else _line(mark, child)


def _topmost(path: str, folders: set[str]) -> str:
    """The highest of `folders` that `path` is or lies in."""
    parts = path.split("/")
    names = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((name for name in names if name in folders), "")


def _folder(mark: str, folder: Difference, below: Sequence[Difference]) -> _Line:
    size = human_bytes(sum(_side(child)["size"] for child in below))
    programs = sum(_rank(child) < _ORDINARY for child in below)
    names = f"{len(below)} name{'s' * (len(below) != 1)} in it, {size}"
    names += f", {programs} executable" if programs else ""
    return _Line(mark, f"{printable(folder.subject)}/", f"({names})")


def _line(mark: str, child: Difference) -> _Line:
    if child.kind in {Kind.ADDED, Kind.REMOVED}:
        side = _side(child)
        slash = "/" if side["type"] == "directory" else ""
        return _Line(mark, printable(child.subject) + slash, _remarks(_alone(child)))
    moved = child.child(PATH)
    name = printable(child.subject)
    if moved is not None:
        name = f"{printable(moved.before)} -> {printable(moved.after)}"
    return _Line(mark, name, _remarks(_changed(child)))


def _alone(child: Difference) -> Iterator[str]:
    """What is to be said of what only one side has."""
    side = _side(child)
    if side["type"] in _MARKERS:
        yield from _marked(child.subject)
        return
    yield from _rights(child)
    if side["type"] == "file":
        yield human_bytes(side["size"])
    elif side["type"] == "symlink":
        yield f"link to {printable(side.get('target') or '')}"
    elif side["type"] != "directory":
        yield side["type"]
    yield from map(printable, side.get("owners", ()))


def _marked(subject: str) -> Iterator[str]:
    """What a marker in a layer as it is stored does (image-spec, layer.md, "Whiteouts")."""
    folder, name = split(subject)
    if name == OPAQUE_NAME:
        yield f"hides what lower layers have in {folder or '/'}"
    elif name.startswith(RESERVED_PREFIX):
        yield "a reserved name without meaning"
    else:
        yield f"removes {join(folder, name.removeprefix(WHITEOUT_PREFIX))}"


def _changed(child: Difference) -> Iterator[str]:
    """What is to be said of what both sides have."""
    yield from _rights(child)
    if child.child(PATH) is not None:
        yield "moved"
    times_only = all(member.subject == "time" for member in child.children)
    for member in child.children:
        if member.subject == "content":
            sizes = [human_bytes(side["size"]) for side in (child.before, child.after)]
            yield f"content: {' -> '.join(dict.fromkeys(sizes))}"
        elif member.subject not in {PATH, "time"} or (member.subject == "time" and times_only):
            before, after = shorten_pair(_said(member.before), _said(member.after))
            yield f"{member.subject}: {before} -> {after}"
    if child.kind is Kind.UNKNOWN:
        yield from (note for note in child.notes if note.split(": ")[-1] not in _ORDER)


def _said(value: object) -> str:
    return "none" if value is None else inline(value)


def _rights(child: Difference) -> Iterator[str]:
    """What it allows on one side only; programs come and go with what they are part of."""
    said = _EXECUTABLE if child.kind in {Kind.ADDED, Kind.REMOVED} else frozenset()
    for start, word in ((AFTER, "now"), (BEFORE, "no longer")):
        for note in child.notes:
            right = note.removeprefix(start)
            if note.startswith(start) and right in _ORDER and right not in said:
                yield right if child.kind is not Kind.CHANGED else f"{word} {right}"


def _side(child: Difference) -> dict[str, Any]:
    """The only side there is, of what came or went."""
    side: dict[str, Any] = child.after if child.kind is Kind.ADDED else child.before
    return side


def _remarks(words: Iterable[str]) -> str:
    text = ", ".join(filter(None, words))
    return f"({text})" if text else ""
