"""Whatever a bill says, the document is valid in every version and form, and harmless."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analyzer.bills.model import (
    Bill,
    Completeness,
    Element,
    Evidence,
    ExternalDocument,
    Kind,
    Party,
    Reference,
    Relation,
    Remark,
)
from analyzer.sbom.cyclonedx import cyclonedx_json, lost_in_cyclonedx
from tests.sbom.cyclonedxes import VERSIONS, checked_json, checked_xml
from tests.sbom.handmade import FULL, hostile_bill

TEXTS = {
    "control characters": "\x00\x01\x1b[2J\r\n\t\x7f\x85\u202e",
    "no character at all": "\ufffe\uffff",
    "bytes that are not UTF-8": "caf\udce9",
    "a lone surrogate": "\ud83d",
    "the end of a CDATA section": "<![CDATA[ ]]> </text> <!-- & &amp; &#0;",
    "an empty serial number": '"serialNumber": "" serialNumber=""',
    "two lines of a name": "a\nb",
    "nothing": "",
    "a blank": " ",
    "a hundred thousand characters": "n" * 100_000,
    "a thousand brackets": "(" * 1000,
    "a package URL that ends early": "pkg:deb/",
    "a package URL without a name": "pkg:deb//@",
    "an address without a host": "http://",
    "an address of IPv6": "http://[::1]:80/",
    "an address with a bad port": "http://x:y/",
    "an expression": "MIT AND LicenseRef-x",
    "a CPE with a pattern that could take long": "cpe:2.3:a:" + "?" * 500 + ":",
}


def filled(text: str) -> Bill:
    """A bill with `text` in every place that takes one."""
    party = Party(text, text, "person")
    elements = tuple(
        Element(
            text,
            kind,
            text,
            text,
            text,
            text,
            text,
            (text, f"sha256:{text}"),
            party,
            replace(party, kind=""),
            text,
            text,
            (text, f"{text}{text}"),
            text,
            (text, text),
            text,
            text,
            text,
            text,
            text,
            text,
            (Evidence(text, text, text, text, 0.5, text, text),),
            (Reference(text, text, text, text),),
            ((text, text), (text, "")),
        )
        for kind in ("image", "package")
    )
    return Bill(
        text,
        (text,),
        elements,
        (Relation(text, text, text, text), Relation(text, "DEPENDS_ON", "x", text)),
        text,
        (Party(text, text, "tool", text), party, Party(text, text)),
        text,
        ((text, text), ("LicenseRef-x", text)),
        (Completeness(text, "unknown", text, (text, text)),),
        (Remark(text, text), Remark("", text)),
        (ExternalDocument(text, text, (text,), text),),
        text,
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_one_text_everywhere(text: str, version: str) -> None:
    for created in ("2024-01-02T03:04:05Z", text):
        bill = replace(filled(text), created=created)
        document = checked_json(bill, version)
        checked_xml(bill, version)
        json.dumps(document, ensure_ascii=False).encode()  # raises for a lone surrogate
        assert lost_in_cyclonedx(bill, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stranger_in_a_full_bill(version: str) -> None:
    bill = hostile_bill()
    document = checked_json(bill, version)
    checked_xml(bill, version)
    assert len(document["components"]) == len(bill.elements) - 1


def test_the_serial_number_is_the_document_s() -> None:
    """A text that looks like one is left alone, wherever it stands."""
    bill = filled(TEXTS["an empty serial number"])
    number = checked_json(bill)["serialNumber"]
    assert cyclonedx_json(bill).decode().count(number) == 1
    assert checked_xml(bill).get("serialNumber", "").startswith("urn:uuid:")


TEXT = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    ["a", "b", "sha256:" + "a" * 64, "MIT", "LicenseRef-x", "pkg:npm/a@1", "https://x/y", "x@y"]
)
PARTIES = st.none() | st.builds(
    Party, TEXT, TEXT, st.sampled_from(["organization", "person", "tool", ""])
)
ELEMENTS = st.builds(
    Element,
    TEXT,
    st.sampled_from(get_args(Kind)),
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    st.lists(TEXT, max_size=2).map(tuple),
    PARTIES,
    PARTIES,
    TEXT,
    TEXT,
    st.lists(TEXT, max_size=2).map(tuple),
    TEXT,
    st.lists(TEXT, max_size=2).map(tuple),
    TEXT,
    TEXT,
    evidence=st.lists(
        st.builds(Evidence, TEXT, TEXT, TEXT, TEXT, st.none() | st.floats()), max_size=2
    ).map(tuple),
    references=st.lists(st.builds(Reference, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
    properties=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
)
RELATIONS = st.builds(
    Relation, TEXT, st.sampled_from(["CONTAINS", "DEPENDS_ON", "DESCRIBES", "OTHER"]), TEXT
)
BILLS = st.builds(
    Bill,
    TEXT,
    st.lists(TEXT, max_size=2).map(tuple),
    st.lists(ELEMENTS, max_size=4).map(tuple),
    st.lists(RELATIONS, max_size=6).map(tuple),
    st.sampled_from(["2024-01-02T03:04:05Z", "0000-01-01T00:00:00Z", ""]) | TEXT,
    st.lists(PARTIES.filter(bool), max_size=2).map(tuple),
    completeness=st.lists(
        st.builds(
            Completeness, TEXT, st.just("unknown"), TEXT, st.lists(TEXT, max_size=2).map(tuple)
        ),
        max_size=2,
    ).map(tuple),
    remarks=st.lists(st.builds(Remark, TEXT, TEXT), max_size=2).map(tuple),
    external=st.lists(st.builds(ExternalDocument, TEXT, TEXT, st.just(()), TEXT), max_size=2).map(
        tuple
    ),
    lifecycle=TEXT,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(FULL, "1.6")
@given(BILLS, st.sampled_from([*VERSIONS]))
def test_any_bill(bill: Bill, version: str) -> None:
    document = checked_json(bill, version)
    checked_xml(bill, version)
    subject = "component" in document["metadata"]
    assert len(document.get("components", ())) == len(bill.elements) - subject
    lost_in_cyclonedx(bill, version)
    assert cyclonedx_json(bill, version) == cyclonedx_json(bill, version)


ADDRESSES = st.from_regex(r"\A(https?|git|ssh|mailto|urn):[/a-z0-9.:@%#?&=\[\]~'()*+,;-]{0,30}\Z")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ADDRESSES, st.sampled_from([*VERSIONS]))
def test_any_address(address: str, version: str) -> None:
    one = Element("a", "package", "a", homepage=address, download=address[:-1])
    bill = Bill("", ("a",), (one,))
    checked_json(bill, version)
    checked_xml(bill, version)


PURLS = st.from_regex(r"\Apkg:[a-z]{0,4}/[A-Za-z0-9./@%?=&#:+~!$'()*,;-]{0,30}\Z")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PURLS, st.sampled_from([*VERSIONS]))
def test_any_package_url(purl: str, version: str) -> None:
    bill = Bill("", ("a",), (Element("a", "package", "a", purl=purl),))
    written = checked_json(bill, version)["metadata"]["component"]
    checked_xml(bill, version)
    kept = [p["value"] for p in written.get("properties", ()) if p["name"] == "ociscope:purl"]
    assert [written["purl"]] if "purl" in written else kept == [purl]


CPES = st.from_regex(
    r"\A(cpe:2\.3:[aho*-](:[a-z0-9*?\\.-]{1,4}){8,11}|[cC]pe:/[aho]?(:[a-z%]*){0,7})\Z"
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CPES, st.sampled_from([*VERSIONS]))
def test_any_cpe(cpe: str, version: str) -> None:
    bill = Bill("", ("a",), (Element("a", "package", "a", cpes=(cpe,)),))
    checked_json(bill, version)
    checked_xml(bill, version)
