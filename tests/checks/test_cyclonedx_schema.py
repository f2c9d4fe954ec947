"""CycloneDX documents: the same verdicts and errors as the validators of its Python library."""

from __future__ import annotations

import copy
import json
import random
import warnings
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from cyclonedx.validation.xml import XmlValidator

from analyzer.checks.cyclonedxschema import (
    JSON_VERSIONS,
    XML_VERSIONS,
    findings_by,
    json_findings,
    own_validator,
    xml_findings,
)
from tests.checks.corpus import (
    SBOMS,
    cyclonedx_documents,
    needs_corpus,
    needs_schemas,
    spdx_documents,
    spdx_schema,
)
from tests.checks.test_spdx_schema import official, places

MUTATIONS = 40
ODD: tuple[Any, ...] = (
    *(None, True, 1, "", "x", "SHA1", "MIT", "http://x.example/ a", [], {}, {"x": 1}),
    *("urn:cdx:x", "2024", "pkg:npm/a@1"),
)


def document(version: str) -> dict[str, Any]:
    """A small valid document."""
    value: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "version": 1,
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "metadata": {
            "timestamp": "2024-01-01T00:00:00Z",
            "component": {"type": "container", "bom-ref": "i", "name": "i", "version": "1"},
        },
        "components": [
            {
                "type": "library",
                "bom-ref": f"p{number}",
                "name": "p",
                "version": "1",
                "purl": "pkg:npm/p@1",
                "hashes": [{"alg": "SHA-1", "content": "ab" * 20}],
                "licenses": [{"license": {"id": "MIT"}}],
                "externalReferences": [{"type": "website", "url": "https://x.example/ä?b#c"}],
                "components": [{"type": "file", "name": "f", "version": "1"}],
            }
            for number in range(2)
        ],
        "dependencies": [{"ref": "p0", "dependsOn": ["p1"]}],
    }
    return value


def theirs(value: Any, version: str) -> int:  # noqa: ANN401 - JSON
    """How many errors the library's strict validator has."""
    validator = JsonStrictValidator(SchemaVersion.from_version(version))
    errors = validator.validate_str(json.dumps(value), all_errors=True)
    return len(list(errors or ()))


@pytest.mark.parametrize("version", JSON_VERSIONS)
def test_broken_documents_have_as_many_errors_as_the_library_finds(version: str) -> None:
    chance, broken = random.Random(version), 0  # noqa: S311 - a test that repeats itself
    start = document(version)
    assert theirs(start, version) == len(list(json_findings(start, version))) == 0
    for _ in range(MUTATIONS):
        value = copy.deepcopy(start)
        container, key = chance.choice(list(places(value)))
        if isinstance(container, dict) and chance.random() < 0.3:
            container[f"{key}x"] = container.pop(key)
        else:
            container[key] = copy.deepcopy(chance.choice(ODD))
        wanted = theirs(value, version)
        assert len(list(json_findings(value, version))) == wanted, json.dumps(value)
        broken += bool(wanted)
    assert broken > MUTATIONS / 3


@needs_corpus
def test_documents_of_other_tools_have_as_many_errors_as_the_library_finds() -> None:
    verdicts = set()
    for name, value in cyclonedx_documents().items():
        version = value["specVersion"]
        # Most addresses are cut: the library takes a second for a dozen. See test_iri.py.
        short, seen = json.loads(json.dumps(value)), 0
        for container, key in list(places(short)):
            if key == "url" and isinstance(container[key], str):
                seen += 1
                container[key] = container[key] if seen < 3 else container[key][-2:]
        wanted = theirs(short, version)
        assert len(list(json_findings(short, version))) == wanted, name
        verdicts.add(bool(wanted))
    assert verdicts == {True, False}


def test_the_same_thing_twice_in_a_list_is_found_however_it_is_written() -> None:
    value = document("1.6")
    value["components"].append(dict(reversed(value["components"][0].items())))
    [finding] = json_findings(value, "1.6")
    assert (finding.rule, finding.where) == ("uniqueItems", "components")
    assert "0 and 2" in finding.words
    value["components"][2]["version"] = "2"
    assert list(json_findings(value, "1.6")) == []


def test_ten_thousand_components_are_compared_in_one_go() -> None:
    """The library would compare each with each."""
    value = document("1.6")
    value["components"] = [
        {"type": "library", "name": "p", "version": str(number)} for number in range(10_000)
    ]
    assert list(json_findings(value, "1.6")) == []
    value["components"].append(value["components"][5_000])
    [finding] = json_findings(value, "1.6")
    assert "5000 and 10000" in finding.words


def test_the_innermost_cause_is_told_with_its_place() -> None:
    value = document("1.6")
    value["components"][1]["licenses"] = [{"license": {"id": "Nonsense"}}]
    [finding] = json_findings(value, "1.6")
    assert finding.where == "components[1].licenses[0].license.id"
    assert finding.words.startswith("'Nonsense' is none of 0BSD,")


def test_nesting_that_no_schema_walks_is_an_error_and_no_traceback() -> None:
    value: dict[str, Any] = {"type": "library", "name": "x"}
    for _ in range(400):
        value = {"type": "library", "name": "x", "components": [value]}
    whole = document("1.6") | {"components": [value]}
    assert [finding.rule for finding in json_findings(whole, "1.6")] == ["depth"]


@pytest.mark.parametrize("version", XML_VERSIONS)
@pytest.mark.parametrize(
    "inside",
    [
        "<components/>",
        '<components><component type="file"><name>a</name><version/></component></components>',
        '<components><component type="thing"><name>a</name></component></components>',
        "<components><component><nme/></component></components>",
        "<things/>",
    ],
)
def test_xml_has_the_errors_that_the_library_finds(version: str, inside: str) -> None:
    text = f'<bom xmlns="http://cyclonedx.org/schema/bom/{version}" version="1">{inside}</bom>'
    validator = XmlValidator(SchemaVersion.from_version(version))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        errors = list(validator.validate_str(text, all_errors=True) or ())
    assert len(list(xml_findings(text.encode(), version))) == len(errors)


@needs_corpus
def test_an_xml_document_of_another_tool() -> None:
    data = SBOMS.joinpath("google-osv-scalibr/cdx/sbom.cdx.xml").read_bytes()
    wanted = list(
        XmlValidator(SchemaVersion.V1_4).validate_str(data.decode(), all_errors=True) or ()
    )
    assert len(list(xml_findings(data, "1.4"))) == len(wanted) == 1


@pytest.mark.parametrize(
    "text",
    [
        "<bom",
        "",
        '<!DOCTYPE bom [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><bom>&b;</bom>',
        '<!DOCTYPE bom SYSTEM "file:///etc/passwd"><bom/>',
        "<a>" * 5000 + "</a>" * 5000,
    ],
    ids=["cut", "empty", "entities", "external", "deep"],
)
def test_xml_that_is_none_or_declares_entities_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not XML|document type"):
        list(xml_findings(text.encode(), "1.6"))


@needs_schemas
@needs_corpus
def test_a_schema_that_was_brought_gives_the_verdict_of_its_own_validator() -> None:
    verdicts = set()
    for name, value in spdx_documents().items():
        for version in ("2.2", "2.3"):
            found = {each.where for each in findings_by(own_validator(spdx_schema(version)), value)}
            wanted = {place or "the document" for place, _ in official(value, version)}
            assert found == wanted, name
            verdicts.add(bool(wanted))
    assert verdicts == {True, False}


@pytest.mark.parametrize("schema", [[], "x", {"type": 5}, {"properties": []}])
def test_what_is_no_schema_is_refused(schema: object) -> None:
    with pytest.raises(ValueError, match="schema"):
        own_validator(schema)


def test_a_schema_fetches_nothing() -> None:
    validator = own_validator({"$ref": "http://x.example/schema.json"})
    rules = [finding.rule for finding in findings_by(validator, {})]
    assert rules == ["schema"]
