"""Cells of a comparison of platforms as text, alone and grouped by value."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.diff.platforms.model import Column, Part, Row, State
from analyzer.paths import printable
from analyzer.render.platformfiles import file_texts, owners_of
from analyzer.render.values import inline, shorten

_NOT = {State.ABSENT: "-", State.UNKNOWN: "?"}
_WORDS = {State.ABSENT: "not there", State.UNKNOWN: "not known"}
_CONTEXT_CHARACTERS = 16
_MOST_CHARACTERS = 150
_CUT = "..."
_COMMON_SYSTEM = "linux/"


def short_labels(columns: Sequence[Column]) -> list[str]:
    """The labels of columns, without the system where that is Linux for all."""
    labels = [column.label for column in columns]
    if all(label.startswith(_COMMON_SYSTEM) for label in labels):
        return [label.removeprefix(_COMMON_SYSTEM) for label in labels]
    return labels


def subject_text(row: Row) -> str:
    """What a row is about; a file with the packages that list it."""
    subject = printable(row.subject)
    owners = owners_of(row) if row.part is Part.FILES else ()
    return f"{subject} ({', '.join(map(printable, owners))})" if owners else subject


def cell_texts(row: Row) -> list[str]:
    """The cells of a row, in whole; of files what they differ in."""
    if row.part is Part.FILES:
        texts = file_texts(row)
    else:
        texts = [value_text(row.part, cell.value) for cell in row.cells]
    return [_NOT.get(cell.state, text) for cell, text in zip(row.cells, texts, strict=True)]


def value_text(part: Part, value: object) -> str:
    """A value on one line; several versions of a package stand behind each other."""
    if part is Part.PACKAGES and isinstance(value, list):
        return ", ".join(map(inline, value))
    return inline(value)


def grouped(row: Row, labels: Sequence[str]) -> list[tuple[str, str]]:
    """Platforms with equal values, and the value; of long ones what differs stays in sight."""
    found: dict[tuple[State, str], list[str]] = {}
    for cell, label, said in zip(row.cells, labels, cell_texts(row), strict=True):
        text = said if cell.state is State.THERE else _WORDS[cell.state]
        found.setdefault((cell.state, text), []).append(label)
    texts = [text for state, text in found if state is State.THERE]
    skip = _common(texts) - _CONTEXT_CHARACTERS
    return [(", ".join(names), _cut(text, skip)) for (_, text), names in found.items()]


def _cut(text: str, skip: int) -> str:
    """`text` without its beginning, if it is long and the beginning says nothing."""
    if text == shorten(text, _MOST_CHARACTERS):
        return text
    return shorten(_CUT + text[skip:] if skip > len(_CUT) else text, _MOST_CHARACTERS)


def _common(texts: Sequence[str]) -> int:
    """How many characters all begin with; of fewer than two texts, none."""
    if len(texts) < 2:  # noqa: PLR2004
        return 0
    pairs = enumerate(zip(min(texts), max(texts), strict=False))
    return next((n for n, (one, two) in pairs if one != two), min(map(len, texts)))
