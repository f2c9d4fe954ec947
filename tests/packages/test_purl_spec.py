"""Package URLs against the purl specification's own tests and type definitions.

The source distribution of packageurl-python has the suite in its first form, which is read on every
machine. The newest tests and definitions are read where `PURL_SPEC` names a work tree of
https://github.com/package-url/purl-spec.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analyzer.packages.purl import written
from analyzer.packages.purltypes import TYPES
from tests.support.sdists import from_sdist

PROJECT, SUITE = "packageurl-python", "tests/data/test-suite-data.json"
NOT_IN_IMAGES = {"bazel", "chrome-extension", "docker"}
NO_NAMESPACE = {"golang"}
"""Where we allow what the definition does not; `purltypes` says why."""


@cache
def documents(folder: str) -> dict[str, Any]:
    """Every JSON document below a folder of the specification, by path."""
    if "PURL_SPEC" not in os.environ:
        pytest.skip("PURL_SPEC names no work tree of purl-spec")
    spec = Path(os.environ["PURL_SPEC"])
    files = sorted((spec / folder).rglob("*.json"))
    return {path.relative_to(spec).as_posix(): json.loads(path.read_bytes()) for path in files}


def builds() -> list[dict[str, Any]]:
    """The tests that build a purl from components, but of subpaths, which we never write."""
    tests = [test for document in documents("tests").values() for test in document["tests"]]
    return [t for t in tests if t["test_type"] == "build" and not t["input"].get("subpath")]


def build(test: dict[str, Any]) -> str:
    """Our writing of the input of a test."""
    given = test["input"]
    parts = [given.get(key) or "" for key in ("type", "namespace", "name", "version")]
    kind, namespace, name, version = parts
    return written(kind, namespace, name, version, given.get("qualifiers") or {})


def first_suite() -> list[dict[str, Any]]:
    """The suite as one list, of which each test is a purl and its components."""
    tests: list[dict[str, Any]] = json.loads(from_sdist(PROJECT, SUITE))
    return [test for test in tests if not test["subpath"]]


def test_components_give_the_purls_of_the_first_suite() -> None:
    tests = [test for test in first_suite() if not test["is_invalid"]]
    assert len(tests) > 20
    for test in tests:
        before, mark, qualifiers = test["canonical_purl"].partition("?")
        # It left the slash in qualifiers as it is, which the standard encodes (ECMA-427).
        assert build({"input": test}) == before + mark + qualifiers.replace("/", "%2F")


def test_what_the_first_suite_refuses_we_refuse() -> None:
    tests = [test for test in first_suite() if test["is_invalid"] and test["type"] is not None]
    assert tests
    for test in tests:
        with pytest.raises(ValueError, match=r"package URL|name|qualifier"):
            build({"input": test})


def test_components_give_the_purls_of_the_suite() -> None:
    wrong = []
    tests = [test for test in builds() if not test["expected_failure"]]
    assert len(tests) > 100
    for test in tests:
        found = build(test)
        if found != test["expected_output"]:
            wrong.append((test["input"], found, test["expected_output"]))
    assert wrong == []


def test_what_the_suite_refuses_we_refuse() -> None:
    tests = [test for test in builds() if test["expected_failure"]]
    assert len(tests) > 10
    for test in tests:
        with pytest.raises(ValueError, match=r"package URL|name|qualifier"):
            build(test)


def test_what_the_suite_reads_is_written_in_its_canonical_form() -> None:
    """Components that a purl parses to, written, are the canonical form of the same purl."""
    tests = [test for document in documents("tests").values() for test in document["tests"]]
    canonical = {
        test["input"]: test["expected_output"]
        for test in tests
        if test["test_type"] == "validate" and not test["expected_failure"]
    }
    compared = 0
    for test in tests:
        reads = test["test_type"] == "parse" and not test["expected_failure"]
        if reads and test["input"] in canonical and not test["expected_output"]["subpath"]:
            compared += 1
            assert build({"input": test["expected_output"]}) == canonical[test["input"]]
    assert compared > 100


def test_the_table_of_types_is_that_of_the_definitions() -> None:
    found = {document["type"]: document for document in documents("types").values()}
    assert set(found) - NOT_IN_IMAGES == set(TYPES)
    for name, rules in TYPES.items():
        definition = found[name]
        wanted = definition["namespace_definition"]["requirement"]
        assert rules.namespace == wanted or name in NO_NAMESPACE, name
        folded = {
            part
            for part in ("namespace", "name", "version")
            if definition.get(f"{part}_definition", {}).get("case_sensitive") is False
        }
        assert rules.folded == folded, name
