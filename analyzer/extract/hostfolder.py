"""One folder of the host, in which names are made and nothing is ever followed.

Every path is walked name by name from the folder's own descriptor with O_NOFOLLOW, and everything
is made with O_EXCL or its like. While files are written the folders can be entered by nobody else.
"""

from __future__ import annotations

import os
from contextlib import suppress
from io import FileIO
from math import floor
from typing import Self

from analyzer.paths import join, split
from analyzer.tarheader import Seconds

_OPEN_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_DESCRIPTORS = 64
"""Folders that are kept open, so that a deep tree is not walked from its root for every name."""
_NANO = 1_000_000_000


class HostFolder:
    """Makes names below the folder behind `descriptor`, which it takes over. Raises OSError."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._opened: FileIO | None = None
        self._made: list[str] = []
        self._chain: list[tuple[str, int]] = []  # each lies below the one before

    def __enter__(self) -> Self:
        """As it is."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the descriptors."""
        self._close()
        self._forget()
        os.close(self.descriptor)

    def make_folder(self, path: str) -> None:
        """A new folder that only we can enter; `finish_folder` gives it its mode."""
        parent, name = self._at(path)
        os.mkdir(name, _PRIVATE_FOLDER, dir_fd=parent)
        self._made.append(path)

    def create(self, path: str) -> None:
        """A new file that only we can read, `opened` for writing; the one before is closed."""
        parent, name = self._at(path)
        self._close()
        self._opened = FileIO(os.open(name, _NEW_FILE, _PRIVATE_FILE, dir_fd=parent), "wb")

    @property
    def opened(self) -> FileIO:
        """The file that was created last."""
        if self._opened is None:
            raise ValueError("no file was created")
        return self._opened

    def link(self, path: str, first: str) -> None:
        """A further name for the file `first`."""
        source, source_name = self._at(first)
        source = os.dup(source)  # what is opened next may close it
        try:
            parent, name = self._at(path)
            os.link(source_name, name, src_dir_fd=source, dst_dir_fd=parent, follow_symlinks=False)
        finally:
            os.close(source)

    def symlink(self, path: str, target: str, mtime: Seconds) -> None:
        """A symbolic link; where it leads is not looked at."""
        parent, name = self._at(path)
        os.symlink(_bytes(target), name, dir_fd=parent)
        with suppress(OSError, NotImplementedError):
            os.utime(name, ns=times(mtime), dir_fd=parent, follow_symlinks=False)

    def holds_name(self, path: str) -> bool:
        """Whether the file system takes the name, which may be there or not."""
        parent, name = self._at(path)
        try:
            os.stat(name, dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def pipe(self, path: str, mode: int, mtime: Seconds) -> None:
        """A named pipe."""
        parent, name = self._at(path)
        os.mkfifo(name, _PRIVATE_FILE, dir_fd=parent)
        os.chmod(name, mode, dir_fd=parent)
        os.utime(name, ns=times(mtime), dir_fd=parent, follow_symlinks=False)

    def unlink(self, path: str) -> None:
        """Take a file away."""
        parent, name = self._at(path)
        os.unlink(name, dir_fd=parent)

    def finish_folder(self, path: str, mode: int, mtime: Seconds | None) -> None:
        """Give a folder, in which nothing more is made, its mode and, where known, its time."""
        folder = self._open(path)
        if mtime is not None:
            os.utime(folder, ns=times(mtime))
        os.fchmod(folder, mode)

    def move_to(self, descriptor: int) -> None:
        """Go on in another folder, to which everything was moved."""
        self._forget()
        os.dup2(descriptor, self.descriptor, inheritable=False)

    def clear(self) -> None:
        """Take away everything that was made, as far as the host lets us."""
        self._close()
        self._forget()
        for path in self._made:  # parents first, so that we may enter
            with suppress(OSError):
                parent, raw = self._at(path)
                os.chmod(raw, _PRIVATE_FOLDER, dir_fd=parent)
        for path in reversed(["", *self._made]):
            with suppress(OSError):
                folder = self._open(path)
                for name in os.listdir(folder):
                    with suppress(OSError):
                        os.unlink(name, dir_fd=folder)
                if path:
                    parent, raw = self._at(path)
                    os.rmdir(raw, dir_fd=parent)

    def _at(self, path: str) -> tuple[int, bytes]:
        """The parent of `path`, opened, and its last name; valid until the next call."""
        folder, name = split(path)
        return self._open(folder), _bytes(name)

    def _open(self, path: str) -> int:
        """The folder at `path`, reached name by name without following anything.

        It goes on from the last of the folders on the way that are still open.
        """
        while self._chain and not _leads_to(self._chain[-1][0], path):
            os.close(self._chain.pop()[1])
        reached, here = self._chain[-1] if self._chain else ("", self.descriptor)
        for name in path[len(reached) :].split("/"):
            if name:
                reached = join(reached, name)
                here = os.open(_bytes(name), _OPEN_FOLDER, dir_fd=here)
                self._chain.append((reached, here))
                if len(self._chain) > _DESCRIPTORS:
                    self._thin_out()
        return here

    def _thin_out(self) -> None:
        """Close every second folder on the way; the last stays open."""
        for _, descriptor in self._chain[-2::-2]:
            os.close(descriptor)
        del self._chain[-2::-2]

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _forget(self) -> None:
        while self._chain:
            os.close(self._chain.pop()[1])


def _leads_to(folder: str, path: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def write_all(stream: FileIO, data: memoryview) -> None:
    """All of `data`, which a full disk would take a part of without a word."""
    while len(data):
        data = data[stream.write(data) :]


def times(mtime: Seconds) -> tuple[int, int]:
    """Access and modification time in nanoseconds."""
    nanoseconds = floor(mtime * _NANO)
    return nanoseconds, nanoseconds


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
