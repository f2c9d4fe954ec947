#!/usr/bin/env python3
"""Measures ociscope on an image of Debian packages against what the work must cost at least.

The floor of each codec is to read every layer, inflate it and take both SHA-256, with the same
libraries and no tar reading. Everything is measured in one run, each in a fresh process and in
turn, and shown as a multiple of that floor: seconds of a shared machine mean little alone.

    scripts/bench.py                    # some minutes; fetches packages on first use
    scripts/bench.py --trivy PATH --json out.json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchlib.aims import aim_text
from benchlib.image import CODECS, Facts, bench_image
from benchlib.measure import ROOT, Row, run_rows
from benchlib.tasks import SCAN, floor_of, help_task, paper_tasks, tasks_of

MIB = 1 << 20


def main() -> None:
    """Build, measure, print."""
    options = _options()
    facts = bench_image(options.cache, "tiny" if options.tiny else options.image)
    if options.build_only:
        print(facts.folder)
        return
    repetitions = 1 if options.tiny else options.repetitions
    with tempfile.TemporaryDirectory(prefix="ociscope-bench-") as scratch:
        codecs = [options.codec] if options.codec else list(CODECS)
        tasks = [
            task
            for codec in codecs
            for task in tasks_of(facts, codec, options.trivy, options.syft, Path(scratch))
        ]
        others = [help_task(), *paper_tasks(tiny=options.tiny)]
        rows = run_rows([*tasks, *others], repetitions)
    _print_table(facts, rows, repetitions)
    if options.json:
        options.json.write_text(json.dumps(_document(facts, rows), indent=1) + "\n")
    failed = [row.task.name for row in rows if row.error and "ociscope" in row.task.name]
    raise SystemExit(f"failed: {', '.join(failed)}" if failed else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tiny", action="store_true", help="a very small image, one repetition")
    parser.add_argument("--image", choices=("auto", "debian", "system"), default="auto")
    parser.add_argument("--build-only", action="store_true", help="make the image, print where")
    parser.add_argument("--codec", choices=CODECS, help="only this one")
    parser.add_argument("-n", "--repetitions", type=int, default=5, metavar="N")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "bench", metavar="DIR")
    parser.add_argument("--trivy", default=shutil.which("trivy"), metavar="PATH")
    parser.add_argument("--syft", default=shutil.which("syft"), metavar="PATH")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    return parser.parse_args()


def _print_table(facts: Facts, rows: Sequence[Row], repetitions: int) -> None:
    stored = ", ".join(f"{size / 1e6:.0f} MB {codec}" for codec, size in facts.stored_bytes.items())
    print(f"image: {facts.kind}, {facts.layers} layers, {facts.entries} entries, ", end="")
    print(f"{facts.tar_bytes / 1e6:.0f} MB of tar ({stored})")
    print(f"here:  Python {platform.python_version()}, {_libraries()}, {os.cpu_count()} cores; ")
    print(f"       {repetitions} repetitions in turn, files in the page cache")
    columns = f"{'best s':>8}{'median s':>10}{'x floor':>9}{'(median)':>10}{'peak MiB':>10}"
    for codec in dict.fromkeys(row.task.codec for row in rows):
        print(f"\n{codec or 'start-up, documents':42}{columns}")
        for row in rows:
            if row.task.codec == codec:
                print(_line(row, rows))
    print(_notes(rows))


def _line(row: Row, rows: Sequence[Row]) -> str:
    floor = floor_of(rows, row.task)
    if row.error:
        return f"{row.task.name:42}  {row.error}"
    ratios = " " * 19
    if floor is not None:
        ratios = f"{row.best / floor.best:9.2f}{row.median / floor.median:10.2f}"
    return (
        f"{row.task.name:42}{row.best:8.3f}{row.median:10.3f}{ratios}{row.peak_bytes / MIB:10.0f}"
        f"{aim_text(row, rows)}"
    )


def _notes(rows: Sequence[Row]) -> str:
    held = [
        f"{sample.more['held_bytes'] / sample.more['entries']:.0f} ({row.task.codec})"
        for row in rows
        if row.task.name == SCAN
        for sample in row.samples[-1:]
        if sample.more["entries"]
    ]
    return (
        f"\nMemory held after the scan and the merge, bytes per entry: {', '.join(held)}.\n"
        "Ratios are to the floor with a thread for every core the row could use: that is what the\n"
        "machine can do, and against one thread they would flatter. Floor and scan are timed\n"
        "without the start of Python, commands with it. Aims are judged by the best runs."
    )


def _libraries() -> str:
    found = []
    for name in ("isal", "zstandard"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)


def _document(facts: Facts, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "image": {
            "kind": facts.kind,
            "layers": facts.layers,
            "entries": facts.entries,
            "tar_bytes": facts.tar_bytes,
            "stored_bytes": dict(facts.stored_bytes),
        },
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "rows": [_row_document(row, floor_of(rows, row.task)) for row in rows],
    }


def _row_document(row: Row, floor: Row | None) -> dict[str, Any]:
    document: dict[str, Any] = {"codec": row.task.codec or None, "name": row.task.name}
    if row.error:
        return document | {"error": row.error}
    return document | {
        "seconds": [round(sample.seconds, 4) for sample in row.samples],
        "best": round(row.best, 4),
        "median": round(row.median, 4),
        "best_ratio": round(row.best / floor.best, 3) if floor else None,
        "median_ratio": round(row.median / floor.median, 3) if floor else None,
        "peak_bytes": row.peak_bytes,
        **{key: value for key, value in row.samples[-1].more.items() if key != "seconds"},
    }


if __name__ == "__main__":
    main()
