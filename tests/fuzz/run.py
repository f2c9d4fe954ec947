"""Runs one target under atheris: `python -m tests.fuzz.run TARGET [options of libFuzzer]`."""

from __future__ import annotations

import gc
import sys

import atheris

with atheris.instrument_imports(include=["analyzer"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Feed the target of the first argument until told to stop."""
    name = sys.argv.pop(1)
    gc.disable()
    atheris.Setup(sys.argv, TARGETS[name].run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
