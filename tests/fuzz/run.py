"""Runs one target under atheris: `python -m tests.fuzz.run TARGET [options of libFuzzer]`."""

from __future__ import annotations

import gc
import sys
from itertools import count

import atheris

with atheris.instrument_imports(include=["analyzer"]):
    from tests.fuzz.targets import TARGETS


_RUNS_BETWEEN_SWEEPS = 1000


def main() -> None:
    """Feed the target of the first argument until told to stop.

    Garbage is swept between inputs and not amid one: what is covered depends on the input alone.
    """
    name = sys.argv.pop(1)
    gc.disable()
    run, runs = TARGETS[name].run, count(1)

    def swept(data: bytes) -> None:
        run(data)
        if next(runs) % _RUNS_BETWEEN_SWEEPS == 0:
            gc.collect()

    atheris.Setup(sys.argv, swept)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
