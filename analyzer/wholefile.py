"""Files that are whole as soon as they have a name: a killed process leaves nothing half written.

They are written without a name and linked when whole, as open(2) describes it for O_TMPFILE.
Nothing on Linux links over a name that is there already (linkat(2) has no flag for it): to replace
a file, the new one is linked under a temporary name and renamed at once, and a second process takes
that name away if we are killed between these two calls. Where a file system knows no files without
a name, the temporary name, and the second process, are there from the beginning.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

# A folder need not be readable to be written into.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_MODE = 0o666
"""As every program makes files; the umask takes off what is not wanted."""
TEMPORARY = ".part"
"""How temporary names end."""


@contextmanager
def whole_file(
    folder: int, name: str, *, mode: int = NEW_MODE, keep: bool = False
) -> Iterator[IO[bytes]]:
    """A file to write, which becomes `name` in the open `folder` after the block, in one step.

    One that is there is replaced, or stays as it is with `keep`. An exception in the block leaves
    everything as it was.

    Raises:
        OSError: it cannot be written; nothing of it is left.
    """
    temporary = temporary_name()
    handle = _nameless(folder, mode)
    if handle is not None:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            if _linked(handle, folder, name) or keep:
                return
            with _gone_if_killed(folder, temporary):
                _linked(handle, folder, temporary)
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        return
    with _gone_if_killed(folder, temporary, watched=not keep):
        with os.fdopen(os.open(temporary, _NEW, mode, dir_fd=folder), "wb") as stream:
            yield stream
        if keep:  # a link, unlike a rename, leaves what is there alone
            with suppress(FileExistsError):
                os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            os.unlink(temporary, dir_fd=folder)
        else:
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)


@contextmanager
def _gone_if_killed(folder: int, temporary: str, *, watched: bool = True) -> Iterator[None]:
    """Whatever ends the block early, nothing is left under this name.

    What is not `watched` stays behind if we are killed: a process for each file of a cache, which
    throws its leftovers away, would take more time than the files.
    """
    from analyzer.undertaker import Undertaker  # most files need none, and it takes time to load

    undertaker = Undertaker(folder, temporary) if watched else None
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    finally:
        if undertaker is not None:
            undertaker.dismiss()


def write_whole(
    path: Path, pieces: Iterable[bytes], *, mode: int = NEW_MODE, keep: bool = False
) -> None:
    """The same for a path in a folder that is there, and content in pieces. Raises OSError."""
    folder = os.open(path.parent, _FOLDER)
    try:
        with whole_file(folder, path.name, mode=mode, keep=keep) as stream:
            stream.writelines(pieces)
    finally:
        os.close(folder)


def temporary_name() -> str:
    """A name that nothing has yet, and that tells whose it is."""
    return f".ociscope-{os.urandom(8).hex()}{TEMPORARY}"


def _nameless(folder: int, mode: int) -> int | None:
    """A file without a name in `folder`; None where that is not possible."""
    if hasattr(os, "O_TMPFILE"):
        with suppress(OSError):
            handle = os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, mode, dir_fd=folder)
            if os.path.exists(_link_to(handle)):  # noqa: PTH110 - no path of a file
                return handle
            os.close(handle)
    return None


def _linked(handle: int, folder: int, name: str) -> bool:
    """Give the file behind `handle` its name; False where something has it already."""
    try:
        # Only with a folder given does os.link() call linkat(2), which can follow the link there.
        os.link(_link_to(handle), name, src_dir_fd=folder, dst_dir_fd=folder)
    except FileExistsError:
        return False
    return True


def _link_to(handle: int) -> str:
    return f"/proc/self/fd/{handle}"
