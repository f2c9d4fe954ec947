"""What is measured: the floor, ourselves, and whatever other tools there are."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchlib.image import CODECS, Facts
from benchlib.measure import ROOT, Row, Task
from benchlib.successor import successor_of

PYTHON = sys.executable
JOBS = str(ROOT / "scripts" / "benchlib" / "jobs.py")
FLOOR, SCAN, HASH = "floor", "scan, no catalogers", "hash only"
REPORT, CATALOGUE = "report, no catalogers", "report, all catalogers"
PACKAGES, FILES = "ociscope packages", "ociscope files"
ONE_SIDE, BOTH_SIDES = "one image, read for diff", "two that share all but one layer, compared"
DIFF, DIFF_APART = "ociscope diff, all layers but one shared", "ociscope diff, no layer shared"
ONE_CORE, WARM = ", one core", ", warm"
TRIVY, HELP = "trivy, cold", "ociscope --help"


def help_task() -> Task:
    """The start of the program."""
    return Task(HELP, _command("--help"))


PAPERS = (
    ("spdx-json", 1_500, 1.0),
    ("spdx-tv", 1_500, 1.0),
    ("cyclonedx-json", 1_500, 3.0),
    ("cyclonedx-xml", 1_500, 3.0),
    ("spdx-json", 10_000, 5.0),
    ("spdx-tv", 10_000, 5.0),
    ("cyclonedx-json", 10_000, None),
    ("cyclonedx-xml", 10_000, None),
)
"""Form, packages, and the seconds that it may take."""


def paper_tasks(*, tiny: bool) -> list[Task]:
    """Documents written from a report; with `tiny` of a few packages."""
    return [
        Task(
            _paper_name(form, packages),
            (PYTHON, JOBS, f"papers/{form}/{20 if tiny else packages}", "-"),
            inside=True,
        )
        for form, packages, _ in PAPERS
    ]


def paper_limits() -> dict[str, float]:
    """The seconds that a row of `paper_tasks` may take, by its name."""
    return {_paper_name(form, count): most for form, count, most in PAPERS if most is not None}


def _paper_name(form: str, packages: int) -> str:
    return f"{form}, {packages} packages"


def _command(*words: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "analyzer", *words)


def tasks_of(
    facts: Facts, codec: str, trivy: str | None, syft: str | None, scratch: Path
) -> list[Task]:
    """Every row for the layout of one codec; `scratch` is for what is written."""
    layout = str(facts.layout(codec))
    inside = [
        Task(name, (PYTHON, JOBS, job, layout), codec, inside=True)
        for name, job in (
            (FLOOR + ONE_CORE, "floor-1"),
            (SCAN + ONE_CORE, "scan-1"),
            (HASH, "hash"),
            (FLOOR, "floor"),
            (SCAN, "scan"),
            (REPORT + ONE_CORE, "report-1"),
            (CATALOGUE + ONE_CORE, "catalogue-1"),
            (REPORT, "report"),
            (CATALOGUE, "catalogue"),
        )
    ]
    other = str(facts.layout(next(each for each in CODECS if each != codec)))
    ours = _ours(layout, other, codec, scratch)
    return [*inside, *ours, *_others(layout, codec, trivy, syft, scratch)]


def _ours(layout: str, other: str, codec: str, scratch: Path) -> Iterator[Task]:
    """Cold without the cache, warm with one that an unmeasured run has filled.

    `other` is the same image in another codec, of which every layer has to be read.
    """
    home = {"XDG_CACHE_HOME": str(scratch / f"cache-{codec}")}
    yield Task("ociscope ids", _command("ids", layout, "--no-cache"), codec)
    for name, verb in ((PACKAGES, "packages"), (FILES, "files")):
        yield Task(name, _command(verb, layout, "--no-cache"), codec)
        yield Task(name + WARM, _command(verb, layout), codec, environment=home, prepared=True)
    following = str(successor_of(Path(layout), scratch / f"next-{codec}"))
    yield Task("ociscope analyze", _command("analyze", layout, "--no-cache"), codec)
    yield Task(ONE_SIDE, (PYTHON, JOBS, "sides", layout), codec, inside=True)
    yield Task(BOTH_SIDES, (PYTHON, JOBS, "sides", layout, following), codec, inside=True)
    yield Task(DIFF, _command("diff", layout, following, "--no-cache"), codec)
    yield Task(DIFF_APART, _command("diff", layout, other, "--no-cache"), codec)
    out = str(scratch / codec)
    yield Task("ociscope analyze -d", _command("analyze", layout, "-d", out, "--no-cache"), codec)


def _others(
    layout: str, codec: str, trivy: str | None, syft: str | None, scratch: Path
) -> Iterator[Task]:
    """Other tools; what they write is deleted by the shell before each run."""
    if trivy:
        cache, out = scratch / "trivy", scratch / "trivy.json"
        words = [trivy, "image", "-q", "--cache-dir", str(cache), "--input", layout]
        words += ["--format", "cyclonedx", "--output", str(out), "--offline-scan"]
        words += ["--skip-db-update", "--skip-java-db-update"]
        yield Task(TRIVY, _fresh(cache / "fanal", *words), codec)
        yield Task("trivy" + WARM, tuple(words), codec)
    if syft:
        words = [syft, "scan", "-q", f"oci-dir:{layout}", "-o", f"json={scratch}/syft"]
        yield Task("syft", tuple(words), codec)
    if codec == "gzip" and (umoci := shutil.which("umoci")):  # Debian's knows no zstd
        bundle = scratch / "umoci"
        words = [umoci, "unpack", "--rootless", "--image", f"{layout}:bench", str(bundle)]
        yield Task("umoci unpack", _fresh(bundle, *words), codec)
    unpacked = scratch / "tar"
    script = f'mkdir -p "{unpacked}"; for f in "$@"; do tar -C "{unpacked}" -xf "$f"; done'
    layers = [str(path) for path in _layers(Path(layout))]
    yield Task("tar xf", _fresh(unpacked, "/bin/sh", "-c", script, "sh", *layers), codec)


def _fresh(leftover: Path, *words: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", f'rm -rf "{leftover}"; exec "$@"', "sh", *words)


def _layers(layout: Path) -> list[Path]:
    from benchlib.floor import layers_of

    return layers_of(layout)


def floor_of(rows: Sequence[Row], task: Task) -> Row | None:
    """The floor with as many cores as the task had."""
    return row_of(rows, task, FLOOR + ONE_CORE * task.name.endswith(ONE_CORE))


def row_of(rows: Sequence[Row], task: Task, name: str) -> Row | None:
    """The row of that name for the same codec, if it was measured."""
    found = [row for row in rows if row.task.codec == task.codec and row.task.name == name]
    return found[0] if found and found[0].samples else None
