"""Bills made alike where their forms differ in nothing but order."""

from __future__ import annotations

from dataclasses import replace

from analyzer.bills.model import Bill


def comparable(bill: Bill) -> Bill:
    """Without what the forms order in their own ways."""
    return replace(
        bill,
        form="",
        elements=tuple(sorted(bill.elements, key=lambda each: each.ref)),
        relations=tuple(sorted(set(bill.relations))),
        remarks=tuple(sorted(bill.remarks)),
        lost=(),
    )
