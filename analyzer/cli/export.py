"""`ociscope export`: the root filesystem of one platform."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Annotated

import typer

from analyzer.cli.extracting import (
    INCOMPLETE,
    TEMPORARY,
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
    Request,
    destination_of,
    request,
)
from analyzer.cli.output import write_stdout
from analyzer.errors import InputError
from analyzer.nameless import nameless_file
from analyzer.paths import printable
from analyzer.problems import Code

if TYPE_CHECKING:
    from analyzer.errors import IntegrityError
    from analyzer.extract.result import Written
    from analyzer.inside import Inside, Look

DestinationArgument = Annotated[
    str,
    typer.Argument(
        parser=destination_of,
        metavar="DEST.tar|DIR",
        help="A tar, - for one on standard output, or a folder that is empty or not there yet.",
        show_default=False,
    ),
]
_COMPRESSED = (".gz", ".tgz", ".zst", ".xz", ".bz2")


def export(
    path: PathArgument,
    destination: DestinationArgument,
    platform: PlatformOption = None,
    image: ImageOption = None,
    limit: LimitOption = None,
    *,
    unverified: UnverifiedOption = False,
    no_cache: NoCacheOption = False,
) -> None:
    """The root filesystem of one platform, as a tar or as a folder.

    The tar has everything: owners as numbers, modes, times, extended attributes, hard links,
    devices. The same image gives the same bytes. A folder is made without root and never reaches
    outside itself: no link of the image is followed, and owners, devices, extended attributes
    and the setuid and setgid bits stay behind.

    What appears at DEST is proven and whole, all layers of it, or nothing does; --unverified
    writes a folder of what is there. What may be missing is named: a foreign layer, which files
    may go without, and what a tar or this host cannot hold.

    \b
    Examples:
      ociscope export app.tar rootfs.tar
      ociscope export app.tar rootfs/ --platform linux/arm64
      ociscope export app.tar - | tar -tv

    \b
    Exit codes:
      0  done
      1  done, but something in the file is not what was promised
      2  nothing was written: a layer is missing or damaged, no such place
      3  done, but something is missing; standard error says what
    """
    if destination.endswith(_COMPRESSED):
        raise InputError(
            Code.BAD_ARGUMENT,
            "compressed tars are not written here",
            hint=f"ociscope export {path} - | gzip > {destination}",
        )
    if unverified and (destination == "-" or destination.endswith(".tar")):
        raise InputError(
            Code.BAD_ARGUMENT, "a tar of what is unproven is not made", hint="name a folder"
        )
    if destination == "-":
        require_no_terminal()
    asked = request(path, platform, image, limit, no_cache=no_cache)
    from analyzer.extract.contents import Doubts
    from analyzer.listing.document import complete

    with nameless_file() as tar:
        with looking(asked, one="export") as look:
            (inside,) = look.images
            reasons = _doubts(look, inside, unverified=unverified)
            if destination == "-":
                written = _tar(look, inside, tar, asked)
            else:
                written = _place(look, inside, destination, asked, unverified=unverified)
            doubts = Doubts(reasons or written.doubts.reasons, written.doubts.missing)
            complain(look)
            whole = complete(inside)  # a foreign layer may be missing without any error
            code = exit_code(look.exit_code if whole else INCOMPLETE, doubts, written.left_out)
            platform_name = inside.platform
        doubt(doubts)
        remark(written)
        if destination == "-":
            pour(tar)
        else:
            write_stdout(_summary(platform_name, destination, written).encode())
            if not whole:
                write_stdout(b"INCOMPLETE: not every layer could be read\n")
    raise typer.Exit(code)


def _doubts(look: Look, inside: Inside, *, unverified: bool) -> tuple[IntegrityError, ...]:
    """What is not proven of the tree, which only `unverified` lets be written."""
    from analyzer.extract.proof import require_proven, unproven

    if unverified:
        return unproven(look, inside)
    require_proven(look, inside)
    return ()


def _tar(look: Look, inside: Inside, stream: IO[bytes], asked: Request) -> Written:
    from analyzer.extract.listing import list_tree
    from analyzer.extract.place import errors_of
    from analyzer.extract.tarexport import write_tar

    listing = list_tree(inside.history.root, "", asked.limits)
    with errors_of(TEMPORARY):
        return write_tar(look, inside, listing, stream, TEMPORARY)


def _place(
    look: Look, inside: Inside, destination: str, asked: Request, *, unverified: bool
) -> Written:
    from analyzer.extract.direxport import export_folder
    from analyzer.extract.listing import list_tree
    from analyzer.extract.tarexport import export_tar

    listing = list_tree(inside.history.root, "", asked.limits)
    if destination.endswith(".tar"):
        return export_tar(look, inside, listing, destination)
    return export_folder(look, inside, listing, destination, unverified=unverified)


def _summary(platform: str, destination: str, written: Written) -> str:
    from analyzer.render.text import human_bytes

    counts = (
        f"{_count(written.directories, 'folder')}, {_count(written.files, 'file')} "
        f"({human_bytes(written.size)}), {_count(written.others, 'other name')}"
    )
    return printable(f"{platform} written to {destination}: {counts}") + "\n"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
