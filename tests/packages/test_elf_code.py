"""The segment of code that need not be kept, against readelf on the programs of this machine."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from analyzer.packages.contract import HEAD_BYTES
from analyzer.packages.formats import elf
from tests.support.tools import require_tool

LOAD = re.compile(r"LOAD +(0x\w+) 0x\w+ 0x\w+ (0x\w+) 0x\w+ ([R ][W ][E ])")
TABLE = re.compile(r"Start of section headers: +(\d+) ")
FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu")


def head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def programs() -> list[Path]:
    """Some of each folder, the same ones each time."""
    found: list[Path] = []
    for folder in map(Path, FOLDERS):
        there = sorted(folder.iterdir()) if folder.is_dir() else []
        files = [path for path in there if path.is_file() and not path.is_symlink()]
        files = [path for path in files if os.access(path, os.R_OK)]
        kept = [path for path in files if head_of(path)[:4] == elf.MAGIC]
        found += kept[:: max(1, len(kept) // 40)]
    return found


def test_code_is_the_segment_that_readelf_calls_so() -> None:
    readelf = require_tool("readelf")
    spared = 0
    for path in programs():
        text = subprocess.run(
            [readelf, "-hlW", path], check=False, capture_output=True, text=True
        ).stdout
        loads = [(int(at, 16), int(size, 16), how) for at, size, how in LOAD.findall(text)]
        runs = [(at, at + size) for at, size, how in loads if how.endswith("E") and "W" not in how]
        begin, end = elf.code(head_of(path))
        if begin == end:
            first = [at for at, _ in runs]
            assert all(at < HEAD_BYTES for at in first), path
            continue
        spared += 1
        assert (begin, end) == max(runs, key=lambda run: run[1] - run[0]), path
        others = [(at, at + size) for at, size, _ in loads if (at, at + size) != (begin, end)]
        assert all(last <= begin or first >= end for first, last in others), path
        table = TABLE.search(text)
        assert table is not None
        assert int(table[1]) >= end, path
    if not spared:
        pytest.skip("no program here has its code in a segment of its own")


@pytest.mark.parametrize("length", [0, 4, 63, 64, 200])
def test_a_head_that_is_cut_off_spares_nothing(length: int) -> None:
    path = next((p for p in programs() if elf.code(head_of(p))[1]), None)
    if path is None:
        pytest.skip("no program here has its code in a segment of its own")
    assert elf.code(head_of(path)[:length]) == (0, 0)
