"""Packages of all platforms: versions that differ, and packages that only some have.

A package is its type and its name; its architecture is that of its platform, so it tells nothing
apart. Packages that a lock file names or a document claims are none of the image and left out;
those that a database only remembers stay, with the state that it gives them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from analyzer.diff.platforms.model import (
    ABSENT,
    UNKNOWN,
    Cell,
    Part,
    Row,
    State,
    same_cells,
    there,
)
from analyzer.diff.platforms.rules import (
    ARCHITECTURE,
    BINNMU,
    NAME_OF_ARCHITECTURE,
    SAME_SOURCE_RPM,
)
from analyzer.diff.platforms.spellings import INDEPENDENT, is_own, without_own
from analyzer.image.platform import Platform
from analyzer.packages.contract import CLAIMED, DECLARED, VENDORED, Package

Key = tuple[str, str]
"""Type, and name with its namespace in front."""

_PLAIN_STATES = frozenset({"installed", VENDORED})
_BINNMU = re.compile(r"\+b[0-9]+\Z")
"""Debian Developer's Reference 5.10.2.1: a rebuild without a change of the source."""
_RELEASE = re.compile(r"-[^-]*\Z")
"""rpm-version(7): the release follows the last hyphen."""


@dataclass(frozen=True, slots=True, order=True)
class Copy:
    """One version of a package on one platform."""

    version: str
    foreign: str
    """Its architecture, where that is not the platform's own; empty for `all` as well."""
    state: str
    """Empty where it is simply there."""
    same_source: str = ""
    """What is left of the version if a rebuild of one source counts for nothing."""

    @property
    def text(self) -> str:
        """The version, with what is unusual about it behind."""
        more = ", ".join(filter(None, (self.foreign, self.state)))
        return f"{self.version} ({more})" if more else self.version

    @property
    def installed(self) -> bool:
        """Whether it is on disk."""
        return not self.state or self.state in _ON_DISK


_ON_DISK = frozenset({"unpacked", "half-configured", "triggers-awaited", "triggers-pending"})


@dataclass(frozen=True, slots=True)
class Inventory:
    """The packages of one platform. `whole`: what is not in it is not there."""

    copies: Mapping[Key, frozenset[Copy]]
    architectures: Mapping[Key, frozenset[str]]
    whole: bool

    @property
    def installed(self) -> dict[Key, frozenset[str]]:
        """Versions of what is on disk."""
        found = {
            key: frozenset(c.version for c in copies if c.installed)
            for key, copies in self.copies.items()
        }
        return {key: versions for key, versions in found.items() if versions}


def take(packages: Iterable[Package], platform: Platform, *, whole: bool) -> Inventory:
    """The packages of one platform, ready to be compared."""
    copies: dict[Key, set[Copy]] = defaultdict(set)
    architectures: dict[Key, set[str]] = defaultdict(set)
    for package in packages:
        if package.state in {DECLARED, CLAIMED}:
            continue
        key = key_of(package)
        foreign = package.arch
        if foreign.lower() in INDEPENDENT or is_own(foreign, platform):
            foreign = ""
        state = "" if package.state in _PLAIN_STATES else package.state
        copies[key].add(Copy(package.version, foreign, state, _same_source(package)))
        architectures[key].add(package.arch)
    return Inventory(
        {key: frozenset(found) for key, found in copies.items()},
        {key: frozenset(found) for key, found in architectures.items()},
        whole,
    )


def key_of(package: Package) -> Key:
    """What makes packages of several platforms the same one."""
    name = f"{package.namespace}/{package.name}" if package.namespace else package.name
    return package.type, name


def _same_source(package: Package) -> str:
    """Equal for two packages exactly when their metadata prove one source behind both."""
    source = package.source
    if package.type == "deb":
        plain = _BINNMU.sub("", package.version)
        built_from = (source.name, source.version) if source else (package.name, plain)
        return " ".join((plain, *built_from))
    if package.type == "rpm" and source is not None and source.version:
        return " ".join((_RELEASE.sub("", package.version), source.name, source.version))
    return ""


def package_rows(
    inventories: Sequence[Inventory | None], platforms: Sequence[Platform]
) -> tuple[Row, ...]:
    """A row for each package that is not the same everywhere; None is a platform not read."""
    keys = sorted({key for each in inventories if each is not None for key in each.copies})
    rows: list[Row] = []
    leftover: list[Key] = []
    for key in keys:
        cells = [_cell(each, key) for each in inventories]
        if any(cell.state is State.ABSENT for cell in cells) and len(set(cells)) > 1:
            leftover.append(key)
        elif (row := _row(key, inventories, cells)) is not None:
            rows.append(row)
    merged, left = _by_architecture(leftover, inventories, platforms)
    rows += merged
    for key in left:
        shown = tuple(map(_shown, (_cell(each, key) for each in inventories)))
        if not same_cells(shown):
            rows.append(Row(Part.PACKAGES, _subject(key), shown))
    return tuple(sorted(rows, key=lambda row: row.subject))


def _subject(key: Key) -> str:
    return "/".join(key)


def _cell(inventory: Inventory | None, key: Key) -> Cell:
    """The copies of a package on one platform."""
    if inventory is None:
        return UNKNOWN
    copies = inventory.copies.get(key)
    if copies:
        return there(copies)
    return ABSENT if inventory.whole else UNKNOWN


def _mapped(cells: Iterable[Cell], of: Callable[[Copy], object]) -> list[Cell]:
    return [
        there(frozenset(of(copy) for copy in cell.value)) if cell.state is State.THERE else cell
        for cell in cells
    ]


def _shown(cell: Cell) -> Cell:
    """The versions of a cell as they are shown: texts, sorted."""
    if cell.state is not State.THERE:
        return cell
    return there(sorted({copy.text for copy in cell.value}))


def _row(key: Key, inventories: Sequence[Inventory | None], cells: Sequence[Cell]) -> Row | None:
    """The row of a package that every platform has; None where nothing differs."""
    if same_cells(_mapped(cells, lambda copy: copy.text)):
        names = [_architectures(inventory, key) for inventory in inventories]
        if same_cells(names):
            return None
        return Row(Part.PACKAGES, _subject(key), tuple(names), (ARCHITECTURE,))
    rule: tuple[str, ...] = ()
    built = _mapped(cells, lambda copy: (copy.same_source or copy, copy.foreign, copy.state))
    if same_cells(built):
        rule = (BINNMU if key[0] == "deb" else SAME_SOURCE_RPM,)
    return Row(Part.PACKAGES, _subject(key), tuple(map(_shown, cells)), rule)


def _architectures(inventory: Inventory | None, key: Key) -> Cell:
    found = inventory.architectures.get(key) if inventory is not None else None
    return there(sorted(found)) if found else UNKNOWN


def _by_architecture(
    keys: Sequence[Key], inventories: Sequence[Inventory | None], platforms: Sequence[Platform]
) -> tuple[list[Row], list[Key]]:
    """Packages named after the architecture, as one row each; and the keys that stay as they are.

    They are one if on each platform exactly one of them is there, all of one version, and their
    names are the same but for each platform's own architecture.
    """
    groups: dict[Key, dict[Key, set[int]]] = defaultdict(lambda: defaultdict(set))
    for kind, name in keys:
        for number, inventory in enumerate(inventories):
            if inventory is None or (kind, name) not in inventory.copies:
                continue
            made = without_own(name, platforms[number])
            if made != name:
                groups[kind, made][kind, name].add(number)
    rows: list[Row] = []
    used: set[Key] = set()
    for one, members in groups.items():
        if (cells := _as_one(members, inventories)) is not None:
            rows.append(Row(Part.PACKAGES, _subject(one), cells, (NAME_OF_ARCHITECTURE,)))
            used |= members.keys()
    return rows, [key for key in keys if key not in used]


def _as_one(
    members: Mapping[Key, set[int]], inventories: Sequence[Inventory | None]
) -> tuple[Cell, ...] | None:
    """The names of the members as cells; None where they are not one package."""
    names: dict[int, str] = {}
    copies = set()
    for key, numbers in members.items():
        having = {
            n for n, each in enumerate(inventories) if each is not None and key in each.copies
        }
        if having != numbers or names.keys() & numbers:
            return None
        names |= dict.fromkeys(numbers, key[1])
        for number in numbers:
            inventory = inventories[number]
            assert inventory is not None  # noqa: S101 - `having` says so
            copies.add(frozenset(copy.text for copy in inventory.copies[key]))
    missing = [each for n, each in enumerate(inventories) if n not in names and each is not None]
    if len(copies) > 1 or any(each.whole for each in missing):
        return None
    return tuple(there([names[n]]) if n in names else UNKNOWN for n in range(len(inventories)))
