"""`ociscope diff`: what changed between two images."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.auditing import audit, documents_in
from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    NoCacheOption,
    OutputOption,
    PathArgument,
    PlatformOption,
    request,
)
from analyzer.cli.output import emit, parse_targets
from analyzer.cli.run import complain
from analyzer.cli.twoplatforms import differs_across, sides_of
from analyzer.cli.twosides import read_sides

SecondPath = Annotated[
    str | None,
    typer.Argument(
        metavar="[PATH]",
        help="The image to compare with; without it, two platforms of the first are compared.",
        show_default=False,
    ),
]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit 1 when anything differs.")]


def diff(
    before: PathArgument,
    after: SecondPath = None,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: OutputOption = None,
    limit: LimitOption = None,
    *,
    no_cache: NoCacheOption = False,
    exit_code: ExitCode = False,
) -> None:
    """What differs between two images, or an SBOM and an image.

    First where they stand on the ladder of sameness, from the same file bytes down to the same
    packages; then identity, config, layers and packages, platform matched with platform.
    --platform and --image choose on both sides; PATH:tag chooses on one.

    Either side may be an SBOM document, SPDX or CycloneDX of any tool. Then this
    tells which image it says it is of and whether that is right, and whether
    platform, distribution and packages are those of the image.

    \b
    Examples:
      ociscope diff old.tar new.tar
      ociscope diff layout/:v1 layout/:v2 --exit-code
      ociscope diff app.tar --platform linux/amd64 --platform linux/arm64
      ociscope diff app.spdx.json app.tar --platform linux/arm64
      ociscope diff old.spdx.json new.cdx.json
    """
    targets = parse_targets(output)
    across = after is None
    chosen = sides_of(before, platform) if after is None else [platform, platform]
    requests = [
        request(path, side, image, limit, no_cache=no_cache)
        for path, side in zip((before, after or before), chosen, strict=True)
    ]
    if not across and (documents := documents_in(requests)):
        audit(requests, documents, targets, exit_code=exit_code)
    from analyzer.api import TOOL
    from analyzer.comparing.images import compare_inputs
    from analyzer.diff.tree import to_document
    from analyzer.render.difference import difference_text

    with read_sides(requests) as (one, two):
        difference = compare_inputs(one, two, across=across)
    reports = [one.report, two.report]
    emit(
        targets,
        lambda _: difference_text(difference),
        lambda: to_document(difference, TOOL),
    )
    for report in reports:
        complain(report)
    unread = max(report.exit_code for report in reports)
    differs = differs_across(difference) if across else difference.differs
    raise typer.Exit(unread or (1 if exit_code and differs else 0))
