"""A document converted to another format and back says of every package what it said before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.harness import APK, MULTI, call

MEMBERS = (
    *("name", "versionInfo", "supplier", "licenseDeclared", "licenseConcluded", "checksums"),
    *("copyrightText", "homepage", "externalRefs"),
)
RELATIONS = ("CONTAINS", "DEPENDS_ON", "DESCRIBES")
Json = dict[str, Any]


def packages(document: Json) -> dict[str, Json]:
    """What is said of each package, by its SPDXID."""
    return {
        each["SPDXID"]: {name: each.get(name) for name in MEMBERS} for each in document["packages"]
    }


def relations(document: Json) -> set[tuple[str, str, str]]:
    return {
        (each["spdxElementId"], each["relationshipType"], each["relatedSpdxElement"])
        for each in document["relationships"]
        if each["relationshipType"] in RELATIONS
    }


def converted(source: Path, form: str, target: Path) -> Json:
    assert call("sbom", source, "-o", f"{form}={target}").code == 0
    return json.loads(target.read_bytes()) if form.endswith("json") else {}


@pytest.mark.parametrize("between", ["cyclonedx-json", "cyclonedx-json@1.7", "cyclonedx-xml"])
@pytest.mark.parametrize("image", [APK, MULTI], ids=lambda path: path.name)
def test_spdx_to_cyclonedx_and_back(image: Path, between: str, tmp_path: Path) -> None:
    """What CycloneDX has no place for is left out of `MEMBERS` and `RELATIONS`, and told."""
    first, second = tmp_path / "first", tmp_path / "second"
    platform = () if image == APK else ("--platform", "linux/arm64")
    assert call("sbom", image, *platform, "-o", f"spdx-json={first}").code == 0
    converted(first, between, second)
    again = converted(second, "spdx-json", tmp_path / "again")
    before = json.loads(first.read_bytes())
    assert packages(again) == packages(before)
    # The subject of a CycloneDX document depends on what no package needs; SPDX does not say so.
    more = {other for _, kind, other in relations(again) - relations(before)}
    assert relations(before) <= relations(again)
    assert {kind for _, kind, _ in relations(again) - relations(before)} <= {"DEPENDS_ON"}
    assert more <= {each for _, kind, each in relations(before) if kind == "CONTAINS"}


@pytest.mark.parametrize("between", ["spdx-json", "spdx-tv"])
def test_spdx_stays_what_it_is(between: str, tmp_path: Path) -> None:
    """Also the comments on licences: of our documents, and of somebody else's."""
    source, second = tmp_path / "a.spdx.json", tmp_path / "second"
    assert call("sbom", APK, "-o", f"spdx-json={source}").code == 0
    document = json.loads(source.read_bytes())
    comments = ["Stated as: Apache 2; see NOTICE", "The package is dual-licensed.\nAsk Bob."]
    for each, comment in zip(document["packages"], comments, strict=False):
        each["licenseComments"] = comment
    source.write_text(json.dumps(document))
    answer = call("sbom", source, "-o", f"{between}={second}")
    assert "licenseComments" not in answer.err
    again = converted(second, "spdx-json", tmp_path / "again")
    found = {each["SPDXID"]: each.get("licenseComments") for each in again["packages"]}
    assert found == {each["SPDXID"]: each.get("licenseComments") for each in document["packages"]}
    assert packages(again) == packages(document)


def test_a_licence_by_name_gets_an_identifier_in_spdx(tmp_path: Path) -> None:
    """SPDX 2.3, 10.1: what is not on the list is a LicenseRef with its text."""
    source = tmp_path / "a.cdx.json"
    licences = [{"license": {"name": "Our Own Terms"}}, {"license": {"id": "MIT"}}]
    image = {"type": "container", "name": "app", "bom-ref": "app", "version": "1"}
    library = {"type": "library", "name": "a", "bom-ref": "a", "licenses": licences}
    unused = {"type": "library", "name": "b", "bom-ref": "b", "scope": "excluded"}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": image}}
    source.write_text(json.dumps({**document, "components": [library, unused]}))
    found = converted(source, "spdx-json", tmp_path / "again")
    (declared,) = (each["licenseDeclared"] for each in found["packages"] if each["name"] == "a")
    texts = {
        each["licenseId"]: each["extractedText"] for each in found["hasExtractedLicensingInfos"]
    }
    assert [(f"{name} AND MIT", text) for name, text in texts.items()] == [
        (declared, "Our Own Terms")
    ]
    names = {each["SPDXID"]: each["name"] for each in found["packages"]}
    related = {(names.get(one), kind, names.get(other)) for one, kind, other in relations(found)}
    assert ("app", "CONTAINS", "a") in related
    assert ("app", "CONTAINS", "b") not in related
