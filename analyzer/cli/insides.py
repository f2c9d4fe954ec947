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
    typer.Option("--content", help="Show what differs inside files, and the lines of new ones."),
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
    limits: Limits, globs: Sequence[str] | None, *, content: bool, diffoscope: bool
) -> Inside | None:
    """What looks into files, None where nobody asked.

    Raises:
        InputError: a glob is none, diffoscope is not installed, or an option lacks another.
    """
    if not content and not globs:
        if diffoscope:
            what = "--diffoscope needs --content"
            raise InputError(Code.BAD_ARGUMENT, what, hint="as in --content --diffoscope")
        return None
    from analyzer.comparing.differences import look_inside
    from analyzer.comparing.diffoscope import Diffoscope, find_diffoscope

    if diffoscope:
        return look_inside(globs or (), limits, Diffoscope(find_diffoscope()))
    return look_inside(globs or (), limits)


def say_unmatched(globs: Sequence[str] | None, difference: Difference) -> None:
    """Tell whoever asked for some files that no content of them differs."""
    from analyzer.render.insides import inside_text

    if globs and not inside_text(difference):
        say("--content-of: no file whose content differs matches")
