"""Text, tables and folded blocks of Markdown as GitHub and GitLab show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from analyzer.paths import printable

_SPECIAL = frozenset("\\|`*_[]<>#&~@")


def text(words: str) -> str:
    """Text that Markdown takes for nothing else (CommonMark 0.31, 2.4; GFM, "Tables")."""
    shown = printable(words).replace(" -> ", " → ")
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in shown)


def line(cells: Iterable[str]) -> str:
    """One row of a table, of cells that `text` made."""
    return f"| {' | '.join(cells)} |"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table and the empty line after it; nothing where there is no row."""
    if rows:
        yield line(header)
        yield line(["---"] * len(header))
        yield from map(line, rows)
        yield ""


def folded(summary: str, lines: Iterable[str]) -> Iterator[str]:
    """A block that opens when `summary` is clicked; nothing where it would be empty."""
    inner = list(lines)
    if inner:
        yield f"<details><summary>{escape(printable(summary), quote=False)}</summary>\n"
        yield from inner
        yield "</details>\n"
