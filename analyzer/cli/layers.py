"""`ociscope layers`: what each layer did, and at what cost."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.looking import complain, looking
from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    NoCacheOption,
    OutputOption,
    PathArgument,
    PlatformOption,
    Request,
    request,
)
from analyzer.cli.output import emit, parse_targets
from analyzer.cli.run import say
from analyzer.errors import InputError
from analyzer.problems import Code, Severity, exit_code_of

DockerfileOption = Annotated[
    bool,
    typer.Option("--dockerfile", help="Print the build file that the history suggests."),
]


def layers(
    path: PathArgument,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: OutputOption = None,
    limit: LimitOption = None,
    *,
    no_cache: NoCacheOption = False,
    dockerfile: DockerfileOption = False,
) -> None:
    """What each layer did, its cost, and the build step behind it.

    Sizes, files added, changed and removed, bytes that are shipped although a layer above
    overwrote or deleted them, and layers that platforms or images of the file share. Layers are
    counted from 0, the bottom one.

    --dockerfile prints a reconstruction, with comments where the history does not say enough. It
    needs one platform: choose with --platform and --image.

    \b
    Examples:
      ociscope layers app.tar
      ociscope layers app.tar --platform linux/arm64 -o json
      ociscope layers app.tar --dockerfile --platform linux/amd64 > Dockerfile
    """
    asked = request(path, platform, image, limit, no_cache=no_cache)
    if dockerfile:
        _dockerfile(asked, output)
    else:
        _layers(asked, output)


def _layers(asked: Request, output: list[str] | None) -> None:
    targets = parse_targets(output)
    with looking(asked, digests=True) as look:
        from analyzer.layering.document import to_document
        from analyzer.layering.values import layerings_of
        from analyzer.render.layers import layers_text
        from analyzer.report import TOOL

        found = layerings_of(look.images, look.everything)
    emit(
        targets,
        lambda width: f"{layers_text(found, width)}\n",
        lambda: to_document(look, found, TOOL),
    )
    complain(look)
    raise typer.Exit(look.exit_code)


def _dockerfile(asked: Request, output: list[str] | None) -> None:
    """The JSON has the text of every platform; here there is only the text."""
    targets = parse_targets(output, ("table",))
    from analyzer.inside import require_one
    from analyzer.layering.dockerfile import dockerfile_of
    from analyzer.opening import open_images
    from analyzer.render.text import problem_lines

    with open_images(
        asked.path, images=asked.images, platforms=asked.platforms, limits=asked.limits
    ) as chosen:
        if not chosen.images:
            raise InputError(
                Code.NO_IMAGES,
                "it holds no image",
                where=chosen.opened.name,
                hint="'ociscope inspect' shows what the file does hold",
            )
        require_one(chosen, "layers --dockerfile")
        (image,) = chosen.images
        emit(targets, lambda _width: dockerfile_of(image), lambda: None)
        problems = tuple(sorted({*chosen.found.problems, *image.problems}))
    for line in problem_lines(p for p in problems if p.severity is not Severity.NOTE):
        say(line)
    raise typer.Exit(exit_code_of(problems))
