"""Where the contents lie of the files that one side of a comparison has, and how they are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from analyzer.comparing.inputs import Input
from analyzer.image.model import Image
from analyzer.layers.scan import Choose
from analyzer.report import ImageReport
from analyzer.rootfs.tree import walk
from analyzer.tarheader import EntryKind

Places = Mapping[int, Mapping[int, list[str]]]
"""By layer and `Entry.offset` in it, the paths of regular files; hard links share one place."""


class Side(Protocol):
    """The files of one side: of a merged tree, or of one layer as it is stored."""

    def places(self, paths: Collection[str]) -> Places:
        """Where the contents of those of `paths` lie that are regular files."""

    def read(self, layer: int, choose: Choose) -> bool:
        """Read a layer for the content of files; whether it is proven, as `Run.read` has it."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The files of an image, or of the lowest layers of one."""

    given: Input
    image: Image

    def places(self, paths: Collection[str]) -> Places:
        """As `Side` has it; none where a layer was not read whole."""
        tree = self.given.run.tree_with((), self.image) if paths else None
        found = _empty()
        if tree is not None:
            for path, node in walk(tree.root):
                if path in paths and node.kind is EntryKind.FILE and node.content is not None:
                    found[node.content_layer][node.content.offset].append(path)
        return found

    def read(self, layer: int, choose: Choose) -> bool:
        """As `Side` has it."""
        return self.given.run.read(self.image.layers[layer], choose)


@dataclass(frozen=True, slots=True)
class Stored:
    """The files that one layer stores; of a name that it has twice the last one."""

    given: Input
    image: Image
    layer: int

    def places(self, paths: Collection[str]) -> Places:
        """As `Side` has it."""
        found = _empty()
        scan = self.given.run.scans(self.image)[self.layer]
        last = {entry.path: entry for entry in scan.entries} if scan is not None else {}
        for path in paths:
            entry = last.get(path)
            if entry is not None and entry.kind is EntryKind.FILE:
                found[self.layer][entry.offset].append(path)
        return found

    def read(self, layer: int, choose: Choose) -> bool:
        """As `Side` has it."""
        return self.given.run.read(self.image.layers[layer], choose)


def whole_sides(
    inputs: tuple[Input, Input], images: tuple[ImageReport, ImageReport]
) -> tuple[Side, Side]:
    """The merged trees of two images."""
    (before, after), (one, two) = inputs, images
    return Merged(before, before.image_of(one)), Merged(after, after.image_of(two))


def _empty() -> defaultdict[int, defaultdict[int, list[str]]]:
    return defaultdict(lambda: defaultdict(list))
