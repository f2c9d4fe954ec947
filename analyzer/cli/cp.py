"""`ociscope cp`: files and folders copied to the host."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.extracting import (
    TEMPORARY,
    LayerOption,
    UnverifiedOption,
    doubt,
    exit_code,
    pour,
    remark,
    require_no_terminal,
)
from analyzer.cli.looking import complain, looking
from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    NoCacheOption,
    PathArgument,
    PlatformOption,
    destination_of,
    request,
)
from analyzer.errors import InputError
from analyzer.nameless import nameless_file
from analyzer.problems import Code

FileArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A file or folder of the image, from its root. Links lead into the image only.",
        show_default=False,
    ),
]
DestinationArgument = Annotated[
    str,
    typer.Argument(
        parser=destination_of,
        metavar="DEST",
        help="A folder to copy it into, or the name of the copy; - for a tar on standard output.",
        show_default=False,
    ),
]


def cp(
    path: PathArgument,
    file: FileArgument,
    destination: DestinationArgument,
    platform: PlatformOption = None,
    image: ImageOption = None,
    layer: LayerOption = None,
    limit: LimitOption = None,
    *,
    unverified: UnverifiedOption = False,
    no_cache: NoCacheOption = False,
) -> None:
    """Copy a file or a folder out of the image.

    As a container of the image would see it, or with --layer as one layer stores it, also what a
    later layer deleted. The copy appears when the layers that have its content are proven, whole
    or not at all; that other layers were not read is said.

    Modes and times are kept. Owners, extended attributes and the setuid and setgid bits are not,
    and devices are not made; DEST - gives a tar that has them all. Links in a folder are copied as
    links. A file replaces a file; nothing else on the host is replaced, and no link at DEST is
    written through.

    \b
    Examples:
      ociscope cp app.tar /etc/os-release .
      ociscope cp app.tar app/secrets.env found.env --layer 2
      ociscope cp layout/ etc out/etc --platform linux/arm64

    \b
    Exit codes:
      0  done
      1  done, but some layer of the image is not the one that was promised
      2  nothing was written: no such file, no such place, or a damaged layer
      3  done, but something is missing; standard error says what
    """
    from analyzer.extract.copy import copy_out, tar_out
    from analyzer.extract.pick import pick

    asked = request(path, platform, image, limit, no_cache=no_cache)
    if destination == "-" and unverified:
        raise InputError(
            Code.BAD_ARGUMENT, "a tar of what is unproven is not made", hint="name a DEST"
        )
    if destination == "-":
        require_no_terminal()
    with nameless_file() as tar:
        with looking(asked, one="cp") as look:
            (inside,) = look.images
            picked = pick(inside, file, layer)
            if destination == "-":
                written = tar_out(look, inside, picked, tar, asked.limits, TEMPORARY)
            else:
                written = copy_out(
                    look, inside, picked, destination, asked.limits, unverified=unverified
                )
            complain(look)
            code = exit_code(look.exit_code, written.doubts, written.left_out)
        doubt(written.doubts)
        remark(written)
        if destination == "-":
            pour(tar)
    raise typer.Exit(code)
