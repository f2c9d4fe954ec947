"""Targets for what is done with bills of strangers: checked, written again, held against others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

from analyzer.api import TOOL
from analyzer.bills.model import Bill
from analyzer.bills.read import NotABill, read_bill
from analyzer.canonical import json_bytes
from analyzer.checks.examine import Asked, check_document
from analyzer.checks.result import to_document
from analyzer.diff.bill import Document
from analyzer.diff.tree import difference_document
from analyzer.diff.twobills import compare_bills
from analyzer.errors import AnalyzerError, LimitExceeded
from analyzer.render.audit import audit_text
from analyzer.render.checked import checked_text
from analyzer.sbom.converted import converted
from analyzer.sbom.forms import FORMS
from analyzer.sbom.writing import write
from tests.bills.fulldocuments import FULL_CYCLONEDX, FULL_SPDX
from tests.fuzz import bills
from tests.fuzz.target import Target

_CUT = b"\n--8<--\n"
_WRITTEN = [
    (form.name, version)
    for form in FORMS.values()
    if not form.of_image and form.name != "template"
    for version in form.versions or ("",)
]
_READ = ("spdx-json", "spdx-tv", "cyclonedx-json", "cyclonedx-xml", "syft-json")


def run_check(data: bytes) -> None:
    """What is checked can be shown, and is JSON."""
    with suppress(AnalyzerError):
        found = check_document(data, "x", Asked(bills.LIMITS))
        assert all(line.isprintable() for line in checked_text((found,)).split("\n"))
        json.loads(json_bytes(to_document("x", (found,), {})))


def run_written(data: bytes) -> None:
    """A bill is written in the form that the first byte chooses, and what we write we read."""
    form, version = _WRITTEN[(data[0] if data else 0) % len(_WRITTEN)]
    bill = _bill(data[1:])
    if bill is None:
        return
    written = write(converted(bill, TOOL), form, version)
    if form in _READ:
        read_bill(written)


def run_two(data: bytes) -> None:
    """Two documents around a mark, compared in words that a terminal can show."""
    before, _, after = data.partition(_CUT)
    one, two = _bill(before), _bill(after or before)
    if one is None or two is None:
        return
    found = compare_bills(Document(one, "one"), Document(two, "two"))
    json_bytes(difference_document(found))
    assert all(line.isprintable() for line in audit_text(found).split("\n"))


def _bill(data: bytes) -> Bill | None:
    with suppress(NotABill, LimitExceeded):
        return read_bill(data, bills.LIMITS)
    return None


def _written() -> Iterator[bytes]:
    seeds = list(bills.seeds())
    for number in range(len(_WRITTEN)):
        yield bytes([number]) + seeds[number % len(seeds)]
        yield bytes([number]) + json.dumps(FULL_CYCLONEDX).encode()
        yield bytes([number]) + json.dumps(FULL_SPDX).encode()


def _two() -> Iterator[bytes]:
    seeds = list(bills.seeds())
    for one, two in zip(seeds, [*seeds[1:], seeds[0]], strict=True):
        yield one + _CUT + two


_WORDS = (
    *(b'"purl": "pkg:', b'"licenseConcluded"', b"LicenseRef-", b"NOASSERTION", b"cpe:2.3:a:"),
    *(
        b'"bom-ref"',
        b'"SPDXID"',
        b"SPDXRef-",
        b'"dependsOn"',
        b"urn:uuid:",
        b"2024-01-01T00:00:00Z",
    ),
)
AUDITS = (
    Target("check", run_check, bills.seeds, (*bills.WORDS, *_WORDS)),
    Target("bill-written", run_written, _written, (*bills.WORDS, *_WORDS)),
    Target("two-bills", run_two, _two, (*bills.WORDS, *_WORDS, _CUT)),
)
