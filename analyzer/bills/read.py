"""Documents of any tool to bills: SPDX 2, CycloneDX, and these inside of statements.

Which of them a document is follows from its content alone, never from its name.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from analyzer.bills import cyclonedx, spdx
from analyzer.bills.members import Json, Rest
from analyzer.bills.model import Bill
from analyzer.jsonvalues import parse
from analyzer.limits import Limits

DEFAULT = Limits()


class NotABill(ValueError):
    """These bytes are no bill of materials that we know, or a damaged one."""


class NotRead(NotABill):
    """A bill of materials of a kind that exists and is not read here."""


def read_bill(data: bytes, limits: Limits = DEFAULT) -> Bill:
    """The bill that a document is.

    Raises:
        NotRead: it is of a kind or version that is not read.
        NotABill: it is none.
        LimitExceeded: it is larger or deeper than `limits` allow.
    """
    rest = Rest()
    repeated: Counter[str] = Counter()
    try:
        value = parse(bytes(data), repeated)
    except ValueError as fault:
        raise NotABill(str(fault)) from fault
    if not isinstance(value, dict):
        raise NotABill("JSON, but no object")
    for name, count in repeated.items():
        rest.add(f"repeated member {name}", count)
    bill = _bill(value, rest, limits)
    return replace(bill, lost=rest.lost())


def _bill(value: Json, rest: Rest, limits: Limits) -> Bill:
    if cyclonedx.is_cyclonedx(value):
        form = f"CycloneDX {value.get('specVersion')} (JSON)"
        return replace(cyclonedx.read(value, rest, limits.sbom_depth), form=form)
    if spdx.is_spdx(value):
        form = f"{str(value.get('spdxVersion')).replace('-', ' ')} (JSON)"
        return replace(spdx.read(value, rest), form=form)
    raise NotABill("JSON, but neither SPDX of version 2 nor CycloneDX")


def looks_like_bill(head: bytes) -> bool:
    """Whether a file that begins with `head`, better: that is `head`, is a bill of materials."""
    try:
        value = parse(bytes(head))
    except ValueError:
        return False
    return isinstance(value, dict) and (cyclonedx.is_cyclonedx(value) or spdx.is_spdx(value))
