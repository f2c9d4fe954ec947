"""`ociscope cat`: the content of files."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.extracting import LayerOption, UnverifiedOption, doubt, exit_code, say_missing
from analyzer.cli.looking import complain, looking
from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    NoCacheOption,
    PathArgument,
    PlatformOption,
    request,
)
from analyzer.cli.output import write_stdout

FilesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE",
        help="Paths of the image, from its root. Links lead to places in the image only.",
        show_default=False,
    ),
]


def cat(
    path: PathArgument,
    files: FilesArgument,
    platform: PlatformOption = None,
    image: ImageOption = None,
    layer: LayerOption = None,
    limit: LimitOption = None,
    *,
    unverified: UnverifiedOption = False,
    no_cache: NoCacheOption = False,
) -> None:
    """The content of files, byte for byte.

    As a container of the image would see them, or with --layer as one layer stores them, also
    those that a later layer deleted. Nothing is printed before the whole layer is proven to be
    the one that the image was made of. Until then it waits in a temporary file (TMPDIR).

    \b
    Examples:
      ociscope cat app.tar /etc/os-release
      ociscope cat app.tar app/config.yml --layer 2
      ociscope cat layout/ usr/bin/app --platform linux/arm64 | sha256sum

    \b
    Exit codes:
      0  done
      1  done, but some layer of the image is not the one that was promised
      2  nothing was printed: no such file, or its layer is damaged
      3  done, but a part of the image could not be read
    """
    from analyzer.extract.copy import spool_files, stored_file
    from analyzer.extract.listing import bound
    from analyzer.extract.pick import pick
    from analyzer.extract.spool import Spool

    asked = request(path, platform, image, limit, no_cache=no_cache)
    with Spool() as spool:
        with looking(asked, one="cat") as look:
            (inside,) = look.images
            found = [stored_file(pick(inside, file, layer), asked.limits) for file in files]
            bound(found, asked.limits)
            doubts = spool_files(look, inside, found, spool, unverified=unverified)
            complain(look)
            code = exit_code(look.exit_code, doubts)
        doubt(doubts)
        say_missing(doubts)
        for file in found:
            for piece in spool.pieces(file) if spool.has(file) else ():
                write_stdout(piece)
    raise typer.Exit(code)
