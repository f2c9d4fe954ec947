"""`ociscope log`: every version of a path."""

from __future__ import annotations

from typing import Annotated

import typer

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

FileArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A path of the image, from its root. Its folders may be links.",
        show_default=False,
    ),
]
_NOT_FOUND = 1


def log(
    path: PathArgument,
    file: FileArgument,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: OutputOption = None,
    limit: LimitOption = None,
    *,
    no_cache: NoCacheOption = False,
) -> None:
    """Every version of a path through the layers.

    What each layer did to it: added it, changed its content or only its metadata (and which),
    wrote it again, replaced it by something of another type, removed it by a whiteout, hid it, or
    dropped it with its directory; with digest, size, owner, time and the build step.

    Layers are counted from 0, the bottom one. A link at the end of FILE is not followed: this is
    about the link itself, unless a slash stands behind it.

    \b
    Examples:
      ociscope log app.tar /etc/passwd
      ociscope log app.tar usr/bin/sh --platform linux/arm64 -o json

    \b
    Exit codes:
      0  found
      1  there never was such a path, and all layers could be read
      2  the work could not be done
      3  content of the file could not be read; what was found is printed
    """
    targets = parse_targets(output)
    from analyzer.cli.looking import complain, looking

    with looking(
        request(path, platform, image, limit, no_cache=no_cache), digests=True, one="log"
    ) as look:
        from analyzer.listing.document import log_document
        from analyzer.listing.versions import log_of
        from analyzer.render.log import log_text
        from analyzer.report import TOOL

        (inside,) = look.images
        found = log_of(inside, file)
        emit(
            targets,
            lambda width: f"{log_text(inside, found, width)}\n",
            lambda: log_document(look, found, TOOL),
        )
        complain(look)
        raise typer.Exit(look.exit_code or (0 if found.found else _NOT_FOUND))
