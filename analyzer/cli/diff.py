"""`ociscope diff`: what changed between two images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.auditing import audit, documents_in, refuse_of_images
from analyzer.cli.insides import (
    ContentOf,
    ContentOption,
    DiffoscopeOption,
    inside_of,
    say_unmatched,
)
from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    NoCacheOption,
    PathArgument,
    PlatformOption,
    request,
)
from analyzer.cli.output import TEXT_OR_JSON, Target, emit, parse_targets
from analyzer.cli.twolayers import layer_pair
from analyzer.cli.twoplatforms import differs_across, sides_of
from analyzer.cli.twosides import complain_of, read_sides
from analyzer.cli.verdicts import (
    NOT_REBUILT,
    FailOn,
    Reproducible,
    Unexplained,
    fail_on,
    fails,
    refuse_beside,
    refuse_untold,
    tell_rebuild,
)

if TYPE_CHECKING:
    from analyzer.comparing.inputs import Input
    from analyzer.diff.tree import Difference

SecondPath = Annotated[
    str | None,
    typer.Argument(
        metavar="[PATH]",
        help="The image or SBOM to compare with. Without it: two platforms, images or layers "
        "of the first.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT[=FILE]",
        help="table (the default), json, md or csv; repeatable. Without FILE: standard output.",
        show_default=False,
    ),
]
FORMATS = ("table", "json", "md", "csv")
LayersOption = Annotated[
    str | None,
    typer.Option(
        "--layer",
        metavar="N:M",
        help="Only layer N of the first against M of the second, as stored; 0 is the lowest.",
        show_default=False,
    ),
]
AsOf = Annotated[
    bool, typer.Option("--as-of", help="With --layer: each with all layers below it, merged.")
]
Times = Annotated[
    bool, typer.Option("--times", help="List files that differ in nothing but their time, too.")
]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit 1 when anything differs.")]


def diff(
    before: PathArgument,
    after: SecondPath = None,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: FormatOption = None,
    limit: LimitOption = None,
    layer: LayersOption = None,
    failing: FailOn = None,
    content_of: ContentOf = None,
    *,
    as_of: AsOf = False,
    times: Times = False,
    unexplained: Unexplained = False,
    reproducible: Reproducible = False,
    content: ContentOption = False,
    diffoscope: DiffoscopeOption = False,
    no_cache: NoCacheOption = False,
    exit_code: ExitCode = False,
) -> None:
    """What differs between two images, or an SBOM and an image.

    First where they stand on the ladder of sameness, from the same file bytes down to the same
    packages; then every part that differs, platform matched with platform: identity, config, build
    steps, layers, distribution, packages, files (what allows more than before comes first),
    attachments and findings. -o json and csv have all of it, -o md is for a pull request.
    --platform and --image choose on both sides; PATH:tag and PATH@DIGEST on one.

    Two files of one platform each are compared even if these differ, then as two
    platforms of one. One PATH and two --platform compare two platforms of it. What
    differs as architectures do (rebuilds, programs, their paths) is left out and
    counted; see docs/platforms.md.

    Each file has a cause: a package, a build step, rebuild noise, or none. --reproducible
    answers whether the second is a rebuild of the first: identical, identical but for
    noise, or different. See `ociscope explain causes` and `ociscope explain noise`.

    --content shows what differs inside changed files: lines, members of JSON and archives,
    records of databases, libraries of programs; and the lines of files that came or went,
    unless a package or rebuild noise explains them. --content-of opens all that match.

    --layer compares what two layers store, --as-of the image as of them. Both take one PATH or
    two, and all options but --reproducible.

    Either side may be an SBOM document: SPDX or CycloneDX of any tool, or syft's JSON. Then this
    tells which image it says it is of and whether that is right, and whether platform,
    distribution and packages are those of the image.

    \b
    Examples:
      ociscope diff old.tar new.tar
      ociscope diff layout/:v1 layout/:v2 --exit-code
      ociscope diff app.tar --platform linux/amd64 --platform linux/arm64
      ociscope diff app.tar --image app:1 --image app:2
      ociscope diff app.tar --layer 1:3 --as-of
      ociscope diff old.tar new.tar --layer 2:2 --unexplained
      ociscope diff old.tar new.tar --fail-on setuid,unexplained
      ociscope diff old.tar new.tar --content-of 'etc/**'
      ociscope diff built.tar rebuilt.tar --reproducible
      ociscope diff app.spdx.json app.tar --platform linux/arm64
      ociscope diff old.spdx.json new.cdx.json

    \b
    Exit codes:
      0  compared; with --reproducible: identical, or but for noise
      1  --exit-code: something differs; --fail-on: one of these does, or was
         not compared; --reproducible: different, or it cannot be told; or bytes
         are not what a file declares them to be
      2  the work could not be done
      3  content of a file could not be read; what was found is printed
    """
    layers, wanted = layer_pair(layer, as_of=as_of), fail_on(failing)
    targets = parse_targets(output, TEXT_OR_JSON if reproducible else FORMATS)
    sides, across = _sides(before, after, platform, image, one_file=layers is not None)
    requests = [request(*side, limit, no_cache=no_cache) for side in sides]
    looking = content or diffoscope or bool(content_of)
    if after is not None and (documents := documents_in(requests)):
        of_images = {"--layer": layers is not None, "--reproducible": reproducible}
        of_images |= {"--unexplained": unexplained, "--content": looking, "--times": times}
        refuse_of_images(documents, of_images)
        audit(requests, documents, targets, exit_code=exit_code, failing=wanted)
    if reproducible:
        of_files = {"--content": looking, "--unexplained": unexplained, "--times": times}
        refuse_beside("--reproducible", {**of_files, "--fail-on": bool(wanted)}, NOT_REBUILT)
        tell_rebuild(requests, targets, whole=after is not None and layers is None)
    refuse_untold(wanted, layers)
    limits = requests[0].limits
    inside = inside_of(limits, content_of, content=content, diffoscope=diffoscope)
    from analyzer.comparing.differences import Asked, differences
    from analyzer.diff.compare import platforms_apart

    with read_sides(requests) as read:
        asked = Asked(layers, across, times, inside)
        difference = differences(read[0], read[-1], asked, limits)
    _tell(targets, difference, read, unexplained=unexplained)
    say_unmatched(content_of, difference)
    complain_of(read)
    unread = max(side.report.exit_code for side in read)
    apart = layers is None and platforms_apart(read[0].report, read[-1].report)
    differs = differs_across(difference) if across or apart else difference.differs
    failed = fails(difference, wanted)  # says which, whatever the exit code
    raise typer.Exit(unread or int(failed or (exit_code and differs)))


def _sides(
    before: str,
    after: str | None,
    platforms: list[str] | None,
    images: list[str] | None,
    *,
    one_file: bool,
) -> tuple[list[tuple[str, list[str] | None, list[str] | None]], bool]:
    """Path, platforms and images of each side, and whether these are two platforms of one file.

    With `one_file`, one path alone is both sides.

    Raises:
        InputError: one path alone has to be two sides, and nothing says which.
    """
    if after is not None:
        return [(path, platforms, images) for path in (before, after)], False
    if one_file:
        return [(before, platforms, images)], False
    chosen = sides_of(before, platforms, images)
    return [(before, *side) for side in chosen], len(platforms or ()) == len(chosen)


def _tell(
    targets: Sequence[Target],
    difference: Difference,
    sides: Sequence[Input],
    *,
    unexplained: bool,
) -> None:
    from analyzer.diff.tree import to_document
    from analyzer.render.causes import unexplained_text
    from analyzer.render.difference import difference_text
    from analyzer.render.differencecsv import difference_csv
    from analyzer.render.differencemarkdown import difference_markdown
    from analyzer.render.insides import inside_markdown, inside_text
    from analyzer.render.pairtitle import told_apart
    from analyzer.report import TOOL

    shown = told_apart(difference, sides[0].place, sides[-1].place)

    def text() -> str:
        told = unexplained_text(shown) if unexplained else difference_text(shown)
        return told + inside_text(shown, unexplained=unexplained)

    def markdown() -> str:
        return difference_markdown(shown) + inside_markdown(shown)

    emit(
        targets,
        lambda _: text(),
        lambda: to_document(difference, TOOL),
        {
            "csv": lambda: difference_csv(difference).encode(),
            "md": lambda: markdown().encode(),
        },
    )
