"""SBOM documents on a side of `diff`: against an image, or against another document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from analyzer.cli.billinput import document_in, name_of
from analyzer.cli.options import Request
from analyzer.cli.output import Target, emit
from analyzer.cli.run import complain, run
from analyzer.cli.verdicts import say_failed
from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.reference import STANDARD_INPUT, parse_reference

if TYPE_CHECKING:
    from analyzer.diff.bill import Document
    from analyzer.diff.tree import Difference
    from analyzer.report import Report


def documents_in(requests: Sequence[Request]) -> dict[int, Document]:
    """Which of the two sides are SBOM documents, by content; an image is none.

    Raises:
        InputError: one looks like a document and cannot be read.
    """
    found = {}
    for side, request in enumerate(requests):
        bill = document_in(request.path, request.limits)
        if bill is not None:
            from analyzer.diff.bill import Document

            path = Path(request.path)
            size = None if path == STANDARD_INPUT else path.stat().st_size
            found[side] = Document(bill, name_of(request.path), size)
    return found


def refuse_of_images(documents: Mapping[int, Document], given: Mapping[str, bool]) -> None:
    """Options that ask about images alone have no answer where a side is a document.

    Raises:
        InputError: one of them was `given`.
    """
    option = next((name for name, wanted in given.items() if wanted), "")
    if option:
        name = next(iter(documents.values())).name
        raise InputError(
            Code.BAD_ARGUMENT,
            f"{option} compares two images, and {name} is an SBOM document",
            hint=f"leave out {option}, or give two images",
        )


def audit(
    requests: Sequence[Request],
    documents: dict[int, Document],
    targets: Sequence[Target],
    *,
    exit_code: bool,
    failing: Sequence[str] = (),
) -> NoReturn:
    """Compare, tell, and exit as `diff` does.

    Raises:
        InputError: `failing` has a name that documents say nothing of.
    """
    from analyzer.diff.billpolicy import NAMES, failing_of_document
    from analyzer.diff.tree import mirrored, to_document
    from analyzer.render.audit import audit_text
    from analyzer.render.differencecsv import difference_csv
    from analyzer.render.differencemarkdown import difference_markdown
    from analyzer.report import TOOL

    for name in failing:
        if name not in NAMES:
            raise InputError(
                Code.BAD_ARGUMENT,
                f"an SBOM document says nothing of {name}, so it cannot fail on that",
                hint=f"there are: {', '.join(NAMES)}",
            )
    found, report = _compared(requests, documents)
    turned = mirrored(found) if 0 not in documents else found
    emit(
        targets,
        lambda _: audit_text(found, turned=turned is not found),
        lambda: to_document(turned, TOOL),
        {
            "csv": lambda: difference_csv(turned).encode(),
            "md": lambda: difference_markdown(turned).encode(),
        },
    )
    if report is not None:
        complain(report)
    failed = failing_of_document(found, failing)
    say_failed(failed)
    unread = report.exit_code if report is not None else 0
    raise typer.Exit(unread or int(bool(failed) or (exit_code and found.differs)))


def _compared(
    requests: Sequence[Request], documents: dict[int, Document]
) -> tuple[Difference, Report | None]:
    if len(documents) == len(requests):
        from analyzer.diff.twobills import compare_bills

        return compare_bills(documents[0], documents[1]), None
    from analyzer.diff.bill import compare_bill

    ((side, document),) = documents.items()
    request = requests[1 - side]
    report = run(request, "PACKAGES")
    return compare_bill(document, report, _whole(request, report)), report


def _whole(request: Request, report: Report) -> Report:
    """All images of the file: the document may be of one that was not selected."""
    reference = parse_reference(request.path)
    narrowed = request.platforms or request.images or reference.image
    if not narrowed or reference.path == STANDARD_INPUT:
        return report
    everything = Request(str(reference.path), (), (), request.limits, request.cached)
    return run(everything, "DOCUMENTS")
