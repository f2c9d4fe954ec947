"""One layer against another, as they are stored, or the image as of one against as of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from analyzer.comparing.contents import read_contents
from analyzer.comparing.inputs import Input
from analyzer.comparing.insides import Inside
from analyzer.comparing.layerside import LayerSide
from analyzer.comparing.sides import Merged
from analyzer.comparing.states import states_of
from analyzer.comparing.storedlayers import compare_stored
from analyzer.diff.compare import (
    alignment_of,
    compare_distro,
    ground_of,
    image_summary,
    no_layers,
    one_sided,
    place_of,
)
from analyzer.diff.filesystem.causes import causes_of
from analyzer.diff.filesystem.compare import compare_trees
from analyzer.diff.filesystem.part import files_part, no_files_part
from analyzer.diff.layers import compare_layers as layers_part
from analyzer.diff.packages import compare_packages
from analyzer.diff.pairs import Pair, is_attestation, pair_images, pair_platforms_apart
from analyzer.diff.partly import without_unread
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container
from analyzer.limits import Limits

STORED = "one layer as it is stored against another"
AS_OF = "the image as of one layer against the image as of another"
NO_PAIR = "no image of one side belongs to an image of the other; nothing was compared"


_OF_FILES = ("files", "setuid", "unexplained", "images")
_OF_IMAGES = ("layers", "distro", "packages", *_OF_FILES)


@dataclass(frozen=True, slots=True)
class LayerPair:
    """Which layers are compared, 0 being the lowest; `as_of` with all below them."""

    before: int
    after: int
    as_of: bool = False


def told_of(asked: LayerPair) -> tuple[str, ...]:
    """What a pipeline may fail on: the names of `policy.NAMES` that such a difference tells."""
    return _OF_IMAGES if asked.as_of else _OF_FILES


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of the files of each pair."""

    limits: Limits
    times: bool
    inside: Inside | None


def compare_layers(
    before: Input,
    after: Input,
    asked: LayerPair,
    *,
    times: bool = False,
    limits: Limits | None = None,
    inside: Inside | None = None,
) -> Difference:
    """What differs between two layers, for each pair of images; one input may be both sides.

    As stored there is a part `files` alone; of the image as of the layers there are `layers`,
    `distro`, `packages` and `files`. Arguments as for `compare_inputs`.

    Raises:
        InputError: an image has no such layer.
    """
    sides = [[i for i in side.report.images if not is_attestation(i)] for side in (before, after)]
    pairs = pair_images(*sides) or pair_platforms_apart(*sides)
    rest = _Asked(limits or Limits(), times, inside)
    children = []
    for pair in pairs:
        one = LayerSide(before, sides[0][pair.before], asked.before)
        two = LayerSide(after, sides[1][pair.after], asked.after)
        children.append(_pair(pair, one, two, rest, as_of=asked.as_of))
    children += one_sided(sides[0], {pair.before for pair in pairs}, Kind.REMOVED)
    children += one_sided(sides[1], {pair.after for pair in pairs}, Kind.ADDED)
    return container(
        "images",
        sorted(children, key=place_of),
        before=_source(before),
        after=_source(after),
        notes=[] if pairs else [NO_PAIR],
    )


def _source(side: Input) -> dict[str, object]:
    source = side.report.source
    return {"name": source.name, "kind": source.kind, "size": source.size}


_Compare = Callable[[LayerSide, LayerSide, _Asked], list[Difference]]


def _pair(pair: Pair, one: LayerSide, two: LayerSide, asked: _Asked, *, as_of: bool) -> Difference:
    compare: _Compare = _as_of if as_of else _stored
    labels = sorted({side.report.title for side in (one, two)})
    found = container(
        labels[0],
        compare(one, two, asked),
        before=image_summary(one.report),
        after=image_summary(two.report),
        notes=[*pair.notes, BEFORE + one.words, AFTER + two.words],
    )
    return replace(found, says=AS_OF if as_of else STORED)


def _stored(one: LayerSide, two: LayerSide, asked: _Asked) -> list[Difference]:
    return [compare_stored(one, two, asked.limits, asked.inside, times=asked.times)]


def _as_of(one: LayerSide, two: LayerSide, asked: _Asked) -> list[Difference]:
    before, after = one.report_as_of(), two.report_as_of()
    alignment = alignment_of(before, after)
    layers = no_layers(before, after) or layers_part(before.layers, after.layers, alignment)
    return [
        layers,
        compare_distro(before.distro, after.distro),
        without_unread(
            compare_packages(before.packages, after.packages, alignment.partners),
            (before, after),
            [side.tree() is None for side in (one, two)],
        ),
        _files_as_of(one, two, asked),
    ]


def _files_as_of(one: LayerSide, two: LayerSide, asked: _Asked) -> Difference:
    trees = one.tree(), two.tree()
    if trees[0] is None or trees[1] is None:
        return no_files_part(trees[0] is not None, trees[1] is not None)
    changes = compare_trees(states_of(trees[0]), states_of(trees[1]))
    sides = (Merged(one.given, one.as_of()), Merged(two.given, two.as_of()))
    ground = ground_of(
        one.report_as_of(),
        two.report_as_of(),
        changes,
        lambda _one, _two, found: read_contents(sides, found, asked.limits),
    )
    causes = causes_of(changes.changes, ground)
    part = files_part(changes, times=asked.times, causes=causes)
    return asked.inside.deepen(sides, changes, part) if asked.inside is not None else part
