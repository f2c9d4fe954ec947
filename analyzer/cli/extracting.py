"""What the commands that get content out share: options, and what they say afterwards."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Annotated

import typer

from analyzer.cli.output import write_stdout
from analyzer.cli.run import say
from analyzer.errors import InputError
from analyzer.paths import printable
from analyzer.problems import Code

if TYPE_CHECKING:
    from analyzer.extract.contents import Doubts
    from analyzer.extract.listing import LeftOut
    from analyzer.extract.result import Written

LayerOption = Annotated[
    int | None,
    typer.Option(
        "--layer",
        metavar="N",
        help="As layer N stores it, also what is deleted later. 0 is the bottom layer.",
        show_default=False,
    ),
]
UnverifiedOption = Annotated[
    bool,
    typer.Option(
        "--unverified",
        help="Also what lies in a damaged or changed layer. Says so, and exits 1 or 3.",
    ),
]
UNPROVEN = 1
INCOMPLETE = 3
TEMPORARY = "temporary file"
"""What errors call the file in which things wait until they are proven."""
_PIECE_BYTES = 1 << 18
_LINES = 20
_NAMED = 3


def doubt(doubts: Doubts) -> None:
    """Say loudly what is not proven of what was handed out."""
    for reason in doubts.reasons:
        say(f"NOT PROVEN: {reason} [{reason.code.value}]")
    if doubts.reasons:
        say("NOT PROVEN: what was written may not be what the image was made of")


def say_missing(doubts: Doubts) -> None:
    """Name the files of which not all is there."""
    for name in (name for file in doubts.missing for name in file.names):
        say(f"left out: {printable(name)}: not all of it is there")


def remark(written: Written) -> None:
    """Say what is missing, and what was left behind on purpose."""
    for line in _some(written.left_out):
        say(line)
    if written.not_made:
        names = ", ".join(printable(item.path) for item in written.not_made[:_NAMED])
        more = ", ..." if len(written.not_made) > _NAMED else ""
        number = len(written.not_made)
        what = "1 device is" if number == 1 else f"{number} devices are"
        say(f"note: {what} not made here: {names}{more}")
    if written.without_setid:
        say(f"note: {_files(written.without_setid)} without the setuid or setgid bit")
    if written.without_xattrs:
        say(f"note: {_files(written.without_xattrs)} without extended attributes")


def exit_code(code: int, doubts: Doubts, left_out: Sequence[LeftOut] = ()) -> int:
    """The code of the input, unless what was written gives a reason for another one."""
    if code == INCOMPLETE or left_out or doubts.missing:
        return INCOMPLETE
    return code or (UNPROVEN if doubts.reasons else 0)


def require_no_terminal() -> None:
    """Refuse to show somebody a tar. Raises InputError."""
    if sys.stdout is not None and sys.stdout.isatty():
        raise InputError(
            Code.BAD_ARGUMENT,
            "a tar is not shown on a terminal",
            hint="send it into a file or a program, or name a file in place of -",
        )


def pour(stream: IO[bytes]) -> None:
    """All of `stream` to standard output."""
    stream.seek(0)
    while data := stream.read(_PIECE_BYTES):
        write_stdout(data)


def _some(left_out: Sequence[LeftOut]) -> list[str]:
    lines = [str(item) for item in left_out[:_LINES]]
    more = len(left_out) - len(lines)
    return [*lines, f"left out: {more} more"] if more else lines


def _files(number: int) -> str:
    return "1 name was written" if number == 1 else f"{number} names were written"
