"""Files kept while a layer streams past, bounded one by one and together."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.digest import Digest, digest_bytes, encoded_of, finish, new_hash
from analyzer.errors import LimitExceeded
from analyzer.layers.wants import CapturePlan
from analyzer.limits import Budget
from analyzer.paths import printable
from analyzer.problems import Code, ProblemLog, error
from analyzer.tarheader import Entry, EntryKind, Sink


@dataclass(frozen=True, slots=True)
class Captured:
    """The content of one file and its digest."""

    content: Digest
    data: bytes


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
        return CaptureSink(self.files, entry.path) if self._affords(entry) else None

    def _affords(self, entry: Entry) -> bool:
        """Whether the limits allow for all of this file; a problem where they do not."""
        allowed = self._budget.limits.captured_file_bytes
        name = printable(entry.path)
        if entry.size > allowed:
            what = f"limit captured_file_bytes is {allowed}, {name!r} has {entry.size}; not read"
            self._refuse(entry.path, what)
            return False
        try:
            self._budget.spend_captured(entry.size, name)
        except LimitExceeded as problem:
            self._refuse(entry.path, f"{name!r} not read: {problem.message}")
            return False
        return True

    def _refuse(self, path: str, detail: str) -> None:
        if not self._plan.spares(path):
            self._log.add(error(Code.LIMIT_EXCEEDED, self._where, detail))


class CaptureSink:
    """Collects one file; only a complete one is kept."""

    def __init__(self, files: dict[str, Captured], path: str) -> None:
        self._files = files
        self._path = path
        self._data = bytearray()

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self._data += data

    def close(self) -> None:
        """Keep the file."""
        data = bytes(self._data)
        self._files[self._path] = Captured(digest_bytes(data), data)


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
