"""Rows of a section of a difference on 80 columns: what does not fit goes on lines below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

WIDTH = 76
"""Of a line of a section, which is indented by four more."""
INDENT = "     "
"""How a line begins that goes on with the one above; `-> ` fits into what is left."""
_GAP = "  "
_ARROW = "-> "
WIDEST_VALUE = WIDTH - len(INDENT) - len(_ARROW)


class Row(NamedTuple):
    """`cells` stand under each other; `values`, one or two, and the `note` follow."""

    cells: tuple[str, ...]
    values: tuple[str, ...]
    note: str = ""

    @property
    def tail(self) -> str:
        """What follows the cells, on one line."""
        return " ".join(filter(None, [f" {_ARROW}".join(self.values), self.note]))


def fitted(rows: Sequence[Row]) -> list[str]:
    """The lines of `rows`, which have as many cells each, and at least one."""
    if not rows:
        return []
    widths = [max(len(row.cells[n]) for row in rows) for n in range(len(rows[0].cells) - 1)]
    start = sum(widths) + len(_GAP) * len(widths)
    fitting = [row for row in rows if start + len(f"{row.cells[-1]}{_GAP}{row.tail}") <= WIDTH]
    widths.append(max((len(row.cells[-1]) for row in fitting), default=0))
    return [line for row in rows for line in _lines(row, widths)]


def _lines(row: Row, widths: Sequence[int]) -> Iterator[str]:
    cells = [f"{cell:<{width}}" for cell, width in zip(row.cells, widths, strict=True)]
    head = _GAP.join(cells)
    whole = f"{head}{_GAP}{row.tail}".rstrip()
    if len(whole) <= WIDTH:
        yield whole
        return
    yield from wrapped(head.rstrip())
    if not row.tail:
        return
    if len(INDENT + row.tail) <= WIDTH or len(row.values) == 1:
        yield from wrapped(row.tail, INDENT)
        return
    for number, value in enumerate((*row.values[:-1], f"{row.values[-1]} {row.note}".rstrip())):
        yield from wrapped(value, INDENT + (_ARROW if number else ""))


def wrapped(text: str, start: str = "") -> list[str]:
    """`text` on lines of a section; words that are longer stay whole."""
    return wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=INDENT + " ",
        break_long_words=False,
        break_on_hyphens=False,
    )
