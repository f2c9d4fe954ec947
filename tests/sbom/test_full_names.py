"""SPDX has no member for a namespace, so names stand there as their ecosystems write them."""

from __future__ import annotations

import json

import pytest

from analyzer.bills.model import Bill, Element
from analyzer.sbom.spdx import spdx_json
from analyzer.sbom.spdx3 import spdx3_json

NAMES = {
    "@angular/core": ("@angular", "core", "pkg:npm/%40angular/core@17.0.0"),
    "github.com/evilmartians/lefthook/v2": (
        "github.com/evilmartians/lefthook",
        "v2",
        "pkg:golang/github.com/evilmartians/lefthook/v2@v2.2.2",
    ),
    "org.slf4j:slf4j-api": ("org.slf4j", "slf4j-api", "pkg:maven/org.slf4j/slf4j-api@2.0.9"),
    "laravel/framework": ("laravel", "framework", "pkg:composer/laravel/framework@10.0"),
    "left-pad": ("", "left-pad", "pkg:npm/left-pad@1.3.0"),
}
"""As package.json, go.mod, Maven's coordinates and composer.json write them."""


@pytest.mark.parametrize(("full", "parts"), NAMES.items())
def test_a_name_stands_in_full(full: str, parts: tuple[str, str, str]) -> None:
    namespace, name, purl = parts
    element = Element("p", "package", name, namespace=namespace, purl=purl)
    bill = Bill("b", ("p",), (element,), created="2024-01-01T00:00:00Z")
    (package,) = json.loads(spdx_json(bill))["packages"]
    assert package["name"] == full
    graph = json.loads(spdx3_json(bill))["@graph"]
    assert full in {each.get("name") for each in graph if each["type"] == "software_Package"}
