"""`ociscope check`: is a bill of materials what its standard and minimum elements ask?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.billinput import document_bytes, name_of, read_small
from analyzer.cli.options import (
    ImageOption,
    LimitOption,
    OutputOption,
    PlatformOption,
    Request,
    request,
)
from analyzer.cli.output import emit, parse_targets
from analyzer.errors import AnalyzerError, InputError
from analyzer.limits import Limits
from analyzer.problems import Code

if TYPE_CHECKING:
    from analyzer.checks.examine import Asked
    from analyzer.checks.result import Checked
    from analyzer.report import Report

PROFILES = ("ntia-2021", "cisa-2025-draft")

CheckedPath = Annotated[
    str,
    typer.Argument(
        metavar="FILE|PATH",
        help="An SBOM document of any tool (SPDX or CycloneDX, also inside of an in-toto "
        "statement), or an image file or directory; - for standard input.",
        show_default=False,
    ),
]
ProfileOption = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help=f"Minimum elements to ask for: {' or '.join(PROFILES)}; repeatable. Default: both.",
        show_default=False,
    ),
]
SchemaOption = Annotated[
    Path | None,
    typer.Option(
        "--schema",
        metavar="FILE",
        help="Hold a document in JSON against this JSON schema instead of the built-in one.",
        show_default=False,
    ),
]


def check(
    path: CheckedPath,
    output: OutputOption = None,
    profile: ProfileOption = None,
    schema: SchemaOption = None,
    platform: PlatformOption = None,
    image: ImageOption = None,
    limit: LimitOption = None,
) -> None:
    """Whether an SBOM is valid and sound, and what it lacks.

    Of a document: its schema, its validator, ids and references, package URLs, CPE names and
    licences, which image it says it is of, and for how many of its components each minimum
    element is there. Of an image: all that for our SPDX and CycloneDX documents of every
    platform and for the SBOMs attached to it; what no image states is told, and is no failure
    of ours.

    \b
    Exit codes:
      0  passes: no error, and no minimum element missing
      1  fails: an error, or a minimum element missing; notes do not count
      2  no document that can be checked, or a wrong argument
      3  content of the image could not be read, so its documents lack it

    \b
    Examples:
      ociscope check app.spdx.json
      ociscope check bom.xml --profile ntia-2021 -o json
      ociscope check layout/ --platform linux/arm64
    """
    targets = parse_targets(output)
    shared = request(path, platform, image, limit)
    asked = _asked(profile, schema, shared.limits)
    data = document_bytes(path, shared.limits)
    if data is None:
        results, code = _image(shared, asked)
    else:
        if platform or image:
            what = f"--platform and --image choose in an image, and {name_of(path)} is a document"
            raise InputError(Code.BAD_ARGUMENT, what)
        from analyzer.checks.examine import check_document

        results, code = (check_document(data, name_of(path), asked),), 0
    from analyzer.checks.result import to_document
    from analyzer.render.checked import checked_text
    from analyzer.report import TOOL

    tool = {"name": TOOL.name, "version": TOOL.version}
    name = name_of(path) or path
    emit(targets, lambda _: checked_text(results), lambda: to_document(name, results, tool))
    raise typer.Exit(code or int(not all(result.passes for result in results)))


def _asked(profiles: Sequence[str] | None, schema: Path | None, limits: Limits) -> Asked:
    from analyzer.checks.examine import Asked, read_schema

    for name in profiles or ():
        if name not in PROFILES:
            hint = f"there are: {', '.join(PROFILES)}"
            raise InputError(Code.BAD_ARGUMENT, f"no profile is called {name!r:.80}", hint=hint)
    names = tuple(dict.fromkeys(profiles or PROFILES))
    if schema is None:
        return Asked(limits, names)
    return Asked(limits, names, read_schema(read_small(schema, limits), schema.name), schema.name)


def _image(shared: Request, asked: Asked) -> tuple[tuple[Checked, ...], int]:
    """The documents of an image file, and the exit code that its reading asks for."""
    from analyzer.api import Depth, report_of
    from analyzer.checks.attached import attached_documents
    from analyzer.checks.examine import check_document, not_checked
    from analyzer.cli.progress import shown
    from analyzer.cli.run import complain
    from analyzer.opening import open_images

    with (
        shown() as progress,
        open_images(
            shared.path, images=shared.images, platforms=shared.platforms, limits=shared.limits
        ) as chosen,
    ):
        report = report_of(chosen, shared.limits, Depth.PACKAGES, progress)
        found = list(attached_documents(chosen, shared.limits))
    complain(report)
    results = [*_ours(report, asked)]
    for each in found:
        name, about = each.name, each.about
        try:
            result = check_document(each.data, name, asked, origin="attestation", about=about)
        except AnalyzerError as fault:
            result = not_checked(each.data, name, fault, about)
        results.append(result)
    return tuple(results), report.exit_code


def _ours(report: Report, asked: Asked) -> Iterator[Checked]:
    """What ociscope itself writes of each image, checked with what the image states in hand."""
    from analyzer.checks.examine import check_document
    from analyzer.checks.knowable import FromImage
    from analyzer.sbom.papers import Papers

    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    for image in report.images:
        if image.completeness == "absent":
            continue
        papers = Papers(report, image, epoch)
        for form, name in (("spdx-json", "SPDX"), ("cyclonedx-json", "CycloneDX")):
            yield check_document(
                papers.document(form),
                f"{name} of {image.label} {image.platform}",
                asked,
                origin="ours",
                knowable=FromImage(image),
            )
