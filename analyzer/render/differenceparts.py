"""Small parts of a difference as lines: build steps, what is attached, what is worth knowing."""

from __future__ import annotations

from analyzer.diff.tree import Difference, Kind
from analyzer.paths import printable
from analyzer.render.buildsteps import step_of
from analyzer.render.differencetable import Row, fitted, wrapped
from analyzer.render.values import inline, shorten

_MARKS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}
_DIGEST_CHARACTERS = 19
_EMPTY: tuple[object, ...] = (None, "", False, [], {})
_MOST_LINES = 40
_STEP_CHARACTERS = 280
"""Of a build step: four lines."""
_MORE = "   and {} more, -o json for all"


def history_lines(part: Difference) -> list[str]:
    """Steps that came and went; of the others only how many say what otherwise."""
    if not part.children:
        return [f"{_MARKS[part.kind]}  {words}" for words in _whole(part)]
    gone = part.of_kind(Kind.REMOVED, Kind.ADDED)
    lines = [
        line
        for child in gone[:_MOST_LINES]
        for line in wrapped(shorten(step_of(child.subject), _STEP_CHARACTERS), _mark(child))
    ]
    lines += [_MORE.format(len(gone) - _MOST_LINES)] if len(gone) > _MOST_LINES else []
    if words := changed_members(part):
        lines += wrapped(printable(words), f"{_MARKS[Kind.CHANGED]}  ")
    return lines


def changed_members(part: Difference) -> str:
    """What differs of steps that both sides have; empty where nothing does."""
    changed = part.of_kind(Kind.CHANGED)
    members = {member.subject.rpartition(".")[2] for c in changed for member in c.children}
    steps = "step" if len(changed) == 1 else "steps"
    return f"{', '.join(sorted(members))} of {len(changed)} {steps}" if changed else ""


def is_empty(child: Difference) -> bool:
    """Whether a member of a config came or went without a value: docker writes those, too."""
    if child.kind not in {Kind.ADDED, Kind.REMOVED}:
        return False
    return (child.after if child.kind is Kind.ADDED else child.before) in _EMPTY


def _mark(child: Difference) -> str:
    return f"{_MARKS[child.kind]}  "


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
        cells = (_MARKS[child.kind], " -> ".join(sides))
        rows.append(Row(cells, (shorten(printable(child.subject)),)))
    more = len(rows) - _MOST_LINES
    return fitted(rows[:_MOST_LINES]) + ([_MORE.format(more)] if more > 0 else [])


def finding_lines(part: Difference) -> list[str]:
    """What is worth knowing of one side only."""
    lines = []
    for child in part.children[:_MOST_LINES]:
        if child.kind is Kind.UNKNOWN:
            for note in child.notes:
                lines += wrapped(f"?  {child.subject} not compared: {note}")
            continue
        side = child.after if child.kind is Kind.ADDED else child.before
        masked = f" {side['masked']}" if side["masked"] else ""
        lines += wrapped(printable(f"{side['where']}: {side['what']}{masked}"), _mark(child))
    more = len(part.children) - _MOST_LINES
    return lines + ([_MORE.format(more)] if more > 0 else [])
