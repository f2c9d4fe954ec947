#!/usr/bin/env python3
"""Runs the fuzz targets of tests/fuzz for a given time, and says what they found.

Needs atheris: `.venv/bin/pip install -e '.[fuzz]'`. The corpus grows in `.cache/fuzz` and is gone
on with by the next run; what breaks a target is kept there under `crashes`.

    scripts/fuzz.py --seconds 480                   # all targets, sharing eight minutes
    scripts/fuzz.py --seconds 60 --jobs 4 tar merge # two targets, each for a minute
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.fuzz.targets import TARGETS  # noqa: E402 - the checkout has to be found first

MEMORY_MIB = 2048
INPUT_SECONDS = 20
"""An input that takes this long is a finding."""
_DONE = re.compile(rb"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(rb"cov: (\d+) ft: (\d+)")


@dataclass(frozen=True)
class Outcome:
    """What became of one target in its share of the time."""

    target: str
    seconds: float
    executions: int
    edges: int
    crashes: tuple[str, ...]
    said: str


def main() -> None:
    """Run, print a line for each target, fail when one was broken."""
    options = _options()
    chosen = options.targets or list(TARGETS)
    share = max(1, options.seconds * min(options.jobs, len(chosen)) // len(chosen))
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda name: _fuzz(name, share, options.cache), chosen)
        broken = [each.target for each in _told(results, options.cache / "log.jsonl")]
    raise SystemExit(f"broken: {', '.join(broken)}" if broken else 0)


def _told(results: Iterator[Outcome], log: Path) -> Iterator[Outcome]:
    """Print and log each outcome; yield those that found something."""
    for each in results:
        line = f"{each.target:16} {each.seconds:7.0f} s {each.executions:10,} runs"
        print(f"{line} {each.edges:6,} edges  {', '.join(each.crashes) or 'nothing'}", flush=True)
        with log.open("a") as stream:
            row = {"target": each.target, "seconds": round(each.seconds)}
            row |= {"executions": each.executions, "edges": each.edges, "found": each.crashes}
            stream.write(json.dumps(row) + "\n")
        if each.crashes or not each.executions:
            print(each.said)
            yield each


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=480, help="shared by the targets")
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "fuzz", metavar="DIR")
    options = parser.parse_args()
    if strangers := sorted(set(options.targets) - set(TARGETS)):
        parser.error(f"no target is called {', '.join(strangers)}")
    return options


def _fuzz(name: str, seconds: int, cache: Path) -> Outcome:
    corpus, crashes = cache / "corpus" / name, cache / "crashes" / name
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    _write_seeds(name, corpus)
    words = cache / f"{name}.dict"
    words.write_bytes(b"".join(map(_word, TARGETS[name].words)) or b"# none\n")
    before = set(crashes.iterdir())
    command = [
        *(sys.executable, "-m", "tests.fuzz.run", name, str(corpus)),
        *(f"-max_total_time={seconds}", f"-timeout={INPUT_SECONDS}", f"-dict={words}"),
        *(f"-rss_limit_mb={MEMORY_MIB}", f"-artifact_prefix={crashes}/", "-print_final_stats=1"),
    ]
    start = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        command, capture_output=True, check=False, cwd=ROOT, env=environment, timeout=seconds + 300
    )
    return Outcome(
        name,
        time.monotonic() - start,
        _last(_DONE, done.stderr),
        _last(_COVERED, done.stderr),
        tuple(sorted(path.name for path in set(crashes.iterdir()) - before)),
        _without_chatter(done.stdout + done.stderr),
    )


def _write_seeds(name: str, corpus: Path) -> None:
    for seed in TARGETS[name].seeds():
        (corpus / f"seed-{sha256(seed).hexdigest()[:16]}").write_bytes(seed)


def _word(word: bytes) -> bytes:
    """One line of libFuzzer's dictionary format."""
    return b'"' + b"".join(b"\\x%02x" % byte for byte in word) + b'"\n'


def _without_chatter(said: bytes) -> str:
    lines = said.decode(errors="replace").splitlines()
    return "\n".join([line for line in lines if not line.startswith(("INFO:", "#"))][-60:])


def _last(pattern: re.Pattern[bytes], said: bytes) -> int:
    found: Sequence[re.Match[bytes]] = list(pattern.finditer(said))
    return int(found[-1].group(1)) if found else 0


if __name__ == "__main__":
    main()
