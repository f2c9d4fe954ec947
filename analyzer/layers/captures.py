"""Files, and parts of files, kept while a layer streams past; bounded one by one and together."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from analyzer.digest import Digest, digest_bytes, encoded_of, finish, new_hash, new_sha1
from analyzer.errors import LimitExceeded
from analyzer.layers.collecting import (
    CaptureSink,
    Gapped,
    Kept,
    Pieces,
    Spared,
    SparingSink,
    Spool,
    always,
    room_for,
)
from analyzer.layers.reduced import pack
from analyzer.layers.wants import UNWANTED, CapturePlan, Content, Reducer, Slices, Spare, Wanted
from analyzer.limits import Budget, overrun
from analyzer.magicsink import MagicSink
from analyzer.paths import printable, quoted
from analyzer.problems import Code, ProblemLog, error
from analyzer.tarheader import Entry, EntryKind, Sink

NO_PARTS: Mapping[str, bytes] = {}
_FILE = EntryKind.FILE


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
    offset: int = field(default=0, compare=False)
    """`Entry.offset`, which tells it from others of its name."""

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


def kept_of(
    captured: Mapping[str, Captured], earlier: Mapping[int, Captured], path: str, offset: int
) -> Captured | None:
    """What was kept of the file at `offset`: the last of its name, or one of the `earlier`."""
    found = captured.get(path)
    return found if found is not None and found.offset == offset else earlier.get(offset)


class Captures:
    """Offers sinks to the tar walker for the files of a plan; the last of a name counts."""

    def __init__(self, plan: CapturePlan, budget: Budget, where: str, log: ProblemLog) -> None:
        self.files: dict[str, Captured] = {}
        self.earlier: dict[int, Captured] = {}
        """Those after which another entry of their name follows: hard links may lead to them."""
        self.digests: dict[int, Digest] = {}
        self.sha1: dict[int, Digest] = {}
        self._plan = plan
        self._budget = budget
        self._where = where
        self._log = log
        self._watch: MagicSink | None = None
        self._looked_at: tuple[Entry, Wanted] | None = None
        self._passing = 0  # bytes held of a file of which only parts will be kept

    def sink_for(self, entry: Entry) -> Sink | None:
        """A sink when the plan keeps this entry, or part of it, and it is small enough."""
        before = self.files.pop(entry.path, None)
        if before is not None:
            self.earlier[before.offset] = before
        if self._passing:
            self._let_go()
        if entry.kind is not _FILE:
            return None
        wanted = self._plan.wanted(entry.path)
        if wanted is UNWANTED or not (wanted.whole or entry.size):
            return None
        if wanted.whole:
            return self._sink(entry, wanted) if self.affords(entry) else None
        if entry.sparse:  # a few stored bytes may claim exabytes, which somebody would have to see
            return None
        if not wanted.magics:
            return self._reducing(entry, wanted)
        self._looked_at = entry, wanted
        if self._watch is None or self._watch.used or self._watch.magics is not wanted.magics:
            self._watch = MagicSink(wanted.magics, self._reducing_this)
        return self._watch  # the same one for thousands of files that do not begin so

    def _reducing_this(self) -> Sink | None:
        """The sink for the file that is being looked at, since it begins as it should."""
        return self._reducing(*self._looked_at) if self._looked_at is not None else None

    def _sink(self, entry: Entry, wanted: Wanted) -> Sink:
        keep = partial(self._keep, entry, wanted)
        if wanted.spare is not None:
            spare = partial(self._spared, entry.path, wanted.reducers[0], wanted.spare)
            return SparingSink(self._room, keep, spare)
        if not wanted.whole:
            return CaptureSink(self._room, keep)
        most = self._budget.limits.captured_memory_bytes
        return CaptureSink(always if entry.size <= most else room_for(most), keep)

    def _spared(self, path: str, reducer: Reducer, spare: Spare, head: bytes) -> tuple[int, int]:
        """What of a file need not be kept; nothing where that cannot be told."""
        try:
            return spare(head)
        except Exception as fault:  # noqa: BLE001 - as below
            self._failed(path, reducer, fault)
            return 0, 0

    def _room(self, count: int) -> bool:
        """Room for the file that is passing: it shares with those of other layers."""
        if self._budget.hold(count):
            self._passing += count
            return True
        self._let_go()
        return False

    def _let_go(self) -> None:
        """Give back the room of the file that was passing."""
        self._budget.let_go(self._passing)
        self._passing = 0

    def close(self) -> None:
        """Nothing more comes, wherever it broke off."""
        self._let_go()

    def _reducing(self, entry: Entry, wanted: Wanted) -> Sink | None:
        allowed = self._budget.limits.reduced_file_bytes
        if entry.size > allowed:
            what = overrun("reduced_file_bytes", allowed, entry.size)
            self._refuse(entry.path, f"{quoted(entry.path)} not read: {what}")
            return None
        return self._sink(entry, wanted)

    def affords(self, entry: Entry) -> bool:
        """Whether the limits allow for all of this file; a problem where they do not."""
        allowed = self._budget.limits.captured_file_bytes
        name = quoted(entry.path)
        if entry.size > allowed:
            what = f"{name} not read: {overrun('captured_file_bytes', allowed, entry.size)}"
            self._refuse(entry.path, what)
            return False
        return self._spend(entry.path, entry.size)

    def _spend(self, path: str, size: int) -> bool:
        name = quoted(path)
        try:
            self._budget.spend_captured(size, name)
        except LimitExceeded as problem:
            self._refuse(path, f"{name} not read: {problem.message}; {problem.hint}")
            return False
        return True

    def _keep(self, entry: Entry, wanted: Wanted, content: Kept) -> None:
        """Keep a complete file, or what its reducers take out; or say why it cannot be read."""
        path, at = entry.path, entry.offset
        if isinstance(content, str):
            what = f"{quoted(path)} not read: temporary file: {content}"
            self._log.add(error(Code.NOT_READABLE, self._where, what))
            return
        if isinstance(content, Pieces) and wanted.whole and not wanted.reducers:
            data = content.joined()
            self.files[path] = Captured(digest_bytes(data), data, offset=at)
            return
        stored = content.content if isinstance(content, Spared) else content
        view: Slices = stored.mapped() if isinstance(stored, Spool) else stored
        if isinstance(content, Spared):
            view = Gapped(view, content.spared, content.gap)
        chosen = [r for r in wanted.reducers if self._worthwhile(path, r, view)]
        if not wanted.whole and not chosen:
            return
        source = self._whole(view) if isinstance(view, Pieces) else view
        found = ((r.name, self._reduce(path, r, source)) for r in chosen)
        reduced = {name: parts for name, parts in found if parts is not None}
        if wanted.whole:
            kept = stored if isinstance(stored, Spool) else stored.joined()
            self.files[path] = Captured(_digest(kept), kept, reduced or NO_PARTS, at)
        elif reduced and self._spend(path, sum(map(len, reduced.values()))):
            self.files[path] = Captured(digest_bytes(pack(reduced)), None, reduced, at)

    def _whole(self, pieces: Pieces) -> Content:
        """A file that came in pieces; a large one is mapped, so that it is not there twice."""
        if len(pieces) > _COPIED * self._budget.limits.captured_memory_bytes:
            with suppress(OSError):  # no place for temporary files, or no room
                spool = Spool()
                spool.extend(pieces)
                return spool.mapped()
        return pieces.joined()

    def _worthwhile(self, path: str, reducer: Reducer, content: Slices) -> bool:
        try:
            return reducer.worthwhile(content)
        except Exception as fault:  # noqa: BLE001 - as below
            self._failed(path, reducer, fault)
            return False

    def _reduce(self, path: str, reducer: Reducer, content: Slices) -> bytes | None:
        """What a reducer takes out of a file, packed; None for nothing."""

        def charge(count: int) -> None:
            self._budget.spend_inflated(count, printable(path))

        try:
            parts = reducer.apply(content, charge)
        except LimitExceeded as problem:
            self._refuse(path, f"{quoted(path)} not read: {problem.message}; {problem.hint}")
            return None
        except Exception as fault:  # noqa: BLE001
            # As in packages/run.py: what a bug raises on hostile input ends with this file.
            self._failed(path, reducer, fault)
            return None
        return pack(parts) if parts else None

    def _failed(self, path: str, reducer: Reducer, fault: Exception) -> None:
        what = f"{reducer.name} failed on {quoted(path)}: {type(fault).__name__}: {fault}"
        self._log.add(error(Code.CATALOGER_FAILED, self._where, what))

    def _refuse(self, path: str, detail: str) -> None:
        if not self._plan.spares(path):
            self._log.add(error(Code.LIMIT_EXCEEDED, self._where, detail))


_COPIED = 4
"""Times more memory for the copy of a file that is gone at once than for one that stays."""


def _digest(kept: bytes | Spool) -> Digest:
    if isinstance(kept, bytes):
        return digest_bytes(kept)
    state = new_hash()
    state.update(memoryview(kept.mapped()))
    return finish(state)


class HashingCaptures(Captures):
    """Captures that also take the digest of every regular file, for plans that ask for it.

    Only sparse files are bounded as if they were kept: a few stored bytes may claim any size.
    """

    def sink_for(self, entry: Entry) -> Sink | None:
        """A sink for every regular file; what the plan keeps goes on to the sink for that."""
        kept = super().sink_for(entry)
        if entry.kind is not _FILE:
            return kept
        if entry.sparse and kept is None and not self.affords(entry):
            return None
        sink = HashSink(self.digests, entry.offset, self._plan.digests or "", kept)
        return Sha1Sink(self.sha1, entry.offset, sink) if self._plan.sha1 else sink


class HashSink:
    """Hashes one file as it streams past; keeps the digest of a complete one that is wanted."""

    def __init__(
        self, digests: dict[int, Digest], offset: int, beginning: str, kept: Sink | None
    ) -> None:
        self._digests = digests
        self._offset = offset
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
            self._digests[self._offset] = digest
        if self._kept is not None:
            self._kept.close()


class Sha1Sink:
    """Takes the SHA-1 of one file as it goes on to its SHA-256; kept where that one is."""

    def __init__(self, digests: dict[int, Digest], offset: int, other: HashSink) -> None:
        self._digests = digests
        self._offset = offset
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
            self._digests[self._offset] = finish(self._state, "sha1")
