"""What an input must be able to do, whatever it is stored in."""

from __future__ import annotations

from collections.abc import Collection
from typing import BinaryIO, Protocol

from analyzer.errors import InputError
from analyzer.problems import Code, Problem


class BlobSource(Protocol):
    """Named byte strings; names are root-relative (`blobs/sha256/...`, `manifest.json`)."""

    @property
    def container(self) -> str:
        """What holds the bytes: `directory` or `tar`."""

    @property
    def size_bytes(self) -> int | None:
        """Size of the input file in bytes; None for a directory."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong with the input as a container."""

    def names(self) -> Collection[str]:
        """The names of all regular files and of links that lead to one."""

    def has(self, name: str) -> bool:
        """Whether `open` can be called for `name`."""

    def identity(self, name: str) -> object:
        """Equal for names that lead to the same stored bytes."""

    def link(self, name: str) -> str:
        """`symlink` or `hardlink` when `name` itself is one, else empty."""

    def size(self, name: str) -> int:
        """Bytes that can be read of `name`."""

    def open(self, name: str) -> BinaryIO:
        """A fresh reader of `name`; safe to use beside others in other threads."""

    def close(self) -> None:
        """Let go of files; readers are unusable afterwards."""


_STEP_BYTES = 1 << 20


def missing(name: str) -> InputError:
    """The error of `size` and `open` for a name that is not there."""
    return InputError(Code.BLOB_MISSING, "not in this file", where=name)


def read_bounded(source: BlobSource, name: str, limit: int) -> bytes | None:
    """All bytes of `name`, or None when there are more than `limit`."""
    data = bytearray()
    with source.open(name) as stream:
        # In steps: a single read would allocate as much as is allowed, not as much as there is.
        while len(data) <= limit and (step := stream.read(min(limit + 1 - len(data), _STEP_BYTES))):
            data += step
    return None if len(data) > limit else bytes(data)
