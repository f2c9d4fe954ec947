"""Files of all platforms: what only some have, and what differs that ought not to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer.diff.filesystem.model import FileState
from analyzer.diff.filesystem.part import state_document
from analyzer.diff.platforms.filecontents import Listed, Seen, asks, by_content
from analyzer.diff.platforms.filepaths import Group, States, groups
from analyzer.diff.platforms.fileplaces import (
    Ground,
    Rules,
    alike,
    by_place,
    is_missing,
    there,
)
from analyzer.diff.platforms.model import ABSENT, UNKNOWN, Cell, Part, Row
from analyzer.diff.platforms.model import there as there_cell
from analyzer.diff.platforms.rules import AS_PACKAGED, HOLDS_EXPECTED
from analyzer.limits import Limits
from analyzer.paths import printable
from analyzer.tarheader import EntryKind

ReadFiles = Callable[[Sequence[Collection[str]]], Sequence[Mapping[str, Seen]]]
"""Reads files, for each platform those at these paths; what cannot be proven is left out."""
_NOT_COMPARED = ("mtime",)


@dataclass(frozen=True, slots=True)
class FileTrees:
    """The files of the platforms of one image, in the order of the columns.

    A tree is None where it could not be read whole. `read` is asked once.
    """

    trees: tuple[States | None, ...]
    stated: tuple[Mapping[str, str], ...]
    """By path what packages list, with the digest that they state of it; empty where none."""
    read: ReadFiles
    limits: Limits


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file that is not the same everywhere, and the rules that explain it, if any do."""

    group: Group
    rules: Rules


def file_rows(files: FileTrees, ground: Ground) -> tuple[FileRow, ...]:
    """Every file that differs in more than its time, in the order of paths."""
    known = [number for number, tree in enumerate(files.trees) if tree is not None]
    listed = Listed(ground, files.stated)
    found = list(groups(files.trees, ground.platforms))
    decided: dict[str, Rules] = {}
    waiting = []
    for group in found:
        if rules := by_place(group, known, ground):
            decided[group.key] = rules
        elif _is_bare(group, known) and alike(group) and listed.only_there(group, known):
            decided[group.key] = (AS_PACKAGED,)
        elif asks(group, known, listed):
            waiting.append(group)
    seen = files.read(_wanted(waiting, len(files.trees))) if waiting else []
    for group in waiting:
        decided[group.key] = by_content(
            group, known, listed, lambda number, path: seen[number].get(path), files.limits
        )
    rows = [FileRow(group, decided.get(group.key, ())) for group in found]
    return tuple(_with_folders(rows, known))


def _is_bare(group: Group, known: Collection[int]) -> bool:
    """Whether it is a link that some platforms do not have."""
    return is_missing(group, known) and all(
        state.kind is EntryKind.SYMLINK for _, _, state in there(group)
    )


def _wanted(waiting: Iterable[Group], count: int) -> list[set[str]]:
    wanted: list[set[str]] = [set() for _ in range(count)]
    for group in waiting:
        for number, path, _ in there(group):
            wanted[number].add(path)
    return wanted


def _with_folders(rows: Sequence[FileRow], known: Collection[int]) -> list[FileRow]:
    """Folders that only some platforms have are as expected as what is in them.

    An empty one is not, nor one with anything in it that nothing explains.
    """
    below: dict[tuple[int, str], list[bool]] = defaultdict(list)
    for row in rows:
        if not _is_lone_folder(row.group, known):
            for number, path, _ in there(row.group):
                folder = path
                while folder := folder.rpartition("/")[0]:
                    below[number, folder].append(bool(row.rules))
    return [
        replace(row, rules=(HOLDS_EXPECTED,))
        if _is_lone_folder(row.group, known)
        and all(
            below[number, path] and all(below[number, path]) for number, path, _ in there(row.group)
        )
        else row
        for row in rows
    ]


def _is_lone_folder(group: Group, known: Collection[int]) -> bool:
    return is_missing(group, known) and all(
        state.kind is EntryKind.DIRECTORY for _, _, state in there(group)
    )


def row_of(found: FileRow, trees: Sequence[States | None]) -> Row:
    """The row of a matrix; a cell holds what stands at the path of its platform."""
    cells = [
        _cell(path, state, read=tree is not None)
        for path, state, tree in zip(found.group.paths, found.group.states, trees, strict=True)
    ]
    return Row(Part.FILES, found.group.key, tuple(cells), found.rules)


def _cell(path: str | None, state: FileState | None, *, read: bool) -> Cell:
    if not read:
        return UNKNOWN
    if path is None or state is None:
        return ABSENT
    document = state_document(state)
    told = {name: value for name, value in document.items() if name not in _NOT_COMPARED}
    return there_cell({"path": printable(path), **told})
