"""`--content` of `ociscope diff`: looking inside the files that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.run import say
from analyzer.errors import InputError
from analyzer.limits import Limits
from analyzer.problems import Code

if TYPE_CHECKING:
    from analyzer.comparing.insides import Inside
    from analyzer.diff.tree import Difference

ContentOption = Annotated[
    bool,
    typer.Option("--content", help="Show what differs inside the files that changed."),
]
ContentOf = Annotated[
    list[str] | None,
    typer.Option(
        "--content-of",
        metavar="GLOB",
        help="As --content, only of files whose path matches; repeatable.",
        show_default=False,
    ),
]
DiffoscopeOption = Annotated[
    bool,
    typer.Option(
        "--diffoscope",
        help="With --content: what diffoscope prints, too. It runs other programs on the files.",
    ),
]


def inside_of(
    limits: Limits,
    globs: Sequence[str] | None,
    *,
    content: bool,
    diffoscope: bool,
    instead: str = "",
) -> Inside | None:
    """What looks into files, None where nobody asked.

    `instead` is an option that leaves nothing to be looked into.

    Raises:
        InputError: a glob is none, diffoscope is not installed, or an option lacks another.
    """
    if not content and not globs:
        if diffoscope:
            what = "--diffoscope needs --content"
            raise InputError(Code.BAD_ARGUMENT, what, hint="as in --content --diffoscope")
        return None
    if instead:
        raise InputError(
            Code.BAD_ARGUMENT,
            f"--content does not go with {instead}",
            hint="'ociscope cat PATH FILE --layer N' prints a file of one layer",
        )
    from analyzer.comparing.diffoscope import Diffoscope, find_diffoscope
    from analyzer.comparing.insides import Inside
    from analyzer.diff.content.compare import compare_content
    from analyzer.diff.content.room import Room
    from analyzer.listing.filters import chooser

    wanted = chooser(globs or (), None)
    compare = Diffoscope(find_diffoscope()) if diffoscope else compare_content
    return Inside(wanted, Room(limits), compare)


def say_unmatched(globs: Sequence[str] | None, difference: Difference) -> None:
    """Tell whoever asked for some files that none of them is on both sides with other content."""
    from analyzer.render.insides import inside_text

    if globs and not inside_text(difference):
        say("--content-of: no file that both have with other content matches")
