"""`ociscope verify`: does the file keep its promises?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    OutputOption,
    PathArgument,
    PlatformOption,
    Request,
    request,
)
from analyzer.cli.output import Target, emit, parse_targets
from analyzer.digest import Digest, parse_digest
from analyzer.errors import InputError, MalformedImage
from analyzer.problems import Code
from analyzer.verify.chain import Against
from analyzer.verify.result import Integrity

AgainstOption = Annotated[
    Path | None,
    typer.Option(
        "--against",
        metavar="FILE",
        help="Prove that the image is what FILE says: a manifest or index as a registry serves "
        "it, or a signed payload that names a digest.",
        show_default=False,
    ),
]
DigestOption = Annotated[
    str | None,
    typer.Option(
        "--digest",
        metavar="DIGEST",
        help="With --against: what FILE must hash to, or name if it is a payload.",
        show_default=False,
    ),
]


def verify(
    path: PathArgument,
    platform: PlatformOption = None,
    image: ImageOption = None,
    output: OutputOption = None,
    limit: LimitOption = None,
    against: AgainstOption = None,
    digest: DigestOption = None,
) -> None:
    """Whether the file keeps every promise that it makes.

    Every declared digest and size against the bytes, every diff ID, counts, platforms, names,
    both views of docker's newer archives, and what no digest covers at all. A blob that is
    missing is a finding; so is a table of contents that cannot be read, and the rest is checked.

    With --against FILE: the chain from that document to the bytes here, link by link.

    \b
    Exit codes:
      0  all holds; with --against: proven
      1  a finding of severity error; with --against: refuted
      2  no image at all, or a wrong argument; with --against: not decidable
      3  bytes in the file could not be read, so not all was checked

    \b
    Examples:
      ociscope verify app.tar
      ociscope verify layout/ --platform linux/arm64 -o json
      ociscope verify app.tar --against manifest.json --digest sha256:...
    """
    targets = parse_targets(output)
    asked = request(path, platform, image, limit)
    if against is not None:
        _prove(asked, against, digest, targets)
    if digest is not None:
        raise InputError(Code.BAD_ARGUMENT, "--digest needs --against FILE")
    result = _integrity(asked)
    from analyzer.render.verification import integrity_text
    from analyzer.report import TOOL
    from analyzer.verify.result import to_document

    tool = {"name": TOOL.name, "version": TOOL.version}
    emit(targets, lambda _: integrity_text(result), lambda: to_document(result, tool))
    raise typer.Exit(result.exit_code)


def _integrity(asked: Request) -> Integrity:
    from analyzer.cli.progress import shown
    from analyzer.opening import open_images
    from analyzer.verify.integrity import check_integrity
    from analyzer.verify.unread import without_images

    with (
        shown() as progress,
        open_images(
            asked.path,
            images=asked.images,
            platforms=asked.platforms,
            limits=asked.limits,
            # Who asks for one image wants to hear why it cannot be had, not about the rest.
            otherwise=None if asked.images or asked.platforms else without_images,
        ) as chosen,
    ):
        return check_integrity(chosen.opened, chosen.images, chosen.found, asked.limits, progress)


def _prove(asked: Request, file: Path, digest: str | None, targets: Sequence[Target]) -> NoReturn:
    from analyzer.render.verification import against_text
    from analyzer.report import TOOL
    from analyzer.verify.chain import chain_document

    result = _against(asked, file, digest)
    tool = {"name": TOOL.name, "version": TOOL.version}
    emit(targets, lambda _: against_text(result), lambda: chain_document(result, tool))
    raise typer.Exit(result.exit_code)


def _against(asked: Request, file: Path, digest: str | None) -> Against:
    from analyzer.cli.progress import shown
    from analyzer.opening import open_images
    from analyzer.verify.against import check_against
    from analyzer.verify.claim import read_claim

    wanted = _digest(digest)
    claim = read_claim(file, asked.limits)
    with (
        shown() as progress,
        open_images(
            asked.path, images=asked.images, platforms=asked.platforms, limits=asked.limits
        ) as chosen,
    ):
        return check_against(chosen.opened, chosen.images, claim, wanted, asked.limits, progress)


def _digest(text: str | None) -> Digest | None:
    """What a user typed, with `name@` before it and without `sha256:` if they like."""
    if text is None:
        return None
    plain = text.rpartition("@")[2]
    plain = plain if ":" in plain else f"sha256:{plain}"
    try:
        return parse_digest(plain)
    except MalformedImage as problem:
        raise InputError(
            Code.BAD_ARGUMENT,
            f"not a digest: {text!r:.120}",
            hint="write sha256: and 64 hexadecimal digits",
        ) from problem
