"""Files kept in one folder between runs, each with a keyed hash over its bytes and its name.

What lies in the folder is input like any other: a file that the hash does not fit is as if it were
not there. A killed process leaves nothing (`analyzer.wholefile`). Two processes that write one file
write the same bytes, and a file that is deleted while it is read stays readable: no locks.
"""

from __future__ import annotations

import contextlib
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

from analyzer.limits import Limits
from analyzer.wholefile import TEMPORARY, write_whole

_KEY_BYTES = 32
_HASH_BYTES = 32
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
        files = list(self._files())
        count = Counter(path.suffix.removeprefix(".") for path, _ in files)
        size = sum(status.st_size for _, status in files)
        kinds = {kind: count[kind] for kind in self._kinds}
        why = self.unusable() or self._cannot_be_made()
        return FolderInfo(str(self._folder), kinds, size, self._limit, why)

    def _cannot_be_made(self) -> str:
        """Why there will be no folder; empty when there is one, or may be."""
        if os.path.lexists(self._folder):
            return ""
        above = next(folder for folder in self._folder.parents if os.path.lexists(folder))
        return "" if os.access(above, os.W_OK | os.X_OK) else f"nothing can be made in {above}"

    def clear(self) -> Mapping[str, int]:
        """Delete every file; returns how many of each kind there were. Raises OSError."""
        count: Counter[str] = Counter()
        for path, _ in self._files():
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                count[path.suffix.removeprefix(".")] += 1
        return {kind: count[kind] for kind in self._kinds}

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
            return self._path(about, kind).is_file()
        except OSError:  # a folder that may not be entered
            return False

    def read(self, about: str, kind: str) -> bytes | None:
        """What was written; None where there is nothing to be trusted. A bad file is deleted."""
        path = self._path(about, kind)
        try:
            if self.unusable() or path.stat().st_size > self._limit:
                return None
            data = path.read_bytes()
            os.utime(path)
            key = self._read_key()
        except OSError:
            return None
        if key is not None and hmac.compare_digest(data[:_HASH_BYTES], _seal(key, path, data)):
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
                key = (self._folder / "key").read_bytes()
            except FileNotFoundError:
                return None
            self._key = key if len(key) == _KEY_BYTES else None
        return self._key

    def _make_key(self) -> bytes:
        """A key for this folder; if another process is faster, its key. Raises OSError."""
        path = self._folder / "key"
        _write(path, secrets.token_bytes(_KEY_BYTES))
        key = self._read_key()
        if key is None:  # a key that is no key: what was written with it is lost anyway
            path.unlink()
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

    def _make_room(self, stored: int) -> None:
        """Delete what was not used for longest, until it fits; `stored` bytes came just now.

        The folder is looked through again only when a quarter of what was free is taken: to do so
        at each store would cost the square of the layers.
        """
        self._unwatched -= stored
        if self._unwatched >= 0:
            return
        files = sorted(self._files(), key=lambda item: item[1].st_mtime)
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


def _write(path: Path, data: bytes) -> None:
    """A file at `path` that is whole as soon as it is there; one that is there stays. OSError."""
    write_whole(path, (data,), mode=0o600, keep=True)
