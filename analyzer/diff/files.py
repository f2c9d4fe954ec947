"""What two reports cannot tell and the files themselves can: their bytes, their merged trees.

Both cost another reading, so each is done only where a rung of the ladder hangs on it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.diff.compare import compare
from analyzer.diff.trees import compare_outlines
from analyzer.digest import digest_stream
from analyzer.errors import AnalyzerError
from analyzer.image.embedded import EmbeddingSource
from analyzer.image.reading import read_images
from analyzer.limits import Budget, Limits
from analyzer.paths import printable
from analyzer.reference import parse_reference
from analyzer.rootfs.outline import read_outline
from analyzer.source.detect import open_source

if TYPE_CHECKING:
    from analyzer.diff.rungs import Step
    from analyzer.diff.tree import Difference
    from analyzer.digest import Digest
    from analyzer.image.model import Image
    from analyzer.report import ImageReport, Report
    from analyzer.rootfs.outline import Outline

_STANDARD_INPUT = "-"


def compare_files(
    before: Report,
    after: Report,
    paths: tuple[str, str],
    limits: Limits | None = None,
    *,
    across: bool = False,
) -> Difference:
    """As `compare`, with the rungs that only the files can settle.

    Args:
        before: the report on the first of `paths`.
        after: the report on the second.
        paths: what the reports were made from; `-`, which cannot be read again, leaves open
            what hangs on it.
        limits: what reading them again may cost.
        across: two platforms of one file are compared, as `compare` has it.
    """
    limits = limits or Limits()

    def trees(one: ImageReport, two: ImageReport) -> Step:
        first, second = (
            _outline(path, image, limits) for path, image in zip(paths, (one, two), strict=True)
        )
        return compare_outlines(first, second)

    digests: tuple[Digest | None, Digest | None] = (None, None)
    if before.source.size is not None and before.source.size == after.source.size:
        digests = (_outer_digest(paths[0]), _outer_digest(paths[1]))
    return compare(before, after, files=digests, trees=trees, across=across)


def _outer_digest(path: str) -> Digest | None:
    """SHA-256 of the file as it lies on disk."""
    if path == _STANDARD_INPUT:
        return None
    try:
        with parse_reference(path).path.open("rb") as stream:
            return digest_stream(stream)[0]
    except (AnalyzerError, OSError):
        return None


def _outline(path: str, image: ImageReport, limits: Limits) -> Outline | None:
    """The merged tree of `image`, read once more; None where that fails."""
    if path == _STANDARD_INPUT:
        return None
    try:
        opened = open_source(parse_reference(path).path, limits)
        opened = replace(opened, source=EmbeddingSource(opened.source))
        try:
            found = read_images(opened, limits).images
            same = next((one for one in found if _is(one, image)), None)
            return read_outline(opened.source, same.layers, Budget(limits)) if same else None
        finally:
            opened.source.close()
    except (AnalyzerError, OSError):
        return None


def _is(image: Image, report: ImageReport) -> bool:
    return (
        image.position == report.position
        and printable(str(image.platform)) == report.platform
        and image.manifest_digest == report.manifest_digest
        and image.image_id == report.image_id
    )
