"""Documents of ours come back as what they were written from."""

from __future__ import annotations

import pytest

from analyzer.api import analyze, to_cyclonedx, to_spdx
from analyzer.bills.model import Bill
from analyzer.bills.read import read_bill
from tests.cli.harness import MULTI


@pytest.fixture(scope="module")
def bills() -> dict[str, Bill]:
    """The bill of one platform out of each of its documents."""
    report = analyze(str(MULTI), platforms=["linux/amd64"])
    [image] = report.images
    return {
        "spdx": read_bill(to_spdx(report, image)),
        "cyclonedx": read_bill(to_cyclonedx(report, image)),
    }


@pytest.mark.parametrize("form", ["spdx", "cyclonedx"])
def test_the_subject_is_an_image_and_no_index(form: str, bills: dict[str, Bill]) -> None:
    bill = bills[form]
    (subject,) = (each for each in bill.elements if each.ref in bill.subjects)
    assert subject.kind == "image"


def test_the_index_is_told_from_the_image_that_it_lists(bills: dict[str, Bill]) -> None:
    """We write `index VARIANT_OF image` about the image, as ko does, and bom the opposite."""
    bill = bills["spdx"]
    (index,) = (each for each in bill.elements if each.kind == "index")
    variants = [each for each in bill.relations if each.kind == "VARIANT_OF"]
    assert [(each.one, each.other) for each in variants] == [(index.ref, bill.subjects[0])]
