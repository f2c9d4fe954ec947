"""Documents of any tool to bills: SPDX 2, CycloneDX, syft's own, and these inside of statements."""

from __future__ import annotations

from dataclasses import replace

from analyzer.bills import cyclonedx, spdx, syftjson
from analyzer.bills.document import Document, NotABill, NotRead, read_document
from analyzer.bills.members import Rest
from analyzer.bills.model import Bill
from analyzer.bills.sniffing import looks_like_bill
from analyzer.limits import Limits

__all__ = ["NotABill", "NotRead", "looks_like_bill", "read_bill"]
_DEFAULT = Limits()


def read_bill(data: bytes, limits: Limits = _DEFAULT) -> Bill:
    """The bill that a document is.

    Raises:
        NotRead: it is of a kind or version that is not read.
        NotABill: it is none.
        LimitExceeded: it is larger or deeper than `limits` allow.
    """
    rest = Rest()
    document = read_document(bytes(data), limits, rest)
    bill = replace(_bill(document, rest, limits), form=document.form, bound=document.bound)
    return replace(bill, lost=rest.lost())


def _bill(document: Document, rest: Rest, limits: Limits) -> Bill:
    if document.family == "CycloneDX":
        return cyclonedx.read(document.value, rest, limits.sbom_depth)
    if document.family == "SPDX":
        return spdx.read(document.value, rest)
    return syftjson.read(document.value, rest)
