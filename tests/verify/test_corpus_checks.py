"""`verify` on archives that other projects test with, against what was measured there.

`corpus/INDEX.md` says of each file, by skopeo and by hashing with standard tools, whether the
config's name is its SHA-256, whether the layers match the diff IDs, and how many descriptors lead
to other bytes or to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.cli.harness import call
from tests.support.tools import ROOT, shared

CORPUS = ROOT.parent / "shared/corpus"
SAID = {
    "config": re.compile(r"config name = its sha256: (yes|NO)"),
    "diff-ids": re.compile(r"layers match diff_ids: (yes|NO)"),
    "digests": re.compile(r"digest mismatches (\d+)"),
    "missing": re.compile(r"layers missing (\d+)"),
}
GOOD = {"yes", "0"}
NOT_AS_LISTED = {"diff-ids", "counts", "layers", "presence"}
"""Checks in which layers that do not match diff IDs show."""
Fact = tuple[str, str, bool]


def _facts() -> Iterator[Fact]:
    """Path, what was measured, and whether it was well."""
    index = CORPUS / "INDEX.md"
    for line in index.read_text("utf-8").splitlines() if index.exists() else ():
        cells = [cell.strip() for cell in line.split("|")]
        if not cells[1:] or not cells[1].startswith(("archives/", "layouts/", "malformed/")):
            continue
        for what, pattern in SAID.items():
            if found := pattern.search(line):
                yield cells[1], what, found[1] in GOOD


FACTS = list(_facts())


def about(what: str) -> pytest.MarkDecorator:
    chosen = [(path, good) for path, fact, good in FACTS if fact == what]
    return pytest.mark.parametrize(("path", "good"), chosen, ids=[path for path, _ in chosen])


def errors(path: str) -> list[tuple[str, str]]:
    """Check and member of each finding of severity error."""
    answer = call("verify", shared("corpus", path), "-o", "json")
    assert answer.code in {0, 1, 3}, answer.err
    checks = answer.json["checks"]
    return [
        (c["name"], f["where"]) for c in checks for f in c["findings"] if f["severity"] == "error"
    ]


@about("config")
def test_names_of_configs(path: str, good: bool) -> None:  # noqa: FBT001 - a column
    named = {where for check, where in errors(path) if check == "member-names"}
    configs = {where for where in named if where.endswith(".json") or "sha256:" in where}
    assert bool(configs) is not good


@about("diff-ids")
def test_diff_ids(path: str, good: bool) -> None:  # noqa: FBT001 - a column
    assert bool({check for check, _ in errors(path)} & NOT_AS_LISTED) is not good


@about("digests")
def test_digests(path: str, good: bool) -> None:  # noqa: FBT001 - a column
    assert ("digests" in {check for check, _ in errors(path)}) is not good


@about("missing")
def test_missing_layers(path: str, good: bool) -> None:  # noqa: FBT001 - a column
    if not good:
        assert "presence" in {check for check, _ in errors(path)}
