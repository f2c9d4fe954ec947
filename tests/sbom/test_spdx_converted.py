"""Documents that other tools wrote, converted to SPDX: valid, and with all their packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.bills.document import NotABill, NotRead
from analyzer.bills.model import Bill
from analyzer.bills.read import read_bill
from tests.sbom.spdxrules import (
    VERSIONS,
    complaints,
    json_of,
    read_json,
    read_tag_value,
    schema,
)
from tests.support.tools import shared

_LARGEST = 400_000
_MOST_VALIDATED = 300
"""The validator of spdx-tools takes time with the square of this."""


def documents() -> list[Path]:
    """Everything of the corpus, a few of one name in one folder being enough."""
    try:
        folder = shared("corpus", "sbom")
    except pytest.skip.Exception:
        return []
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size <= _LARGEST)


def read(path: Path) -> Bill:
    try:
        return read_bill(path.read_bytes())
    except (NotABill, NotRead):
        pytest.skip("no document that is read")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", documents(), ids=lambda path: "/".join(path.parts[-3:]))
def test_converted(path: Path, version: str) -> None:
    bill = read(path)
    document = json_of(bill, version)
    schema(version).validate(document)
    files = [element for element in bill.elements if element.kind == "file"]
    assert len(document.get("packages", [])) >= len(bill.elements) - len(files)
    if len(bill.elements) <= _MOST_VALIDATED:
        assert complaints(read_json(bill, version)) == []
        assert complaints(read_tag_value(bill, version)) == []
