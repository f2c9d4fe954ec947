"""Rows as they may be shown: what looks like a secret is masked, in every output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyzer.diff.platforms.model import Part, Row, State, there
from analyzer.findings.config import ConfigFindings
from analyzer.report import ImageReport


class Shown:
    """Masks the values of rows; `images` are in the order of their cells."""

    def __init__(self, images: Sequence[ImageReport]) -> None:
        self._told = [ConfigFindings(image.config, len(image.layers)) for image in images]

    def row(self, row: Row) -> Row:
        """The row with its values and its subject masked; it was compared as it stands."""
        if row.part not in {Part.CONFIG, Part.BUILD}:
            return row
        subject = row.subject
        name = subject.rpartition(".")[2] if row.part is Part.CONFIG else ""
        for told in self._told:
            subject = told.masked(subject)
        cells = tuple(
            there(told.masked_value(cell.value, name)) if cell.state is State.THERE else cell
            for cell, told in zip(row.cells, self._told, strict=True)
        )
        return replace(row, subject=subject, cells=cells)
