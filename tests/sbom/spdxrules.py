"""SPDX documents held against other people's rules, in both versions and both forms."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft7Validator
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.parser.tagvalue.parser import Parser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from analyzer.bills.model import Bill
from analyzer.sbom.spdx import spdx_json, spdx_tag_value
from tests.support.tools import shared

VERSIONS = ("2.3", "2.2")
Json = dict[str, Any]


@cache
def schema(version: str) -> Draft7Validator:
    """Of the SPDX project, by its tag."""
    name = f"spdx-{version}.schema.json"
    return Draft7Validator(json.loads(shared("schemas", name).read_bytes()))


def json_of(bill: Bill, version: str = "2.3") -> Json:
    """A bill as JSON, parsed."""
    document: Json = json.loads(spdx_json(bill, version))
    return document


def read_json(bill: Bill, version: str = "2.3") -> Document:
    """A bill as JSON, read by spdx-tools."""
    parser: Any = JsonLikeDictParser
    document: Document = parser().parse(json_of(bill, version))
    return document


def read_tag_value(bill: Bill, version: str = "2.3") -> Document:
    """A bill as tag-value, read by spdx-tools."""
    return parse_tag_value(spdx_tag_value(bill, version).decode())


def parse_tag_value(text: str) -> Document:
    """As `spdx_tools.spdx.parser.tagvalue.tagvalue_parser` reads a file."""
    parser: Any = Parser
    document: Document = parser().parse(text)
    return document


def complaints(document: Document) -> list[str]:
    """Of spdx-tools' full validation."""
    return [message.validation_message for message in validate_full_spdx_document(document)]


def package(document: Json, name: str) -> Json:
    """The one package of a name."""
    (found,) = (each for each in document["packages"] if each["name"] == name)
    assert isinstance(found, dict)
    return found
