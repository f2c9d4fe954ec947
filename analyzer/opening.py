"""An input opened and its documents read: what every look at an image begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO

from analyzer.errors import AnalyzerError, InputError
from analyzer.image.artifacts import only_artifacts
from analyzer.image.embedded import EmbeddingSource
from analyzer.image.model import Image, ImageSet
from analyzer.image.platform import parse_platform
from analyzer.image.reading import read_images
from analyzer.image.select import EVERYTHING, Selection, listing, select
from analyzer.limits import Limits
from analyzer.problems import Code, Severity
from analyzer.reference import STANDARD_INPUT, Reference, parse_reference
from analyzer.source.detect import Opened, open_source, open_stream
from analyzer.source.standard import NAME, standard_input


@dataclass(frozen=True, slots=True)
class OpenImages:
    """An open input: what its documents say, before any layer is read."""

    opened: Opened
    images: tuple[Image, ...]
    """The selected ones."""
    found: ImageSet
    """Everything in the file."""


@contextmanager
def open_images(
    path: str,
    *,
    images: Sequence[str] = (),
    platforms: Sequence[str] = (),
    limits: Limits | None = None,
    otherwise: Callable[[Opened, AnalyzerError, Limits], ImageSet] | None = None,
    stream: BinaryIO | None = None,
) -> Iterator[OpenImages]:
    """Open `path` and read its documents.

    Args:
        path: what a user types: a path, with `:tag`, `:@N` or `@digest` behind it if wanted;
            `-` is standard input.
        images: names, tags, `@N`, or digests (whole or a unique prefix); empty means all.
        platforms: `OS/ARCH[/VARIANT]`; empty means all.
        limits: what the input may cost.
        otherwise: what stands for the images of a file whose documents lead to none; without it
            that is an error.
        stream: what `-` reads instead of standard input.

    Raises:
        AnalyzerError: it cannot be opened, is no image, or holds nothing that was asked for.
    """
    reference: Reference = parse_reference(path)
    wanted = (*images, reference.image) if reference.image else tuple(images)
    selection = Selection(wanted, tuple(parse_platform(text) for text in platforms))
    limits = limits or Limits()
    opened = _open(reference, limits, stream)
    opened = replace(opened, source=EmbeddingSource(opened.source))
    try:
        try:
            found = read_images(opened, limits)
        except AnalyzerError as problem:
            if otherwise is None:
                raise
            found = otherwise(opened, problem, limits)
        if not found.images and selection != EVERYTHING:
            require_content(OpenImages(opened, (), found))  # says why there is none to choose
        yield OpenImages(opened, select(found.images, selection), found)
    finally:
        opened.source.close()


def _open(reference: Reference, limits: Limits, stream: BinaryIO | None) -> Opened:
    if reference.path == STANDARD_INPUT:
        return open_stream(stream or standard_input(), NAME, limits)
    return open_source(reference.path, limits)


def require_content(chosen: OpenImages) -> None:
    """Refuse to tell of images of which nothing is there: nothing would be true of them.

    Raises:
        InputError: none of the selected images has anything in the file, and why.
    """
    images, found = chosen.images, chosen.found
    if any(image.present for image in images):
        return
    hint = "'ociscope inspect' shows what the file does hold"
    if only := only_artifacts(found):
        raise InputError(Code.NO_IMAGES, only, where=chosen.opened.name, hint=hint)
    problems = [p for image in images for p in image.problems]
    problems += found.problems
    # Notes tell nothing where something is wrong.
    problems = [p for p in problems if p.severity is Severity.ERROR] or problems
    details = sorted({problem.detail for problem in problems})
    what = f"nothing of {listing(images)} can be read" if images else "it holds no image"
    raise InputError(
        Code.NO_IMAGES,
        ": ".join([what, "; ".join(details[:5])] if details else [what]),
        where=next((problem.where for problem in problems), ""),
        hint=hint,
    )
