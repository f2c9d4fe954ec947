"""The messages of spdx-tools, asked piece by piece, are those of its own whole validation."""

from __future__ import annotations

import copy
import json
import logging
import random
from collections.abc import Iterator
from typing import Any

import pytest
from spdx_tools.spdx.parser.error import SPDXParsingError
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.parser.tagvalue.parser import Parser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from analyzer.checks.spdxlibrary import library_findings
from analyzer.problems import Severity
from tests.checks.corpus import SBOMS, needs_corpus, needs_schemas, spdx_documents
from tests.checks.test_spdx_schema import mutated, ours, rich

ROUNDS = 150


def readable(version: str) -> dict[str, Any]:
    """A document with everything that the library can read, in which it finds nothing wrong."""
    value = rich(version)
    value["revieweds"][0]["reviewer"] = "Person: R"
    for pointer in value["snippets"][0]["ranges"][0].values():
        del pointer["lineNumber"]
    value["relationships"] = [
        {
            "spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": "DESCRIBES",
            "relatedSpdxElement": "SPDXRef-p",
        }
    ]
    return value


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The library logs what it also raises."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def theirs(value: Any) -> set[str]:  # noqa: ANN401 - JSON
    """What the library says if it is asked as a whole."""
    parser: Any = JsonLikeDictParser
    try:
        document = parser().parse(copy.deepcopy(value))
    except SPDXParsingError as fault:
        return set(fault.get_messages())  # type: ignore[no-untyped-call]
    return {each.validation_message for each in validate_full_spdx_document(document)}


def asked(value: Any, data: bytes = b"", syntax: str = "JSON") -> set[str]:  # noqa: ANN401
    found = list(library_findings(copy.deepcopy(value), data, syntax))
    assert all(each.severity is Severity.ERROR for each in found)
    return {each.words for each in found}


def alike(long: set[str]) -> set[str]:
    """Messages as they are kept: printable, and cut in the middle where they are long."""
    from analyzer.checks.result import short

    return {short(message) for message in long}


@needs_corpus
def test_documents_of_other_tools_get_the_same_messages() -> None:
    verdicts = set()
    for name, value in spdx_documents().items():
        wanted = alike(theirs(value))
        assert asked(value) == wanted, name
        verdicts.add(bool(wanted))
    assert verdicts == {True, False}


BROKEN: dict[str, Any] = {
    "an id with an underscore": ("packages", 0, "SPDXID", "SPDXRef-a_b"),
    "an id twice": ("files", 0, "SPDXID", "SPDXRef-p"),
    "a licence that is not defined": ("packages", 0, "licenseDeclared", "LicenseRef-no"),
    "a licence that nobody knows": ("packages", 0, "licenseConcluded", "MIT OR Nonsense"),
    "a licence of another document": ("files", 0, "licenseConcluded", "DocumentRef-x:LicenseRef-y"),
    "one of an unknown document": ("files", 0, "licenseConcluded", "DocumentRef-z:LicenseRef-y"),
    "no file where files were not analyzed": ("packages", 0, "filesAnalyzed", False),
    "a checksum of wrong length": ("packages", 0, "checksums",
                                   [{"algorithm": "SHA1", "checksumValue": "ab"}]),
    "an absolute file name": ("files", 0, "fileName", "/f"),
    "a snippet of no file": ("snippets", 0, "snippetFromFile", "SPDXRef-p"),
    "a dangling relationship": ("relationships", 0, "relatedSpdxElement", "SPDXRef-gone"),
    "one into an unknown document": ("relationships", 0, "relatedSpdxElement",
                                     "DocumentRef-z:SPDXRef-a"),
    "one into a known document": ("relationships", 0, "relatedSpdxElement",
                                  "DocumentRef-x:SPDXRef-a"),
    "nothing": ("packages", 0, "name", "p"),
}  # fmt: skip


@needs_schemas
@pytest.mark.parametrize("version", ["2.2", "2.3"])
@pytest.mark.parametrize("what", BROKEN)
def test_one_broken_member_gets_the_same_messages(what: str, version: str) -> None:
    value = readable(version)
    assert theirs(value) == asked(value) == set()
    group, number, name, put = BROKEN[what]
    value[group][number][name] = put
    wanted = theirs(value)
    assert asked(value) == alike(wanted)
    harmless = what in {"nothing", "one into a known document", "a licence of another document"}
    assert (wanted == set()) == harmless


@needs_schemas
@pytest.mark.parametrize("version", ["2.2", "2.3"])
def test_broken_documents_get_the_same_messages(version: str) -> None:
    """Of right types; else the library tells by chance what it sees of a list."""
    chance, compared = random.Random(f"library {version}"), 0  # noqa: S311
    for _ in range(ROUNDS):
        value = mutated(readable(version), chance)
        if {"type"} & {rule for _, rule in ours(value, version)}:
            continue
        try:
            wanted = alike(theirs(value))
        except Exception:  # noqa: BLE001 - what the library does not catch itself
            assert [words for words in asked(value) if words.startswith("spdx-tools cannot read")]
            continue
        if any(message.startswith("Error while") for message in wanted):
            # It cannot be read: all that is wrong with relationships comes with what follows.
            assert asked(value) <= wanted
            assert asked(value), json.dumps(value)
        else:
            assert asked(value) == wanted, json.dumps(value)
            compared += 1
    assert compared > ROUNDS / 8


@needs_schemas
@pytest.mark.parametrize("described", [[], ["SPDXRef-p"], ["SPDXRef-p", "SPDXRef-gone"]])
@pytest.mark.parametrize("relationship", ["DESCRIBES", "CONTAINS", "none"])
def test_members_that_imply_relationships(described: list[str], relationship: str) -> None:
    value = readable("2.3")
    value["documentDescribes"] = described
    value["packages"][0]["hasFiles"] = ["SPDXRef-f", "SPDXRef-f", "SPDXRef-gone"]
    value["relationships"] = [
        {
            "spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": relationship,
            "relatedSpdxElement": "SPDXRef-p",
        }
    ] * (relationship != "none")
    assert asked(value) == alike(theirs(value))


@needs_corpus
def test_the_tag_value_form_gets_the_same_messages() -> None:
    data = SBOMS.joinpath("google-osv-scalibr/spdx/sbom.spdx").read_bytes()
    parser: Any = Parser
    document = parser(debug=False, write_tables=False).parse(data.decode())
    wanted = {each.validation_message for each in validate_full_spdx_document(document)}
    assert asked({}, data, "tag-value") == alike(wanted) != set()


@needs_schemas
def test_expressions_that_would_take_for_ever_are_left_out() -> None:
    value = readable("2.3")
    value["packages"][0]["licenseDeclared"] = "(" * 100_000 + "MIT" + ")" * 100_000
    value["files"][0]["licenseInfoInFiles"] = [" AND ".join(["MIT"] * 100_000)]
    assert asked(value) == set()
