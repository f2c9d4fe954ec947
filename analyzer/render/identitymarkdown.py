"""The ladder of sameness and the digests of both sides in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.diff.rungs import NOUNS, Ladder, Rung
from analyzer.diff.tree import Difference, Kind
from analyzer.render.difference import ANSWERS, digest_cells, identity_label, one_known
from analyzer.render.markdown import table, text

_WORDS = {Kind.SAME: "equal", Kind.CHANGED: "differs", Kind.UNKNOWN: "not known"}


def ladder_table(ladder: Ladder) -> Iterator[str]:
    """One rung a row, from the same file down."""
    rows = [
        (f"same {NOUNS[step.rung]}", ANSWERS[step.verdict], text(step.reason))
        for step in ladder
        if step.rung is not Rung.DIFFERENT
    ]
    yield from table(("", "", "why"), rows)


def identity_tables(part: Difference | None) -> Iterator[str]:
    """Digests of both sides by what people call them."""
    if part is None or not part.differs:
        return
    rows = [
        (identity_label(child), _WORDS.get(child.kind, ""), text(" ".join(digest_cells(child))))
        for child in part.children
        if one_known(child)
    ]
    yield from table(("", "", "digests"), rows)
