"""What differs between two open inputs, in whichever way was asked: command and library alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.comparing.images import compare_inputs
from analyzer.comparing.inputs import Input, Wanted, open_inputs
from analyzer.comparing.insides import Compare, Inside
from analyzer.comparing.layers import LayerPair, compare_layers
from analyzer.diff.content.compare import compare_content
from analyzer.diff.content.room import Room
from analyzer.diff.tree import Difference
from analyzer.errors import InputError
from analyzer.layers.cache import LayerCache
from analyzer.limits import Limits
from analyzer.listing.filters import chooser
from analyzer.problems import Code
from analyzer.scanning import SILENT, Progress


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


def differences_of(
    before: str,
    after: str,
    *,
    images: Sequence[str] = (),
    platforms: Sequence[str] = (),
    across: tuple[str, str] | None = None,
    layers: tuple[int, int] | None = None,
    as_of: bool = False,
    times: bool = False,
    content: bool = False,
    content_of: Sequence[str] = (),
    limits: Limits | None = None,
    progress: Progress = SILENT,
    cache: LayerCache | None = None,
) -> Difference:
    """As `differences`, of what lies at two paths; arguments as of `api.diff`.

    Raises:
        AnalyzerError: a side cannot be read, or there is nothing of what was asked for.
    """
    if as_of and layers is None:
        raise InputError(Code.BAD_ARGUMENT, "as_of needs layers")
    if across is not None and (platforms or layers is not None or before != after):
        what = "across takes one path as both sides, and neither platforms nor layers"
        raise InputError(Code.BAD_ARGUMENT, what)
    limits = limits or Limits()
    inside = look_inside(content_of, limits) if content or content_of else None
    pair = LayerPair(*layers, as_of=as_of) if layers is not None else None
    chosen = [tuple(platforms)] * 2 if across is None else [(each,) for each in across]
    sides = [
        Wanted(path, tuple(images), platforms_of)
        for path, platforms_of in zip((before, after), chosen, strict=True)
    ]
    asked = Asked(pair, across is not None, times, inside)
    with open_inputs(sides, limits=limits, progress=progress, cache=cache) as (one, two):
        return differences(one, two, asked, limits)
