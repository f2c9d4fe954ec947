"""The work behind `ociscope packages`, which is loaded only for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import typer

from analyzer.api import TOOL
from analyzer.cli.caching import layer_cache
from analyzer.cli.options import Request
from analyzer.cli.output import Target, emit, parse_targets
from analyzer.cli.progress import shown
from analyzer.cli.run import finish, run, say
from analyzer.diff.versions import order
from analyzer.errors import InputError
from analyzer.packages.choosing import ALL_STANDINGS, COUNTED, Choice, Standing
from analyzer.packages.lifeline import Life
from analyzer.problems import Code, Problem, Severity
from analyzer.render.packagefiles import owner_text, verify_text
from analyzer.render.packagehistory import history_text
from analyzer.render.packagelists import (
    package_urls,
    packages_csv,
    packages_markdown,
    without_url,
)
from analyzer.render.packages import packages_text
from analyzer.render.text import problem_lines
from analyzer.report import Report, image_document, to_document
from analyzer.stock.document import history_document, owner_document, verify_document
from analyzer.stock.history import history_of
from analyzer.stock.look import StockLook, look_at_stock
from analyzer.stock.owner import ownership_of
from analyzer.stock.verify import Fault, Verified, verify_stock

FORMATS = ("table", "json", "csv", "md", "purl")
_PARTS = ("layers", "distro", "packages")
_NO = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed."""

    types: tuple[str, ...]
    names: tuple[str, ...]
    layer: int | None
    states: tuple[str, ...]
    owner: str | None
    tree: bool
    history: bool
    verify: bool


def show(request: Request, asked: Asked, output: Sequence[str] | None) -> None:
    """Answer, and exit as the answer asks.

    Raises:
        AnalyzerError: what was asked for makes no sense, or the input cannot be read.
    """
    view = _view(asked)
    choice = _choice(asked)
    if view is None:
        _list(request, asked, choice, parse_targets(output, FORMATS))
        return
    targets = parse_targets(output)
    with _looking(request) as found:
        if view == "history":
            _history(found, choice, targets)
        elif view == "owner":
            _owner(found, asked.owner or "", targets)
        else:
            _verify(found, targets)


def _view(asked: Asked) -> str | None:
    views = {
        "tree": asked.tree,
        "history": asked.history,
        "owner": asked.owner is not None,
        "verify": asked.verify,
    }
    chosen = [name for name, wanted in views.items() if wanted]
    if len(chosen) > 1:
        raise InputError(
            Code.BAD_ARGUMENT,
            f"--{chosen[0]} and --{chosen[1]} are different views of an image",
            hint="ask for one of them",
        )
    if not chosen or chosen == ["tree"]:
        return None
    _refuse_filters(asked, chosen[0])
    return chosen[0]


def _refuse_filters(asked: Asked, view: str) -> None:
    """The filters of a list mean nothing to questions about files."""
    given = {"--state": bool(asked.states)}
    if view != "history":
        given |= {"--type": bool(asked.types), "--name": bool(asked.names)}
        given |= {"--layer": asked.layer is not None}
    wrong = [name for name, was_given in given.items() if was_given]
    if wrong:
        raise InputError(Code.BAD_ARGUMENT, f"{wrong[0]} does not go with --{view}")


def _choice(asked: Asked) -> Choice:
    words = {word.strip() for state in asked.states for word in state.split(",")}
    known = {*(standing.value for standing in Standing), "all"}
    if unknown := sorted(words - known):
        raise InputError(
            Code.BAD_ARGUMENT,
            f"no state is called {unknown[0]!r}",
            hint=f"there are: {', '.join([*(each.value for each in Standing), 'all'])}",
        )
    standings = COUNTED
    if words:
        standings = ALL_STANDINGS if "all" in words else frozenset(map(Standing, words))
    types = frozenset(word.strip() for kind in asked.types for word in kind.split(","))
    return Choice(types, asked.names, asked.layer, standings)


# The list.


def _list(request: Request, asked: Asked, choice: Choice, targets: Sequence[Target]) -> None:
    report = run(request, "PACKAGES")
    in_json = choice if asked.states else Choice(choice.types, choice.names, choice.layer)
    emit(
        targets,
        lambda width: f"{packages_text(report, choice, width, tree=asked.tree)}\n",
        lambda: _document(report, in_json),
        {
            "csv": lambda: packages_csv(report, choice).encode(),
            "md": lambda: packages_markdown(report, choice).encode(),
            "purl": lambda: package_urls(report, choice).encode(),
        },
    )
    if any(target.format == "purl" for target in targets) and (lost := without_url(report, choice)):
        say(f"note: {lost} packages have no package URL and are not in the list")
    finish(report, told=False)


def _document(report: Report, choice: Choice) -> object:
    document = to_document(report, _PARTS, tree=False)
    if choice != Choice():
        chosen = [choice.of(image.packages) for image in report.images]
        document["images"] = [
            image_document(replace(image, packages=tuple(packages)), _PARTS)
            for image, packages in zip(report.images, chosen, strict=True)
        ]
    return document


# Views that look at files again.


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
