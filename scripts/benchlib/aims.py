"""What each row is to reach, and whether its best run does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchlib.measure import Row
from benchlib.tasks import (
    BOTH_SIDES,
    CATALOGUE,
    DIFF,
    DIFF_APART,
    FILES,
    HASH,
    HELP,
    ONE_CORE,
    ONE_SIDE,
    PACKAGES,
    REPORT,
    SCAN,
    TRIVY,
    WARM,
    floor_of,
    paper_limits,
    row_of,
)

MIB = 1 << 20
SCAN_X_FLOOR, PACKAGES_X_FLOOR = 1.25, 1.5
CATALOGERS_X_NONE = 1.3
BOTH_X_ONE = 1.5
WARM_X_COLD, WARM_SECONDS_OVER_HASHING = 0.4, 1.0
TIMES_FASTER_THAN_TRIVY = 4
MEMORY_MIB = 150
HELP_SECONDS = 0.2


def aim_text(row: Row, rows: Sequence[Row]) -> str:
    """Every aim of a row with its verdict; empty where there is none."""
    parts = list(_aims(row, rows))
    return f"   {'; '.join(parts)}" if parts else ""


def _aims(row: Row, rows: Sequence[Row]) -> Iterator[str]:
    name = row.task.name
    floor = floor_of(rows, row.task)
    times = PACKAGES_X_FLOOR if name == PACKAGES else SCAN_X_FLOOR if SCAN in name else None
    if times is not None and floor is not None:
        yield _said(f"at most {times} x", holds=row.best <= times * floor.best)
    if name.startswith(CATALOGUE):
        none = row_of(rows, row.task, REPORT + ONE_CORE * name.endswith(ONE_CORE))
        if none is not None:
            holds = row.best <= CATALOGERS_X_NONE * none.best
            yield _said(f"at most {CATALOGERS_X_NONE} of none", holds=holds)
    if name == BOTH_SIDES:
        yield from _shared(row, rows)
    trivy = row_of(rows, row.task, TRIVY)
    if name == PACKAGES and trivy is not None:
        holds = TIMES_FASTER_THAN_TRIVY * row.best <= trivy.best
        yield _said(f"{TIMES_FASTER_THAN_TRIVY} times faster than trivy", holds=holds)
    if name in {PACKAGES + WARM, FILES + WARM}:
        yield from _warm(row, rows)
    ours = SCAN in name or (name.startswith("ociscope ") and name not in {DIFF, DIFF_APART})
    if ours and row.peak_bytes >= MEMORY_MIB * MIB:
        yield _said(f"under {MEMORY_MIB} MiB", holds=False)
    if (most := paper_limits().get(name)) is not None:
        yield _said(f"at most {most:.0f} s", holds=row.best <= most)
    if name == HELP:
        yield _said(f"at most {HELP_SECONDS} s", holds=row.best <= HELP_SECONDS)


def _shared(row: Row, rows: Sequence[Row]) -> Iterator[str]:
    """What is shared is read once: the second image costs a fraction of what the first does."""
    one = row_of(rows, row.task, ONE_SIDE)
    if one is not None:
        holds = row.best <= BOTH_X_ONE * one.best
        yield _said(f"at most {BOTH_X_ONE} of one", holds=holds)


def _warm(row: Row, rows: Sequence[Row]) -> Iterator[str]:
    cold = row_of(rows, row.task, row.task.name.removesuffix(WARM))
    hashing = row_of(rows, row.task, HASH)
    if cold is not None:
        yield _said(f"at most {WARM_X_COLD} of cold", holds=row.best <= WARM_X_COLD * cold.best)
    if hashing is not None:
        holds = row.best <= hashing.best + WARM_SECONDS_OVER_HASHING
        yield _said(f"hashing and {WARM_SECONDS_OVER_HASHING:.0f} s", holds=holds)


def _said(aim: str, *, holds: bool) -> str:
    return f"{aim}: {'met' if holds else 'NOT MET'}"
