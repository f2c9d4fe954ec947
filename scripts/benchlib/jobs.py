"""What is timed from inside, each in a process of its own: `jobs.py JOB LAYOUT [OTHER]`.

JOB is `floor`, `hash`, `scan`, `report` or `catalogue`, with `-1` behind it to use one core only;
`report` is `catalogue` with no cataloger; `sides`, which reads LAYOUT as `diff` does, and with
OTHER reads that, too, and compares them; or `papers/FORM/PACKAGES`, which needs no layout.

Prints one JSON object: seconds without the start of Python and the imports, and more for the
scan.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def floor(layout: Path, threads: int, *, inflate: bool) -> dict[str, float]:
    """Hash, and inflate if asked to."""
    from benchlib.floor import run_floor, run_hashing

    start = time.perf_counter()
    (run_floor if inflate else run_hashing)(layout, threads)
    return {"seconds": time.perf_counter() - start}


def scan(layout: Path) -> dict[str, float]:
    """The analyzer's pass over all layers and the merged tree, with nothing captured."""
    from analyzer.layers.wants import NOTHING
    from analyzer.limits import Budget, Limits
    from analyzer.opening import open_images
    from analyzer.scanning import SILENT, LayerStore

    with open_images(str(layout)) as chosen:
        before = _resident()
        start = time.perf_counter()
        store = LayerStore(chosen.opened.source, Budget(Limits()))
        store.scan(chosen.images, NOTHING, SILENT)
        merged = [store.merged(image, NOTHING) for image in chosen.images]
        seconds = time.perf_counter() - start
        scans = [store.of(layer) for image in chosen.images for layer in image.layers]
        entries = sum(len(found.entries) for found in scans if found)
        held = _resident() - before
        del merged
    return {"seconds": seconds, "entries": entries, "held_bytes": held}


def catalogue(layout: Path, *, none: bool) -> dict[str, float]:
    """The report of the image with all catalogers, or with none."""
    from analyzer import reading
    from analyzer.api import Depth, report_of
    from analyzer.limits import Limits
    from analyzer.opening import open_images
    from analyzer.packages.registry import find_catalogers
    from analyzer.scanning import SILENT

    find_catalogers()  # imports them
    if none:
        setattr(reading, "find_catalogers", tuple)  # noqa: B010 - it is not the module's own
    with open_images(str(layout)) as chosen:
        start = time.perf_counter()
        report = report_of(chosen, Limits(), Depth.PACKAGES, SILENT)
        seconds = time.perf_counter() - start
    return {"seconds": seconds, "packages": sum(len(image.packages) for image in report.images)}


def sides(layouts: Sequence[str]) -> dict[str, float]:
    """One or two layouts read as deep as `diff` reads them, and two compared."""
    from analyzer.comparing.images import compare_inputs
    from analyzer.comparing.inputs import Wanted, open_inputs
    from analyzer.packages.registry import find_catalogers

    find_catalogers()  # imports them
    start = time.perf_counter()
    with open_inputs([Wanted(layout) for layout in layouts]) as read:
        if len(read) > 1:
            compare_inputs(*read)
    return {"seconds": time.perf_counter() - start}


def _resident() -> int:
    """Bytes of memory in use now; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES
    except OSError:
        return 0


def main() -> None:
    """Run the job named on the command line."""
    job, layout = sys.argv[1], Path(sys.argv[2])
    if job.startswith("papers/"):
        from benchlib.papers import papers

        _, form, packages = job.split("/")
        print(json.dumps(papers(form, int(packages))))
        return
    if job.endswith("-1"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if job == "sides":
        found = sides(sys.argv[2:])
    elif job.startswith("scan"):
        found = scan(layout)
    elif job.startswith("catalogue"):
        found = catalogue(layout, none=False)
    elif job.startswith("report"):
        found = catalogue(layout, none=True)
    else:
        found = floor(layout, _cores(), inflate=job.startswith("floor"))
    print(json.dumps(found))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


if __name__ == "__main__":
    main()
