"""Running things in fresh processes, with wall time and peak memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes; macOS counts in bytes, Linux in KiB."""


@dataclass(frozen=True)
class Task:
    """One row: a command, and whether its own count of seconds is taken or the whole process.

    `codec` is empty for what does not read an image. `prepared` has the command run once before
    it is measured, so that what it remembers is there.
    """

    name: str
    command: tuple[str, ...]
    codec: str = ""
    inside: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    prepared: bool = False


@dataclass(frozen=True)
class Sample:
    """One run."""

    seconds: float
    peak_bytes: int
    more: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Row:
    """All runs of one task; `error` says why there are none."""

    task: Task
    samples: list[Sample] = field(default_factory=list)
    error: str = ""

    @property
    def best(self) -> float:
        """Seconds of the fastest run."""
        return min(sample.seconds for sample in self.samples)

    @property
    def median(self) -> float:
        """Seconds of the run in the middle."""
        return statistics.median(sample.seconds for sample in self.samples)

    @property
    def peak_bytes(self) -> int:
        """The highest peak of resident memory."""
        return max(sample.peak_bytes for sample in self.samples)


def run_rows(tasks: Sequence[Task], repetitions: int) -> list[Row]:
    """Every task `repetitions` times, in turn, so that a noisy minute does not hit one alone."""
    rows = [Row(task) for task in tasks]
    for number in range(repetitions):
        for row in rows:
            if row.error:
                continue
            print(f"\r{number + 1}/{repetitions} {row.task.name:40}", end="", file=sys.stderr)
            try:
                if row.task.prepared and not row.samples:
                    _run(row.task)
                row.samples.append(_run(row.task))
            except RuntimeError as problem:
                row.error = str(problem)
    print("\r" + " " * 50 + "\r", end="", file=sys.stderr)
    return rows


def _run(task: Task) -> Sample:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            task.command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            cwd=ROOT,
            env={**os.environ, **task.environment},
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip().splitlines()
            raise RuntimeError(f"exit code {process.returncode}: {said[-1] if said else ''}")
        out.seek(0)
        more = json.loads(out.read()) if task.inside else {}
    return Sample(more.get("seconds", seconds), usage.ru_maxrss * MAXRSS_UNIT, more)
