"""One layer against another, as they are stored, or the image as of one against as of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from analyzer.comparing.inputs import Input
from analyzer.comparing.states import states_of, stored_states
from analyzer.diff.compare import compare_distro, image_summary
from analyzer.diff.filesystem.compare import compare_trees
from analyzer.diff.filesystem.model import FileState
from analyzer.diff.filesystem.part import files_part, no_files_part
from analyzer.diff.packages import compare_packages
from analyzer.diff.pairs import Pair, is_attestation, pair_images
from analyzer.diff.tree import AFTER, BEFORE, Difference, container
from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.report import ImageReport

STORED = "one layer as it is stored against another"
AS_OF = "the image as of one layer against the image as of another"
NO_PAIR = "no image of one side belongs to an image of the other; nothing was compared"
_Files = dict[str, FileState] | None


@dataclass(frozen=True, slots=True)
class LayerPair:
    """Which layers are compared, 0 being the lowest; `as_of` with all below them."""

    before: int
    after: int
    as_of: bool = False
    times: bool = False
    """List paths of which only the modification time differs, too."""


def compare_layers(before: Input, after: Input, asked: LayerPair) -> Difference:
    """What differs between two layers, for each pair of images; one input may be both sides.

    Raises:
        InputError: an image has no such layer.
    """
    sides = [[i for i in side.report.images if not is_attestation(i)] for side in (before, after)]
    compare = _as_of if asked.as_of else _stored
    children = []
    for pair in pair_images(*sides):
        one = _Side(before, sides[0][pair.before], asked.before, BEFORE)
        two = _Side(after, sides[1][pair.after], asked.after, AFTER)
        children.append(_pair(pair, one, two, compare, asked))
    return container(
        "images",
        sorted(children, key=lambda child: child.subject),
        before=_source(before),
        after=_source(after),
        notes=[] if children else [NO_PAIR],
    )


class _Side:
    """One layer of one image."""

    def __init__(self, found: Input, image: ImageReport, layer: int, prefix: str) -> None:
        _require(image, layer)
        self.run = found.run
        self.image = image
        self.layer = layer
        self.whole = found.image_of(image)
        self.prefix = replace(self.whole, layers=self.whole.layers[: layer + 1])
        step = image.layers[layer].created_by
        self.note = f"{prefix}layer {layer}" + (f": {step}" if step else "")

    def stored(self) -> _Files:
        """The entries of the layer; None where it could not be read whole."""
        scan = self.run.scans(self.whole)[self.layer]
        if scan is None or not scan.complete:
            return None
        return stored_states(scan, self.layer)


def _require(image: ImageReport, layer: int) -> None:
    count = len(image.layers)
    if layer >= count:
        there_are = f"layers 0 to {count - 1}" if count else "no layers"
        raise InputError(
            Code.BAD_ARGUMENT,
            f"there is no layer {layer} in {image.label} {image.platform}",
            hint=f"there are {there_are}",
        )


def _source(side: Input) -> dict[str, object]:
    source = side.report.source
    return {"name": source.name, "kind": source.kind, "size": source.size}


_Compare = Callable[[_Side, _Side, LayerPair], list[Difference]]


def _pair(pair: Pair, one: _Side, two: _Side, compare: _Compare, asked: LayerPair) -> Difference:
    labels = sorted({f"{side.image.label} {side.image.platform}" for side in (one, two)})
    found = container(
        labels[0],
        compare(one, two, asked),
        before=image_summary(one.image),
        after=image_summary(two.image),
        notes=[*pair.notes, one.note, two.note],
    )
    return replace(found, says=AS_OF if asked.as_of else STORED)


def _stored(one: _Side, two: _Side, asked: LayerPair) -> list[Difference]:
    return [_files(one.stored(), two.stored(), asked)]


def _as_of(one: _Side, two: _Side, asked: LayerPair) -> list[Difference]:
    found = [side.run.contents(side.prefix) for side in (one, two)]
    (distro, packages), (other_distro, other_packages) = found
    trees = [
        side.run.tree_with(known, side.prefix)
        for side, (_, known) in zip((one, two), found, strict=True)
    ]
    states = [states_of(tree) if tree is not None else None for tree in trees]
    lowest = min(one.layer, two.layer) + 1
    partners = {number: number for number in range(lowest)} if one.image is two.image else {}
    return [
        compare_distro(distro, other_distro),
        compare_packages(packages, other_packages, partners),
        _files(states[0], states[1], asked),
    ]


def _files(one: _Files, two: _Files, asked: LayerPair) -> Difference:
    if one is None or two is None:
        return no_files_part(one is not None, two is not None)
    return files_part(compare_trees(one, two), times=asked.times)
