"""Where results go on the host: whole or not at all, and never through a link of somebody's.

The links in the path that the user typed are followed, as every command does; what stands at its
end is replaced only where it is a regular file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from analyzer import wholefile
from analyzer.errors import OutputError
from analyzer.extract.hostfolder import HostFolder
from analyzer.problems import Code
from analyzer.undertaker import Undertaker

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def errors_of(place: str) -> Iterator[None]:
    """Turn OSError into an OutputError about `place`."""
    try:
        yield
    except OSError as problem:
        why = problem.strerror or "cannot be written"
        raise OutputError(Code.OUTPUT_FAILED, why, where=place) from problem


@contextmanager
def whole_file(path: str) -> Iterator[IO[bytes]]:
    """A new file that has its name only after the block, in one step; without a trace else.

    Raises:
        OutputError: it cannot be written, or something stands there that is no regular file.
    """
    folder, name = os.path.split(path)
    with errors_of(path), _descriptor(_made(folder)) as parent:
        _require_file(parent, name, path)
        with wholefile.whole_file(parent, name) as stream:
            yield stream


def _require_file(parent: int, name: str, path: str) -> None:
    try:
        mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        what = "a symbolic link" if stat.S_ISLNK(mode) else "no regular file"
        raise OutputError(
            Code.OUTPUT_FAILED,
            f"{what} stands there; it is not written through or replaced",
            hint="take another name, or remove it first",
            where=path,
        )


class Stage:
    """A folder that is being filled, and has its place only after `settle`."""

    def __init__(self, parent: int, name: str) -> None:
        self._parent = parent
        self._name = name
        self._now = wholefile.temporary_name()
        self._undertaker = Undertaker(parent, self._now)
        os.mkdir(self._now, 0o700, dir_fd=parent)
        opened = os.open(self._now, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
        self.folder = HostFolder(opened)
        """Where to make things; after `settle` the place itself."""

    @property
    def is_new(self) -> bool:
        """Whether the folder itself is ours, and not one that was there."""
        return bool(self._name)

    def settle(self) -> None:
        """Give the folder its name, or move what is in it to the empty one that is there."""
        if self._name:
            os.rename(self._now, self._name, src_dir_fd=self._parent, dst_dir_fd=self._parent)
            self._now = self._name
            return
        stage = self.folder.descriptor
        items = sorted(os.listdir(stage))
        self._undertaker.moves(items)
        for item in items:
            os.rename(item, item, src_dir_fd=stage, dst_dir_fd=self._parent)
        os.rmdir(self._now, dir_fd=self._parent)
        self.folder.move_to(self._parent)
        self._now = ""

    def close(self) -> None:
        """Settled or undone: nobody has to look after it any more."""
        self._undertaker.dismiss()

    def undo(self) -> None:
        """Take away everything, wherever it is by now."""
        self.folder.clear()
        if self._now:
            with suppress(OSError):
                os.rmdir(self._now, dir_fd=self._parent)
            if not self._name:  # the move broke off in the middle
                self.folder.move_to(self._parent)
                self.folder.clear()


@contextmanager
def whole_folder(path: str) -> Iterator[Stage]:
    """A folder to fill, then to `settle`; without a trace where that fails.

    A folder that is there already must be empty; it is then filled from within.

    Raises:
        OutputError: something is there already, or it cannot be made.
    """
    there = os.path.isdir(path)
    folder, name = (path, "") if there else os.path.split(path.rstrip("/"))
    with errors_of(path), _descriptor(_made(folder)) as parent:
        _require_room(parent, name, path)
        stage = Stage(parent, name)
        with stage.folder:
            try:
                yield stage
            except BaseException:
                stage.undo()
                raise
            finally:
                stage.close()


def _require_room(parent: int, name: str, path: str) -> None:
    if not name:
        if os.listdir(parent):
            raise _refused(path, "this folder is not empty")
        return
    with suppress(FileNotFoundError):
        os.stat(name, dir_fd=parent, follow_symlinks=False)
        raise _refused(path, "something that is no folder stands there")


def _refused(path: str, why: str) -> OutputError:
    hint = "name a folder that is empty or not there yet"
    return OutputError(Code.OUTPUT_FAILED, why, hint=hint, where=path)


@contextmanager
def _descriptor(folder: str) -> Iterator[int]:
    descriptor = os.open(folder, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _made(folder: str) -> str:
    """The folder, with what is missing of the path to it made, as for every result of ours."""
    if folder:
        os.makedirs(folder, exist_ok=True)
    return folder or "."
