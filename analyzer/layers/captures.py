"""Files, and parts of files, kept while a layer streams past; bounded one by one and together."""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate

from analyzer.digest import Digest, digest_bytes, encoded_of, finish, new_hash, new_sha1
from analyzer.errors import LimitExceeded
from analyzer.layers.reduced import pack
from analyzer.layers.wants import UNWANTED, CapturePlan, Content, Reducer, Slices, Wanted
from analyzer.limits import Budget, overrun
from analyzer.magicsink import MagicSink
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

    def append(self, data: bytes | memoryview) -> None:
        """Write at the end. Raises OSError."""
        left = memoryview(data)
        while left:
            count = os.pwrite(self._handle, left, self.size)
            self.size += count
            left = left[count:]

    def read(self) -> bytes:
        """All of it, from any thread. Raises OSError."""
        return os.pread(self._handle, self.size, 0)

    def mapped(self) -> mmap.mmap:
        """All of it without reading it. Raises OSError."""
        return mmap.mmap(self._handle, self.size, access=mmap.ACCESS_READ)


NO_PARTS: Mapping[str, bytes] = {}


@dataclass(frozen=True, slots=True)
class Captured:
    """What was kept of one file.

    A large file lies on temporary disk; `kept` is None where only parts were wanted. `reduced`
    has those, packed, by the name of the reducer.
    """

    content: Digest
    """Of the whole file; where only parts were kept, of these: then it is no digest to show."""
    kept: bytes | Spool | None = field(compare=False)
    reduced: Mapping[str, bytes] = field(default_factory=lambda: NO_PARTS, compare=False)

    @property
    def data(self) -> bytes:
        """The whole file, or nothing. Raises OSError where it cannot be read back from disk."""
        if self.kept is None:
            return b""
        return self.kept if isinstance(self.kept, bytes) else self.kept.read()

    @property
    def size(self) -> int:
        """Bytes kept."""
        parts = sum(map(len, self.reduced.values()))
        if self.kept is None:
            return parts
        return parts + (len(self.kept) if isinstance(self.kept, bytes) else self.kept.size)

    def given(self, wanted: Wanted) -> bytes | None:
        """What a cataloger gets that wants this: all, or what its first reducer took out."""
        if wanted.whole:
            return self.data if self.kept is not None else None
        found = (self.reduced.get(reducer.name) for reducer in wanted.reducers)
        return next((parts for parts in found if parts is not None), None)

    def has(self, wanted: Wanted) -> bool:
        """Whether there is anything to give."""
        if wanted.whole:
            return self.kept is not None
        return bool(self.reduced) and any(
            reducer.name in self.reduced for reducer in wanted.reducers
        )


class Captures:
    """Offers sinks to the tar walker for the files of a plan; the last of a name counts."""

    def __init__(self, plan: CapturePlan, budget: Budget, where: str, log: ProblemLog) -> None:
        self.files: dict[str, Captured] = {}
        self.digests: dict[str, Digest] = {}
        self.sha1: dict[str, Digest] = {}
        self._plan = plan
        self._budget = budget
        self._where = where
        self._log = log

    def sink_for(self, entry: Entry) -> Sink | None:
        """A sink when the plan keeps this entry, or part of it, and it is small enough."""
        self.files.pop(entry.path, None)  # what the same name meant before
        if entry.kind is not EntryKind.FILE:
            return None
        wanted = self._plan.wanted(entry.path)
        if wanted is UNWANTED or not (wanted.whole or entry.size):
            return None
        if wanted.whole:
            return self._sink(entry, wanted) if self.affords(entry) else None
        if entry.sparse:  # a few stored bytes may claim exabytes, which somebody would have to see
            return None
        if wanted.magics:
            return MagicSink(wanted.magics, lambda: self._reducing(entry, wanted))
        return self._reducing(entry, wanted)

    def _sink(self, entry: Entry, wanted: Wanted) -> Sink:
        memory = self._budget.limits.captured_memory_bytes
        if not wanted.whole:  # let go of as soon as it was read
            memory *= _PASSING
        return CaptureSink(memory, partial(self._keep, entry.path, wanted))

    def _reducing(self, entry: Entry, wanted: Wanted) -> Sink | None:
        allowed = self._budget.limits.reduced_file_bytes
        if entry.size > allowed:
            what = overrun("reduced_file_bytes", allowed, entry.size)
            self._refuse(entry.path, f"{printable(entry.path)!r} not read: {what}")
            return None
        return self._sink(entry, wanted)

    def affords(self, entry: Entry) -> bool:
        """Whether the limits allow for all of this file; a problem where they do not."""
        allowed = self._budget.limits.captured_file_bytes
        name = printable(entry.path)
        if entry.size > allowed:
            what = f"{name!r} not read: {overrun('captured_file_bytes', allowed, entry.size)}"
            self._refuse(entry.path, what)
            return False
        return self._spend(entry.path, entry.size)

    def _spend(self, path: str, size: int) -> bool:
        name = printable(path)
        try:
            self._budget.spend_captured(size, name)
        except LimitExceeded as problem:
            self._refuse(path, f"{name!r} not read: {problem.message}; {problem.hint}")
            return False
        return True

    def _keep(self, path: str, wanted: Wanted, content: Pieces | Spool | str) -> None:
        """Keep a complete file, or what its reducers take out; or say why it cannot be read."""
        if isinstance(content, str):
            what = f"{printable(path)!r} not read: temporary file: {content}"
            self._log.add(error(Code.NOT_READABLE, self._where, what))
            return
        view = content.mapped() if isinstance(content, Spool) else content
        chosen = [r for r in wanted.reducers if self._worthwhile(path, r, view)]
        if not wanted.whole and not chosen:
            return
        whole: Content = view.joined() if isinstance(view, Pieces) else view
        found = ((r.name, self._reduce(path, r, whole)) for r in chosen)
        reduced = {name: parts for name, parts in found if parts is not None}
        kept = None
        if wanted.whole:
            kept = content if isinstance(content, Spool) else bytes(whole)
        if kept is None and not self._spend(path, sum(map(len, reduced.values()))):
            return
        if kept is not None or reduced:
            content_of = _digest(whole) if kept is not None else digest_bytes(pack(reduced))
            self.files[path] = Captured(content_of, kept, reduced or NO_PARTS)

    def _worthwhile(self, path: str, reducer: Reducer, content: Slices) -> bool:
        try:
            return reducer.worthwhile(content)
        except Exception as fault:  # noqa: BLE001 - as below
            self._failed(path, reducer, fault)
            return False

    def _reduce(self, path: str, reducer: Reducer, content: Content) -> bytes | None:
        """What a reducer takes out of a file, packed; None for nothing."""

        def charge(count: int) -> None:
            self._budget.spend_inflated(count, printable(path))

        try:
            parts = reducer.apply(content, charge)
        except LimitExceeded as problem:
            self._refuse(path, f"{printable(path)!r} not read: {problem.message}; {problem.hint}")
            return None
        except Exception as fault:  # noqa: BLE001
            # As in packages/run.py: what a bug raises on hostile input ends with this file.
            self._failed(path, reducer, fault)
            return None
        return pack(parts) if parts else None

    def _failed(self, path: str, reducer: Reducer, fault: Exception) -> None:
        what = f"{reducer.name} failed on {printable(path)!r}: {type(fault).__name__}: {fault}"
        self._log.add(error(Code.CATALOGER_FAILED, self._where, what))

    def _refuse(self, path: str, detail: str) -> None:
        if not self._plan.spares(path):
            self._log.add(error(Code.LIMIT_EXCEEDED, self._where, detail))


_PASSING = 4
"""Times more memory for a file that is gone when its parts are taken than for one that stays."""


def _digest(content: Content) -> Digest:
    if isinstance(content, bytes):
        return digest_bytes(content)
    state = new_hash()
    state.update(memoryview(content))
    return finish(state)


class Pieces:
    """A file in memory as it came, in pieces; slices put together no more than they need."""

    def __init__(self, pieces: Sequence[bytes | memoryview]) -> None:
        self._pieces = pieces
        self._ends = list(accumulate(map(len, pieces)))

    def __len__(self) -> int:
        """All bytes."""
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, part: slice) -> bytes:
        """Some of them."""
        start, stop, _ = part.indices(len(self))
        found = bytearray()
        number = bisect_right(self._ends, start)
        while start < stop:
            piece, end = self._pieces[number], self._ends[number]
            found += piece[len(piece) - (end - start) :][: stop - start]
            start, number = end, number + 1
        return bytes(found)

    def joined(self) -> bytes:
        """All of it."""
        return b"".join(self._pieces)


class CaptureSink:
    """Collects one file, in memory up to `memory_bytes`, and hands it over when it is complete.

    `keep` gets the file, or words that say why the temporary disk could not take it.
    """

    def __init__(self, memory_bytes: int, keep: Callable[[Pieces | Spool | str], None]) -> None:
        self._memory_bytes = memory_bytes
        self._keep = keep
        self._pieces: list[bytes | memoryview] = []
        self._held = 0
        self._spool: Spool | None = None
        self._no_disk = False
        self._failed = ""

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        # A view of bytes may be kept, nobody changes them; that of a buffer may not.
        self._pieces.append(data if isinstance(data.obj, bytes) else bytes(data))
        self._held += len(data)
        if self._held > self._memory_bytes and not self._no_disk:
            self._spill()

    def _spill(self) -> None:
        """Move what is in memory to disk."""
        if self._spool is None:
            try:
                self._spool = Spool()
            except OSError:  # no place for temporary files
                self._no_disk = True
                return
        try:
            for piece in self._pieces:
                self._spool.append(piece)
        except OSError as problem:
            self._failed = problem.strerror or "cannot be written"
        self._pieces, self._held = [], 0

    def close(self) -> None:
        """Hand the file over."""
        if self._spool is None:
            self._keep(Pieces(self._pieces))
            return
        self._spill()
        self._keep(self._failed or self._spool)


class HashingCaptures(Captures):
    """Captures that also take the digest of every regular file, for plans that ask for it.

    Only sparse files are bounded as if they were kept: a few stored bytes may claim any size.
    """

    def sink_for(self, entry: Entry) -> Sink | None:
        """A sink for every regular file; what the plan keeps goes on to the sink for that."""
        self.digests.pop(entry.path, None)  # what the same name meant before
        self.sha1.pop(entry.path, None)
        kept = super().sink_for(entry)
        if entry.kind is not EntryKind.FILE:
            return kept
        if entry.sparse and kept is None and not self.affords(entry):
            return None
        sink = HashSink(self.digests, entry.path, self._plan.digests or "", kept)
        return Sha1Sink(self.sha1, entry.path, sink) if self._plan.sha1 else sink


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
        self.wanted = False
        """Whether the file was complete and begins as asked."""

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self._state.update(data)
        if self._kept is not None:
            self._kept.write(data)

    def close(self) -> None:
        """Keep the digest if it begins as wanted."""
        digest = finish(self._state)
        self.wanted = encoded_of(digest).startswith(self._beginning)
        if self.wanted:
            self._digests[self._path] = digest
        if self._kept is not None:
            self._kept.close()


class Sha1Sink:
    """Takes the SHA-1 of one file as it goes on to its SHA-256; kept where that one is."""

    def __init__(self, digests: dict[str, Digest], path: str, other: HashSink) -> None:
        self._digests = digests
        self._path = path
        self._other = other
        self._state = new_sha1()

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self._state.update(data)
        self._other.write(data)

    def close(self) -> None:
        """Keep the digest of a file that is wanted."""
        self._other.close()
        if self._other.wanted:
            self._digests[self._path] = finish(self._state, "sha1")
