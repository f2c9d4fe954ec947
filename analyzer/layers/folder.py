"""A directory read in place as if it were a layer: its entries, and the content of some files.

Nothing in it is trusted. Links are recorded and never followed, devices, pipes and sockets are
never opened, other file systems mounted below are left alone, and what was swapped for something
else between looking and opening is not read. A directory has no digest: which bytes it would be
as a tar depends on who packs it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from analyzer.digest import Digest
from analyzer.errors import LimitExceeded
from analyzer.image.model import NOT_MEASURED
from analyzer.layers.captures import Captured, Captures, HashingCaptures
from analyzer.layers.scan import CHUNK_BYTES, Advance, Choose, LayerScan
from analyzer.layers.wants import CapturePlan
from analyzer.limits import Budget, exceeded
from analyzer.paths import decode, join, printable
from analyzer.problems import Code, ProblemLog, Severity, error, note
from analyzer.tarheader import NO_XATTRS, Entry, EntryKind, Sink, seconds_of

_KINDS = {
    stat.S_IFREG: EntryKind.FILE,
    stat.S_IFDIR: EntryKind.DIRECTORY,
    stat.S_IFLNK: EntryKind.SYMLINK,
    stat.S_IFCHR: EntryKind.CHARACTER_DEVICE,
    stat.S_IFBLK: EntryKind.BLOCK_DEVICE,
    stat.S_IFIFO: EntryKind.FIFO,
}
_MOUNT_POINTS = frozenset({"dev", "proc", "run", "sys", "tmp"})
"""What a running system mounts there belongs to no image."""
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_OPEN_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
_CAPABILITY = "security.capability"
"""The one attribute that belongs to a file of an image wherever it lies; others are the host's."""


def scan_folder(
    root: Path,
    where: str,
    plan: CapturePlan | None,
    budget: Budget,
    *,
    advance: Advance = lambda _count: None,
    choose: Choose | None = None,
) -> LayerScan:
    """Walk the directory `root` once, in the order of names.

    Args:
        root: the directory; it is the only thing whose links have been followed.
        where: what problems call it.
        plan: the files to keep or hash; no other file is opened. None for nothing at all.
        budget: what the run may still spend.
        advance: called often with 0, and may raise to stop the walk.
        choose: takes the data of files in place of what `plan` would keep.

    Returns:
        The scan, in which nothing is measured. An entry's `offset` is its number in the walk.
        What cannot be read is a problem with its path, and the rest is read.
    """
    log = ProblemLog(where)
    if plan is None:
        return LayerScan(NOT_MEASURED, (), {}, (), complete=True)
    return _Walk(root, where, plan, budget, log, advance, choose).run()


class _Found(NamedTuple):
    path: str
    status: os.stat_result


class _Changed(Exception):
    """What lies at a path is not what was seen there before."""


class _Walk:
    """The state of one walk."""

    def __init__(
        self,
        root: Path,
        where: str,
        plan: CapturePlan,
        budget: Budget,
        log: ProblemLog,
        advance: Advance,
        choose: Choose | None,
    ) -> None:
        self._root = root
        self._where = where
        self._budget = budget
        self._advance = advance
        self._log = log
        self._whole = True
        self._hashing = plan.digests is not None
        kind = HashingCaptures if self._hashing else Captures
        self._captures = kind(plan, budget, where, log)
        self._choose = choose or self._captures.sink_for
        self._entries: list[Entry] = []
        self._first: dict[tuple[int, int], str] = {}  # of files with several names, the first
        self._hashed = 0

    def run(self) -> LayerScan:
        try:
            self._walk()
        except LimitExceeded as problem:
            self._lose(problem.code, self._where, f"{problem.message}; {problem.hint}")
        finally:
            self._captures.close()
        files: dict[str, Captured] = self._captures.files
        digests: dict[int, Digest] = self._captures.digests
        sha1: dict[int, Digest] = self._captures.sha1
        problems = self._log.finish()
        whole = self._whole and not any(p.severity is Severity.ERROR for p in problems)
        entries = tuple(self._entries)
        return LayerScan(
            NOT_MEASURED, entries, files, problems, complete=whole, digests=digests, sha1=sha1
        )

    def _walk(self) -> None:
        top = _Found("", self._root.stat())
        waiting = [top]
        while waiting:
            found = waiting.pop()
            self._advance(0)
            self._check_depth(found.path)
            self._take(found)
            if stat.S_ISDIR(found.status.st_mode) and self._enters(found, top):
                waiting += reversed(list(self._children(found)))
            allowed = self._budget.limits.layer_entries
            if len(self._entries) + len(waiting) > allowed:
                seen = len(self._entries) + len(waiting)
                raise exceeded("layer_entries", allowed, seen, self._where)

    def _check_depth(self, path: str) -> None:
        allowed, depth = self._budget.limits.path_depth, path.count("/") + 1
        if depth > allowed:
            raise exceeded("path_depth", allowed, depth, self._where)

    def _enters(self, found: _Found, top: _Found) -> bool:
        """Whether a folder lies on the same file system; what is mounted there is not read."""
        if found.status.st_dev == top.status.st_dev:
            return True
        what = "another file system is mounted here; not read"
        if found.path in _MOUNT_POINTS:
            self._log.add(note(Code.ENTRY_UNSUPPORTED, printable(found.path), what))
        else:
            self._lose(Code.NOT_READABLE, found.path, what)
        return False

    def _children(self, found: _Found) -> Iterator[_Found]:
        """What lies in a folder, sorted by the bytes of the names."""
        try:
            folder = os.open(self._at(found.path), _OPEN_FOLDER)
            try:
                self._require_same(found, os.fstat(folder))
                with os.scandir(folder) as items:
                    names = sorted(os.fsencode(item.name) for item in items)
                for name in names:
                    path = join(found.path, decode(name))
                    try:
                        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                    except OSError as problem:
                        self._lose(Code.NOT_READABLE, path, _why(problem))
                    else:
                        yield _Found(path, status)
            finally:
                os.close(folder)
        except OSError as problem:
            self._lose(Code.NOT_READABLE, found.path, f"folder not listed: {_why(problem)}")
        except _Changed:
            self._lose(Code.NOT_READABLE, found.path, "changed while it was read")

    # One entry.

    def _take(self, found: _Found) -> None:
        kind = _KINDS.get(stat.S_IFMT(found.status.st_mode))
        if kind is None:
            what = "a socket, which no image can hold; left out"
            self._log.add(note(Code.ENTRY_UNSUPPORTED, printable(found.path), what))
            return
        try:
            entry = self._entry(found, kind)
            self._entries.append(entry)
            self._content(found, entry)
        except OSError as problem:
            self._lose(Code.NOT_READABLE, found.path, _why(problem))
        except _Changed:
            self._lose(Code.NOT_READABLE, found.path, "changed while it was read")

    def _entry(self, found: _Found, kind: EntryKind) -> Entry:
        path, status = found
        link: str | None = None
        device: tuple[int, int] | None = None
        if kind is EntryKind.SYMLINK:
            # Path.readlink() would tidy the target up.
            link = decode(os.fsencode(os.readlink(self._at(path))))  # noqa: PTH115
        elif kind is EntryKind.FILE and status.st_nlink > 1:
            first = self._first.setdefault((status.st_dev, status.st_ino), path)
            if first != path:
                kind, link = EntryKind.HARDLINK, first
        elif kind in {EntryKind.CHARACTER_DEVICE, EntryKind.BLOCK_DEVICE}:
            device = os.major(status.st_rdev), os.minor(status.st_rdev)
        return Entry(
            path,
            kind,
            status.st_size if kind is EntryKind.FILE else 0,
            stat.S_IMODE(status.st_mode),
            status.st_uid,
            status.st_gid,
            seconds_of(status.st_mtime_ns),
            "",
            "",
            link,
            len(self._entries),
            device,
            self._xattrs(path) if kind is EntryKind.FILE and self._hashing else NO_XATTRS,
        )

    def _xattrs(self, path: str) -> Mapping[str, bytes]:
        try:
            value = os.getxattr(self._at(path), _CAPABILITY, follow_symlinks=False)
        except OSError:
            return NO_XATTRS
        return {_CAPABILITY: value}

    def _content(self, found: _Found, entry: Entry) -> None:
        """Read a file that is wanted, or hash it where digests are; leave all others closed."""
        if entry.kind is EntryKind.FILE and self._hashing and not self._affords(entry):
            return
        sink = self._choose(entry)
        if sink is not None:
            self._read(found, sink)
            sink.close()

    def _affords(self, entry: Entry) -> bool:
        """Whether the limits allow for hashing a file: a hole may have any size."""
        limits = self._budget.limits
        try:
            total = self._hashed + entry.size
            if total > limits.layer_inflated_bytes:
                allowed = limits.layer_inflated_bytes
                raise exceeded("layer_inflated_bytes", allowed, total, self._where)
            self._budget.spend_inflated(entry.size, self._where)
        except LimitExceeded as problem:
            self._lose(problem.code, entry.path, f"not read: {problem.message}; {problem.hint}")
            return False
        self._hashed += entry.size
        return True

    def _read(self, found: _Found, sink: Sink) -> None:
        with os.fdopen(os.open(self._at(found.path), _OPEN_FILE), "rb", buffering=0) as file:
            self._require_same(found, os.fstat(file.fileno()))
            left = found.status.st_size
            while left and (data := file.read(min(left, CHUNK_BYTES))):
                self._advance(0)
                sink.write(memoryview(data))
                left -= len(data)
            if left or file.read(1):
                raise _Changed

    def _require_same(self, found: _Found, now: os.stat_result) -> None:
        if _what(found.status) != _what(now):
            raise _Changed

    def _at(self, path: str) -> Path:
        return self._root / os.fsdecode(path.encode("utf-8", "surrogateescape"))

    def _lose(self, code: Code, path: str, what: str) -> None:
        self._whole = False
        self._log.add(error(code, printable(path) or self._where, what))


def _what(status: os.stat_result) -> tuple[int, int, int]:
    """Which file it is, and of which kind."""
    return status.st_dev, status.st_ino, stat.S_IFMT(status.st_mode)


def _why(problem: OSError) -> str:
    return problem.strerror or "cannot be read"
