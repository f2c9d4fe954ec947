"""Documents that we wrote ourselves, read again: what CycloneDX has no member for comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.bills.model import Bill, Relation
from analyzer.bills.read import read_bill
from analyzer.sbom.cyclonedx import cyclonedx_json, cyclonedx_xml
from analyzer.sbom.spdx import spdx_json, spdx_tag_value
from tests.bills.comparing import comparable
from tests.sbom.bills import FULL, INDEX, KINDS, SHAPES


def unnamed(bill: Bill) -> Bill:
    """Without the name of the document, which says which form it is in."""
    return replace(comparable(bill), identifier="")


@pytest.mark.parametrize("shape", SHAPES)
def test_both_forms_of_cyclonedx_are_read_alike(shape: str) -> None:
    bill = SHAPES[shape]
    json_form, xml_form = read_bill(cyclonedx_json(bill)), read_bill(cyclonedx_xml(bill))
    # XML's schema has many texts on one line.
    assert repr(unnamed(xml_form)) == repr(unnamed(json_form)).replace("\\n", " ")


@pytest.mark.parametrize("shape", SHAPES)
def test_both_forms_of_spdx_are_read_alike(shape: str) -> None:
    bill = SHAPES[shape]
    json_form, tags = read_bill(spdx_json(bill)), read_bill(spdx_tag_value(bill))
    assert unnamed(json_form) == unnamed(tags)


@pytest.mark.parametrize("bill", [FULL, INDEX, KINDS], ids=["full", "index", "kinds"])
def test_kinds_come_back(bill: Bill) -> None:
    """`package`, of which the document says no more, is a library to CycloneDX."""
    found = read_bill(cyclonedx_json(bill))
    wanted = sorted(each.kind.replace("package", "library") for each in bill.elements)
    assert sorted(each.kind for each in found.elements) == wanted


def test_what_has_no_member_comes_back() -> None:
    found = read_bill(cyclonedx_json(FULL))
    by_name = {each.name: each for each in found.elements}
    for element in FULL.elements:
        read = by_name[element.name]
        assert (read.comment, read.origin) == (element.comment, element.origin)
        assert read.purl_comment == element.purl_comment
        assert read.cpes == element.cpes
        assert [(e.path, e.inside, e.layer, e.by) for e in read.evidence] == [
            (e.path, e.inside, e.layer, e.by) for e in element.evidence
        ]
    assert (found.name, found.comment) == (FULL.name, FULL.comment)
    assert {(c.about, c.aggregate, c.words) for c in found.completeness} == {
        (c.about, c.aggregate, c.words) for c in FULL.completeness
    }
    package, file = by_name["libc6"], by_name["usr/lib/x86_64-linux-gnu/libc.so.6"]
    assert Relation(package.ref, "CONTAINS", file.ref) in found.relations
