"""A source in memory, so that a fuzzer does not wait for files."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from typing import BinaryIO

from analyzer.problems import Problem
from analyzer.source.base import missing


class MemorySource:
    """Named bytes, as a tar of regular files would give them."""

    container = "tar"
    size_bytes: int | None = None
    problems: tuple[Problem, ...] = ()

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def names(self) -> Collection[str]:
        return self._files.keys()

    def has(self, name: str) -> bool:
        return name in self._files

    def identity(self, name: str) -> object:
        return name

    def link(self, _name: str) -> str:
        return ""

    def size(self, name: str) -> int:
        return len(self._found(name))

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self._found(name))

    def close(self) -> None:
        pass

    def _found(self, name: str) -> bytes:
        if name not in self._files:
            raise missing(name)
        return self._files[name]
