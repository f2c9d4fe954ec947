"""What is imported before anything is done: start-up time is a feature."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cli.harness import APK, program
from tests.support.tools import ROOT

HEAVY = {
    "isal",
    "jsonschema",
    "license_expression",
    "packageurl",
    "packaging",
    "rich",
    "spdx_tools",
    "tabulate",
    "univers",
    "zstandard",
}
LISTING = """
import json, sys
from analyzer.cli.app import main
sys.argv = ["ociscope", *json.loads(sys.argv[1])]
try:
    main()
finally:
    print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def imported(*words: object) -> set[str]:
    """The top-level modules that a run has imported."""
    done = subprocess.run(
        [sys.executable, "-c", LISTING, json.dumps([*map(str, words)])],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_and_version_import_no_library_but_typer(word: str) -> None:
    found = imported(word)
    assert "typer" in found
    assert found & HEAVY == set()


@pytest.mark.parametrize(
    "verb", ["analyze", "inspect", "ids", "packages", "files", "log", "sbom", "diff"]
)
def test_help_of_a_command_imports_no_library_but_typer(verb: str) -> None:
    assert imported(verb, "--help") & HEAVY == set()


@pytest.mark.parametrize("verb", ["inspect", "ids"])
def test_looking_at_ids_imports_nothing_of_sboms_or_versions(verb: str) -> None:
    unwanted = {"spdx_tools", "license_expression", "univers", "rich", "jsonschema"}
    assert imported(verb, APK) & unwanted == set()


def test_an_sbom_does_import_its_library() -> None:
    assert "spdx_tools" in imported("sbom", APK)


def test_a_run_needs_no_home_and_no_temporary_folder() -> None:
    answer = program("ids", APK, HOME="/nonexistent", TMPDIR="/nonexistent")
    assert (answer.code, answer.err) == (0, "")
