"""The short way that most files and dependencies take comes to what the libraries write."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.schema.schema import SchemaVersion1Dot5, SchemaVersion1Dot6, SchemaVersion1Dot7

from analyzer import analyze
from analyzer.bills.model import Bill
from analyzer.sbom import cdxwrite, spdx
from analyzer.sbom.cdxplain import plain_form
from analyzer.sbom.spdxmodel import document_of
from tests.sbom import bills, handmade
from tests.sbom.test_files import billed, path

__all__ = ["path"]
VIEWS = (SchemaVersion1Dot5, SchemaVersion1Dot6, SchemaVersion1Dot7)
SHA_1 = HashType(alg=HashAlgorithm.SHA_1, content="a" * 40)
MD5 = HashType(alg=HashAlgorithm.MD5, content="a" * 32)
SHA_256 = HashType(alg=HashAlgorithm.SHA_256, content="b" * 64)
STREEBOG = HashType(alg=HashAlgorithm.STREEBOG_256, content="c" * 64)
PROPERTIES = [Property(name=name, value=value) for name, value in (("b", "1"), ("a", "2 \n"))]
BILLS = {
    "bill": bills.FULL,
    "foreign": bills.FOREIGN,
    "kinds": bills.KINDS,
    "handmade": handmade.FULL,
    "hostile": handmade.hostile_bill(),
}


def made(kind: ComponentType = ComponentType.FILE, **members: object) -> Component:
    return Component(name="usr/bin/x", type=kind, bom_ref="File-x", **members)  # type: ignore[arg-type]


PLAIN: dict[str, Any] = {
    "bare": made(),
    "hashes": made(hashes=[SHA_256, SHA_1]),
    "properties": made(hashes=[SHA_1], properties=PROPERTIES),
    "alone": Dependency(BomRef("a")),
    "needs": Dependency(BomRef("a"), [Dependency(BomRef(ref)) for ref in "cbd"]),
}
OTHERS = {
    "no file": made(ComponentType.LIBRARY),
    "version": made(version="1"),
    "scope": made(scope=ComponentScope.EXCLUDED),
    "hash of few versions": made(hashes=[STREEBOG]),
    "another hash": made(hashes=[MD5]),
    "copyright": made(copyright="me"),
    "empty property": made(properties=[Property(name="a", value="")]),
    "no name": Component(name="", type=ComponentType.FILE, bom_ref="a"),
    "no ref": Component(name="a", type=ComponentType.FILE),
    "parts": made(components=[made()]),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_part_is_what_the_library_writes(name: str, view: type) -> None:
    written = PLAIN[name].as_json(view_=view)
    assert json.dumps(plain_form(PLAIN[name])) == written


@pytest.mark.parametrize("name", OTHERS)
def test_a_part_with_more_is_left_to_the_library(name: str) -> None:
    assert plain_form(OTHERS[name]) is None


def documents(bill: Bill) -> list[bytes]:
    found = [cdxwrite.json_document(bill, version) for version in ("1.5", "1.6", "1.7")]
    return [*found, *(spdx.spdx_json(bill, version) for version in ("2.3", "2.2"))]


def without_short_ways(bill: Bill, patch: pytest.MonkeyPatch) -> list[bytes]:
    with patch.context() as library_only:
        library_only.setattr(cdxwrite, "plain_form", lambda _: None)
        library_only.setattr(spdx, "plain_file", lambda _: None)
        return documents(bill)


@pytest.mark.parametrize("name", BILLS)
def test_documents_are_the_same_without_the_short_way(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert documents(BILLS[name]) == without_short_ways(BILLS[name], monkeypatch)


def test_files_of_an_image_are_the_same_without_the_short_way(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bill = billed(analyze(str(path), files=True))
    short = [spdx.plain_file(file) for file in document_of(bill, "2.3")[0].files]
    assert len(short) == 8
    assert all(short)
    assert documents(bill) == without_short_ways(bill, monkeypatch)
    odd = replace(bill, elements=tuple(replace(e, copyright="me") for e in bill.elements))
    assert documents(odd) == without_short_ways(odd, monkeypatch)
