"""Bills of every shape as SPDX 2.3 and 2.2, as JSON and tag-value, by other people's rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ntia_conformance_checker import SbomChecker

from analyzer.bills.model import Bill
from analyzer.sbom.ids import document_namespace
from analyzer.sbom.spdx import lost_in_spdx, spdx_json, spdx_tag_value
from tests.sbom.bills import FOREIGN, FULL, SHAPES
from tests.sbom.spdxrules import (
    VERSIONS,
    complaints,
    json_of,
    read_json,
    read_tag_value,
    schema,
)
from tests.support.tools import ROOT

every_shape = pytest.mark.parametrize("bill", SHAPES.values(), ids=SHAPES.keys())
every_version = pytest.mark.parametrize("version", VERSIONS)


@every_version
@every_shape
class TestRules:
    def test_schema(self, bill: Bill, version: str) -> None:
        """The JSON schemas that the SPDX project publishes for 2.3 and 2.2."""
        schema(version).validate(json_of(bill, version))

    def test_library_on_json(self, bill: Bill, version: str) -> None:
        """The parser of spdx-tools and its full validation."""
        assert complaints(read_json(bill, version)) == []

    def test_library_on_tag_value(self, bill: Bill, version: str) -> None:
        assert complaints(read_tag_value(bill, version)) == []

    def test_both_forms_are_one_document(self, bill: Bill, version: str) -> None:
        """But for the namespace, which is over the bytes, and the order that the form dictates."""
        one, other = read_json(bill, version), read_tag_value(bill, version)
        other.creation_info.document_namespace = one.creation_info.document_namespace
        for document in (one, other):
            document.files.sort(key=lambda file: file.spdx_id)
            document.relationships.sort(key=repr)
            document.annotations.sort(key=repr)
        assert one == other

    def test_loads_in_the_conformance_checker(
        self, bill: Bill, version: str, tmp_path: Path
    ) -> None:
        """The NTIA checker of the SPDX project counts the packages that are there."""
        if not bill.elements:
            pytest.skip("it cannot hash the NONE that a document of nothing describes")
        for name, data in (
            ("a.spdx.json", spdx_json(bill, version)),
            ("a.spdx", spdx_tag_value(bill, version)),
        ):
            path = tmp_path / name
            path.write_bytes(data)
            checker: Any = SbomChecker(str(path))
            assert checker.parsing_errors == checker.validation_messages == []
            assert checker.doc_version
            expected = len(json_of(bill, version).get("packages", []))
            assert checker.get_total_number_components() == expected


@every_version
@every_shape
def test_namespace_is_of_the_bytes(bill: Bill, version: str) -> None:
    """Anybody can recompute it: empty the member and hash the document."""
    for data in (spdx_json(bill, version), spdx_tag_value(bill, version)):
        (namespace,) = {
            line.partition(": ")[2].strip('",')
            for line in data.decode().splitlines()
            if line.lstrip(' "').lower().startswith("documentnamespace")
        }
        assert data.count(namespace.encode()) == 1
        assert document_namespace(data.replace(namespace.encode(), b"")) == namespace


def test_same_bytes_whatever_the_environment() -> None:
    """Neither hash seed nor time zone nor locale shows through."""
    code = (
        "import sys; from tests.sbom.bills import *; from analyzer.sbom.spdx import *\n"
        "for bill in SHAPES.values():\n"
        "    for version in ('2.3', '2.2'):\n"
        "        sys.stdout.buffer.write(spdx_json(bill, version))\n"
        "        sys.stdout.buffer.write(spdx_tag_value(bill, version))\n"
        "        sys.stdout.buffer.write(repr(lost_in_spdx(bill, version)).encode())\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **settings},
            capture_output=True,
            check=True,
        ).stdout
        for settings in (
            {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
            {"PYTHONHASHSEED": "2", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"},
        )
    ]
    assert runs[0] == runs[1] != b""


def test_order_of_relations_does_not_matter() -> None:
    """They are a set; so are remarks."""
    turned = replace(
        FULL, relations=FULL.relations[::-1] + FULL.relations, remarks=FULL.remarks[::-1]
    )
    assert spdx_json(turned) == spdx_json(FULL)
    assert spdx_tag_value(turned) == spdx_tag_value(FULL)


def test_what_is_lost_is_told() -> None:
    """Everything odd in a bill from elsewhere, counted by hand."""
    assert {each.what: each.count for each in lost_in_spdx(FOREIGN)} == {
        "creators without a name": 1,
        "digests that SPDX has no place for (kept as text)": 2,
        "download location that is no address (kept as text)": 1,
        "elements that a statement of completeness is about": 2,
        "evidence (kept as text)": 1,
        "files without a SHA-1": 1,
        "home page that is no address (kept as text)": 1,
        "kinds of creators (written as organizations)": 1,
        "kinds of elements (kept as text)": 3,
        "kinds of suppliers (written as organizations)": 1,
        "licences that are no valid expression (kept as LicenseRef)": 1,
        "names of licences that SPDX does not allow (given another name)": 1,
        "names that are not stated (kept as text)": 1,
        "namespaces (kept as text)": 1,
        "other documents without an address and a SHA-1": 1,
        "package URL that is none (kept as text)": 1,
        "references that SPDX has no type for (kept as text)": 2,
        "refs that are no SPDXID (given another name)": 7,
        "refs that several elements have; the first has their relations": 1,
        "relations that SPDX has no word for (kept as OTHER)": 1,
        "relations with an element that is not in the document": 4,
        "subjects that are no element": 1,
        "time of creation (kept as text)": 1,
    }


def test_what_is_kept_as_text_is_there() -> None:
    """Nothing that has no member of its own is gone."""
    text = spdx_tag_value(FOREIGN).decode()
    for words in (
        "Digest: sha256:short",
        "Digest: md5+b64:AA==",
        "Download location: on a disk",
        "Shown by a.jar (inside b.jar, confidence 0.5)",
        "Home page: none of yours",
        "Kind: platform",
        "ExtractedText: GPLv2 or so",
        "ExtractedText: own text",
        "Namespace: @scope",
        "Package URL: pkg:npm",
        "cpe23Type: cpe:nothing",
        "y z: a b",
        "RelationshipComment: IS_FOND_OF: very",
        "2024-01-02T05:04:05.123+02:00",
    ):
        assert words in text


def test_our_own_documents_lose_little() -> None:
    assert {each.what: each.count for each in lost_in_spdx(FULL)} == {
        "elements that a statement of completeness is about": 1,
        "lifecycle (kept as text)": 1,
        "properties (kept as annotations)": 3,
        "what else is said of files (kept as text)": 1,
    }


def test_json_ends_as_text_does() -> None:
    data = spdx_json(FULL)
    assert data.endswith(b"}\n")
    assert json.loads(data)["spdxVersion"] == "SPDX-2.3"
