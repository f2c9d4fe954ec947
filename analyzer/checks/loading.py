"""A file as the document that is to be checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from analyzer.bills.document import Document, read_document
from analyzer.bills.members import Rest
from analyzer.bills.model import Bill
from analyzer.bills.read import NotABill, NotRead, read_bill
from analyzer.checks.result import Finding
from analyzer.errors import InputError, LimitExceeded, Unsupported
from analyzer.limits import Limits
from analyzer.paths import printable
from analyzer.problems import Code, Severity

_AGAIN = " (stated again)"
_KINDS = (
    "checked are SPDX 2.2 and 2.3 (JSON, YAML, tag-value) and CycloneDX 1.0 to 1.7 (XML, and JSON "
    "from 1.2 on), also inside of in-toto statements and DSSE envelopes"
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document as it was written, and as it was understood."""

    document: Document
    bill: Bill
    repeated: tuple[tuple[str, int], ...]
    """Members that stand more than once in one object, and how often beyond the first."""

    @property
    def form(self) -> str:
        """`SPDX 2.3 (JSON) in an in-toto statement`."""
        around = " in an in-toto statement" if self.document.bound else ""
        return printable(self.document.form) + around


def load(data: bytes, name: str, limits: Limits) -> Loaded:
    """The document in `data`.

    Raises:
        InputError: it is no bill of materials, or a damaged one.
        Unsupported: it is one of a kind that is not checked.
        LimitExceeded: it is larger or deeper than `limits` allow.
    """
    rest = Rest()
    try:
        document = read_document(data, limits, rest)
        # Reading takes the members out of a document, so it is given one of its own.
        bill = read_bill(data, limits)
    except NotRead as fault:
        raise Unsupported(Code.UNSUPPORTED, str(fault), where=name, hint=_KINDS) from fault
    except NotABill as fault:
        what = f"no bill of materials that can be checked: {fault}"
        raise InputError(Code.BAD_DOCUMENT, what, where=name, hint=_KINDS) from fault
    except LimitExceeded as limit:
        raise LimitExceeded(limit.code, limit.message, hint=limit.hint, where=name) from limit
    if document.family == "syft":
        what = "syft's own form has no rules of a standard to be held against"
        raise Unsupported(Code.UNSUPPORTED, what, where=name, hint=_KINDS)
    if not document.data:
        written = json.dumps(document.value, ensure_ascii=True).encode()
        document = replace(document, data=written)
    again = [
        (lost.what.removesuffix(_AGAIN), lost.count)
        for lost in rest.lost()
        if lost.what.endswith(_AGAIN)
    ]
    return Loaded(document, bill, tuple(again))


def repeated_members(loaded: Loaded) -> Iterator[Finding]:
    """RFC 8259, 4: readers differ in which of two members of one name they take."""
    for name, count in loaded.repeated:
        what = f"the member {name} is stated again in one object, {count} times in all"
        yield Finding(Severity.ERROR, "repeated-member", "the document", what)
