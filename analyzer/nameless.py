"""Temporary files that have no name at any moment, where the file system knows such files."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_VARIABLES = ("TMPDIR", "TEMP", "TMP")
_FOLDERS = ("/tmp", "/var/tmp", "/usr/tmp")  # noqa: S108 - nothing there gets a name
"""As Python's documentation of `tempfile.gettempdir` has them, in this order."""


def temporary_folder() -> str:
    """The folder for temporary files: the first of those that `tempfile` knows that takes any.

    `tempfile` tries a folder by making a file with a name in it, which stays if we are killed
    before it is removed; here nothing is written to find out.

    Raises:
        OSError: there is none.
    """
    if tempfile.tempdir is not None:  # set by a program that we are part of
        return os.fsdecode(tempfile.tempdir)
    for folder in _candidates():
        if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
            return str(folder)
    raise FileNotFoundError(errno.ENOENT, "no folder for temporary files can be written into")


def nameless_file() -> BinaryIO:
    """A private file to write and read, gone when it is closed.

    Raises:
        OSError: there is no place for one.
    """
    return tempfile.TemporaryFile(dir=temporary_folder())


def spooled_file(most: int) -> tempfile.SpooledTemporaryFile[bytes]:
    """The same, in memory until it has more than `most` bytes.

    Raises:
        OSError: there is no place for one.
    """
    return tempfile.SpooledTemporaryFile(max_size=most, dir=temporary_folder())


def _candidates() -> Iterator[Path]:
    for variable in _VARIABLES:
        if stated := os.environ.get(variable):
            yield Path(stated).absolute()
    yield from map(Path, _FOLDERS)
    yield Path.cwd()
