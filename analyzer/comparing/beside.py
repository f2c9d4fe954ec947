"""Files that are read together: a database of rpm with its log, and one form with another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from analyzer.comparing.shelf import Shelf
from analyzer.diff.content.room import Room
from analyzer.diff.content.rpmrecords import Beside, Rpm, across, beside_of, is_database
from analyzer.diff.filesystem.model import FileChanges
from analyzer.diff.tree import Kind
from analyzer.layers.wants import Content
from analyzer.tarheader import EntryKind

Paths = tuple[set[str], set[str]]


class Across(NamedTuple):
    """A database that one side alone has, and one that the other alone has."""

    before: str
    after: str


def databases_across(changes: FileChanges, wanted: Callable[[str], bool]) -> Across | None:
    """Where the database of rpm lies on each side, if it went from one place or form to another.

    None where either side has none of its own, or several, of which none is picked.
    """
    found: dict[Kind, list[str]] = {Kind.REMOVED: [], Kind.ADDED: []}
    for change in changes.changes:
        state = change.before or change.after
        if change.kind in found and is_database(change.path) and state is not None:
            found[change.kind] += [change.path] if state.kind is EntryKind.FILE else []
    gone, new = found[Kind.REMOVED], found[Kind.ADDED]
    if len(gone) != 1 or len(new) != 1 or not (wanted(gone[0]) and wanted(new[0])):
        return None
    return Across(gone[0], new[0])


def with_beside(paths: Paths, across: Across | None) -> Paths:
    """What has to be read on each side for these paths and databases to be compared."""
    more = [set(side) for side in paths]
    for side, path in zip(more, across or (), strict=False):
        side.add(path)
    one, two = (side | {beside_of(path) for path in side} - {""} for side in more)
    return one, two


def beside_in(shelves: tuple[Shelf, Shelf], paths: tuple[str, str]) -> Beside:
    """What was read with the files at `paths`, one per side."""
    one, two = (_beside(shelf, path) for shelf, path in zip(shelves, paths, strict=True))
    return one, two


def told_across(shelves: tuple[Shelf, Shelf], paths: Across | None, room: Room) -> list[str]:
    """A note on whether the databases hold the same; none where there are none or were not read."""
    if paths is None:
        return []
    found: list[Rpm] = []
    for shelf, path in zip(shelves, paths, strict=True):
        content = shelf.content(path)
        if content is None:
            return []
        log = _beside(shelf, path).get(beside_of(path), b"")
        found.append(Rpm(path.rpartition("/")[2], content, log))
    return [across(paths, found[0], found[1], room)]


def _beside(shelf: Shelf, path: str) -> Mapping[str, Content | None]:
    other = beside_of(path)
    content = shelf.content(other) if other else None
    return {other: content} if content is not None or shelf.missed(other) else {}
