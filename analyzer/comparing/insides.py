"""What differs inside changed files: both contents read out of their layers, proven, compared.

Each layer that has some of the files is read once more. What was read waits in a temporary file
without a name, and nothing of it is compared before its layer is proven.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer.comparing.beside import (
    Across,
    beside_in,
    databases_across,
    told_across,
    with_beside,
)
from analyzer.comparing.inputs import Input
from analyzer.comparing.shelf import CannotWriteError, Shelf
from analyzer.comparing.sides import Side, whole_sides
from analyzer.diff.compare import Deepen
from analyzer.diff.content.alone import tell_content
from analyzer.diff.content.compare import SUBJECT, compare_content
from analyzer.diff.content.room import Room
from analyzer.diff.content.rpmrecords import Beside
from analyzer.diff.filesystem.causes import CauseKind
from analyzer.diff.filesystem.model import FileChange, FileChanges
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, leaf
from analyzer.digest import Digest
from analyzer.errors import OutputError
from analyzer.layers.wants import Content
from analyzer.limits import Limits, overrun
from analyzer.paths import printable
from analyzer.problems import Code
from analyzer.report import ImageReport
from analyzer.tarheader import EntryKind

Key = tuple[str, Digest | None, Digest | None]
"""The subject of a file that differs, and its content on both sides."""
Insides = Mapping[Key, Difference]
"""Nodes `inside`."""
Compare = Callable[[str, Content, Content, Room, Beside], Difference]
UNPROVEN = "its layer is damaged or not the one that was promised, so it was not looked into"
NOT_OPENED = "{} files that one side alone has were not opened: {}"
_READ_ELSEWHERE = frozenset({CauseKind.PACKAGE, CauseKind.NOISE})
"""Causes of files that came or went of which a reader need not see the content."""


@dataclass(frozen=True, slots=True)
class Inside:
    """Looks into files of any pair of images; what it costs is counted over all of them.

    `wanted` says whether a path is to be looked into, as `listing.filters.chooser` makes it.
    `named`: somebody named these paths, so that of what came or went files of packages and
    rebuild noise are opened, too.
    """

    wanted: Callable[[str], bool]
    room: Room
    compare: Compare = compare_content
    named: bool = False

    def between(self, before: Input, after: Input) -> Deepen:
        """Hangs what differs inside below each changed file of two images."""

        def deepen(
            one: ImageReport, two: ImageReport, changes: FileChanges, part: Difference
        ) -> Difference:
            return self.deepen(whole_sides((before, after), (one, two)), changes, part)

        return deepen

    def deepen(
        self, sides: tuple[Side, Side], changes: FileChanges, part: Difference
    ) -> Difference:
        """The part `files` with nodes `inside` where something was looked into.

        They stand below the member `content` of a file that both sides have, and right below a
        file that came or went.

        Raises:
            OutputError: there is no place for temporary files.
        """
        causes = {_key_of(child): child.cause for child in part.children}
        asked = [change for change in changes.changes if self.wanted(change.path)]
        alone = [
            change
            for change in asked
            if _one_sided(change)
            and (key := _key(change)) in causes
            and (self.named or (cause := causes[key]) is None or cause.kind not in _READ_ELSEWHERE)
        ]
        both = [change for change in asked if _comparable(change)]
        across = databases_across(changes, self.wanted)
        found, notes = read_insides(sides, (both, alone), self.room, self.compare, across)
        return with_insides(part, found, notes)


def with_insides(part: Difference, insides: Insides, notes: Sequence[str] = ()) -> Difference:
    """The part `files` with nodes `inside` where they belong, and more notes."""
    children = tuple(_with(child, insides) for child in part.children)
    return replace(part, children=children, notes=(*part.notes, *notes))


def _with(child: Difference, insides: Insides) -> Difference:
    inside = insides.get(_key_of(child))
    if inside is None:
        return child
    content = child.child("content")
    if content is None:
        return replace(child, children=(inside,))
    deeper = replace(content, children=(inside,))
    members = (deeper if member is content else member for member in child.children)
    return replace(child, children=tuple(members))


def _key(change: FileChange) -> Key:
    """As `files_part` names it."""
    subject = printable(min(change.path, change.before_path or change.path))
    digests = [
        state.content if state is not None else None for state in (change.before, change.after)
    ]
    return subject, digests[0], digests[1]


def _key_of(child: Difference) -> Key:
    """The same of a file in the part."""
    one, two = (side["sha256"] if side else None for side in (child.before, child.after))
    return child.subject, one, two


def read_insides(
    sides: tuple[Side, Side],
    asked: tuple[Sequence[FileChange], Sequence[FileChange]],
    room: Room,
    compare: Compare = compare_content,
    across: Across | None = None,
) -> tuple[Insides, Sequence[str]]:
    """What differs inside regular files of two trees.

    Args:
        sides: where their contents lie.
        asked: files that both sides have with other content, and files that one alone has.
        room: limits, and what of them is left.
        compare: what compares two contents.
        across: the paths of two databases of which it is told whether they hold the same.

    Returns:
        A node for each file that is on both sides, of kind `unknown` where it is over a limit or
        not proven, and for those on one side that the limits allow; and notes, on the others and
        on databases.

    Raises:
        OutputError: there is no place for temporary files.
    """
    chosen, refused = _within((*asked[0], *asked[1]), room.limits)
    found = {_key(change): _not_read(why) for change, why in refused if _comparable(change)}
    left = [why for change, why in refused if not _comparable(change)]
    try:
        with Shelf() as before, Shelf() as after:
            for shelf, side, paths in zip(
                (before, after), sides, with_beside(_paths(chosen), across), strict=True
            ):
                shelf.fill(side, paths, room.limits.content_file_bytes)
            for change in chosen:
                found[_key(change)] = _node(change, before, after, room, compare)
            told = told_across((before, after), across, room)
    except CannotWriteError as problem:
        why = problem.reason.strerror or "cannot be written"
        raise OutputError(Code.OUTPUT_FAILED, why, where="temporary file") from problem.reason
    return found, [*told, *([NOT_OPENED.format(len(left), left[0])] if left else [])]


def _comparable(change: FileChange) -> bool:
    one, two = change.before, change.after
    if one is None or two is None or "content" not in change.what:
        return False
    return one.kind is EntryKind.FILE and two.kind is EntryKind.FILE


def _one_sided(change: FileChange) -> bool:
    """Whether it is a regular file that came or went, of which the content was read."""
    if change.before is not None and change.after is not None:
        return False
    state = change.before or change.after
    return state is not None and state.kind is EntryKind.FILE and not state.unread


def _within(
    asked: Iterable[FileChange], limits: Limits
) -> tuple[list[FileChange], list[tuple[FileChange, str]]]:
    """Those that the limits allow, in their order, and why not the others."""
    chosen: list[FileChange] = []
    refused: list[tuple[FileChange, str]] = []
    total = 0
    for change in asked:
        sizes = [state.size for state in (change.before, change.after) if state is not None]
        over = [
            ("content_file_bytes", limits.content_file_bytes, max(sizes)),
            ("content_bytes", limits.content_bytes, total + sum(sizes)),
            ("content_files", limits.content_files, len(chosen) + 1),
        ]
        why = next((overrun(*each) for each in over if each[2] > each[1]), "")
        if why:
            refused.append((change, why))
            continue
        total += sum(sizes)
        chosen.append(change)
    return chosen, refused


def _paths(chosen: Sequence[FileChange]) -> tuple[set[str], set[str]]:
    return (
        {c.before_path or c.path for c in chosen if c.before is not None},
        {c.path for c in chosen if c.after is not None},
    )


def _not_read(*why: str) -> Difference:
    return leaf(SUBJECT, Kind.UNKNOWN, notes=why)


def _node(
    change: FileChange, before: Shelf, after: Shelf, room: Room, compare: Compare
) -> Difference:
    one, two = before.content(change.before_path or change.path), after.content(change.path)
    sides = ((BEFORE, change.before, one), (AFTER, change.after, two))
    unproven = [
        word + UNPROVEN for word, state, read in sides if state is not None and read is None
    ]
    if unproven:
        return _not_read(*unproven)
    if one is not None and two is not None:
        beside = beside_in((before, after), (change.before_path or change.path, change.path))
        return compare(change.path, one, two, room, beside)
    return tell_content(change.path, one, two, room)
