"""The rules for SPDX against the official schema, on real documents and on broken ones."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from analyzer.checks.spdxrules import RULES
from analyzer.checks.spdxschema import format_findings, schema_findings, values_at
from tests.checks.corpus import needs_corpus, needs_schemas, spdx_documents, spdx_schema

MUTATIONS = 600
"""Of documents of each version."""
Errors = set[tuple[str, str]]


def rich(version: str) -> dict[str, Any]:
    """A document with every member that the version knows; valid by its schema."""
    annotation = {
        "annotationDate": "2024-01-01T00:00:00Z",
        "annotationType": "OTHER",
        "annotator": "Tool: a-1",
        "comment": "c",
    }
    checksum = {"algorithm": "SHA1", "checksumValue": "0123456789" * 4}
    category = "PACKAGE_MANAGER" if version == "2.2" else "PACKAGE-MANAGER"
    pointer = {"reference": "SPDXRef-f", "offset": 1, "lineNumber": 2}
    licences = {"licenseConcluded": "MIT", "copyrightText": "NOASSERTION"}
    package = {
        "SPDXID": "SPDXRef-p",
        "name": "p",
        "downloadLocation": "NONE",
        "licenseDeclared": "MIT",
        **licences,
        "annotations": [annotation],
        "attributionTexts": ["a"],
        "checksums": [checksum],
        "externalRefs": [
            {
                "referenceCategory": category,
                "referenceType": "purl",
                "referenceLocator": "pkg:npm/a@1",
                "comment": "c",
            }
        ],
        "filesAnalyzed": True,
        "hasFiles": ["SPDXRef-f"],
        "licenseInfoFromFiles": ["MIT"],
        "packageVerificationCode": {
            "packageVerificationCodeValue": "0" * 40,
            "packageVerificationCodeExcludedFiles": ["./x"],
        },
        **dict.fromkeys(
            (
                *("comment", "description", "homepage", "licenseComments", "packageFileName"),
                *("sourceInfo", "summary", "versionInfo"),
            ),
            "http://x.example",
        ),
        "supplier": "Organization: O",
        "originator": "Person: P",
    }
    if version == "2.3":
        package["primaryPackagePurpose"] = "OPERATING_SYSTEM"
        dates = ("builtDate", "releaseDate", "validUntilDate")
        package.update(dict.fromkeys(dates, "2024-01-01T00:00:00Z"))
    file = {
        "SPDXID": "SPDXRef-f",
        "fileName": "./f",
        **licences,
        "annotations": [annotation],
        "artifactOfs": [{}],
        "attributionTexts": ["a"],
        "checksums": [checksum],
        "comment": "c",
        "fileContributors": ["c"],
        "fileDependencies": ["SPDXRef-f"],
        "fileTypes": ["SOURCE", "SPDX"],
        "licenseComments": "c",
        "licenseInfoInFiles": ["MIT"],
        "noticeText": "n",
    }
    snippet = {
        "SPDXID": "SPDXRef-s",
        "name": "s",
        **licences,
        "annotations": [annotation],
        "attributionTexts": ["a"],
        "comment": "c",
        "licenseComments": "c",
        "licenseInfoInSnippets": ["MIT"],
        "ranges": [{"startPointer": pointer, "endPointer": pointer}],
        "snippetFromFile": "SPDXRef-f",
    }
    whole = {
        "SPDXID": "SPDXRef-DOCUMENT",
        "spdxVersion": f"SPDX-{version}",
        "dataLicense": "CC0-1.0",
        "name": "n",
        "documentNamespace": "http://x.example/1",
        "comment": "c",
        "creationInfo": {
            "created": "2024-01-01T00:00:00Z",
            "creators": ["Tool: a-1"],
            "comment": "c",
            "licenseListVersion": "3.20",
        },
        "annotations": [annotation],
        "externalDocumentRefs": [
            {
                "externalDocumentId": "DocumentRef-x",
                "spdxDocument": "http://x.example/2",
                "checksum": checksum,
            }
        ],
        "hasExtractedLicensingInfos": [
            {
                "licenseId": "LicenseRef-x",
                "extractedText": "t",
                "name": "n",
                "comment": "c",
                "seeAlsos": ["http://x.example"],
                "crossRefs": [
                    {
                        "url": "http://x.example",
                        "match": "m",
                        "timestamp": "t",
                        "isLive": True,
                        "isValid": False,
                        "isWayBackLink": False,
                        "order": 1,
                    }
                ],
            }
        ],
        "revieweds": [{"reviewDate": "2024-01-01T00:00:00Z", "reviewer": "r", "comment": "c"}],
        "documentDescribes": ["SPDXRef-p"],
        "packages": [package],
        "files": [file],
        "snippets": [snippet],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": kind,
                "relatedSpdxElement": "SPDXRef-p",
                "comment": "c",
            }
            for kind in sorted(_relationships(version))
        ],
    }
    apart: dict[str, Any] = json.loads(json.dumps(whole))  # no object stands in two places
    return apart


def _relationships(version: str) -> set[str]:
    shape = spdx_schema(version)["properties"]["relationships"]["items"]["properties"]
    return set(shape["relationshipType"]["enum"])


def official(document: Any, version: str) -> Errors:  # noqa: ANN401
    """Place and keyword of each error by the official schema."""
    errors = {
        (_path(error.absolute_path), str(error.validator))
        for error in Draft7Validator(spdx_schema(version)).iter_errors(document)
    }
    # A number where a word of a list should stand breaks both keywords; ours names the first.
    return {
        (place, rule) for place, rule in errors if rule != "enum" or (place, "type") not in errors
    }


def ours(document: Any, version: str) -> Errors:  # noqa: ANN401
    found = schema_findings(document, version)
    return {("" if each.where == "the document" else each.where, each.rule) for each in found}


def _path(parts: Any) -> str:  # noqa: ANN401
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def places(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401
    """Every container of the document with every key or position in it."""
    if isinstance(value, dict):
        for key in list(value):
            yield value, key
            yield from places(value[key])
    elif isinstance(value, list):
        for number in range(len(value)):
            yield value, number
            yield from places(value[number])


ODD: tuple[Any, ...] = (
    *(None, True, 0, 1.0, 1.5, "", "x", "NOASSERTION", [], [None], ["x"], {}, {"x": 1}),
    *("OPERATING-SYSTEM", "PACKAGE_MANAGER", "PACKAGE-MANAGER", "BLAKE3", "AMENDS", "OTHER"),
)


def mutated(document: Any, chance: random.Random) -> Any:  # noqa: ANN401
    """A copy with up to three members changed, dropped, added or renamed."""
    changed = copy.deepcopy(document)
    for _ in range(chance.randint(1, 3)):
        container, key = chance.choice(list(places(changed)))
        how = chance.choice(["put", "put", "put", "drop", "add", "rename"])
        if how == "put" or isinstance(container, list):
            container[key] = copy.deepcopy(chance.choice(ODD))
        elif how == "drop":
            del container[key]
        elif how == "add":
            container[chance.choice(["extra", "hasFiles", "primaryPackagePurpose", "name"])] = "x"
        else:
            container[f"{key}s"] = container.pop(key)
    return changed


@needs_schemas
@pytest.mark.parametrize("version", sorted(RULES))
def test_a_document_with_every_member_has_no_finding(version: str) -> None:
    document = rich(version)
    assert official(document, version) == set()
    assert ours(document, version) == set()
    # Nothing that the schema knows is left out of the document, so nothing is left unproven.
    schema = spdx_schema(version)["properties"]
    assert document.keys() == schema.keys()
    for group in ("packages", "files", "snippets"):
        assert document[group][0].keys() == schema[group]["items"]["properties"].keys()


@needs_schemas
@pytest.mark.parametrize("version", sorted(RULES))
def test_rules_agree_with_the_official_schema_on_broken_documents(version: str) -> None:
    """The same places and keywords, in hundreds of documents broken in every way."""
    chance = random.Random(f"SPDX {version}")  # noqa: S311 - a test that repeats itself
    start, broken = rich(version), 0
    for _ in range(MUTATIONS):
        document = mutated(start, chance)
        wanted = official(document, version)
        assert ours(document, version) == wanted, json.dumps(document)
        broken += bool(wanted)
    assert 0.5 * MUTATIONS < broken < MUTATIONS  # both verdicts occur


@needs_schemas
@needs_corpus
def test_rules_agree_with_the_official_schema_on_documents_of_other_tools() -> None:
    chance, verdicts = random.Random("corpus"), set()  # noqa: S311
    for name, document in spdx_documents().items():
        version = document["spdxVersion"].removeprefix("SPDX-")
        if version not in RULES:
            continue
        wanted = official(document, version)
        assert ours(document, version) == wanted, name
        verdicts.add(bool(wanted))
        for _ in range(20):
            broken = mutated(document, chance)
            assert ours(broken, version) == official(broken, version), name
    assert verdicts == {True, False}


@needs_schemas
@pytest.mark.parametrize("version", sorted(RULES))
@pytest.mark.parametrize("document", [None, [], "", 1, True, {}], ids=repr)
def test_rules_agree_on_what_is_no_document(document: object, version: str) -> None:
    assert ours(document, version) == official(document, version) != set()


def found(document: Any) -> set[tuple[str, str]]:  # noqa: ANN401
    return {(each.where, each.rule) for each in format_findings(document)}


class TestFormats:
    """What the specification asks of texts beyond its schema."""

    def broken(self, place: str, value: object) -> set[tuple[str, str]]:
        """What is found once `value` stands at the (one) place."""
        document = json.loads(json.dumps(DOCUMENT))
        container, _, name = place.rpartition(".")
        targets = [each for _, each in values_at(document, container)] if container else [document]
        targets[0][name] = value
        return found(document)

    def test_a_document_in_order_has_no_finding(self) -> None:
        assert found(DOCUMENT) == set()

    @pytest.mark.parametrize(
        ("place", "value", "rule"),
        [
            # 6.9: no fractions, no offset.
            ("creationInfo.created", "2024-01-01T00:00:00.5Z", "date"),
            ("creationInfo.created", "2024-01-01T00:00:00+01:00", "date"),
            ("creationInfo.created", "2024-13-01T00:00:00Z", "date"),
            # 6.5: mandatory, absolute, no '#'.
            ("documentNamespace", "https://x.example/a#b", "namespace"),
            ("documentNamespace", "", "namespace"),
            ("documentNamespace", "x.example/a", "namespace"),
            # 7.2: charset.
            ("packages[].SPDXID", "SPDXRef-a_b", "id"),
            ("packages[].SPDXID", "p", "id"),
            ("SPDXID", "SPDXRef-DOC", "id"),
            ("dataLicense", "MIT", "data-licence"),
            ("spdxVersion", "SPDX-2", "version"),
            # 7.5: agent syntax.
            ("packages[].supplier", "Debian", "agent"),
            ("packages[].supplier", "Tool: x", "agent"),
            ("packages[].supplier", "Organization:", "agent"),
        ],
    )
    def test_one_broken_text_is_one_finding(self, place: str, value: str, rule: str) -> None:
        assert self.broken(place, value) == {(place.replace("[]", "[0]"), rule)}

    def test_a_namespace_that_is_not_there(self) -> None:
        document = {name: DOCUMENT[name] for name in DOCUMENT if name != "documentNamespace"}
        assert found(document) == {("documentNamespace", "namespace")}

    @pytest.mark.parametrize(
        ("algorithm", "value", "rule"),
        [
            ("SHA1", "0" * 40, "zero-checksum"),
            ("SHA256", "A" * 64, "checksum"),
            ("SHA256", "a" * 63, "checksum"),
            ("SHA1", "", "checksum"),
            ("MD5", f"sha1:{'0' * 27}", "checksum"),
        ],
    )
    def test_checksums(self, algorithm: str, value: str, rule: str) -> None:
        wrong = [{"algorithm": algorithm, "checksumValue": value}]
        assert self.broken("packages[].checksums", wrong) == {("packages[0].checksums[0]", rule)}


DOCUMENT: dict[str, Any] = {
    "SPDXID": "SPDXRef-DOCUMENT",
    "spdxVersion": "SPDX-2.3",
    "dataLicense": "CC0-1.0",
    "name": "n",
    "documentNamespace": "https://x.example/a",
    "creationInfo": {"created": "2024-01-01T00:00:00Z", "creators": ["Tool: a-1"]},
    "packages": [
        {
            "SPDXID": "SPDXRef-p",
            "name": "p",
            "downloadLocation": "NONE",
            "supplier": "Organization: Debian (x@example.org)",
            "checksums": [
                {"algorithm": "SHA256", "checksumValue": "ab" * 32},
                {"algorithm": "BLAKE2b-256", "checksumValue": "12" * 32},
            ],
        }
    ],
}
