"""What a comparison of all platforms of an image is: columns, rows and claims.

Its JSON form is published as `analyzer/schema/platforms-1.0.json`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from analyzer.diff.config import same_value
from analyzer.digest import Digest
from analyzer.image.platform import Platform
from analyzer.report import SourceInfo


class Part(StrEnum):
    """What a row is about, in the order in which parts are shown."""

    DISTRIBUTION = "distribution"
    PACKAGES = "packages"
    CONFIG = "config"
    BUILD = "build"
    FILES = "files"
    ATTACHMENTS = "attachments"


class State(StrEnum):
    """What is known of one subject on one platform."""

    THERE = "there"
    ABSENT = "absent"
    """It is not there: everything was read that could hold it."""
    UNKNOWN = "unknown"
    """It could not be read, or not everything that could hold it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One subject on one platform; `value` is JSON-able, and None unless it is there."""

    state: State
    value: Any = None


ABSENT = Cell(State.ABSENT)
UNKNOWN = Cell(State.UNKNOWN)


def there(value: object) -> Cell:
    """A cell that holds something."""
    return Cell(State.THERE, value)


@dataclass(frozen=True, slots=True)
class Row:
    """A subject that is not the same on all platforms of which it is known.

    `cells` are in the order of the columns. `rules` are the names of the rules by which the
    difference is to be expected between platforms; empty where none explains it.
    """

    part: Part
    subject: str
    cells: tuple[Cell, ...]
    rules: tuple[str, ...] = ()

    @property
    def only_some(self) -> bool:
        """Whether some platforms do not have it at all."""
        return any(cell.state is State.ABSENT for cell in self.cells)

    @property
    def unexpected(self) -> bool:
        """Whether no rule explains it."""
        return not self.rules


@dataclass(frozen=True, slots=True)
class Column:
    """One platform of the image. `label` names it among the others; no two have the same."""

    label: str
    platform: Platform
    manifest_digest: Digest | None
    image_id: Digest | None
    completeness: str
    packages: int | None
    """Packages that are installed, each piece of software once; None where that is not known."""
    layers: int
    not_compared: tuple[Part, ...]
    """Parts of which nothing, or not everything, is known."""
    notes: tuple[str, ...]
    """Why."""


@dataclass(frozen=True, slots=True)
class SharedLayers:
    """Layers that exactly these platforms have, as positions of columns."""

    columns: tuple[int, ...]
    diff_ids: tuple[Digest, ...]
    """Each once, in the order of the first of the platforms."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a bill of materials of one platform says of another, package by package.

    The counts are of names of packages: each is right, or in one of the three that follow.
    `known` is False where one of the two could not be read whole; then all counts are 0.
    """

    of: int
    """The column that the bill is about."""
    taken_for: int
    known: bool
    right: int = 0
    not_in_it: int = 0
    missed: int = 0
    other_version: int = 0
    rebuilds: int = 0
    """Of `other_version`, those that are rebuilds of the same source."""
    other_architecture: int = 0
    """Of those with the right version, those whose package URL says another architecture."""

    @property
    def wrong(self) -> int:
        """How many packages are said wrongly."""
        return self.not_in_it + self.missed + self.other_version


@dataclass(frozen=True, slots=True)
class ImagePlatforms:
    """All platforms of one image."""

    names: tuple[str, ...]
    position: int
    index_digest: Digest | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    layers: tuple[SharedLayers, ...]
    claims: tuple[Claim, ...]

    @property
    def compared(self) -> tuple[int, ...]:
        """Columns of which anything is in the file."""
        return tuple(n for n, c in enumerate(self.columns) if c.completeness != "absent")

    @property
    def unexpected(self) -> tuple[Row, ...]:
        """The rows that no rule explains."""
        return tuple(row for row in self.rows if row.unexpected)

    def expected(self) -> dict[str, int]:
        """How many rows each rule explains, by name; a row that took two counts for both."""
        found: dict[str, int] = {}
        for row in self.rows:
            for rule in row.rules:
                found[rule] = found.get(rule, 0) + 1
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every image of one file."""

    source: SourceInfo
    images: tuple[ImagePlatforms, ...]

    @property
    def differs(self) -> bool:
        """Whether anything differs that is not to be expected."""
        return any(image.unexpected for image in self.images)


def same_cells(cells: Sequence[Cell]) -> bool:
    """Whether all cells that are known are the same, as JSON has it: 1 is not true."""
    known = [cell for cell in cells if cell.state is not State.UNKNOWN]
    return all(
        cell.state is known[0].state and same_value(cell.value, known[0].value)
        for cell in known[1:]
    )
