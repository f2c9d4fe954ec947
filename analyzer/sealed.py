"""Files kept in one folder between runs, each with a keyed hash over its bytes and its name.

What lies in the folder is input like any other: a file that the hash does not fit is as if it were
not there, and what is no regular file, or longer than it may be, is not read. A killed process
leaves nothing (`analyzer.wholefile`). Two processes that write one file write the same bytes, and
a file that is deleted while it is read stays readable: no locks.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import hmac
import os
import secrets
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from analyzer.limits import Limits
from analyzer.wholefile import TEMPORARY, write_whole

_KEY_BYTES = 32
_HASH_BYTES = 32
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A pipe in place of a file must not keep us waiting for somebody who writes into it."""
_NO_FILE = frozenset({errno.ELOOP, errno.ENXIO, errno.ENODEV})
"""What open(2) says of a link, a socket, and a device that is none."""
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_KEPT_OF_LIMIT = 0.8
"""What is left of the limit after making room, so that room is not made at every store."""


@dataclass(frozen=True, slots=True)
class FolderInfo:
    """What a folder holds: how many files of each kind, and their bytes on disk together."""

    folder: str
    kinds: Mapping[str, int]
    size: int
    limit: int
    unusable: str


class Left(NamedTuple):
    """What could not be deleted, and why."""

    path: Path
    why: str


class Cleared(NamedTuple):
    """How many files of each kind were deleted, and what was not."""

    kinds: Mapping[str, int]
    left: tuple[Left, ...]


class SealedFolder:
    """Files in one folder, which is made when the first one is written.

    A file is called by what it is about, any text, and its kind, the ending of its name.
    """

    def __init__(
        self, folder: Path, kinds: tuple[str, ...], limit_bytes: int = Limits().cache_bytes
    ) -> None:
        self._folder = folder
        self._kinds = kinds
        self._limit = limit_bytes
        self._key: bytes | None = None
        self._making = Lock()
        self._unwatched = 0  # bytes that may be written before the folder is looked through again

    def info(self) -> FolderInfo:
        """How much there is, and why it is not used if it is not."""
        files = list(self._no_folders())
        count = Counter(path.suffix.removeprefix(".") for path, _ in files)
        size = sum(status.st_size for _, status in files)
        kinds = {kind: count[kind] for kind in self._kinds}
        why = self.unusable() or self._cannot_be_made() or self._bad_key()
        return FolderInfo(str(self._folder), kinds, size, self._limit, why)

    def _cannot_be_made(self) -> str:
        """Why there will be no folder; empty when there is one, or may be."""
        if os.path.lexists(self._folder):
            return ""
        above = next(folder for folder in self._folder.parents if os.path.lexists(folder))
        return "" if os.access(above, os.W_OK | os.X_OK) else f"nothing can be made in {above}"

    def _bad_key(self) -> str:
        """Why no key can be made; empty when there is one, or can be."""
        try:
            full = any((self._folder / "key").iterdir())
        except OSError:
            return ""
        return "its key is a folder with files in it" if full else ""

    def clear(self) -> Cleared:
        """Delete every file, and empty folders in place of one; what cannot be deleted stays."""
        count: Counter[str] = Counter()
        left = []
        for path, status in self._files():
            try:
                _delete(path, status)
                count[path.suffix.removeprefix(".")] += not stat.S_ISDIR(status.st_mode)
            except FileNotFoundError:
                continue
            except OSError as problem:
                left.append(Left(path, problem.strerror or "cannot be deleted"))
        return Cleared({kind: count[kind] for kind in self._kinds}, tuple(left))

    def unusable(self) -> str:
        """Why the folder is not trusted, empty when it is (or is not there yet)."""
        try:
            status = self._folder.lstat()
        except FileNotFoundError:
            return ""
        except OSError as problem:
            return problem.strerror or "cannot be read"
        if not stat.S_ISDIR(status.st_mode):
            return "it is not a directory"
        if status.st_uid != os.geteuid():
            return "it belongs to somebody else"
        return "others may write into it" if status.st_mode & _OTHERS_MAY_WRITE else ""

    def has(self, about: str, kind: str) -> bool:
        """Whether there is such a file, be it good or not."""
        try:
            return not stat.S_ISDIR(self._path(about, kind).lstat().st_mode)
        except OSError:  # not there, or in a folder that may not be entered
            return False

    def read(self, about: str, kind: str) -> bytes | None:
        """What was written; None where there is nothing to be trusted. A bad file is deleted."""
        path = self._path(about, kind)
        try:
            if self.unusable():
                return None
            data = _bounded(path, self._limit, touch=True)
            key = self._read_key()
        except OSError:
            return None
        if (
            data is not None
            and key is not None
            and hmac.compare_digest(data[:_HASH_BYTES], _seal(key, path, data))
        ):
            return data[_HASH_BYTES:]
        self.forget(about, kind)
        return None

    def forget(self, about: str, kind: str) -> None:
        """Delete a file, so that a good one can take its place."""
        with contextlib.suppress(OSError):
            self._path(about, kind).unlink()

    def write(self, about: str, kind: str, data: bytes) -> None:
        """Keep `data`; what cannot be kept is simply not there the next time."""
        if len(data) > self._limit or self.unusable():
            return
        path = self._path(about, kind)
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.unusable():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                with self._making:  # two threads must not make two keys
                    key = self._read_key() or self._make_key()
                _write(path, _seal(key, path, b"\0" * _HASH_BYTES + data) + data)
                self._make_room(len(data) + _HASH_BYTES)

    def _path(self, about: str, kind: str) -> Path:
        name = hashlib.sha256(about.encode("utf-8", "surrogateescape")).hexdigest()
        return self._folder / name[:2] / f"{name}.{kind}"

    def _read_key(self) -> bytes | None:
        if self._key is None:
            try:
                key = _bounded(self._folder / "key", _KEY_BYTES)
            except FileNotFoundError:
                return None
            self._key = key if key is not None and len(key) == _KEY_BYTES else None
        return self._key

    def _make_key(self) -> bytes:
        """A key for this folder; if another process is faster, its key. Raises OSError."""
        path = self._folder / "key"
        _write(path, secrets.token_bytes(_KEY_BYTES))
        key = self._read_key()
        if key is None:  # a key that is no key: what was written with it is lost anyway
            _delete(path, path.lstat())
            _write(path, secrets.token_bytes(_KEY_BYTES))
            key = self._read_key()
        if key is None:
            raise OSError("the key cannot be read back")
        return key

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Every file and leftover, without those that vanish meanwhile."""
        kept = [f"??/*.{kind}" for kind in self._kinds]
        for pattern in (*kept, f"??/*{TEMPORARY}", f"*{TEMPORARY}"):
            for path in sorted(self._folder.glob(pattern)):
                with contextlib.suppress(OSError):
                    yield path, path.lstat()

    def _no_folders(self) -> Iterator[tuple[Path, os.stat_result]]:
        """The same without folders that somebody made in place of a file."""
        return (item for item in self._files() if not stat.S_ISDIR(item[1].st_mode))

    def _make_room(self, stored: int) -> None:
        """Delete what was not used for longest, until it fits; `stored` bytes came just now.

        The folder is looked through again only when a quarter of what was free is taken: to do so
        at each store would cost the square of the layers.
        """
        self._unwatched -= stored
        if self._unwatched >= 0:
            return
        files = sorted(self._no_folders(), key=lambda item: item[1].st_mtime)
        total = sum(status.st_size for _, status in files)
        if total > self._limit:
            for path, status in files:
                if total <= self._limit * _KEPT_OF_LIMIT:
                    break
                path.unlink(missing_ok=True)
                total -= status.st_size
        self._unwatched = (self._limit - total) // 4


def _seal(key: bytes, path: Path, data: bytes) -> bytes:
    """A hash that only who knows the key can make, of what is kept and the name it lies under."""
    state = hmac.new(key, path.name.encode(), hashlib.sha256)
    state.update(memoryview(data)[_HASH_BYTES:])
    return state.digest()


def _delete(path: Path, status: os.stat_result) -> None:
    """A file, or an empty folder in place of one. Raises OSError."""
    if stat.S_ISDIR(status.st_mode):
        path.rmdir()
    else:
        path.unlink()


def _bounded(path: Path, most: int, *, touch: bool = False) -> bytes | None:
    """What a regular file of at most so many bytes holds; None of anything else. Raises OSError.

    `touch` marks it as used now.
    """
    try:
        descriptor = os.open(path, _OPEN)
    except OSError as problem:
        if problem.errno in _NO_FILE:
            return None
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            data = stream.read(status.st_size)
        if touch:
            os.utime(descriptor)
        return data
    finally:
        os.close(descriptor)


def _write(path: Path, data: bytes) -> None:
    """A file at `path` that is whole as soon as it is there; one that is there stays. OSError."""
    write_whole(path, (data,), mode=0o600, keep=True)
