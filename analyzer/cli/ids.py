"""`ociscope ids`: which ID is which."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    NoCacheOption,
    OutputOption,
    PathArgument,
    PlatformOption,
    request,
)
from analyzer.cli.output import emit, parse_targets
from analyzer.cli.run import finish, run
from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.report import Document, Report

Story = Annotated[bool, typer.Option("--story", help="The same in plain words, with a drawing.")]
ShownBy = Annotated[bool, typer.Option("--shown-by", help="What other tools print for this file.")]


View = Literal["table", "story", "shown_by"]


def _one_of_them() -> InputError:
    return InputError(
        Code.BAD_ARGUMENT,
        "--story and --shown-by are two views of the same",
        hint="ask for one of them",
    )


def _no_choice() -> InputError:
    return InputError(
        Code.BAD_ARGUMENT,
        "--shown-by is about the whole file, since other tools cannot choose in it",
        hint="leave out --platform and --image",
    )


def ids(
    path: PathArgument,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: OutputOption = None,
    limit: LimitOption = None,
    *,
    no_cache: NoCacheOption = False,
    story: Story = False,
    shown_by: ShownBy = False,
) -> None:
    """Which ID is which, and whether this file proves it.

    Image ID, manifest, index and layer digests, diff IDs and chain IDs per platform; each with
    its origin (stored in the file, computed from its bytes, or not recoverable from this file and
    why) and whether it was verified.

    --story tells how these hang together: which document contains the digest of which, why two of
    them differ, and what this file cannot prove.

    --shown-by turns the table round: what each tool would print for this file, and after it was
    loaded. It is about the whole file, without --platform and --image. Rows that no test here has
    checked with the real tool say so.

    \b
    Examples:
      ociscope ids app.tar
      ociscope ids app.tar --story
      ociscope ids app.tar --shown-by
      ociscope ids layout/:v1 --platform linux/arm64 -o json
    """
    targets = parse_targets(output)
    if shown_by and story:
        raise _one_of_them()
    if shown_by and (platform or image):
        raise _no_choice()
    report = run(request(path, platform, image, limit, no_cache=no_cache), "LAYERS")
    view: View = "shown_by" if shown_by else "story" if story else "table"
    emit(
        targets,
        lambda width: f"{_text(view, report, path, width)}\n",
        lambda: _document(view, report),
    )
    finish(report, told=False)


def _text(view: View, report: Report, path: str, width: int | None) -> str:
    if view == "story":
        from analyzer.render.story import story_text

        return story_text(report, path, width)
    if view == "shown_by":
        from analyzer.render.predictions import shown_by_text

        return shown_by_text(report, width)
    from analyzer.render.identifiers import identifiers

    return identifiers(report, width)


def _document(view: View, report: Report) -> Document:
    """The identifiers with their words, and per image what the view adds."""
    from analyzer.cli.documents import shown_by_documents, with_words
    from analyzer.report import to_document
    from analyzer.story import story_of

    made = with_words(to_document(report, ("identities",), tree=False))
    if view == "shown_by":
        for one, rows in zip(made["images"], shown_by_documents(report), strict=True):
            one["shown_by"] = rows
    if view == "story":
        for one, image in zip(made["images"], report.images, strict=True):
            one["story"] = list(story_of(report, image).paragraphs)
    return made
