"""Files kept while a layer streams past, bounded one by one and together."""

from __future__ import annotations

import os
import sys
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field

from analyzer.digest import Digest, encoded_of, finish, new_hash
from analyzer.errors import LimitExceeded
from analyzer.layers.wants import CapturePlan
from analyzer.limits import Budget, overrun
from analyzer.paths import printable
from analyzer.problems import Code, ProblemLog, error
from analyzer.tarheader import Entry, EntryKind, Sink


class Spool:
    """A file without a name on temporary disk; gone when nothing refers to it any more.

    Raises OSError where there is no place for one.
    """

    def __init__(self) -> None:
        with tempfile.TemporaryFile() as file:
            self._handle = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._handle)
        self.size = 0

    def append(self, data: bytes | bytearray) -> None:
        """Write at the end. Raises OSError."""
        left = memoryview(data)
        while left:
            count = os.pwrite(self._handle, left, self.size)
            self.size += count
            left = left[count:]

    def read(self) -> bytes:
        """All of it, from any thread. Raises OSError."""
        return os.pread(self._handle, self.size, 0)


@dataclass(frozen=True, slots=True)
class Captured:
    """The content of one file and its digest; a large one lies on temporary disk."""

    content: Digest
    kept: bytes | Spool = field(compare=False)

    @property
    def data(self) -> bytes:
        """The content. Raises OSError where it cannot be read back from disk."""
        return self.kept if isinstance(self.kept, bytes) else self.kept.read()

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.kept) if isinstance(self.kept, bytes) else self.kept.size


class Captures:
    """Offers sinks to the tar walker for the files of a plan; the last of a name counts."""

    def __init__(self, plan: CapturePlan, budget: Budget, where: str, log: ProblemLog) -> None:
        self.files: dict[str, Captured] = {}
        self.digests: dict[str, Digest] = {}
        self._plan = plan
        self._budget = budget
        self._where = where
        self._log = log

    def sink_for(self, entry: Entry) -> Sink | None:
        """A sink when the plan keeps this entry and it is small enough."""
        self.files.pop(entry.path, None)  # what the same name meant before
        if entry.kind is not EntryKind.FILE or not self._plan.keeps(entry.path):
            return None
        if not self._affords(entry):
            return None
        memory = self._budget.limits.captured_memory_bytes
        return CaptureSink(self.files, entry.path, memory, self._fail)

    def _affords(self, entry: Entry) -> bool:
        """Whether the limits allow for all of this file; a problem where they do not."""
        allowed = self._budget.limits.captured_file_bytes
        name = printable(entry.path)
        if entry.size > allowed:
            what = f"{name!r} not read: {overrun('captured_file_bytes', allowed, entry.size)}"
            self._refuse(entry.path, what)
            return False
        try:
            self._budget.spend_captured(entry.size, name)
        except LimitExceeded as problem:
            self._refuse(entry.path, f"{name!r} not read: {problem.message}; {problem.hint}")
            return False
        return True

    def _fail(self, _path: str, detail: str) -> None:
        self._log.add(error(Code.NOT_READABLE, self._where, detail))

    def _refuse(self, path: str, detail: str) -> None:
        if not self._plan.spares(path):
            self._log.add(error(Code.LIMIT_EXCEEDED, self._where, detail))


class CaptureSink:
    """Collects one file; only a complete one is kept, in memory up to `memory_bytes`.

    `refuse` is told why a file that is complete cannot be kept all the same.
    """

    def __init__(
        self,
        files: dict[str, Captured],
        path: str,
        memory_bytes: int,
        refuse: Callable[[str, str], None],
    ) -> None:
        self._files = files
        self._path = path
        self._memory_bytes = memory_bytes
        self._refuse = refuse
        self._data = bytearray()
        self._size = 0
        self._state = new_hash()
        self._spool: Spool | None = None
        self._failed = ""

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self._size += len(data)
        self._state.update(data)
        self._data += data
        if len(self._data) > self._memory_bytes:
            self._spill()

    def _spill(self) -> None:
        """Move what is in memory to disk."""
        if self._spool is None:
            try:
                self._spool = Spool()
            except OSError:  # no place for temporary files
                self._memory_bytes = sys.maxsize
                return
        try:
            self._spool.append(self._data)
        except OSError as problem:
            self._failed = problem.strerror or "cannot be written"
        self._data = bytearray()

    def close(self) -> None:
        """Keep the file."""
        if self._spool is not None:
            self._spill()
        if self._failed:
            what = f"{printable(self._path)!r} not read: temporary file: {self._failed}"
            self._refuse(self._path, what)
            return
        kept = bytes(self._data) if self._spool is None else self._spool
        self._files[self._path] = Captured(finish(self._state), kept)


class HashingCaptures(Captures):
    """Captures that also take the digest of every regular file, for plans that ask for it.

    Only sparse files are bounded as if they were kept: a few stored bytes may claim any size.
    """

    def sink_for(self, entry: Entry) -> Sink | None:
        """A sink for every regular file; what the plan keeps goes on to the sink for that."""
        self.digests.pop(entry.path, None)  # what the same name meant before
        kept = super().sink_for(entry)
        if entry.kind is not EntryKind.FILE:
            return kept
        if entry.sparse and kept is None and not self._affords(entry):
            return None
        return HashSink(self.digests, entry.path, self._plan.digests or "", kept)


class HashSink:
    """Hashes one file as it streams past; keeps the digest of a complete one that is wanted."""

    def __init__(
        self, digests: dict[str, Digest], path: str, beginning: str, kept: Sink | None
    ) -> None:
        self._digests = digests
        self._path = path
        self._beginning = beginning
        self._kept = kept
        self._state = new_hash()

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self._state.update(data)
        if self._kept is not None:
            self._kept.write(data)

    def close(self) -> None:
        """Keep the digest if it begins as wanted."""
        digest = finish(self._state)
        if encoded_of(digest).startswith(self._beginning):
            self._digests[self._path] = digest
        if self._kept is not None:
            self._kept.close()
