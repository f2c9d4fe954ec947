"""The work behind `ociscope packages`, which is loaded only for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analyzer.cli.options import Request
from analyzer.cli.output import TEXT_OR_JSON, Target, emit, parse_targets
from analyzer.cli.run import finish, run, say
from analyzer.errors import InputError
from analyzer.packages.choosing import ALL_STANDINGS, COUNTED, Choice, Standing
from analyzer.problems import Code
from analyzer.render.packagelists import (
    package_urls,
    packages_csv,
    packages_markdown,
    without_url,
)
from analyzer.render.packages import packages_text
from analyzer.report import Report, image_document, to_document

CONTENTS_FORMATS = ("table", "json", "csv")
FORMATS = ("table", "json", "csv", "md", "purl")
_PARTS = ("layers", "distro", "packages")


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
    files: bool
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
    from analyzer.cli.packageviews import show_view

    formats = CONTENTS_FORMATS if view == "files" else TEXT_OR_JSON
    show_view(view, request, choice, asked.owner or "", parse_targets(output, formats))


def _view(asked: Asked) -> str | None:
    views = {
        "tree": asked.tree,
        "history": asked.history,
        "files": asked.files,
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
    given = {"--state": bool(asked.states) and view != "files"}
    if view not in {"history", "files"}:
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
