"""A comparison of platforms for spreadsheets and documents: CSV and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analyzer.csvtext import csv_text
from analyzer.diff.platforms.model import Column, Comparison, ImagePlatforms, Part, Row, State
from analyzer.diff.platforms.rules import RULES, counted
from analyzer.paths import printable
from analyzer.render.platformcells import (
    cell_texts,
    grouped,
    short_labels,
    subject_text,
    value_text,
)
from analyzer.render.platformfiles import by_weight
from analyzer.render.platforms import MORE, called, sentence, verdict

CSV_HEADERS = ("image", "part", "subject", "kind", "expected_by", "platform", "state", "value")
_MOST_COLUMNS = 6
_MOST_ROWS = 200
"""As much as a comment on a pull request can hold."""
_TITLES = {Part.BUILD: "Build steps"}


def platforms_csv(comparison: Comparison) -> str:
    """One line for each platform of each difference, expected ones with the rules that say so."""
    return csv_text(
        CSV_HEADERS,
        (
            cells
            for image in comparison.images
            for row in image.rows
            for cells in _lines(image, row)
        ),
    )


def _lines(image: ImagePlatforms, row: Row) -> Iterator[tuple[object, ...]]:
    name = image.names[0] if image.names else f"@{image.position}"
    kind = "only-some" if row.only_some else "differs"
    for column, cell in zip(image.columns, row.cells, strict=True):
        value = value_text(row.part, cell.value) if cell.state is State.THERE else ""
        rules = " ".join(row.rules)
        yield name, row.part.value, row.subject, kind, rules, column.label, cell.state.value, value


def platforms_markdown(comparison: Comparison) -> str:
    """A heading for each image, and a table for each part that differs, as GitHub shows them."""
    return "\n".join(
        line for image in comparison.images for line in _image(image, comparison.source.kind)
    )


def _image(image: ImagePlatforms, kind: str) -> Iterator[str]:
    yield f"## {_cell(called(image, kind))}\n"
    yield f"{_cell(verdict(image))[:1].upper()}{_cell(verdict(image))[1:]}.\n"
    for column in image.columns:
        if column.notes:
            yield f"- {_cell(column.label)}: {_cell('; '.join(column.notes))}"
    labels = [column.label for column in image.columns]
    if len(image.compared) > 1:
        for claim in image.claims:
            if claim.of == 0:
                yield f"- {_cell(sentence(claim, labels))}"
        yield ""
        for part in Part:
            if rows := by_weight([row for row in image.unexpected if row.part is part]):
                yield from _table(part, rows, image.columns)
        yield from _expected(image)
    yield ""


def _table(part: Part, rows: Sequence[Row], columns: Sequence[Column]) -> Iterator[str]:
    labels = short_labels(columns)
    wide = len(columns) <= _MOST_COLUMNS
    headers = ["", *labels] if wide else ["", "platforms"]
    yield f"### {_TITLES.get(part, part.value.title())}\n"
    yield _line(map(_cell, headers))
    yield _line("---" for _ in headers)
    for row in rows[:_MOST_ROWS]:
        values = cell_texts(row)
        if not wide:
            values = ["; ".join(f"{names}: {value}" for names, value in grouped(row, labels))]
        yield _line(map(_cell, [subject_text(row), *values]))
    if len(rows) > _MOST_ROWS:
        yield f"\n{MORE.format(len(rows) - _MOST_ROWS)}"
    yield ""


def _expected(image: ImagePlatforms) -> Iterator[str]:
    counts = image.expected()
    if counts:
        yield "Expected, and left out:\n"
        yield from (f"- {counted(rule, counts[rule])}" for rule in RULES if rule in counts)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Text that Markdown takes for nothing else (CommonMark 0.31, 2.4; GFM, "Tables")."""
    shown = printable(text)
    return "".join(f"\\{letter}" if letter in "\\|`*_[]<>#&~" else letter for letter in shown)
