"""`ociscope lookup`: which identifier of which image a hash is."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from analyzer.cli.options import LimitOption, OutputOption, Request, request
from analyzer.cli.output import emit, parse_targets
from analyzer.cli.run import run, say
from analyzer.digest import Digest
from analyzer.errors import AnalyzerError
from analyzer.lookup.model import Searched
from analyzer.lookup.question import DIGITS, Question, parse_question
from analyzer.problems import Severity

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
        metavar="PATH", help="Image files or directories to look in.", show_default=False
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
    """
    targets = parse_targets(output)
    question = parse_question(wanted)
    inputs = [_searched(question, request(path, None, None, limit), files=files) for path in paths]
    from analyzer.api import TOOL
    from analyzer.lookup.document import to_document
    from analyzer.lookup.search import search
    from analyzer.render.lookup import lookup as lookup_text

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


def _searched(question: Question, asked: Request, *, files: bool) -> Searched:
    """One input; that it cannot be read does not keep the others from being searched."""
    own = None
    try:
        own = _own_digest(question, asked.path)
        found = Searched(asked.path, run(asked, "LAYERS"), own)
        return _with_files(question, asked, found) if files else found
    except AnalyzerError as problem:
        failure = f"{asked.path}: {problem.message} [{problem.code.value}]"
        return Searched(asked.path, None, own, failure=failure, hint=problem.hint)


def _with_files(question: Question, asked: Request, found: Searched) -> Searched:
    """The same with what the contents of files say."""
    from analyzer.api import open_images
    from analyzer.cli.progress import shown
    from analyzer.lookup.files import find_files, may_be_file

    if not may_be_file(question):
        return replace(found, with_files=True)
    with shown() as progress, open_images(asked.path, limits=asked.limits) as chosen:
        source = chosen.opened.source
        hits, problems = find_files(question, chosen.images, source, asked.limits, progress)
    return replace(found, files=hits, problems=problems, with_files=True)


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


def _own_digest(question: Question, path: str) -> Digest | None:
    """The digest of the file as a whole; None for a directory, or where it cannot be the answer."""
    from analyzer.digest import digest_stream
    from analyzer.errors import InputError
    from analyzer.problems import Code
    from analyzer.reference import parse_reference

    file = parse_reference(path).path
    if not file.is_file():
        return None
    lengths = {length: algorithm for algorithm, length in DIGITS.items()}
    algorithm = question.algorithm or lengths.get(len(question.digits), "sha256")
    try:
        with file.open("rb") as stream:
            digest, _ = digest_stream(stream, algorithm)
    except OSError as problem:
        what = problem.strerror or "cannot be read"
        raise InputError(Code.NOT_READABLE, what, where=path) from problem
    return digest
