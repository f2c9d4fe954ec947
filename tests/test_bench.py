"""`scripts/bench.py` works: every row is measured, on an image too small to say anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
ROWS = (
    "floor, one core",
    "scan, no catalogers, one core",
    "report, no catalogers, one core",
    "report, all catalogers, one core",
    "hash only",
    "floor",
    "scan, no catalogers",
    "report, no catalogers",
    "report, all catalogers",
    "ociscope ids",
    "ociscope packages",
    "ociscope packages, warm",
    "ociscope files",
    "ociscope files, warm",
    "ociscope analyze",
    "one image, read for diff",
    "two that share all but one layer, compared",
    "ociscope diff, all layers but one shared",
    "ociscope diff, no layer shared",
    "ociscope analyze -d",
    "tar xf",
)
"""Of both codecs; umoci, where it is, has a row for gzip."""
OTHERS = (
    "ociscope --help",
    *(
        f"{form}, {packages} packages"
        for form in ("spdx-json", "spdx-tv", "cyclonedx-json", "cyclonedx-xml")
        for packages in (1_500, 10_000)
    ),
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """What one tiny run prints, and the figures it writes."""
    folder = tmp_path_factory.mktemp("bench")
    figures = folder / "out.json"
    script = str(ROOT / "scripts" / "bench.py")
    others = ["--trivy", "", "--syft", ""]
    done = subprocess.run(
        [sys.executable, script, "--tiny", "--json", figures, "--cache", folder, *others],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(figures.read_text())


def test_every_row_is_printed_for_each_codec(bench: tuple[str, dict[str, Any]]) -> None:
    printed, _ = bench
    for name in ROWS:
        assert sum(line.startswith(f"{name}  ") for line in printed.splitlines()) == 2, name
    assert "ociscope --help" in printed
    assert "x floor" in printed


def test_the_figures_are_written_as_json(bench: tuple[str, dict[str, Any]]) -> None:
    _, figures = bench
    names = [(row["codec"], row["name"]) for row in figures["rows"]]
    expected = {(codec, name) for codec in ("gzip", "zstd") for name in ROWS}
    others = {(None, name) for name in OTHERS}
    assert {*names} - {("gzip", "umoci unpack")} == {*expected, *others}
    assert not any("error" in row for row in figures["rows"])
    assert all(row["best"] > 0 and row["peak_bytes"] > 0 for row in figures["rows"])


def test_both_codecs_hold_the_same_entries(bench: tuple[str, dict[str, Any]]) -> None:
    _, figures = bench
    scans = [row for row in figures["rows"] if row["name"] == "scan, no catalogers"]
    assert [row["entries"] for row in scans] == [figures["image"]["entries"]] * 2


def test_growth_measures_every_case() -> None:
    script = str(ROOT / "scripts" / "growth.py")
    done = subprocess.run(
        [sys.executable, script, "--tiny", "-n", "1"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith("1 layer of 10 GB")
