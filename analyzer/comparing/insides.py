"""What differs inside changed files: both contents read out of their layers, proven, compared.

Each layer that has some of the files is read once more. What was read waits in a temporary file
without a name, and nothing of it is compared before its layer is proven.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from types import TracebackType

from analyzer.comparing.inputs import Input
from analyzer.diff.compare import Deepen
from analyzer.diff.content.compare import SUBJECT, compare_content
from analyzer.diff.content.room import Room
from analyzer.diff.filesystem.model import FileChange, FileChanges
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, leaf
from analyzer.digest import Digest
from analyzer.errors import AnalyzerError, OutputError
from analyzer.layers.wants import Content
from analyzer.limits import Limits, overrun
from analyzer.paths import printable
from analyzer.problems import Code
from analyzer.report import ImageReport
from analyzer.rootfs.tree import walk
from analyzer.tarheader import Entry, EntryKind, Sink

Place = tuple[int, int]
"""A stored file: the layer and `Entry.offset`."""
Key = tuple[str, Digest | None, Digest | None]
"""The subject of a changed file, and its content on both sides."""
Insides = Mapping[Key, Difference]
"""Nodes `inside`."""
Compare = Callable[[str, Content, Content, Room], Difference]
UNPROVEN = "its layer is damaged or not the one that was promised, so it was not looked into"


@dataclass(frozen=True, slots=True)
class Inside:
    """Looks into changed files of any pair of images; what it costs is counted over all of them.

    `wanted` says whether a path is to be looked into, as `listing.filters.chooser` makes it.
    """

    wanted: Callable[[str], bool]
    room: Room
    compare: Compare = compare_content

    def between(self, before: Input, after: Input) -> Deepen:
        """Hangs what differs inside below the member `content` of each changed file."""

        def deepen(
            one: ImageReport, two: ImageReport, changes: FileChanges, part: Difference
        ) -> Difference:
            found = read_insides(
                (before, after), (one, two), changes, self.wanted, self.room, self.compare
            )
            return with_insides(part, found)

        return deepen


def with_insides(part: Difference, insides: Insides) -> Difference:
    """The part `files` with nodes `inside` below the members `content`."""
    return replace(part, children=tuple(_with(child, insides) for child in part.children))


def _with(child: Difference, insides: Insides) -> Difference:
    content = child.child("content")
    if content is None:
        return child
    inside = insides.get((child.subject, content.before, content.after))
    if inside is None:
        return child
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


def read_insides(
    inputs: tuple[Input, Input],
    images: tuple[ImageReport, ImageReport],
    changes: FileChanges,
    wanted: Callable[[str], bool],
    room: Room,
    compare: Compare = compare_content,
) -> Insides:
    """What differs inside the regular files of two trees whose content changed.

    Args:
        inputs: both sides, open.
        images: the pair that is compared.
        changes: what became of its files.
        wanted: whether a path is to be looked into; `listing.filters.chooser` makes one of globs.
        room: limits, and what of them is left.
        compare: what compares two contents.

    Returns:
        A node for each wanted file; of kind `unknown` where it is over a limit or not proven.

    Raises:
        OutputError: there is no place for temporary files.
    """
    asked = [change for change in changes.changes if _comparable(change) and wanted(change.path)]
    chosen, refused = _within(asked, room.limits)
    found = dict(refused)
    try:
        with Shelf() as before, Shelf() as after:
            for shelf, given, image, paths in zip(
                (before, after), inputs, images, _paths(chosen), strict=True
            ):
                shelf.fill(given, image, paths)
            for change in chosen:
                found[_key(change)] = _node(change, before, after, room, compare)
    except CannotWriteError as problem:
        why = problem.reason.strerror or "cannot be written"
        raise OutputError(Code.OUTPUT_FAILED, why, where="temporary file") from problem.reason
    return found


def _comparable(change: FileChange) -> bool:
    one, two = change.before, change.after
    if one is None or two is None or "content" not in change.what:
        return False
    return one.kind is EntryKind.FILE and two.kind is EntryKind.FILE


def _within(
    asked: Sequence[FileChange], limits: Limits
) -> tuple[list[FileChange], dict[Key, Difference]]:
    """Those that the limits allow, in the order of changes, and why not the others."""
    chosen: list[FileChange] = []
    refused: dict[Key, Difference] = {}
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
            refused[_key(change)] = leaf(SUBJECT, Kind.UNKNOWN, notes=[why])
            continue
        total += sum(sizes)
        chosen.append(change)
    return chosen, refused


def _paths(chosen: Sequence[FileChange]) -> tuple[set[str], set[str]]:
    return {c.before_path or c.path for c in chosen}, {c.path for c in chosen}


def _node(
    change: FileChange, before: Shelf, after: Shelf, room: Room, compare: Compare
) -> Difference:
    one, two = before.content(change.before_path or change.path), after.content(change.path)
    if one is None or two is None:
        sides = ((BEFORE, one), (AFTER, two))
        notes = [word + UNPROVEN for word, side in sides if side is None]
        return leaf(SUBJECT, Kind.UNKNOWN, notes=notes)
    return compare(change.path, one, two, room)


class CannotWriteError(Exception):
    """Temporary disk failed; neither OSError nor AnalyzerError, which say that input is damaged."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(reason)
        self.reason = reason


class Shelf(AbstractContextManager["Shelf"]):
    """Files of one side, one behind the other in a temporary file without a name."""

    def __init__(self) -> None:
        try:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        except OSError as problem:
            raise CannotWriteError(problem) from problem
        self._spans: dict[str, tuple[int, int]] = {}
        self._end = 0

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of everything."""
        self._file.close()

    def fill(self, given: Input, image: ImageReport, paths: set[str]) -> None:
        """Read the files at `paths`; those of layers that are not proven are left out.

        Raises:
            CannotWriteError: there is no room.
        """
        for layer, places in sorted(_places(given, image, paths).items()):
            spans: dict[int, tuple[int, int]] = {}

            def choose(
                entry: Entry,
                places: Mapping[int, list[str]] = places,
                spans: dict[int, tuple[int, int]] = spans,
            ) -> Sink | None:
                return _Kept(self, entry.offset, spans) if entry.offset in places else None

            try:
                proven = given.run.read(given.image_of(image).layers[layer], choose)
            except (AnalyzerError, OSError):
                proven = False
            if proven:
                self._spans |= {
                    path: spans[offset]
                    for offset, names in places.items()
                    if offset in spans
                    for path in names
                }

    def begin(self) -> int:
        """Where the next file starts: at a place from which it can be mapped."""
        step = mmap.ALLOCATIONGRANULARITY
        self._end = -(-self._end // step) * step
        return self._end

    def append(self, data: memoryview) -> None:
        """Keep a piece. Raises CannotWriteError."""
        left = data
        try:
            while left:
                count = os.pwrite(self._file.fileno(), left, self._end)
                self._end += count
                left = left[count:]
        except OSError as problem:
            raise CannotWriteError(problem) from problem

    @property
    def end(self) -> int:
        """Where what was kept ends."""
        return self._end

    def content(self, path: str) -> Content | None:
        """The whole content of a file, mapped; None where it was not read or not proven."""
        span = self._spans.get(path)
        if span is None:
            return None
        start, end = span
        if start == end:
            return b""
        return mmap.mmap(self._file.fileno(), end - start, access=mmap.ACCESS_READ, offset=start)


class _Kept:
    """Writes one file on the shelf; only a whole one is known afterwards."""

    def __init__(self, shelf: Shelf, offset: int, spans: dict[int, tuple[int, int]]) -> None:
        self._shelf = shelf
        self._offset = offset
        self._spans = spans
        self._start = shelf.begin()

    def write(self, data: memoryview) -> None:
        """Keep a piece."""
        self._shelf.append(data)

    def close(self) -> None:
        """All of it was there."""
        self._spans[self._offset] = self._start, self._shelf.end


def _places(
    given: Input, image: ImageReport, paths: set[str]
) -> Mapping[int, Mapping[int, list[str]]]:
    """Which paths want the file at which offset of which layer; hard links share one."""
    tree = given.run.tree(image, given.image_of(image)) if paths else None
    found: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    if tree is not None:
        for path, node in walk(tree.root):
            if path in paths and node.kind is EntryKind.FILE and node.content is not None:
                found[node.content_layer][node.content.offset].append(path)
    return found
