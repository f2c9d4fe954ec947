"""`ociscope lookup`: which identifier of which image a hash is."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.options import LimitOption, OutputOption, request
from analyzer.cli.output import emit, parse_targets
from analyzer.cli.run import say
from analyzer.cli.searching import searched
from analyzer.errors import InputError
from analyzer.lookup.model import Searched
from analyzer.lookup.question import parse_question
from analyzer.problems import Code, Severity
from analyzer.reference import STANDARD_INPUT

HashArgument = Annotated[
    str,
    typer.Argument(
        metavar="HASH",
        help="A digest or ID, or its first 7 or more digits, with whatever stands around it.",
        show_default=False,
    ),
]
PathsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Image files or directories to look in, - for standard input.",
        show_default=False,
    ),
]

FilesOption = Annotated[
    bool,
    typer.Option("--files", help="Also the SHA-256 of every file in every layer. Takes longer."),
]


def lookup(
    wanted: HashArgument,
    paths: PathsArgument,
    output: OutputOption = None,
    limit: LimitOption = None,
    *,
    files: FilesOption = False,
) -> None:
    """Which identifier of which image a hash is.

    HASH may come from anywhere: a log, docker ps, a pod status, repo@sha256:..., a file name.
    Shows the chain from the index down to it, each link recomputed, who prints it, and whether
    it pulls. Exits 1 when nothing matches, and then says what to bring to decide it.

    \b
    Examples:
      ociscope lookup 3f0673c9cee1 app.tar
      ociscope lookup --files 41d9117d9d93 app.tar
      ociscope lookup docker-pullable://repo@sha256:... images/*.tar
      xz -dc app.tar.xz | ociscope lookup 3f0673c9cee1 -

    \b
    Exit codes:
      0  found
      1  not found in any input, all of which could be read
      2  no input could be read, or HASH is none
      3  an input, or a part of one, could not be read; what was found is printed
    """
    targets = parse_targets(output)
    question = parse_question(wanted)
    if paths.count(str(STANDARD_INPUT)) > 1:
        raise InputError(Code.BAD_ARGUMENT, "standard input can be read only once")
    inputs = [searched(question, request(path, None, None, limit), files=files) for path in paths]
    from analyzer.lookup.document import to_document
    from analyzer.lookup.search import search
    from analyzer.render.lookup import lookup as lookup_text
    from analyzer.report import TOOL

    result = search(question, inputs)
    if result.exit_code != _NOT_DONE:
        emit(
            targets,
            lambda width: f"{lookup_text(result, width)}\n",
            lambda: to_document(result, TOOL),
        )
    for item in inputs:
        _complain(item, alone=len(inputs) == 1)
    raise typer.Exit(result.exit_code)


_NOT_DONE = 2


def _complain(item: Searched, *, alone: bool) -> None:
    """What is wrong with one input, on standard error; its name only where there are several."""
    if item.report is not None:
        from analyzer.render.text import problem_lines

        problems = {*item.report.all_problems, *item.problems}
        for line in problem_lines(p for p in problems if p.severity is not Severity.NOTE):
            say(line if alone else f"{item.label}: {line}")
        return
    say(f"error: {item.failure}")
    if item.hint:
        say(f"hint: {item.hint}")
