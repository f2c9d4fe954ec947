"""The merged trees of platforms of one image, and what their rules have to see of files in them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from analyzer.comparing.inputs import Input
from analyzer.comparing.states import states_of
from analyzer.diff.filesystem.model import FileState
from analyzer.diff.platforms.filecontents import Seen, is_code
from analyzer.diff.platforms.files import FileTrees
from analyzer.diff.platforms.machines import HEAD_BYTES
from analyzer.errors import AnalyzerError
from analyzer.image.model import LayerRef
from analyzer.limits import Limits
from analyzer.packages.stated import agrees, algorithm_of
from analyzer.reading import Tree
from analyzer.report import ImageReport
from analyzer.rootfs.tree import walk
from analyzer.tarheader import Entry, EntryKind, Sink

_Blob = tuple[str, str]
"""A layer as it is stored: the path of the input that has it, and the name of its blob there."""


def trees_of(sides: Sequence[tuple[Input, ImageReport]], limits: Limits) -> FileTrees:
    """The trees of these images, in their order, and the reader of what is in them.

    Each layer with files that are asked for is read once more, whole, however many of the images
    have it; what is in a layer that is not proven is not told.
    """
    read = [_Side(given, image) for given, image in sides]

    def contents(wanted: Sequence[Collection[str]]) -> Sequence[Mapping[str, Seen]]:
        return _read(read, wanted, limits)

    return FileTrees(
        tuple(side.states for side in read),
        tuple(side.tree.stated if side.tree is not None else {} for side in read),
        contents,
        limits,
    )


class _Side:
    """One platform."""

    def __init__(self, given: Input, image: ImageReport) -> None:
        self.run = given.run
        self.path = given.path
        self.layers = given.image_of(image).layers
        self.tree: Tree | None = given.run.tree(image, given.image_of(image), stated=True)
        self.states: dict[str, FileState] | None = None
        if self.tree is not None:
            self.states = states_of(self.tree)

    def blob(self, layer: LayerRef) -> _Blob:
        return self.path, f"{layer.name}\0{layer.folder}"


@dataclass(frozen=True, slots=True)
class _Stored:
    """A file as a layer stores it, and who wants it: platform and path."""

    entry: Entry
    wanted: list[tuple[int, str]]


def _read(
    sides: Sequence[_Side], wanted: Sequence[Collection[str]], limits: Limits
) -> list[dict[str, Seen]]:
    layers: dict[_Blob, tuple[_Side, LayerRef]] = {}
    files: dict[_Blob, dict[int, _Stored]] = defaultdict(dict)
    for number, (side, paths) in enumerate(zip(sides, wanted, strict=True)):
        for path, position, entry in _places(side, paths):
            blob = side.blob(side.layers[position])
            layers.setdefault(blob, (side, side.layers[position]))
            files[blob].setdefault(entry.offset, _Stored(entry, [])).wanted.append((number, path))
    room = _Room(limits.cause_bytes)
    found: list[dict[str, Seen]] = [{} for _ in sides]
    for blob, stored in files.items():
        side, layer = layers[blob]
        for offset, kept in _read_layer(side, layer, stored, room).items():
            for number, path in stored[offset].wanted:
                found[number][path] = _seen(sides[number], path, kept)
    return found


def _places(side: _Side, paths: Collection[str]) -> list[tuple[str, int, Entry]]:
    """The layer and entry of regular files; sparse ones may claim any size and are left out."""
    if side.tree is None or not paths:
        return []
    return [
        (path, node.content_layer, node.content)
        for path, node in walk(side.tree.root)
        if path in paths
        and node.kind is EntryKind.FILE
        and node.content is not None
        and not node.content.sparse
    ]


def _seen(side: _Side, path: str, kept: _Kept) -> Seen:
    whole = bytes(kept.data) if kept.whole else None
    stated = side.tree.stated.get(path, "") if side.tree is not None else ""
    algorithm = algorithm_of(stated)
    if whole is None or not algorithm:
        return Seen(bytes(kept.data[:HEAD_BYTES]), whole)
    digest = hashlib.new(algorithm, whole, usedforsecurity=False).hexdigest()
    return Seen(whole[:HEAD_BYTES], whole, agrees(stated, digest))


class _Room:
    """How much may still be kept in memory."""

    def __init__(self, left: int) -> None:
        self.left = left


def _read_layer(
    side: _Side, layer: LayerRef, stored: Mapping[int, _Stored], room: _Room
) -> dict[int, _Kept]:
    """Files of one layer by offset; none where the layer is not proven."""
    found: dict[int, _Kept] = {}

    def choose(entry: Entry) -> Sink | None:
        if entry.offset not in stored:
            return None
        return _Kept(entry, room, found)

    try:
        proven = side.run.read(layer, choose)
    except (AnalyzerError, OSError):
        return {}
    return found if proven else {}


class _Kept:
    """Keeps one file when it was whole; of a program, and of what is too large, its beginning."""

    def __init__(self, entry: Entry, room: _Room, found: dict[int, _Kept]) -> None:
        self.data = bytearray()
        self.whole = entry.size <= room.left
        self._offset = entry.offset
        self._room = room
        self._found = found

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        if self.whole or len(self.data) < HEAD_BYTES:
            self.data += data if self.whole else data[: HEAD_BYTES - len(self.data)]
            if self.whole and is_code(bytes(self.data[:HEAD_BYTES])):
                self.whole = False
                del self.data[HEAD_BYTES:]

    def close(self) -> None:
        """All of it was there."""
        self._room.left -= len(self.data) if self.whole else 0
        self._found[self._offset] = self
