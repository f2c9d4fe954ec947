"""What `ociscope diff` decides for pipelines: `--fail-on`, and `--reproducible`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from analyzer.cli.options import Request
from analyzer.cli.output import Target, emit
from analyzer.cli.twosides import complain_of, read_sides
from analyzer.errors import InputError
from analyzer.problems import Code

if TYPE_CHECKING:
    from analyzer.comparing.layers import LayerPair
    from analyzer.diff.tree import Difference

FailOn = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="PART[,PART]",
        help="Exit 1 when one of these differs: packages, files, setuid, unexplained, ...",
        show_default=False,
    ),
]
Unexplained = Annotated[
    bool, typer.Option("--unexplained", help="Only the files that nothing explains.")
]
Reproducible = Annotated[
    bool,
    typer.Option("--reproducible", help="Only whether the second is a rebuild of the first."),
]


NOT_REBUILT = (
    "--reproducible answers by its exit code; without it,"
    " 'ociscope diff A B --unexplained --content' shows what is not noise"
)


def fail_on(values: Sequence[str] | None) -> tuple[str, ...]:
    """The names behind `--fail-on`, which may be repeated and hold several.

    Raises:
        InputError: a name that is none.
    """
    if not values:
        return ()
    from analyzer.diff.policy import NAMES

    names = tuple(name.strip() for value in values for name in value.split(","))
    for name in names:
        if name not in NAMES:
            raise InputError(
                Code.BAD_ARGUMENT,
                f"nothing that may fail is called {name!r}",
                hint=f"there are: {', '.join(NAMES)}",
            )
    return names


def refuse_untold(names: Sequence[str], layers: LayerPair | None) -> None:
    """Two layers do not tell everything that two images do.

    Raises:
        InputError: one of `names` is nothing that differs between them.
    """
    if layers is None:
        return
    from analyzer.comparing.layers import told_of

    told = told_of(layers)
    for name in names:
        if name not in told:
            what = "the image as of a layer" if layers.as_of else "a layer as it is stored"
            raise InputError(
                Code.BAD_ARGUMENT,
                f"{what} says nothing of {name}, so it cannot fail on that",
                hint=f"there are: {', '.join(told)}",
            )


def refuse_beside(option: str, given: Mapping[str, bool], instead: str) -> None:
    """Options that have no meaning beside `option`; `instead` says what to run.

    Raises:
        InputError: one of them was `given`.
    """
    found = next((name for name, wanted in given.items() if wanted), "")
    if found:
        raise InputError(Code.BAD_ARGUMENT, f"{found} does not go with {option}", hint=instead)


def fails(difference: Difference, names: Sequence[str]) -> bool:
    """Whether one of `names` differs; which ones is said on standard error."""
    if not names:
        return False
    from analyzer.diff.policy import failing

    found = failing(difference, names)
    say_failed(found)
    return bool(found)


def say_failed(names: Sequence[str]) -> None:
    """What let a pipeline fail, if anything did, on standard error."""
    if names:
        sys.stderr.write(f"failed on: {', '.join(names)}\n")


def tell_rebuild(
    requests: Sequence[Request], targets: Sequence[Target], *, whole: bool
) -> NoReturn:
    """Print whether the second input is a rebuild of the first; 1 where it is not.

    Raises:
        InputError: there are not two files to compare as a `whole`.
    """
    if not whole:
        raise InputError(
            Code.BAD_ARGUMENT,
            "--reproducible compares two whole images",
            hint="give two paths, and no --layer; PATH:tag chooses an image of a file",
        )
    from analyzer.comparing.rebuilds import rebuilds_of
    from analyzer.diff.filesystem.rebuilddocument import rebuild_document
    from analyzer.diff.filesystem.reproducible import Answer, as_a_whole
    from analyzer.render.rebuild import rebuild_text
    from analyzer.report import TOOL

    with read_sides(requests) as (one, two):
        found = rebuilds_of(one, two, requests[0].limits)
        sources = (one.report.source, two.report.source)
    emit(targets, lambda _: rebuild_text(found), lambda: rebuild_document(sources, found, TOOL))
    complain_of((one, two))
    unread = max(one.report.exit_code, two.report.exit_code)
    answer = as_a_whole(found)
    raise typer.Exit(unread or (0 if answer in {Answer.IDENTICAL, Answer.BUT_FOR_NOISE} else 1))
