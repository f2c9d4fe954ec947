"""`ociscope ids`: which ID is which."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    OutputOption,
    PathArgument,
    PlatformOption,
    request,
)
from analyzer.cli.output import emit, parse_targets
from analyzer.cli.run import finish, run
from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.report import Document

ShownBy = Annotated[bool, typer.Option("--shown-by", help="What other tools print for this file.")]


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
    shown_by: ShownBy = False,
) -> None:
    """Which ID is which, and whether this file proves it.

    Image ID, manifest, index and layer digests, diff IDs and chain IDs per platform; each with
    its origin (stored in the file, computed from its bytes, or not recoverable from this file and
    why) and whether it was verified.

    --shown-by turns the table round: what each tool would print for this file, and after it was
    loaded. Rows that no test here has checked with the real tool say so.

    \b
    Examples:
      ociscope ids app.tar
      ociscope ids app.tar --shown-by
      ociscope ids layout/:v1 --platform linux/arm64 -o json
    """
    targets = parse_targets(output)
    if shown_by and (platform or image):
        raise _no_choice()
    report = run(request(path, platform, image, limit), "LAYERS")
    from analyzer.cli.documents import shown_by_documents, with_words
    from analyzer.render.identifiers import identifiers
    from analyzer.render.predictions import shown_by_text
    from analyzer.report import to_document

    def document() -> Document:
        made = with_words(to_document(report, ("identities",), tree=False))
        if shown_by:
            for one, rows in zip(made["images"], shown_by_documents(report), strict=True):
                one["shown_by"] = rows
        return made

    text = shown_by_text if shown_by else identifiers
    emit(targets, lambda width: f"{text(report, width)}\n", document)
    finish(report, told=False)
