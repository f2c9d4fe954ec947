"""Two inputs read side by side: what they have in common is inflated and scanned once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer.errors import AnalyzerError, InputError
from analyzer.image.model import Image
from analyzer.image.platform import parse_platform
from analyzer.image.select import Selection, select
from analyzer.layers.cache import LayerCache
from analyzer.layers.shared import SharedScans
from analyzer.limits import Limits
from analyzer.opening import OpenImages, open_images
from analyzer.packages.parsing import ParseCache
from analyzer.reading import Depth, Run, Tree
from analyzer.reference import STANDARD_INPUT, apart, parse_reference
from analyzer.report import ImageReport, Report
from analyzer.scanning import SILENT, Progress

_TWO = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """An input, and what of it: arguments of `open_images`."""

    path: str
    images: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()


class Input:
    """One side of a comparison: an open input, its report, and the trees of its images."""

    def __init__(self, wanted: Wanted, chosen: OpenImages, run: Run) -> None:
        self.path = wanted.path
        self.place = parse_reference(wanted.path).path
        """The file or directory itself, without what chooses in it."""
        self.run = run
        self._chosen = chosen
        self.source = chosen.opened.source
        """Where the blobs are read from."""
        self.report: Report = run.report(Depth.PACKAGES)

    def image_of(self, report: ImageReport) -> Image:
        """The image that a report of this input is about."""
        pairs = zip(self.report.images, self._chosen.images, strict=True)
        return next(image for known, image in pairs if known is report)

    def tree(self, report: ImageReport) -> Tree | None:
        """The merged tree of an image; None where it could not be read whole."""
        return self.run.tree(report, self.image_of(report))


@contextmanager
def open_inputs(
    sides: Sequence[Wanted],
    *,
    limits: Limits | None = None,
    progress: Progress = SILENT,
    cache: LayerCache | None = None,
) -> Iterator[tuple[Input, ...]]:
    """Open and read all `sides`, each layer that several have once.

    Args:
        sides: what to read, in this order; of two platforms asked of both, each its own, as
            `_each_its_own` has it.
        limits: what each of them may cost.
        progress: told of the bytes of each in turn.
        cache: of scans of earlier runs.

    Raises:
        AnalyzerError: as `analyze`, for the first side that cannot be read.
    """
    limits = limits or Limits()
    sides = _each_its_own(sides, limits)
    shared, parsed = SharedScans(cache), ParseCache()
    with ExitStack() as stack:
        found = []
        for wanted, name in zip(sides, _names(sides), strict=True):
            opened = open_images(
                wanted.path, images=wanted.images, platforms=wanted.platforms, limits=limits
            )
            with _said_of(name):
                chosen = stack.enter_context(opened)
                run = Run(chosen, limits, progress, shared, digests=True, parsed=parsed)
                found.append(Input(wanted, chosen, run))
        yield tuple(found)


def _names(sides: Sequence[Wanted]) -> tuple[str, ...]:
    """What messages call the sides."""
    places = [parse_reference(wanted.path).path for wanted in sides]
    named = apart(places[0], places[-1])[: len(places)]
    called = {str(STANDARD_INPUT): "standard input"}
    return tuple(called.get(name, name) for name in named)


@contextmanager
def _said_of(name: str) -> Iterator[None]:
    """An error says which of the sides it is about."""
    try:
        yield
    except AnalyzerError as error:
        place = f"{name}: {error.where}" if error.where else name
        if error.where == Path(name).name:
            place = name
        raise type(error)(error.code, error.message, hint=error.hint, where=place) from error


def _each_its_own(sides: Sequence[Wanted], limits: Limits) -> Sequence[Wanted]:
    """The same inputs, each with the one platform that it alone has of the two asked for.

    Only where that leaves no choice: both inputs were asked for the same two platforms, the first
    has one of these and not the other, the second has the other and not the first. The order in
    which they were asked for says nothing. What cannot be read twice is left as it is.

    Raises:
        AnalyzerError: an input cannot be read, or holds no such image.
    """
    asked = {side.platforms for side in sides}
    if len(sides) != _TWO or len(asked) != 1 or len(sides[0].platforms) != _TWO:
        return sides
    if any(parse_reference(side.path).path == STANDARD_INPUT for side in sides):
        return sides
    held = [tuple(_held(side, limits)) for side in sides]
    if all(len(has) == 1 for has in held) and held[0] != held[1]:
        return [replace(side, platforms=has) for side, has in zip(sides, held, strict=True)]
    return sides


def _held(side: Wanted, limits: Limits) -> Iterator[str]:
    """Those platforms asked for that the input has."""
    with open_images(side.path, images=side.images, limits=limits) as opened:
        for text in side.platforms:
            try:
                select(opened.images, Selection(platforms=(parse_platform(text),)))
            except InputError:
                continue
            yield text
