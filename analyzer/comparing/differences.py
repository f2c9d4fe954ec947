"""What differs between two open inputs, in whichever way was asked: command and library alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Input
from analyzer.comparing.insides import Compare, Inside
from analyzer.comparing.layers import LayerPair, compare_layers
from analyzer.diff.content.compare import compare_content
from analyzer.diff.content.room import Room
from analyzer.diff.tree import Difference
from analyzer.limits import Limits
from analyzer.listing.filters import chooser


@dataclass(frozen=True, slots=True)
class Asked:
    """How two inputs are compared."""

    layers: LayerPair | None = None
    """Two layers instead of whole images."""
    across: bool = False
    """Two platforms of one file, as `compare_inputs` has it."""
    times: bool = False
    """List files of which only the modification time differs, too."""
    inside: Inside | None = None
    """Looks into files that differ."""


def differences(before: Input, after: Input, asked: Asked, limits: Limits) -> Difference:
    """The tree of what differs; of two layers both sides may be one input.

    Raises:
        InputError: an image has no such layer.
        OutputError: there is no place for temporary files.
    """
    if asked.layers is not None:
        return compare_layers(
            before, after, asked.layers, times=asked.times, limits=limits, inside=asked.inside
        )
    return compare_inputs(
        before,
        after,
        times=asked.times,
        across=asked.across,
        limits=limits,
        inside=asked.inside,
    )


def look_inside(globs: Sequence[str], limits: Limits, compare: Compare = compare_content) -> Inside:
    """What looks into the files that `globs` name, or into all without any.

    Raises:
        InputError: a glob is none.
    """
    return Inside(chooser(globs, None), Room(limits), compare, named=bool(globs))
