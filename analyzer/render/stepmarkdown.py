"""Config, build steps and layers of a difference in Markdown: a step and its layer in one row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.diff.tree import Difference, Kind
from analyzer.render.buildsteps import config_sides, step_of, step_text
from analyzer.render.differenceparts import changed_members, is_empty
from analyzer.render.filemarkdown import SIGNS
from analyzer.render.markdown import table, text
from analyzer.render.values import shorten, shorten_pair

_MOST_ROWS = 100
_MORE = "and {} more, `-o json` has all.\n"
_CELL_CHARACTERS = 60
_STEP_CHARACTERS = 200
_DIGEST_CHARACTERS = 19
_BASE = "base"


def config_tables(part: Difference) -> Iterator[str]:
    """Members with their values; of those that came or went without one, the names."""
    told = [child for child in part.children if not is_empty(child)]
    rows = [
        (
            SIGNS.get(child.kind, "?"),
            text(child.subject),
            *map(text, _sides(child)),
        )
        for child in told
    ]
    yield from table(("", "config", "before", "after"), rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield _MORE.format(len(rows) - _MOST_ROWS)
    if left := len(part.children) - len(told):
        yield f"and {left} without a value, `-o json` has all.\n"


def _sides(child: Difference) -> tuple[str, str]:
    """Both values; one of them is empty where a side has no such member."""
    before, after = config_sides(child)
    before = "" if child.kind is Kind.ADDED else before
    after = "" if child.kind is Kind.REMOVED else after
    return shorten_pair(before, after, _CELL_CHARACTERS)


def step_tables(parts: Mapping[str, Difference]) -> Iterator[str]:
    """The parts `history` and `layers` as one table; nothing where neither differs."""
    layers, history = (
        part if (part := parts.get(name)) is not None and part.kind is not Kind.UNKNOWN else None
        for name in ("layers", "history")
    )
    if not any(part is not None and part.differs for part in (layers, history)):
        return
    yield "#### Build steps and layers\n"
    rows = list(_layer_rows(layers)) if layers is not None else []
    said = [row[2] for row in rows]
    rows += [row for row in _history_rows(history) if row[2] not in said] if history else []
    base = layers.child(_BASE) if layers is not None else None
    if base is not None:
        yield f"{base.before} layer{'s' * (base.before != 1)} in common at the bottom.\n"
    yield from table(("", "layer", "step", "content"), rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield _MORE.format(len(rows) - _MOST_ROWS)
    if layers is not None and layers.differs and not rows:
        yield "Some of the same layers lie in another order.\n"
    if history is not None and (words := changed_members(history)):
        yield f"Other {text(words)}.\n"
    if history is not None and history.differs and not history.children:
        yield "The history differs as a whole, `-o json` has it.\n"


def _layer_rows(part: Difference) -> Iterator[tuple[str, ...]]:
    for child in part.children:
        if child.subject == _BASE or child.kind is Kind.SAME:
            continue
        sides = [side for side in (child.before, child.after) if side]
        positions = dict.fromkeys(str(side["position"]) for side in sides)
        digests = dict.fromkeys(
            (side["diff_id"] or side["digest"] or "not known")[:_DIGEST_CHARACTERS]
            for side in sides
        )
        yield (
            SIGNS.get(child.kind, "="),
            " → ".join(positions),
            text(shorten(step_text(child.subject), _STEP_CHARACTERS)),
            text(" -> ".join(digests)),
        )


def _history_rows(part: Difference) -> Iterator[tuple[str, ...]]:
    for child in part.of_kind(Kind.ADDED, Kind.REMOVED):
        step = shorten(step_of(child.subject), _STEP_CHARACTERS)
        yield SIGNS[child.kind], "", text(step), ""
