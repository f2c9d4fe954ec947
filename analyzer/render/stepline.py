"""A layer and its build step on one line."""

from __future__ import annotations

from analyzer.paths import printable
from analyzer.render.values import shorten

_STEP_COLUMNS = 72


def step_line(created_by: str, layer: int, width: int | None) -> str:
    """`layer 3: RUN apt-get ...`, cut to one line."""
    label = f"layer {layer}: "
    room = (width or _STEP_COLUMNS + len(label)) - len(label)
    text = printable(" ".join(created_by.split())) or "build step not known"
    return label + shorten(text, max(room, 10))
