"""Whether the program that reads images is still the one that it was."""

from __future__ import annotations

import hashlib
import os
import site
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def code_state() -> str:
    """A text that is another one when a file of this program, Python or a library is.

    By the size and time of each file: what an image's outcome depends on is spread over all of
    the program, and a version alone says nothing to who works on it. Libraries are told by when
    anything was last installed beside them. Empty where the program does not lie in files.
    """
    libraries = map(Path, (*site.getsitepackages(), site.getusersitepackages()))
    return state_of(Path(__file__).parents[1], libraries)


def state_of(program: Path, libraries: Iterable[Path]) -> str:
    """As `code_state`, of a program in one folder and libraries in others."""
    state = hashlib.sha256(sys.version.encode())
    try:
        for line in (*_files(program), *_installed(libraries)):
            state.update(line.encode("utf-8", "surrogateescape") + b"\n")
    except OSError:  # in an archive, or being replaced just now
        return ""
    return state.hexdigest()


def _files(folder: Path) -> Iterator[str]:
    """Name, size and time of each Python file below `folder`, sorted."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _files(Path(entry.path))
        elif entry.name.endswith(".py"):
            status = entry.stat()
            yield f"{entry.path} {status.st_size} {status.st_mtime_ns}"


def _installed(folders: Iterable[Path]) -> Iterator[str]:
    for folder in folders:
        if folder.is_dir():
            yield f"{folder} {folder.stat().st_mtime_ns}"
