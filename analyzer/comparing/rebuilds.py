"""Whether the second input is a rebuild of the first: each pair of images, read to the byte."""

from __future__ import annotations

from analyzer.codec import BadStream
from analyzer.comparing.contents import read_contents
from analyzer.comparing.inputs import Input
from analyzer.comparing.sides import whole_sides
from analyzer.comparing.states import stored_states, tree_changes
from analyzer.comparing.tarbytes import tar_bytes
from analyzer.diff.compare import ground_of
from analyzer.diff.filesystem.compare import compare_trees
from analyzer.diff.filesystem.model import FileChanges
from analyzer.diff.filesystem.reproducible import (
    ONE_SIDED,
    LayerBytes,
    PairedRebuild,
    Rebuild,
    rebuild_of,
)
from analyzer.diff.filesystem.tarplaces import first_difference, place_between
from analyzer.diff.pairs import is_attestation, pair_images
from analyzer.errors import AnalyzerError
from analyzer.image.model import LayerRef
from analyzer.layers.scan import LayerScan
from analyzer.limits import Budget, Limits
from analyzer.report import ImageReport


def rebuilds_of(
    before: Input, after: Input, limits: Limits | None = None
) -> tuple[PairedRebuild, ...]:
    """The answer for each pair of images, and for each image that is on one side only."""
    limits = limits or Limits()
    sides = [[i for i in side.report.images if not is_attestation(i)] for side in (before, after)]
    pairs = pair_images(*sides)
    found = [
        _pair(before, after, sides[0][pair.before], sides[1][pair.after], limits) for pair in pairs
    ]
    for number, taken in enumerate(
        ({pair.before for pair in pairs}, {pair.after for pair in pairs})
    ):
        found += [
            PairedRebuild(_label(image), ONE_SIDED[number])
            for position, image in enumerate(sides[number])
            if position not in taken
        ]
    return tuple(sorted(found, key=lambda one: one.subject))


def _label(image: ImageReport) -> str:
    return image.title


def _pair(
    before: Input, after: Input, one: ImageReport, two: ImageReport, limits: Limits
) -> PairedRebuild:
    changes = _changes(before, after, one, two)
    ground = ground_of(
        one,
        two,
        changes or FileChanges((), 0, 0),
        lambda a, b, found: read_contents(whole_sides((before, after), (a, b)), found, limits),
    )
    budget = Budget(limits)

    def read_layer(number: int) -> LayerBytes | None:
        sides = []
        for given, image in ((before, one), (after, two)):
            whole = given.image_of(image)
            sides.append((given, whole.layers[number], given.run.scans(whole)[number]))
        return _read_layer(number, sides[0], sides[1], budget)

    answer: Rebuild = rebuild_of(one, two, changes, ground, read_layer)
    return PairedRebuild(_label(one), answer)


def _changes(before: Input, after: Input, one: ImageReport, two: ImageReport) -> FileChanges | None:
    """What differs between the merged trees, which are not made where all layers are the same."""
    diff_ids = [[layer.diff_id for layer in image.layers] for image in (one, two)]
    if diff_ids[0] == diff_ids[1] and diff_ids[0] and None not in diff_ids[0]:
        return FileChanges((), 0, 0)
    first, second = before.tree(one), after.tree(two)
    return None if first is None or second is None else tree_changes(first, second)


_Side = tuple[Input, LayerRef, LayerScan | None]


def _read_layer(number: int, one: _Side, two: _Side, budget: Budget) -> LayerBytes | None:
    """Both layers of a position; None where one of them was not or cannot be read whole."""
    scans = []
    for _, layer, scan in (one, two):
        if scan is None or not scan.complete or layer.name is None or layer.directory is not None:
            return None
        scans.append(scan)
    try:
        offset = first_difference(
            *(tar_bytes(given.source, layer, budget) for given, layer, _ in (one, two))
        )
    except (AnalyzerError, BadStream, OSError):
        return None
    if offset is None:  # the diff IDs told are wrong: the bytes are the same
        return None
    first, second = scans
    names = [[entry.path for entry in scan.entries] for scan in scans]
    common = set(names[0]) & set(names[1])
    order = [[path for path in paths if path in common] for paths in names]
    return LayerBytes(
        offset,
        place_between(first.entries, second.entries, offset),
        compare_trees(stored_states(first, number), stored_states(second, number)).changes,
        reordered=order[0] != order[1],
    )
