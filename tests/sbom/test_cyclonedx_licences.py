"""Licences in CycloneDX: by identifier, as an expression or by name, and never mixed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.bills.model import Bill, Element
from analyzer.sbom.cyclonedx import lost_in_cyclonedx
from tests.sbom.cyclonedxes import VERSIONS, Json, checked_json, checked_xml, component, properties

EVERY = pytest.mark.parametrize("version", VERSIONS)
ONE = Element("one", "package", "one", "1")
TEXTS = (("LicenseRef-a", "All rights\nreserved."), ("LicenseRef-b", "Ask\x1b Bob"))


def bill_of(**members: object) -> Bill:
    one = replace(ONE, **members)  # type: ignore[arg-type]
    return Bill("", ("one",), (one,), licence_texts=TEXTS)


def made(version: str = "1.6", **members: object) -> Json:
    """The component of a package, from a document that is valid in both forms."""
    bill = bill_of(**members)
    checked_xml(bill, version)
    return component(checked_json(bill, version), "one")


def written(version: str = "1.6", **members: object) -> list[Json]:
    found: list[Json] = made(version, **members).get("licenses", [])
    return found


def lost(version: str, **members: object) -> dict[str, int]:
    return {each.what: each.count for each in lost_in_cyclonedx(bill_of(**members), version)}


@pytest.mark.parametrize("stated", ["MIT", "mit", "GPL-2.0+", " Apache-2.0 "])
def test_one_listed_licence_is_written_by_its_identifier(stated: str) -> None:
    """In the spelling of the list, which is an enumeration in the schemas."""
    names = {"mit": "MIT"}
    name = names.get(stated, stated.strip())
    assert written(licence=stated) == [{"license": {"id": name, "acknowledgement": "declared"}}]


def test_before_1_6_nobody_can_say_who_says_so() -> None:
    assert written("1.5", licence="MIT") == [{"license": {"id": "MIT"}}]


@EVERY
@pytest.mark.parametrize(
    "stated",
    ["MIT OR Apache-2.0", "GPL-2.0-only WITH Classpath-exception-2.0", "MIT AND (ISC OR 0BSD)"],
)
def test_more_than_one_is_an_expression(version: str, stated: str) -> None:
    (only,) = written(version, licence=stated)
    assert only.pop("expression") == stated
    assert only == ({} if version == "1.5" else {"acknowledgement": "declared"})


@EVERY
def test_a_reference_alone_is_a_name_with_its_text(version: str) -> None:
    (only,) = written(version, licence="LicenseRef-a")
    assert only["license"]["name"] == "LicenseRef-a"
    assert only["license"]["text"]["content"] == "All rights\nreserved."
    (only,) = written(version, licence="LicenseRef-b")
    assert only["license"]["text"]["content"] == r"Ask\x1b Bob"
    (only,) = written(version, licence="LicenseRef-unknown")
    assert only["license"]["name"] == "LicenseRef-unknown"
    assert "text" not in only["license"]


def test_the_words_of_the_package_are_the_name() -> None:
    (only,) = written(licence="LicenseRef-b", licences_found=("Ask\x1b Bob",))
    assert only == {"license": {"name": r"Ask\x1b Bob", "acknowledgement": "declared"}}


@EVERY
def test_texts_inside_an_expression(version: str) -> None:
    """Only 1.7 has a place for them (`expressionDetails`)."""
    stated = "MIT AND LicenseRef-a"
    (only,) = written(version, licence=stated)
    assert only["expression"] == stated
    if version == "1.7":
        assert only["expressionDetails"] == [
            {
                "licenseIdentifier": "LicenseRef-a",
                "text": {"content": "All rights\nreserved.", "contentType": "text/plain"},
            }
        ]
        assert lost(version, licence=stated) == {}
    else:
        assert "expressionDetails" not in only
        assert lost(version, licence=stated) == {"text of a LicenseRef inside an expression": 1}


@EVERY
@pytest.mark.parametrize("stated", ["GPLv2 or so", "MIT AND", "((", "MIT/ISC", "NONE", "Ask\nBob"])
def test_what_is_no_expression_is_a_name(version: str, stated: str) -> None:
    """A name is one line; what more there is stands in the text."""
    (only,) = written(version, licence=stated)
    assert only["license"]["name"] == stated.split("\n", maxsplit=1)[0]
    assert ("text" in only["license"]) == ("\n" in stated)
    told = "licence expression that is none, written as a name"
    assert lost(version, licence=stated) == {told: 1}


def test_statements_without_an_expression_are_names() -> None:
    found = written(licences_found=("The Foo License", "NOASSERTION", " BSDish ", "BSDish"))
    assert [each["license"]["name"] for each in found] == ["BSDish", "The Foo License"]


@pytest.mark.parametrize("silent", ["", "NOASSERTION"])
def test_nothing_stated_is_nothing_written(silent: str) -> None:
    assert "licenses" not in made(licence=silent, licence_concluded=silent)


@EVERY
def test_a_conclusion_alone(version: str) -> None:
    (only,) = written(version, licence_concluded="MIT")
    assert only["license"].get("acknowledgement") == (None if version == "1.5" else "concluded")


@EVERY
def test_a_conclusion_beside_a_declaration(version: str) -> None:
    """They stand together where the version can tell them apart and neither is an expression."""
    both = made(version, licence="MIT", licence_concluded="ISC")
    if version == "1.5":
        assert both["licenses"] == [{"license": {"id": "MIT"}}]
        assert properties(both)["ociscope:licence:concluded"] == "ISC"
    else:
        assert both["licenses"] == [
            {"license": {"id": "ISC", "acknowledgement": "concluded"}},
            {"license": {"id": "MIT", "acknowledgement": "declared"}},
        ]


@EVERY
@pytest.mark.parametrize("pair", [("MIT", "MIT OR ISC"), ("MIT OR ISC", "MIT")])
def test_a_conclusion_is_not_mixed_with_an_expression(version: str, pair: tuple[str, str]) -> None:
    """CycloneDX 1.6, `licenseChoice`: licences or one expression."""
    declared, concluded = pair
    both = made(version, licence=declared, licence_concluded=concluded)
    assert len(both["licenses"]) == 1
    assert properties(both)["ociscope:licence:concluded"] == concluded


def test_a_conclusion_that_says_the_same_is_not_repeated() -> None:
    same = made(licence="MIT OR ISC", licence_concluded="MIT OR ISC")
    assert len(same["licenses"]) == 1
    assert properties(same) == {}


@EVERY
def test_a_long_expression_stays_one(version: str) -> None:
    """Debian's nodejs states 28 licences in 1,198 characters; SPDX, Annex D sets no limit."""
    stated = " AND ".join(f"LicenseRef-a-{number}" for number in range(100))
    assert [each["expression"] for each in written(version, licence=stated)] == [stated]
