"""Documents of the writers, parsed and held against other people's rules."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft7Validator
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from analyzer.problems import Problem
from analyzer.report import ImageReport, Report
from analyzer.sbom.compose import compose
from analyzer.sbom.created import FROM_IMAGE
from analyzer.sbom.spdx import spdx_json
from tests.sbom.reports import CREATED_SECONDS, make_report
from tests.support.tools import shared

Json = dict[str, Any]


@cache
def official_schema() -> Draft7Validator:
    """Of the SPDX project, tag v2.3."""
    return Draft7Validator(json.loads(shared("schemas", "spdx-2.3.schema.json").read_bytes()))


def check_with_library(document: Json) -> None:
    """Read and validate with spdx-tools."""
    parsed = JsonLikeDictParser().parse(document)  # type: ignore[no-untyped-call] # no annotations
    assert validate_full_spdx_document(parsed) == []


def written(image: ImageReport, *problems: Problem) -> Json:
    """The document of one image, parsed."""
    document: Json = json.loads(spdx_of(make_report(image, problems=problems), image))
    return document


def spdx_of(
    report: Report, image: ImageReport, created: str = CREATED_SECONDS, source: str = FROM_IMAGE
) -> bytes:
    """The SPDX document of one image of a report."""
    return spdx_json(compose(report, image, created=created, created_from=source))


def element(document: Json, purpose: str) -> Json:
    """The one element of a purpose."""
    (found,) = (p for p in document["packages"] if p.get("primaryPackagePurpose") == purpose)
    assert isinstance(found, dict)
    return found


def package(document: Json, name: str = "libc6") -> Json:
    """The one installed package of a name."""
    (found,) = (p for p in document["packages"] if p["name"] == name)
    assert isinstance(found, dict)
    return found


def purls(document: Json) -> list[str]:
    """Every package URL of the document."""
    references = [r for p in document["packages"] for r in p.get("externalRefs", ())]
    return [r["referenceLocator"] for r in references]


def relations(document: Json) -> set[tuple[str, str, str]]:
    """Relationships with ids replaced by names, which are unique in these tests."""
    names = {p["SPDXID"]: p["name"] for p in document["packages"]} | {"SPDXRef-DOCUMENT": "DOC"}
    return {
        (names[r["spdxElementId"]], r["relationshipType"], names[r["relatedSpdxElement"]])
        for r in document["relationships"]
    }
