"""Documents made to break a reader: an answer or an error in words, never a traceback."""

from __future__ import annotations

import copy
import json
import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.checks.examine import Asked, check_document
from analyzer.checks.result import MOST_FINDINGS, Checked, to_document
from analyzer.errors import AnalyzerError
from analyzer.limits import Limits
from analyzer.render.checked import checked_text
from tests.checks.corpus import SBOMS, needs_corpus, needs_schemas
from tests.checks.test_minimum import ASKED, CYCLONEDX, SPDX
from tests.checks.test_spdx_schema import places, rich

NASTY: tuple[Any, ...] = (
    *(None, True, -1, 1.5, 1e308, "", " ", "x" * 100_000, "\x1b[31m\u202e\n", "\ud800", [], {}),
    *([[]], [None], {"": ""}, "</text>", "]]>", "(" * 5000, "SPDXRef-root", "NONE", "pkg:npm/a@1"),
    *("LicenseRef-" + "x" * 5000, {"bom-ref": "x"}, ["SPDXRef-root"] * 3, "cpe:2.3:" + ":a" * 999),
)
CONTROLS = re.compile(r"[^\n\x20-\x7e\xa0-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")


def examined(data: bytes) -> Checked | None:
    """What is said, whole and shown, or None where the document is refused in words."""
    try:
        result = check_document(data, "x", ASKED)
    except AnalyzerError:
        return None
    text = checked_text((result,))
    assert not CONTROLS.search(text)
    assert len(text) < 200_000
    json.dumps(to_document("x", (result,), {})).encode()
    return result


@pytest.mark.parametrize("start", [SPDX, CYCLONEDX], ids=["SPDX", "CycloneDX"])
def test_wrong_things_in_every_place(start: Any) -> None:  # noqa: ANN401
    assert answered(start) > 50


@needs_schemas
@pytest.mark.parametrize("version", ["2.2", "2.3"])
def test_wrong_things_in_every_place_of_a_rich_document(version: str) -> None:
    assert answered(rich(version)) > 50


def answered(start: Any) -> int:  # noqa: ANN401
    """How many of 120 broken copies are checked rather than refused."""
    chance, count = random.Random("hostile"), 0  # noqa: S311
    for _ in range(120):
        value = copy.deepcopy(start)
        for _ in range(chance.randint(1, 4)):
            container, key = chance.choice(list(places(value)))
            if isinstance(container, dict) and chance.random() < 0.2:
                container[chance.choice(["\x00", "x" * 5000, "SPDXID", "bom-ref", ""])] = "x"
            container[key] = copy.deepcopy(chance.choice(NASTY))
        count += examined(json.dumps(value).encode()) is not None
    return count


@needs_corpus
def test_real_documents_with_bytes_changed() -> None:
    chance, count = random.Random("bytes"), 0  # noqa: S311
    files = [path for path in sorted(SBOMS.rglob("*")) if path.is_file()]
    files = [path for path in files if path.stat().st_size < 8000]
    for path in files:
        for _ in range(3):
            data = bytearray(path.read_bytes())
            for _ in range(chance.randint(1, 5)):
                place = chance.randrange(len(data))
                data[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
            count += examined(bytes(data)) is not None
    assert count > 5  # most that is damaged is no longer JSON


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    examined(data)
    examined(b'{"spdxVersion": "SPDX-2.3", "SPDXID": "' + data)
    examined(b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [' + data)
    examined(b'<bom xmlns="http://cyclonedx.org/schema/bom/1.6">' + data)
    examined(b"SPDXVersion: SPDX-2.3\n" + data)


DEEP = 100_000


@pytest.mark.parametrize(
    "data",
    [
        b"[" * DEEP + b"]" * DEEP,
        b'{"bomFormat":"CycloneDX","specVersion":"1.6","components":' + b"[" * DEEP + b"]" * DEEP
        + b"}",
        b'{"_type":"https://in-toto.io/Statement/v1","predicate":' * 500 + b"{}" + b"}" * 500,
        b'<bom xmlns="http://cyclonedx.org/schema/bom/1.6">' + b"<components>" * DEEP,
        b"spdxVersion: SPDX-2.3\na: " + b"[" * DEEP + b"]" * DEEP,
    ],
    ids=["JSON", "CycloneDX", "statements", "XML", "YAML"],
)  # fmt: skip
def test_deep_nesting_is_refused(data: bytes) -> None:
    assert examined(data) is None


def test_a_billion_laughs_are_refused() -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<!DOCTYPE bom [<!ENTITY a0 "ha">{entities}]>'
    text += '<bom xmlns="http://cyclonedx.org/schema/bom/1.6">&a9;</bom>'
    assert examined(text.encode()) is None
    lines = ["spdxVersion: SPDX-2.3", "a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert examined("\n".join(lines).encode()) is None


def test_a_document_that_is_too_large_is_refused() -> None:
    with pytest.raises(AnalyzerError, match="sbom_bytes"):
        check_document(json.dumps(SPDX).encode(), "x", Asked(Limits(sbom_bytes=100)))


def test_errors_beyond_count_are_counted() -> None:
    value = copy.deepcopy(SPDX)
    value["relationships"] = [
        {"spdxElementId": f"SPDXRef-{number}", "relationshipType": "X", "relatedSpdxElement": "b"}
        for number in range(MOST_FINDINGS)
    ]
    result = examined(json.dumps(value).encode())
    assert result is not None
    [references] = [check for check in result.checks if check.name == "references"]
    assert len(references.findings) == MOST_FINDINGS
    assert references.more > MOST_FINDINGS / 2


@pytest.mark.parametrize("count", [3000])
def test_thousands_of_packages_and_files(count: int) -> None:
    """In time that grows with them: a quadratic step would take minutes here."""
    value = copy.deepcopy(SPDX)
    value["packages"] += [
        {
            **value["packages"][1],
            "SPDXID": f"SPDXRef-p{number}",
            "name": f"p{number}",
            "licenseDeclared": "LicenseRef-x AND MIT",
            "hasFiles": [f"SPDXRef-f{number}"],
            "filesAnalyzed": True,
        }
        for number in range(count)
    ]
    value["files"] = [
        {
            "SPDXID": f"SPDXRef-f{number}",
            "fileName": f"./{number}",
            "checksums": [{"algorithm": "SHA1", "checksumValue": "ab" * 20}],
        }
        for number in range(count)
    ]
    value["hasExtractedLicensingInfos"] = [
        {"licenseId": f"LicenseRef-{name}", "extractedText": "t"}
        for name in ("x", *map(str, range(count)))
    ]
    value["documentDescribes"] = [package["SPDXID"] for package in value["packages"]]
    result = examined(json.dumps(value).encode())
    assert result is not None
    assert result.errors == 0
