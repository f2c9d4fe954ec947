"""Other ways to look at a source: what lies below one folder of it, or it as a whole."""

from __future__ import annotations

from collections.abc import Collection
from typing import BinaryIO

from analyzer.problems import Problem
from analyzer.source.base import BlobSource, missing
from analyzer.source.tararchive import TarSource

WHOLE = "rootfs"
"""What a root filesystem is called that has no folder for its platform."""


class Below:
    """The files of `inner` below `folder`, by their names from there."""

    def __init__(self, inner: BlobSource, folder: str) -> None:
        self._inner = inner
        self._prefix = f"{folder}/"

    @property
    def container(self) -> str:
        """What holds the bytes."""
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
        """The names below the folder."""
        start = len(self._prefix)
        return [name[start:] for name in self._inner.names() if name.startswith(self._prefix)]

    def has(self, name: str) -> bool:
        """Whether `open` can be called for `name`."""
        return self._inner.has(self._prefix + name)

    def identity(self, name: str) -> object:
        """Equal for names that lead to the same stored bytes."""
        return self._inner.identity(self._prefix + name)

    def link(self, name: str) -> str:
        """`symlink` or `hardlink` when the file itself is one."""
        return self._inner.link(self._prefix + name)

    def size(self, name: str) -> int:
        """Bytes that can be read of `name`."""
        return self._inner.size(self._prefix + name)

    def open(self, name: str) -> BinaryIO:
        """A fresh reader of `name`."""
        return self._inner.open(self._prefix + name)

    def close(self) -> None:
        """Let go of files."""
        self._inner.close()


class WholeTar:
    """A tar as one blob called `WHOLE`: a root filesystem is its own only layer."""

    container = "tar"

    def __init__(self, tar: TarSource) -> None:
        self._tar = tar

    @property
    def size_bytes(self) -> int:
        """Size of the tar in bytes."""
        return self._tar.size_bytes

    @property
    def problems(self) -> tuple[Problem, ...]:
        """None: the scan of the one layer says what is wrong with the tar."""
        return ()

    def names(self) -> Collection[str]:
        """The one name."""
        return (WHOLE,)

    def has(self, name: str) -> bool:
        """Whether it is the one name."""
        return name == WHOLE

    def identity(self, name: str) -> object:
        """The name itself."""
        return name if name == WHOLE else None

    def link(self, name: str) -> str:
        """A tar as a whole is no link."""
        del name
        return ""

    def size(self, name: str) -> int:
        """Size of the tar in bytes. Raises InputError."""
        if name != WHOLE:
            raise missing(name)
        return self._tar.size_bytes

    def open(self, name: str) -> BinaryIO:
        """A reader of the whole tar. Raises InputError."""
        if name != WHOLE:
            raise missing(name)
        return self._tar.open_whole()

    def close(self) -> None:
        """Close the tar."""
        self._tar.close()


class WholeDirectory:
    """A directory that is a root filesystem: its files are read by a scan, not as blobs."""

    container = "directory"
    size_bytes = None
    problems: tuple[Problem, ...] = ()

    def names(self) -> Collection[str]:
        """None: a directory is no sequence of bytes, and its files are no members."""
        return ()

    def has(self, name: str) -> bool:
        """Nothing can be opened."""
        del name
        return False

    def identity(self, name: str) -> object:
        """The name itself."""
        return name

    def link(self, name: str) -> str:
        """Nothing is a link."""
        del name
        return ""

    def size(self, name: str) -> int:
        """Always 0: a directory has no bytes of its own."""
        del name
        return 0

    def open(self, name: str) -> BinaryIO:
        """Raises InputError."""
        raise missing(name)

    def close(self) -> None:
        """Nothing is held open."""
