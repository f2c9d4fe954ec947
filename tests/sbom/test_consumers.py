"""Documents of ours as syft reads them, and documents of others in the small forms."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path

import pytest

from analyzer.api import analyze
from analyzer.bills.model import Bill
from analyzer.bills.read import NotABill, read_bill
from analyzer.sbom.listed import COLUMNS, csv_table, lost_in_lists, purl_list
from analyzer.sbom.papers import Papers
from analyzer.sbom.syft import lost_in_syft, syft_json
from tests.sbom.test_syft import check
from tests.support.syft import convert
from tests.support.tools import ROOT, shared

FORMS = [
    ("spdx-json", "2.3"),
    ("spdx-json", "2.2"),
    ("spdx-tv", "2.3"),
    ("cyclonedx-json", "1.5"),
    ("cyclonedx-xml", "1.6"),
]
"""What syft 1.18 reads. Of CycloneDX 1.6 as JSON it takes one evidence of identity, not a list of
them as the schema of 1.6 has it; 1.7 came after it."""


@cache
def papers(name: str) -> Papers:
    report = analyze(str(ROOT / "fixtures" / name))
    return Papers(report, report.images[0], None)


@pytest.mark.parametrize("name", ["layouts/apk", "saves/multi-amd64.tar"])
@pytest.mark.parametrize(("form", "version"), FORMS)
def test_syft_finds_every_package_in_our_documents(
    name: str, form: str, version: str, tmp_path: Path
) -> None:
    written = papers(name)
    theirs = convert(written.document(form, version), "syft-json", tmp_path)
    found = {(each["name"], each["version"], each["purl"]) for each in theirs["artifacts"]}
    packages = written.bill.packages
    assert {(each.name, each.version, each.purl) for each in packages} <= found
    assert len(packages) >= 3
    assert theirs["distro"]["id"] in {"alpine", "debian"}


@cache
def corpus() -> tuple[Bill, ...]:
    """Documents that other tools wrote."""
    files = sorted(each for each in shared("corpus", "sbom").rglob("*") if each.is_file())
    return tuple(bill for bill in map(read, files) if bill is not None)


def read(file: Path) -> Bill | None:
    try:
        return read_bill(file.read_bytes())
    except NotABill:
        return None


def test_documents_of_others_become_documents_of_syft() -> None:
    assert len(corpus()) > 20
    for bill in corpus():
        check(json.loads(syft_json(bill)))
        assert list(lost_in_syft(bill)) == sorted(lost_in_syft(bill))


def test_documents_of_others_become_lists() -> None:
    for bill in corpus():
        rows = list(csv.reader(io.StringIO(csv_table(bill).decode(), newline=""), strict=True))
        assert len(rows) == len(bill.packages) + 1
        assert {len(row) for row in rows} == {len(COLUMNS)}
        lines = purl_list(bill).decode().splitlines()
        assert set(lines) == {each.purl for each in bill.packages if each.purl}
        told = {each.what: each.count for each in lost_in_lists(bill, "purl")}
        without = sum(not each.purl for each in bill.packages)
        assert told.get("packages without a package URL", 0) == without
