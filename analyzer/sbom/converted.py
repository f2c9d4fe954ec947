"""A bill read from somebody's document, made ready to be written as a document of ours."""

from __future__ import annotations

from dataclasses import replace

from analyzer.bills.model import Bill
from analyzer.report import Tool
from analyzer.sbom.compose import creators


def converted(bill: Bill, tool: Tool) -> Bill:
    """`bill` with `tool` among its creators, and where it came from in its comment.

    What it says stays as it was said: the author, the time, every element.
    """
    source = f"{bill.form or 'another form'}{f' {bill.identifier}' if bill.identifier else ''}"
    said = f"Converted from {source}; what it says is the work of its authors."
    bound = "".join(
        f"\nIt came in a statement about {subject.name or 'a subject without a name'}"
        f" ({', '.join(subject.digests) or 'no digest'})."
        for subject in bill.bound
    )
    comment = "\n".join(part for part in (bill.comment, said + bound) if part)
    return replace(bill, creators=(*bill.creators, *creators(tool)), comment=comment)
