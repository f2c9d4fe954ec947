"""Bills as SPDX 3.0.1, read back by the SPDX project's bindings, which check every value."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ntia_conformance_checker import SbomChecker
from spdx_python_model import load_data

from analyzer.bills.model import Bill, Completeness, Element, Relation
from analyzer.sbom.ids import document_namespace
from analyzer.sbom.spdx3 import lost_in_spdx3, spdx3_json
from tests.sbom.bills import CREATED, FOREIGN, FULL, INDEX, MANIFEST, SHAPES
from tests.sbom.test_spdx_tagvalue import HOSTILE
from tests.sbom.test_spdx_tagvalue import bill_of as hostile_bill_of
from tests.support.tools import ROOT

NIL = b"urn:uuid:00000000-0000-0000-0000-000000000000"
TERMS = "https://spdx.org/rdf/3.0.1/terms/"
every_shape = pytest.mark.parametrize("bill", SHAPES.values(), ids=SHAPES.keys())
Json = dict[str, Any]


def graph(bill: Bill) -> list[Json]:
    document = json.loads(spdx3_json(bill))
    assert document["@context"] == "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
    found: list[Json] = document["@graph"]
    return found


def of_type(bill: Bill, kind: str) -> list[Json]:
    return [each for each in graph(bill) if each["type"] == kind]


def package(bill: Bill, name: str) -> Json:
    (found,) = (each for each in of_type(bill, "software_Package") if each["name"] == name)
    return found


def relations(bill: Bill) -> set[tuple[str, str, str]]:
    """With names, or the ends of identifiers, for what they lead from and to."""
    objects = graph(bill)
    names = {each["spdxId"]: each.get("name") for each in objects if "spdxId" in each}

    def named(end: str) -> str:
        return names.get(end) or end.rpartition("#")[2]

    return {
        (named(each["from"]), each["relationshipType"], named(other))
        for each in objects
        if each["type"].endswith("Relationship")
        for other in each["to"]
    }


@every_shape
class TestRules:
    def test_reads_back(self, bill: Bill) -> None:
        """Types, vocabularies and cardinalities, and that everything that is named is there."""
        _, objects = load_data(json.loads(spdx3_json(bill)))
        outside = {
            each["externalSpdxId"]
            for document in of_type(bill, "SpdxDocument")
            for each in document.get("import", ())
        }
        assert objects.missing_ids <= outside

    def test_conformance_checker(self, bill: Bill, tmp_path: Path) -> None:
        """The NTIA checker of the SPDX project finds nothing wrong with the form."""
        path = tmp_path / "a.spdx3.json"
        path.write_bytes(spdx3_json(bill))
        checker: Any = SbomChecker(str(path), sbom_spec="spdx3")
        assert checker.parsing_errors == checker.validation_messages == []
        packages = [each for each in bill.elements if each.kind != "file"]
        assert checker.get_total_number_components() == len(packages)

    def test_namespace_is_of_the_document(self, bill: Bill) -> None:
        """Anybody can recompute it: put the nil UUID in its place and hash the bytes."""
        data = spdx3_json(bill)
        (document,) = (e for e in json.loads(data)["@graph"] if e["type"] == "SpdxDocument")
        namespace = document["spdxId"].partition("#")[0]
        assert document_namespace(data.replace(namespace.encode(), NIL)) == namespace


def test_same_bytes_whatever_the_environment() -> None:
    code = (
        "import sys; from tests.sbom.bills import *; from analyzer.sbom.spdx3 import *\n"
        "for bill in SHAPES.values():\n"
        "    sys.stdout.buffer.write(spdx3_json(bill) + repr(lost_in_spdx3(bill)).encode())\n"
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


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts(text: str) -> None:
    data = spdx3_json(hostile_bill_of(text))
    document = json.loads(data)
    load_data(document)
    json.dumps(document, ensure_ascii=False).encode()  # raises for a lone surrogate
    assert all(c.isprintable() or c == "\n" for c in data.decode())


def test_a_text_like_the_namespace_stays() -> None:
    """Only identifiers are filled in."""
    text = f"{NIL.decode()}#SPDXRef-x"
    made = replace(FULL, name=text, elements=(*FULL.elements, Element("x", "library", text)))
    assert package(made, text)["name"] == text


def test_image() -> None:
    found = package(FULL, "registry.example/team/app")
    assert found["software_primaryPurpose"] == "container"
    assert found["software_packageVersion"] == MANIFEST
    assert found["software_packageUrl"].startswith(f"pkg:oci/app@{MANIFEST}")
    assert found["verifiedUsing"] == [
        {"type": "Hash", "algorithm": "sha256", "hashValue": MANIFEST.removeprefix("sha256:")}
    ]


def test_package() -> None:
    found = package(FULL, "libc6")
    assert {each["externalIdentifierType"] for each in found["externalIdentifier"]} == {
        "cpe22", "cpe23", "swhid",
    }  # fmt: skip
    assert {each["externalRefType"] for each in found["externalRef"]} == {"securityAdvisory", "vcs"}
    assert found["software_copyrightText"].startswith("Copyright 1991")
    assert found["software_sourceInfo"] == "Recorded in var/lib/dpkg/status (layer 0)"
    agents = {each["spdxId"]: each["name"] for each in graph(FULL) if "name" in each}
    assert agents[found["suppliedBy"]] == "GNU Libc Maintainers"
    assert [agents[each] for each in found["originatedBy"]] == ["Jane Doe"]


def test_files_need_no_sha1() -> None:
    (sha256,) = (f"sha256:{hashlib.sha256(b'x').hexdigest()}",)
    bill = Bill("x", ("f",), (Element("f", "file", "x", digests=(sha256,)),), created=CREATED)
    (found,) = of_type(bill, "software_File")
    assert found["verifiedUsing"][0]["hashValue"] == sha256[7:]


def test_relations() -> None:
    """Those that SPDX 2 reads from the part to the whole are turned round."""
    found = relations(FULL)
    assert ("libc6", "dependsOn", "base-files") in found
    assert ("registry.example/team/app", "contains", "libc6") in found
    assert ("base-files", "dependsOn", "NoAssertionElement") in {
        (one, how, other.rpartition("/")[2]) for one, how, other in found
    }
    assert ("sha256:22", "hasVariant", "app") in relations(INDEX)
    scoped = replace(FULL, relations=(Relation("Layer-0", "TEST_TOOL_OF", "Image-app"),))
    (made,) = of_type(scoped, "LifecycleScopedRelationship")
    assert (made["scope"], made["relationshipType"]) == ("test", "usesTool")


@pytest.mark.parametrize(
    ("aggregate", "theirs"),
    [("complete", "complete"), ("incomplete", "incomplete"), ("unknown", "noAssertion")],
)
def test_completeness_of_the_image(aggregate: Any, theirs: str) -> None:  # noqa: ANN401 (a literal)
    bill = replace(FULL, completeness=(Completeness("image", aggregate, "", ("Image-app",)),))
    (made,) = (
        each
        for each in of_type(bill, "Relationship")
        if each["from"].endswith("#SPDXRef-Image-app") and each["relationshipType"] == "contains"
    )
    assert made["completeness"] == theirs


def test_licences() -> None:
    expressions = {
        each["simplelicensing_licenseExpression"]: each
        for each in of_type(FULL, "simplelicensing_LicenseExpression")
    }
    assert set(expressions) == {
        "MIT", "LGPL-2.1-or-later", "LGPL-2.1-or-later AND LicenseRef-odd",
    }  # fmt: skip
    (text,) = of_type(FULL, "simplelicensing_SimpleLicensingText")
    assert text["simplelicensing_licenseText"] == "Do what you want\n\nwith it."
    custom = expressions["LGPL-2.1-or-later AND LicenseRef-odd"]["simplelicensing_customIdToUri"]
    assert custom == [{"type": "DictionaryEntry", "key": "LicenseRef-odd", "value": text["spdxId"]}]
    assert ("base-files", "hasDeclaredLicense") in {(one, how) for one, how, _ in relations(FULL)}


def test_creation() -> None:
    (info,) = of_type(FULL, "CreationInfo")
    assert (info["specVersion"], info["created"]) == ("3.0.1", CREATED)
    assert len(info["createdBy"]) == 2
    assert [each.partition("#")[2][:13] for each in info["createdUsing"]] == ["Tool-ociscope"]
    (sbom,) = of_type(FULL, "software_Sbom")
    assert sbom["software_sbomType"] == ["analyzed"]


def test_what_is_lost_is_told() -> None:
    lost = {each.what: each.count for each in lost_in_spdx3(FOREIGN)}
    assert lost["relations with an element that is not in the document"] == 3
    assert lost["relations that SPDX has no word for (kept as other)"] == 1
    assert lost["evidence (kept as text)"] == 1
    assert "files without a SHA-1" not in lost
