"""Two platforms of one file as the two sides of a difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from analyzer.diff.pairs import Pair
from analyzer.diff.platforms.compare import image_rows, platform_of
from analyzer.diff.platforms.model import Cell, Part, Row, State
from analyzer.diff.platforms.rules import NAME_OF_ARCHITECTURE, RULES, counted
from analyzer.diff.platforms.shown import Shown
from analyzer.diff.platforms.spellings import is_own
from analyzer.diff.platforms.steps import INSTRUCTION
from analyzer.diff.rungs import Ladder, Rung, Why, unknown
from analyzer.diff.tree import Difference, Kind, container, leaf
from analyzer.image.platform import Platform
from analyzer.report import ImageReport

BY_IMAGE = "paired as two platforms of one image"
EXPECTED = "expected, left out: "
"""How a note begins that counts what is left out."""
_EXPLAINED = frozenset({"version", "source_package"})
"""What a rule about rebuilds explains; another licence stays a difference."""


def pair_platforms(before: Sequence[ImageReport], after: Sequence[ImageReport]) -> tuple[Pair, ...]:
    """Pair what belongs to the same image of the file, the nth with the nth."""
    pairs = []
    for position in sorted({image.position for image in before}):
        sides = [[n for n, i in enumerate(s) if i.position == position] for s in (before, after)]
        pairs += [Pair(one, two, (BY_IMAGE,)) for one, two in zip(*sides, strict=False)]
    return tuple(pairs)


def beside(ladder: Ladder) -> Ladder:
    """A ladder whose first rungs are left open: one file and one index hold both platforms."""
    words = {Rung.FILE: "one file holds both platforms", Rung.INDEX: "one index leads to both"}
    return tuple(
        unknown(step.rung, Why(words[step.rung])) if step.rung in words else step for step in ladder
    )


def without_expected(
    parts: Sequence[Difference], one: ImageReport, two: ImageReport
) -> list[Difference]:
    """The parts of a pair, without what rules explain; how much that is stands in their notes."""
    rows = image_rows((one, two))
    masked = Shown((one, two))
    changed = {
        "config": lambda part: _config(part, [masked.row(row) for row in rows]),
        "packages": lambda part: _packages(part, rows, *map(platform_of, (one, two))),
    }
    return [
        changed[part.subject](part) if part.subject in changed and part.children else part
        for part in parts
    ]


def _notes(part: Difference, rows: Sequence[Row], about: frozenset[Part]) -> tuple[str, ...]:
    counts = {rule: sum(row.part in about and rule in row.rules for row in rows) for rule in RULES}
    left_out = [EXPECTED + counted(rule, count) for rule, count in counts.items() if count]
    return (*part.notes, *left_out)


def _packages(part: Difference, rows: Sequence[Row], one: Platform, two: Platform) -> Difference:
    explained = [row for row in rows if row.part is Part.PACKAGES and row.rules]
    rebuilt = {row.subject for row in explained}
    named = {
        f"{row.subject.partition('/')[0]}/{name}"
        for row in explained
        if row.rules == (NAME_OF_ARCHITECTURE,)
        for cell in row.cells
        for name in cell.value or ()
    }
    kept = []
    for child in part.children:
        name = _name(child)
        if name in named:
            continue
        members = [
            member
            for member in child.children
            if not (name in rebuilt and member.subject in _EXPLAINED)
            and not (member.subject == "arch" and _own(member, one, two))
        ]
        if members or not child.children:
            differs = not child.children or any(member.differs for member in members)
            kind = child.kind if differs else Kind.MOVED
            kept.append(replace(child, children=tuple(members), kind=kind))
    notes = _notes(part, rows, frozenset({Part.PACKAGES}))
    return container(part.subject, kept, before=part.before, after=part.after, notes=notes)


def _own(member: Difference, one: Platform, two: Platform) -> bool:
    return is_own(member.before, one) and is_own(member.after, two)


def _name(child: Difference) -> str:
    """Type and name of the package that a child is about, without architecture and version."""
    side = child.before or child.after
    subject = child.subject.removesuffix(f"@{side['version']}")
    return subject.removesuffix(f":{side['arch']}")


def _config(part: Difference, rows: Sequence[Row]) -> Difference:
    about = frozenset({Part.CONFIG, Part.BUILD})
    members = [_leaf(row) for row in rows if row.part is Part.CONFIG and row.unexpected]
    steps = [row for row in rows if row.part is Part.BUILD and row.unexpected]
    if steps:
        members.append(container("history", [child for row in steps for child in _step(row)]))
    return container("config", members, notes=_notes(part, rows, about))


def _leaf(row: Row, subject: str = "") -> Difference:
    before, after = row.cells
    return leaf(subject or row.subject, _kind(before, after), before.value, after.value)


def _kind(before: Cell, after: Cell) -> Kind:
    if State.UNKNOWN in {before.state, after.state}:
        return Kind.UNKNOWN
    if before.state is State.ABSENT:
        return Kind.ADDED
    return Kind.REMOVED if after.state is State.ABSENT else Kind.CHANGED


def _step(row: Row) -> Iterator[Difference]:
    """A step that reads otherwise is one that went and one that came."""
    step, _, member = row.subject.partition(": ")
    before, after = row.cells
    if member:
        yield container(step, [_leaf(row, f"{step}.{member}")])
        return
    for cell, kind in ((before, Kind.REMOVED), (after, Kind.ADDED)):
        if cell.state is State.THERE:
            text = cell.value if isinstance(cell.value, str) else ""
            entry = {INSTRUCTION: cell.value}
            sides = (entry, None) if kind is Kind.REMOVED else (None, entry)
            yield leaf(f"{step}: {text}", kind, sides[0], sides[1])
