"""The views of `ociscope packages` that look at files again: history, files, owner, verify."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import typer

from analyzer.cli.caching import layer_cache
from analyzer.cli.options import Request
from analyzer.cli.output import Target, emit
from analyzer.cli.progress import shown
from analyzer.cli.run import say
from analyzer.diff.versions import order
from analyzer.packages.choosing import Choice
from analyzer.packages.lifeline import Life
from analyzer.problems import Problem, Severity
from analyzer.render.packagecontents import files_csv, files_text
from analyzer.render.packagefiles import owner_text, verify_text
from analyzer.render.packagehistory import history_text
from analyzer.render.text import problem_lines
from analyzer.report import TOOL
from analyzer.stock.document import (
    files_document,
    history_document,
    owner_document,
    verify_document,
)
from analyzer.stock.history import history_of
from analyzer.stock.listed import listed_files
from analyzer.stock.look import StockLook, look_at_stock
from analyzer.stock.owner import ownership_of
from analyzer.stock.verify import Fault, Verified, verify_stock

_NO = 1


def show_view(
    view: str, request: Request, choice: Choice, file: str, targets: Sequence[Target]
) -> None:
    """Answer `history`, `files`, `owner` of a file, or `verify`; exit as the answer asks.

    Raises:
        AnalyzerError: the input cannot be read.
    """
    with _looking(request) as found:
        if view == "history":
            _history(found, choice, targets)
        elif view == "files":
            _files(found, choice, targets)
        elif view == "owner":
            _owner(found, file, targets)
        else:
            _verify(found, targets)


@contextmanager
def _looking(request: Request) -> Iterator[StockLook]:
    with (
        shown() as progress,
        look_at_stock(
            request.path,
            images=request.images,
            platforms=request.platforms,
            limits=request.limits,
            progress=progress,
            cache=layer_cache(request.limits, wanted=request.cached),
        ) as found,
    ):
        yield found


def _history(found: StockLook, choice: Choice, targets: Sequence[Target]) -> None:
    def wanted(life: Life) -> bool:
        layers = {event.layer for event in life.events}
        return (
            (not choice.types or life.type in choice.types)
            and (choice.layer is None or choice.layer in layers)
            and choice.fits_name(life.namespace, life.name)
        )

    histories = [history_of(stock, order, wanted) for stock in found.stocks]
    emit(
        targets,
        lambda width: f"{history_text(histories, width, every=choice.narrow)}\n",
        partial(history_document, found, histories, TOOL),
    )
    _finish(found, [problem for history in histories for problem in history.problems], 0)


def _files(found: StockLook, choice: Choice, targets: Sequence[Target]) -> None:
    listed = [listed_files(stock, choice.of) for stock in found.stocks]
    emit(
        targets,
        lambda _: f"{files_text(listed)}\n",
        partial(files_document, found, listed, TOOL),
        {"csv": lambda: files_csv(listed).encode()},
    )
    _finish(found, [problem for each in listed for problem in each.problems], 0)


def _owner(found: StockLook, file: str, targets: Sequence[Target]) -> None:
    answers = [ownership_of(found.look, stock, file) for stock in found.stocks]
    emit(
        targets,
        lambda width: f"{owner_text(found.stocks, answers, width)}\n",
        partial(owner_document, found, answers, TOOL),
    )
    owned = any(answer.found for answer in answers)
    _finish(found, [p for answer in answers for p in answer.problems], 0 if owned else _NO)


def _verify(found: StockLook, targets: Sequence[Target]) -> None:
    verified = [verify_stock(found.look, stock) for stock in found.stocks]
    emit(
        targets,
        lambda width: f"{verify_text(verified, width)}\n",
        partial(verify_document, found, verified, TOOL),
    )
    code = _NO if any(map(_tampered, verified)) else 0
    _finish(found, [problem for each in verified for problem in each.problems], code)


def _tampered(verified: Verified) -> bool:
    """Whether a file that nobody is meant to change has other content or another type."""
    serious = {Fault.CONTENT, Fault.TYPE, Fault.TARGET}
    return any(serious & set(each.faults) and not each.claim.config for each in verified.deviations)


def _finish(found: StockLook, more: Sequence[Problem], code: int) -> None:
    problems = sorted({*found.problems, *more})
    for line in problem_lines(p for p in problems if p.severity is not Severity.NOTE):
        say(line)
    raise typer.Exit(found.exit_code(more) or code)
