"""Package URLs against the purl specification's own tests and type definitions.

They are read where a clone of https://github.com/package-url/purl-spec lies (`PURL_SPEC` names
it, else beside the project); without one the tests skip.
"""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analyzer.packages.purl import written
from analyzer.packages.purltypes import TYPES
from tests.support.tools import ROOT

CLONE = Path(
    os.environ.get("PURL_SPEC") or ROOT.parent / ".mirror" / "package-url+purl-spec" / "repo"
)
NOT_IN_IMAGES = {"bazel", "chrome-extension", "docker"}
NO_NAMESPACE = {"golang"}
"""Where we allow what the definition does not; `purltypes` says why."""


def git(*words: str) -> str:
    """What git says of the clone's newest commit."""
    if not CLONE.is_dir():
        pytest.skip("no clone of purl-spec")
    done = subprocess.run(["git", "-C", CLONE, *words], capture_output=True, check=True)
    return done.stdout.decode()


@cache
def documents(folder: str) -> dict[str, Any]:
    """Every JSON document below a folder, by name."""
    names = git("ls-tree", "-r", "--name-only", "HEAD", f"{folder}/").split()
    return {n: json.loads(git("show", f"HEAD:{n}")) for n in names if n.endswith(".json")}


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
