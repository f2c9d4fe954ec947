"""`ociscope platforms`: what differs between the platforms of one image."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    NoCacheOption,
    PathArgument,
    PlatformOption,
    request,
)
from analyzer.cli.output import emit, parse_targets
from analyzer.cli.run import complain
from analyzer.cli.twosides import read_sides

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
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="Exit 1 when anything differs unexpectedly.")
]
FORMATS = ("table", "json", "md", "csv")


def platforms(
    path: PathArgument,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: FormatOption = None,
    limit: LimitOption = None,
    *,
    no_cache: NoCacheOption = False,
    exit_code: ExitCode = False,
) -> None:
    """What differs between the platforms of an image.

    Versions of packages, packages that only some platforms have, distribution, config, build
    steps, files and attached statements. What an SBOM of one platform would say wrongly of the
    others stands first. What is to be expected, such as rebuilds of one source and programs
    compiled for each platform, is counted and left out by rules that docs/platforms.md lists;
    -o json has all of it.

    \b
    Examples:
      ociscope platforms layout/
      ociscope platforms app.tar --platform linux/amd64 --platform linux/arm64
      ociscope platforms app.tar --exit-code -o md=platforms.md

    \b
    Exit codes:
      0  compared, or there is one platform and nothing to compare
      1  --exit-code: something differs that is not to be expected; or bytes
         are not what the file declares them to be
      2  the work could not be done
      3  content of the file could not be read; what was found is printed
    """
    targets = parse_targets(output, FORMATS)
    asked = request(path, platform, image, limit, no_cache=no_cache)
    from analyzer.comparing.filetrees import trees_of
    from analyzer.diff.platforms.compare import compare_platforms
    from analyzer.diff.platforms.document import to_document
    from analyzer.render.platformlists import platforms_csv, platforms_markdown
    from analyzer.render.platforms import platforms_text
    from analyzer.report import TOOL

    with read_sides([asked]) as (given,):
        report = given.report
        found = compare_platforms(
            report, lambda images: trees_of([(given, one) for one in images], asked.limits)
        )
    emit(
        targets,
        lambda _: platforms_text(found),
        lambda: to_document(found, TOOL),
        {
            "csv": lambda: platforms_csv(found).encode(),
            "md": lambda: platforms_markdown(found).encode(),
        },
    )
    complain(report)
    raise typer.Exit(report.exit_code or (1 if exit_code and found.differs else 0))
