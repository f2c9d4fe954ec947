"""CycloneDX documents of the writer, read back and held against the official schemas."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from functools import cache
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from cyclonedx.validation.xml import XmlValidator

from analyzer.bills.model import Bill
from analyzer.sbom.cyclonedx import cyclonedx_json, cyclonedx_xml

Json = dict[str, Any]
VERSIONS = {"1.5": SchemaVersion.V1_5, "1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}


@cache
def json_validator(version: str) -> JsonStrictValidator:
    """The schema of OWASP that comes with the library."""
    return JsonStrictValidator(VERSIONS[version])


@cache
def xml_validator(version: str) -> XmlValidator:
    """The same as XSD, in which a `bom-ref` is unique in the document."""
    return XmlValidator(VERSIONS[version])


def checked_json(bill: Bill, version: str = "1.6") -> Json:
    """The document as JSON, valid, closed in itself, and fit for a terminal."""
    data = cyclonedx_json(bill, version).decode()
    assert json_validator(version).validate_str(data) is None
    assert all(each.isprintable() or each == "\n" for each in data)
    document: Json = json.loads(data)
    assert_closed(document)
    return document


def checked_xml(bill: Bill, version: str = "1.6") -> ET.Element:
    """The document as XML, valid."""
    data = cyclonedx_xml(bill, version).decode()
    assert xml_validator(version).validate_str(data) is None
    return ET.fromstring(data)  # noqa: S314 (we wrote it)


def assert_closed(document: Json) -> None:
    """Every reference is to a component of the document, and each has one dependency entry.

    CycloneDX 1.6, `dependencies`: what has none must be declared as an empty element.
    """
    refs = [each["bom-ref"] for each in components(document)]
    assert len(set(refs)) == len(refs)
    entries = document.get("dependencies", [])
    assert sorted(each["ref"] for each in entries) == sorted(refs)
    needed = {ref for each in entries for ref in each.get("dependsOn", ())}
    assembled = {ref for each in document.get("compositions", ()) for ref in each["assemblies"]}
    remarked = {ref for each in document.get("annotations", ()) for ref in each["subjects"]}
    assert needed | assembled | remarked <= set(refs)


def components(document: Json) -> list[Json]:
    """The subject, if there is one, and all that is listed."""
    subject = document["metadata"].get("component")
    return [*([subject] if subject else []), *document.get("components", [])]


def component(document: Json, name: str) -> Json:
    """The one component of a name."""
    (found,) = (each for each in components(document) if each["name"] == name)
    return found


def properties(holder: Json) -> dict[str, str]:
    """Properties by name; of one that stands twice, the last."""
    return {each["name"]: each.get("value", "") for each in holder.get("properties", ())}


def needs(document: Json) -> dict[str, list[str]]:
    """What each component depends on."""
    return {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}
