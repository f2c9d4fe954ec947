"""Small parts of a difference as lines: build steps, what is attached, what is worth knowing."""

from __future__ import annotations

from tabulate import tabulate

from analyzer.diff.tree import Difference, Kind
from analyzer.paths import printable
from analyzer.render.values import inline, shorten

_MARKS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}
_DIGEST_CHARACTERS = 19
_MOST_LINES = 40
_MORE = "   and {} more, -o json for all"


def history_lines(part: Difference) -> list[str]:
    """Steps that came and went; of the others only how many say what otherwise."""
    if not part.children:
        return [f"{_MARKS[part.kind]}  {words}" for words in _whole(part)]
    gone = part.of_kind(Kind.REMOVED, Kind.ADDED)
    lines = [f"{_MARKS[child.kind]}  {shorten(step_of(child.subject))}" for child in gone]
    lines = _bounded(lines)
    if changed := part.of_kind(Kind.CHANGED):
        members = {member.subject.rpartition(".")[2] for c in changed for member in c.children}
        steps = "step" if len(changed) == 1 else "steps"
        words = printable(", ".join(sorted(members)))
        lines.append(f"{_MARKS[Kind.CHANGED]}  {words} of {len(changed)} {steps}")
    return lines


def step_of(subject: str) -> str:
    """A build step out of the JSON path that names it."""
    return printable(subject.removeprefix('history["').removesuffix('"]'))


def _whole(part: Difference) -> list[str]:
    """A history that only one side has, or that is in another order."""
    sides = [side for side in (part.before, part.after) if isinstance(side, list)]
    counts = " -> ".join(dict.fromkeys(f"{len(side)} steps" for side in sides))
    return [counts or inline(part.after if part.after is not None else part.before)]


def attachment_lines(part: Difference) -> list[str]:
    """Attestations, signatures and the like, by what they say that they are."""
    rows = []
    for child in part.children:
        sides = [side[:_DIGEST_CHARACTERS] for side in (child.before, child.after) if side]
        rows.append([_MARKS[child.kind], " -> ".join(sides), printable(child.subject)])
    table = tabulate(rows, tablefmt="plain", disable_numparse=True)
    return _bounded(table.splitlines())


def finding_lines(part: Difference) -> list[str]:
    """What is worth knowing of one side only."""
    lines = []
    for child in part.children:
        if child.kind is Kind.UNKNOWN:
            lines += [f"?  {child.subject} not compared: {note}" for note in child.notes]
            continue
        side = child.after if child.kind is Kind.ADDED else child.before
        masked = f" {side['masked']}" if side["masked"] else ""
        line = f"{_MARKS[child.kind]}  {side['where']}: {side['what']}{masked}"
        lines.append(printable(line))
    return _bounded(lines)


def _bounded(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], _MORE.format(more)] if more > 0 else lines
