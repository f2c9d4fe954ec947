"""Removes what is unfinished when we are killed and cannot do so ourselves.

A folder cannot be without a name until it is whole, nor can a file everywhere (`wholefile.py`). So
while one is being filled, a second process waits at the end of a pipe. Whatever ends us closes our
side, and it takes away what was not finished. It belongs to another session: a signal to our group
spares it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress

_DONE = b"\0\0done"
_WATCH = """
import os, shutil, stat, sys

folder, stage = int(sys.argv[1]), os.fsencode(sys.argv[2])
said = sys.stdin.buffer.read()
if said.endswith(b"\\0\\0done"):
    sys.exit()

def again(_function, path, _problem):
    try:
        os.chmod(path, 0o700)
    except OSError:
        pass

for name in [*filter(None, said.split(b"\\0")), stage]:
    try:
        if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=folder)
            continue
        os.chmod(name, 0o700, dir_fd=folder)
    except OSError:
        continue
    shutil.rmtree(name, onerror=again, dir_fd=folder)
    shutil.rmtree(name, ignore_errors=True, dir_fd=folder)
"""
"""Needs nothing but the interpreter, so that it waits before the first file is made."""


class Undertaker:
    """Watches over the folder or file `stage` in the open folder `parent`, until `dismiss`.

    Where no second process can be had there is none, and a kill leaves it behind.
    """

    def __init__(self, parent: int, stage: str) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        words = [sys.executable, "-I", "-S", "-c", _WATCH, str(parent), stage]
        with suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603 - our own words, no shell
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[parent],
                start_new_session=True,
                bufsize=0,
            )

    def moves(self, names: Iterable[str]) -> None:
        """These are about to leave the stage for its parent, one by one."""
        self._say(b"\0".join(os.fsencode(name) for name in names))

    def dismiss(self) -> None:
        """All is done, or undone."""
        self._say(_DONE)
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
            self._process.wait()

    def _say(self, words: bytes) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                left = memoryview(words)
                while left:
                    left = left[self._process.stdin.write(left) or 0 :]
