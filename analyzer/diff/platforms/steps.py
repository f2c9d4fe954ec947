"""Build steps of all platforms, put side by side.

Steps that every platform has, in one order, hold the others in place: what stands between the
same two of them on several platforms is compared with each other. So a step that reads otherwise
on one platform is one row, and not one that came and one that went.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyzer.diff.platforms.model import ABSENT, UNKNOWN, Cell, Part, Row, same_cells, there
from analyzer.diff.platforms.rules import BUILD_TIME, STEP, built_together, folded, normalised
from analyzer.diff.platforms.values import plain
from analyzer.image.platform import Platform

INSTRUCTION = "created_by"
ORDER = "order of the steps"
_MEMBERS = ("author", "comment", "created", "empty_layer")
"""image-spec v1.1, config.md, "history", beside the instruction."""

Mark = tuple[str, int]
"""An instruction without what rules explain, and how many the same came before it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a history."""

    position: int
    mark: Mark
    members: Mapping[str, Any]


def step_rows(histories: Sequence[object | None], platforms: Sequence[Platform]) -> Iterator[Row]:
    """A row for each member of a step that is not the same everywhere.

    `histories` are the members `history` of the configs, in any form; None is one not read.
    """
    known = [
        None if history is None else _steps(history, platform)
        for history, platform in zip(histories, platforms, strict=True)
    ]
    if sum(steps is not None for steps in known) < 2:  # noqa: PLR2004 - nothing to compare
        return
    common = _common(known)
    orders = [_ordered(steps, common) for steps in known]
    if not same_cells(orders):
        yield Row(Part.BUILD, ORDER, tuple(map(_texts, known, orders)))
    rows = [*_between(known, common), *_same(known, common)]
    for _, cells in sorted(rows, key=lambda row: row[0]):
        yield from _compared(cells, platforms)


def _steps(history: object, platform: Platform) -> tuple[Step, ...]:
    seen: Counter[str] = Counter()
    found = []
    for position, entry in enumerate(history if isinstance(history, list) else ()):
        members = entry if isinstance(entry, Mapping) else {}
        text = str(normalised(_instruction(members), platform, [*STEP.values()]))
        found.append(Step(position, (text, seen[text]), members))
        seen[text] += 1
    return tuple(found)


def _common(known: Sequence[Sequence[Step] | None]) -> frozenset[Mark]:
    marks = [{step.mark for step in steps} for steps in known if steps is not None]
    return frozenset(marks[0].intersection(*marks[1:]))


def _ordered(steps: Sequence[Step] | None, common: frozenset[Mark]) -> Cell:
    if steps is None:
        return UNKNOWN
    return there([step.mark for step in steps if step.mark in common])


def _texts(steps: Sequence[Step] | None, order: Cell) -> Cell:
    """The common steps as they read on one platform."""
    if steps is None:
        return order
    return there([_text(step) for step in steps if step.mark in order.value])


def _text(step: Step) -> str:
    return _instruction(step.members)


def _instruction(members: Mapping[str, Any]) -> str:
    text = members.get(INSTRUCTION)
    return text if isinstance(text, str) else ""


Steps = tuple[tuple[int, bool, int], list[Step | Cell | None]]
"""Where it is shown, and the step of each platform: None where there is none."""


def _same(known: Sequence[Sequence[Step] | None], common: frozenset[Mark]) -> Iterator[Steps]:
    """The steps that every platform has."""
    tables = [None if s is None else {step.mark: step for step in s} for s in known]
    for mark in common:
        cells: list[Step | Cell | None] = [UNKNOWN if t is None else t[mark] for t in tables]
        yield (_first(cells), False, 0), cells


def _between(known: Sequence[Sequence[Step] | None], common: frozenset[Mark]) -> Iterator[Steps]:
    """The others: the nth behind the same common step on each platform."""
    gaps: dict[tuple[Mark | None, int], dict[int, Step]] = defaultdict(dict)
    for number, steps in enumerate(known):
        before, count = None, 0
        for step in steps or ():
            if step.mark in common:
                before, count = step.mark, 0
            else:
                gaps[before, count][number] = step
                count += 1
    for (_, count), found in gaps.items():
        cells: list[Step | Cell | None] = [
            UNKNOWN if steps is None else found.get(number) for number, steps in enumerate(known)
        ]
        yield (_first(cells), True, count), cells


def _first(cells: Sequence[Step | Cell | None]) -> int:
    return min(cell.position for cell in cells if isinstance(cell, Step))


def _compared(steps: Sequence[Step | Cell | None], platforms: Sequence[Platform]) -> Iterator[Row]:
    """The rows of steps that stand side by side."""
    subject = f"step {_first(steps)}"
    texts = [_cell(step, INSTRUCTION) for step in steps]
    if not same_cells(texts):
        yield Row(Part.BUILD, subject, tuple(texts), folded(texts, platforms, STEP))
    if any(step is None for step in steps):
        return
    for member in _MEMBERS:
        cells = [_cell(step, member) for step in steps]
        if same_cells(cells):
            continue
        together = member == "created" and built_together(cells)
        rules = (BUILD_TIME,) if together else folded(cells, platforms, STEP)
        yield Row(Part.BUILD, f"{subject}: {member}", tuple(cells), rules)


def _cell(step: Step | Cell | None, member: str) -> Cell:
    if isinstance(step, Cell):
        return step
    if step is None:
        return ABSENT
    if member == INSTRUCTION:
        return there(_text(step))
    value = step.members.get(member)
    return there(plain(value)) if value not in (None, "", False) else ABSENT
