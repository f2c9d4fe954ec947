"""The content of changed files that tells their cause, read out of their layers, and proven."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from analyzer.comparing.inputs import Input
from analyzer.diff.filesystem import noise, packagechanges
from analyzer.diff.filesystem.model import FileChange, FileChanges
from analyzer.diff.filesystem.noise import Contents
from analyzer.errors import AnalyzerError
from analyzer.limits import Limits
from analyzer.report import ImageReport
from analyzer.rootfs.tree import walk
from analyzer.tarheader import Entry, EntryKind, Sink

_Place = tuple[int, int]
"""A stored file: the layer and `Entry.offset`."""


def read_contents(
    inputs: tuple[Input, Input],
    images: tuple[ImageReport, ImageReport],
    changes: FileChanges,
    limits: Limits,
) -> Contents:
    """Both sides of the files that rules have to look into.

    Files beyond the limits, and those of layers that are not proven, are left out: nothing is then
    proven by them.
    """
    asked = [c for c in changes.changes if noise.asks_content(c) or packagechanges.asks_content(c)]
    paths = (
        {c.before_path or c.path for c in asked if c.before is not None},
        {c.path for c in asked if c.after is not None},
    )
    before, after = (
        _read(given, image, wanted, limits)
        for given, image, wanted in zip(inputs, images, paths, strict=True)
    )

    def contents(change: FileChange) -> tuple[bytes | None, bytes | None]:
        return (
            before.get(change.before_path or change.path) if change.before else None,
            after.get(change.path) if change.after else None,
        )

    return contents


def _read(given: Input, image: ImageReport, paths: set[str], limits: Limits) -> Mapping[str, bytes]:
    """By path, the whole content of regular files of one merged tree."""
    tree = given.run.tree(image, given.image_of(image)) if paths else None
    if tree is None:
        return {}
    places: dict[str, _Place] = {}
    wanted: dict[int, set[int]] = defaultdict(set)
    left = limits.cause_bytes
    for path, node in walk(tree.root):
        entry = node.content
        if path not in paths or node.kind is not EntryKind.FILE or entry is None or entry.sparse:
            continue
        if entry.size <= left:
            left -= entry.size
            places[path] = node.content_layer, entry.offset
            wanted[node.content_layer].add(entry.offset)
    found: dict[_Place, bytes] = {}
    for layer in sorted(wanted):
        found |= _read_layer(given, image, layer, wanted[layer])
    return {path: found[place] for path, place in places.items() if place in found}


def _read_layer(
    given: Input, image: ImageReport, layer: int, offsets: set[int]
) -> Mapping[_Place, bytes]:
    """Files of one layer by place; none where the layer is not proven."""
    found: dict[_Place, bytes] = {}

    def choose(entry: Entry) -> Sink | None:
        return _Kept((layer, entry.offset), found) if entry.offset in offsets else None

    try:
        proven = given.run.read(given.image_of(image).layers[layer], choose)
    except (AnalyzerError, OSError):
        return {}
    return found if proven else {}


class _Kept:
    """Keeps one file when it was whole."""

    def __init__(self, place: _Place, found: dict[_Place, bytes]) -> None:
        self._place = place
        self._found = found
        self._data = bytearray()

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self._data += data

    def close(self) -> None:
        """All of it was there."""
        self._found[self._place] = bytes(self._data)
