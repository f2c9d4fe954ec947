"""What every command does around its own question: run, complain, choose the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from analyzer.cli.options import Request
from analyzer.paths import printable
from analyzer.problems import Severity

if TYPE_CHECKING:
    from analyzer.report import ImageReport, Report


def run(
    request: Request,
    depth: str,
    first_look: Callable[[Sequence[ImageReport]], None] | None = None,
    *,
    files: bool = False,
) -> Report:
    """Analyze with a progress bar; `depth` names a member of `analyzer.api.Depth`.

    `first_look` sees the images before any layer is read, and may refuse by raising: nobody
    should wait for a scan to be told that its result has no place to go. `files` asks for every
    file with its digests.
    """
    from analyzer.api import Depth, analyze
    from analyzer.cli.caching import layer_cache
    from analyzer.cli.progress import shown

    with shown() as progress:
        return analyze(
            request.path,
            images=request.images,
            platforms=request.platforms,
            limits=request.limits,
            depth=Depth[depth],
            progress=progress,
            first_look=first_look,
            cache=layer_cache(request.limits, wanted=request.cached),
            files=files,
        )


def finish(report: Report, *, told: bool) -> None:
    """Exit as the report asks, after saying what is wrong unless the output has `told` it."""
    if not told:
        complain(report)
    raise typer.Exit(report.exit_code)


def complain(report: Report) -> None:
    """Errors, then warnings of a report on standard error; notes stay in the report."""
    for line in complaints(report):
        say(line)


def complaints(report: Report) -> list[str]:
    """The lines that `complain` says."""
    from analyzer.render.text import problem_lines

    return problem_lines([p for p in report.all_problems if p.severity is not Severity.NOTE])


def say(line: str) -> None:
    """One line to standard error, under the program's name, whatever is in it."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):  # closed, or nobody reads it any more
            sys.stderr.write(f"ociscope: {printable(line)}\n")
            sys.stderr.flush()
