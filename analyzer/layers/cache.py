"""Scans of layers kept on disk between runs, by what the layer's bytes hash to.

A hit saves inflating and reading the tar, never the hashing of the blob: the caller hashes it and
asks for that digest. What lies in the folder is input like any other: entries carry a keyed hash,
and one that does not fit, or does not read as a scan, is as if it were not there.

A killed process leaves nothing (`analyzer.wholefile`). Two processes that write one entry write
the same bytes, and a file that is deleted while it is read stays readable: no locks.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from analyzer.digest import Digest
from analyzer.layers.scan import LayerScan
from analyzer.layers.stored import FORMAT, BadScan, read_scan, scan_bytes
from analyzer.layers.wants import CapturePlan
from analyzer.limits import Limits
from analyzer.problems import Severity
from analyzer.version import __version__
from analyzer.wholefile import TEMPORARY, write_whole

_KEY_BYTES = 32
_HASH_BYTES = 32
_SUFFIX = ".scan"
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_KEPT_OF_LIMIT = 0.8
"""What is left of the limit after making room, so that room is not made at every store."""


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What a cache holds: entries, and their bytes on disk together."""

    folder: str
    entries: int
    size: int
    limit: int
    unusable: str


class LayerCache:
    """The scans in one folder, which is made when the first one is stored."""

    def __init__(self, folder: Path, limit_bytes: int = Limits().cache_bytes) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._key: bytes | None = None
        self._making = Lock()
        self._unwatched = 0  # bytes that may be stored before the folder is looked through again

    # What commands show.

    def info(self) -> CacheInfo:
        """How much there is, and why it is not used if it is not."""
        sizes = [status.st_size for _, status in self._files()]
        return CacheInfo(str(self._folder), len(sizes), sum(sizes), self._limit, self.unusable())

    def clear(self) -> int:
        """Delete every entry; returns how many there were. Raises OSError."""
        count = 0
        for path, _ in self._files():
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                count += path.suffix == _SUFFIX
        return count

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

    # What scans ask.

    def has(self, digest: Digest, fingerprint: str) -> bool:
        """Whether hashing the blob may be enough; `digest` is only the promised one yet."""
        try:
            return self._path(digest, fingerprint).is_file()
        except OSError:  # a folder that may not be entered
            return False

    def load(self, digest: Digest, fingerprint: str, where: str) -> LayerScan | None:
        """The scan of the blob that hashes to `digest`; None when there is none to be trusted."""
        path = self._path(digest, fingerprint)
        try:
            if self.unusable() or path.stat().st_size > self._limit:
                return None
            data = path.read_bytes()
            os.utime(path)
            scan = self._open(path, data, where)
        except OSError:
            return None
        if scan is not None and scan.measured.digest == digest:
            return scan
        with contextlib.suppress(OSError):
            path.unlink()  # so that a good one can take its place
        return None

    def _open(self, path: Path, data: bytes, where: str) -> LayerScan | None:
        key = self._read_key()
        if key is None or not hmac.compare_digest(data[:_HASH_BYTES], self._seal(key, path, data)):
            return None
        try:
            return read_scan(data[_HASH_BYTES:], where)
        except BadScan:
            return None

    def store(self, scan: LayerScan, fingerprint: str, where: str) -> None:
        """Keep a scan that is whole; what cannot be kept is simply not there the next time."""
        digest = scan.measured.digest
        wrong = any(problem.severity is Severity.ERROR for problem in scan.problems)
        if digest is None or wrong or not scan.complete:
            return
        path = self._path(digest, fingerprint)
        data = scan_bytes(scan, where)
        if len(data) > self._limit or self.unusable():
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.unusable():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                with self._making:  # two threads must not make two keys
                    key = self._read_key() or self._make_key()
                _write(path, self._seal(key, path, b"\0" * _HASH_BYTES + data) + data)
                self._make_room(len(data) + _HASH_BYTES)

    # Files.

    def _path(self, digest: Digest, fingerprint: str) -> Path:
        name = hashlib.sha256(f"{digest}\0{fingerprint}".encode()).hexdigest()
        return self._folder / name[:2] / f"{name}{_SUFFIX}"

    def _seal(self, key: bytes, path: Path, data: bytes) -> bytes:
        """A hash that only who knows the key can make, of the entry and the name it lies under."""
        state = hmac.new(key, path.name.encode(), hashlib.sha256)
        state.update(memoryview(data)[_HASH_BYTES:])
        return state.digest()

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
        if key is None:  # a key that is no key: entries made with it are lost anyway
            path.unlink()
            _write(path, secrets.token_bytes(_KEY_BYTES))
            key = self._read_key()
        if key is None:
            raise OSError("the key cannot be read back")
        return key

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Every entry and leftover, without those that vanish meanwhile."""
        for pattern in (f"??/*{_SUFFIX}", f"??/*{TEMPORARY}", f"*{TEMPORARY}"):
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


def fingerprint_of(plan: CapturePlan | None, limits: Limits, diff_algorithm: str) -> str:
    """Equal where a scan would find the same in the same bytes."""
    asked = plan.fingerprint if plan is not None else "digests only"
    parts = (FORMAT, __version__, asked, limits, diff_algorithm)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _write(path: Path, data: bytes) -> None:
    """A file at `path` that is whole as soon as it is there; one that is there stays. OSError."""
    write_whole(path, (data,), mode=0o600, keep=True)
