"""The library's verbs: from a path to a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, overload

from analyzer.layers.cache import LayerCache
from analyzer.limits import Limits
from analyzer.opening import OpenImages, open_images
from analyzer.reading import Depth, Run
from analyzer.report import TOOL, ImageReport, Report
from analyzer.scanning import SILENT, Progress

if TYPE_CHECKING:
    from analyzer.diff.tree import Difference

__all__ = ["TOOL", "Depth", "FirstLook", "analyze", "diff", "report_of", "to_cyclonedx", "to_spdx"]

FirstLook = Callable[[Sequence[ImageReport]], None]


def analyze(
    path: str,
    *,
    images: Sequence[str] = (),
    platforms: Sequence[str] = (),
    limits: Limits | None = None,
    depth: Depth = Depth.PACKAGES,
    progress: Progress = SILENT,
    first_look: FirstLook | None = None,
    cache: LayerCache | None = None,
    files: bool = False,
) -> Report:
    """Everything about the selected images of `path`, as deep as `depth` says.

    Arguments and errors as for `open_images`. Trouble with parts of the file is in the
    report's problems; see `Report.exit_code`. `first_look` is called with the images as their
    documents describe them, before any layer is read; what it raises ends the run. `cache`
    remembers layers and images between runs; layers are hashed all the same. `files` asks for
    `ImageReport.files`: every regular file with its SHA-1, SHA-256 and owners.
    """
    limits = limits or Limits()
    with open_images(path, images=images, platforms=platforms, limits=limits) as chosen:
        folder = cache.folder if cache is not None else None
        run = Run(chosen, limits, progress, cache, files=files, recalled=folder)
        if first_look is not None:
            first_look(run.first_look())
        return run.report(depth)


def report_of(chosen: OpenImages, limits: Limits, depth: Depth, progress: Progress) -> Report:
    """The report of an input that is open already, for who has more to ask it than that."""
    return Run(chosen, limits, progress).report(depth)


@overload
def diff(before: Report, after: Report) -> Difference: ...


@overload
def diff(
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
) -> Difference: ...


def diff(before: Report | str, after: Report | str, **options: Any) -> Difference:
    """What differs between two inputs, or between two reports.

    Of two paths it is the tree that `ociscope diff` tells, files and their causes with it. Of two
    reports it is all that reports hold: there is no part `files`, and whether the merged trees are
    the same cannot be told. Images and platforms are paired by name and platform; how each pair was
    made stands in it.

    Args:
        before: a path, as `analyze` takes it, or a report.
        after: the same of the other side.
        **options: of two paths only. `images` and `platforms` choose on both sides, as for
            `analyze`, and so go `limits`, `progress` and `cache` for each in turn. `across` are
            two platforms of one file, whose path both sides are; what is to be expected between
            them is left out. `layers` are two layers (0 is the lowest) to compare as they are
            stored, with `as_of` the images as of them. `times` lists files of which only the
            modification time differs, too. `content` looks into the files that differ,
            `content_of` into those that match one of its globs.

    Raises:
        AnalyzerError: as `analyze`; a layer or an option that there is not.
        TypeError: a path with a report, or options with reports.
    """
    if isinstance(before, Report) and isinstance(after, Report) and not options:
        from analyzer.diff.compare import compare

        return compare(before, after)
    if isinstance(before, Report) or isinstance(after, Report):
        raise TypeError("diff takes two paths and options, or two reports and none")
    from analyzer.comparing.differences import differences_of

    return differences_of(before, after, **options)


def to_spdx(
    report: Report,
    image: ImageReport,
    *,
    source_date_epoch: str | None = None,
    version: str = "2.3",
) -> bytes:
    """The SPDX JSON document of one image of `report`, of SPDX 2.3 or 2.2.

    It is dated by `source_date_epoch` (seconds since 1970, decimal), else by the image's own
    creation time; the same input gives the same bytes.
    """
    from analyzer.sbom.papers import Papers

    return Papers(report, image, source_date_epoch).document("spdx-json", version)


def to_cyclonedx(
    report: Report,
    image: ImageReport,
    *,
    source_date_epoch: str | None = None,
    version: str = "1.6",
) -> bytes:
    """The CycloneDX JSON document of one image of `report`, of 1.5, 1.6 or 1.7; as `to_spdx`."""
    from analyzer.sbom.papers import Papers

    return Papers(report, image, source_date_epoch).document("cyclonedx-json", version)
