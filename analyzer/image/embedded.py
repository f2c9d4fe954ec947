"""A source with blobs added that lie in no file of it: those embedded in descriptors.

OCI image-spec v1.1, descriptor.md, "Embedded Content": `data` is a copy of the blob.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import BinaryIO

from analyzer.problems import Problem
from analyzer.source.base import BlobSource


class EmbeddingSource:
    """`inner` with more blobs; what `inner` has itself always comes first."""

    def __init__(self, inner: BlobSource) -> None:
        self._inner = inner
        self._embedded: dict[str, bytes] = {}

    def embed(self, name: str, data: bytes) -> None:
        """Have `data` under `name` from now on, unless there is a file of that name."""
        if not self._inner.has(name):
            self._embedded.setdefault(name, data)

    def is_embedded(self, name: str) -> bool:
        """Whether `name` was added by `embed`."""
        return name in self._embedded

    @property
    def container(self) -> str:
        """What holds the bytes: `directory` or `tar`."""
        return self._inner.container

    @property
    def size_bytes(self) -> int | None:
        """Size of the input file in bytes; None for a directory."""
        return self._inner.size_bytes

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong with the input as a container."""
        return self._inner.problems

    def names(self) -> Collection[str]:
        """The names of the files; embedded blobs are not among them."""
        return self._inner.names()

    def has(self, name: str) -> bool:
        """Whether `open` can be called for `name`."""
        return name in self._embedded or self._inner.has(name)

    def identity(self, name: str) -> object:
        """Equal for names that lead to the same stored bytes."""
        return ("embedded", name) if name in self._embedded else self._inner.identity(name)

    def link(self, name: str) -> str:
        """As `inner` has it; an embedded blob is none."""
        return "" if name in self._embedded else self._inner.link(name)

    def size(self, name: str) -> int:
        """Bytes that can be read of `name`."""
        data = self._embedded.get(name)
        return self._inner.size(name) if data is None else len(data)

    def open(self, name: str) -> BinaryIO:
        """A fresh reader of `name`."""
        data = self._embedded.get(name)
        return self._inner.open(name) if data is None else io.BytesIO(data)

    def close(self) -> None:
        """Close the inner source."""
        self._inner.close()
