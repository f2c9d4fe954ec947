"""The single pass over a layer: blob digest, inflation, diff ID, tar entries and captures.

Entries are parsed before the digests are proven, so a scan says what it measured and leaves
the comparison with what was promised to `analyzer.layers.check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from analyzer.codec import (
    LARGE_STEP_BYTES,
    STEP_BYTES,
    BadStream,
    Codec,
    Inflater,
    WindowTooLarge,
    inflater,
    sniff,
)
from analyzer.digest import DiffId, Digest, Hash, finish, new_hash
from analyzer.errors import LimitExceeded
from analyzer.image.model import Measured
from analyzer.layers.captures import Captured, Captures, HashingCaptures, kept_of
from analyzer.layers.compressor import compressor_facts
from analyzer.layers.cores import Cores
from analyzer.layers.hazards import hazards
from analyzer.layers.sidehash import SideHash
from analyzer.layers.toc import STARGZ_TOC
from analyzer.layers.tocscan import TocWatch
from analyzer.layers.wants import CapturePlan
from analyzer.limits import Budget, check_ratio, exceeded, overrun
from analyzer.problems import Code, Problem, ProblemLog, error
from analyzer.streamnotes import stream_notes
from analyzer.tarheader import Entry, Sink
from analyzer.tarstream import TarWalker

CHUNK_BYTES = STEP_BYTES
"""Stored bytes read at a time where files are kept; no more than that for the same reason."""

_LOSSES = frozenset({Code.HEADER_DAMAGED, Code.LAYER_TRUNCATED})
"""Problems of a tar that hide entries or their data."""

Choose = Callable[[Entry], Sink | None]
"""Asked of every entry: where its data is to go, None for nowhere."""

Advance = Callable[[int], None]
"""Called with the number of compressed bytes just read; may raise to stop the scan."""


@dataclass(frozen=True, slots=True)
class LayerScan:
    """What one layer's bytes are.

    `entries` is in tar order, `captured` by path, of which the last in the tar counts, `earlier`
    has the others by `Entry.offset`; all are empty when the scan was asked for digests only.
    `complete` is False when bytes at the end or in the middle were not read or not understood.
    `digests` has those of regular files that the plan asked for, by `Entry.offset`, and `sha1` the
    SHA-1 of the same files where it asked for that.
    """

    measured: Measured
    entries: tuple[Entry, ...]
    captured: Mapping[str, Captured]
    problems: tuple[Problem, ...]
    complete: bool
    digests: Mapping[int, Digest] = field(default_factory=dict)
    streams: int = 0
    """Compressed streams that stand back to back in it, as `Inflater.streams` counts them."""
    sha1: Mapping[int, Digest] = field(default_factory=dict)

    earlier: Mapping[int, Captured] = field(default_factory=dict)

    @property
    def captured_bytes(self) -> int:
        """How many bytes were kept of all files."""
        return sum(found.size for found in (*self.captured.values(), *self.earlier.values()))

    def kept(self, entry: Entry) -> Captured | None:
        """What was kept of the file that `entry` stores."""
        return kept_of(self.captured, self.earlier, entry.path, entry.offset)


def scan_layer(
    stream: BinaryIO,
    where: str,
    plan: CapturePlan | None,
    budget: Budget,
    *,
    algorithm: str = "sha256",
    diff_algorithm: str = "sha256",
    advance: Advance = lambda _count: None,
    choose: Choose | None = None,
    cores: Cores | None = None,
) -> LayerScan:
    """Read `stream` once, to its end.

    Args:
        stream: the blob as stored.
        where: what problems call it.
        plan: the files to keep; None for digests only, without reading the tar.
        budget: what the run may still spend.
        algorithm: of the blob's digest.
        diff_algorithm: of the diff ID.
        advance: progress.
        choose: takes the data of files in place of what `plan` would keep.
        cores: asked for a second core when others are idle.

    Returns:
        The scan. Damage and exceeded limits are problems in it, never exceptions.
    """
    algorithms = algorithm, diff_algorithm
    scan = _Scan(stream, where, plan, budget, algorithms, advance, choose, cores)
    try:
        return scan.run()
    finally:
        scan.close()


class _Scan:
    """The state of one pass."""

    def __init__(
        self,
        stream: BinaryIO,
        where: str,
        plan: CapturePlan | None,
        budget: Budget,
        algorithms: tuple[str, str],
        advance: Advance,
        choose: Choose | None,
        cores: Cores | None,
    ) -> None:
        self._stream = stream
        self._where = where
        self._budget = budget
        self._advance = advance
        self._log = ProblemLog(where)
        self._algorithm, self._diff_algorithm = algorithms
        self._blob_hash: Hash = new_hash(self._algorithm)
        self._tar_hash = SideHash(new_hash(self._diff_algorithm), cores)
        self._stored = 0
        self._inflated = 0
        self._entries: list[Entry] = []
        self._captures = _captures(plan, budget, where, self._log)
        self._choose = choose or (self._captures.sink_for if self._captures is not None else None)
        self._toc = TocWatch(where, budget.limits)
        self._walker: TarWalker | None = None
        if plan is not None:
            self._walker = TarWalker(self._on_entry, budget.limits, where, self._toc.take_after)
        holds = self._choose is not None
        self._chunk = CHUNK_BYTES if holds else LARGE_STEP_BYTES
        self._step = STEP_BYTES if holds else LARGE_STEP_BYTES
        self._codec = Codec.NONE
        self._two_hashes = True  # False when blob digest and diff ID are of the same bytes
        self._readable = True
        self._inflating = True
        self._walking = plan is not None

    def run(self) -> LayerScan:
        chunk = self._read()
        self._codec = sniff(chunk)
        same = self._algorithm == self._diff_algorithm
        self._two_hashes = self._codec is not Codec.NONE or not same
        limits = self._budget.limits
        state = inflater(self._codec, limits.document_bytes, self._step, limits.window_bytes)
        while chunk:
            self._blob_hash.update(chunk)
            if self._inflating:
                self._take(state, chunk)
            chunk = self._read()
        return self._result(state)

    def close(self) -> None:
        """Let go of what other threads do for this pass, and of what waits for its end."""
        self._tar_hash.finish()
        if self._captures is not None:
            self._captures.close()

    def _read(self) -> bytes:
        try:
            chunk = self._stream.read(self._chunk)
        except OSError as problem:
            self._inflating = self._readable = False
            self._log.add(error(Code.NOT_READABLE, self._where, problem.strerror or "read failed"))
            return b""
        self._stored += len(chunk)
        self._toc.take_stored(chunk)
        self._advance(len(chunk))
        return chunk

    def _take(self, state: Inflater, chunk: bytes) -> None:
        """Inflate one chunk and pass it on; what stops this leaves the blob hash going."""
        try:
            for piece in self._bounded(state.feed(chunk)):
                if self._two_hashes:
                    self._tar_hash.update(piece)
                if self._walker is not None and self._walking:
                    self._walk(self._walker, piece)
        except WindowTooLarge as problem:
            self._inflating = False
            detail = overrun("window_bytes", problem.allowed, problem.seen)
            self._log.add(error(Code.LIMIT_EXCEEDED, self._where, detail))
        except BadStream as problem:
            self._inflating = False
            detail = f"{self._codec} data is damaged before byte {self._stored}, after "
            detail += f"{self._inflated} inflated bytes"
            self._log.add(error(Code.LAYER_DAMAGED, self._where, f"{detail}: {problem}"))
        except LimitExceeded as problem:
            self._inflating = False
            self._log.add(error(problem.code, self._where, f"{problem.message}; {problem.hint}"))

    def _bounded(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        limits = self._budget.limits
        for piece in pieces:
            self._inflated += len(piece)
            self._budget.spend_inflated(len(piece), self._where)
            if self._inflated > limits.layer_inflated_bytes:
                allowed = limits.layer_inflated_bytes
                raise exceeded("layer_inflated_bytes", allowed, self._inflated, self._where)
            check_ratio(self._inflated, self._stored, limits, self._where)
            yield piece

    def _walk(self, walker: TarWalker, piece: bytes) -> None:
        """Read the tar; a limit there stops the reading of entries, not the diff ID."""
        try:
            walker.feed(piece)
        except LimitExceeded as problem:
            self._walking = False
            self._log.add(error(problem.code, self._where, f"{problem.message}; {problem.hint}"))

    def _on_entry(self, entry: Entry) -> Sink | None:
        self._entries.append(entry)
        sink = self._choose(entry) if self._choose is not None else None
        return self._toc.sink(entry, sink) if entry.path == STARGZ_TOC else sink

    def _result(self, state: Inflater) -> LayerScan:
        whole = self._inflating and state.finish()
        if self._inflating and not whole:
            detail = f"the {self._codec} stream ends too early, after {self._inflated} bytes"
            self._log.add(error(Code.LAYER_TRUNCATED, self._where, detail))
        estargz = self._toc.estargz
        for problem in stream_notes(state, self._codec, self._where, "layer", estargz=estargz):
            self._log.add(problem)
        problems = self._walked(whole=whole)
        if whole and self._walker is not None:
            self._look_deeper(state)
        return LayerScan(
            self._measured(state, whole=whole),
            tuple(self._entries),
            self._captures.files if self._captures is not None else {},
            self._log.finish() + problems,
            complete=whole
            and (self._walking or self._walker is None)
            and not any(problem.code in _LOSSES for problem in problems),
            digests=self._captures.digests if self._captures is not None else {},
            streams=state.streams,
            sha1=self._captures.sha1 if self._captures is not None else {},
            earlier=self._captures.earlier if self._captures is not None else {},
        )

    def _look_deeper(self, state: Inflater) -> None:
        """Look for what deceives: in names, and in tables of contents."""
        for problem in hazards(self._entries, self._where):
            self._log.add(problem)
        if self._walking:
            for problem in self._toc.problems(state, self._codec, self._entries, self._known):
                self._log.add(problem)

    def _known(self) -> Mapping[str, Digest]:
        """Digests of files by name, of which the last counts, as far as they were taken."""
        if self._captures is None:
            return {}
        files, digests = self._captures.files.items(), self._captures.digests
        known = {path: file.content for path, file in files if file.kept is not None}
        return known | {e.path: digests[e.offset] for e in self._entries if e.offset in digests}

    def _walked(self, *, whole: bool) -> tuple[Problem, ...]:
        """What was wrong with the tar; where reading it broke off, its ending says nothing."""
        if self._walker is None:
            return ()
        self._walker.finish(whole=whole and self._walking)
        return self._walker.problems

    def _measured(self, state: Inflater, *, whole: bool) -> Measured:
        if not self._readable:
            return Measured(compression=self._codec.value)
        blob: Digest = finish(self._blob_hash, self._algorithm)
        tar = finish(self._tar_hash.finish(), self._diff_algorithm) if self._two_hashes else blob
        diff_id = DiffId(tar)
        return Measured(
            digest=blob,
            size=self._stored,
            diff_id=diff_id if whole else None,
            uncompressed_size=self._inflated if whole else None,
            compression=self._codec.value,
            compressor=compressor_facts(self._codec, state.headers.first),
            table=self._toc.table,
        )


def _captures(
    plan: CapturePlan | None, budget: Budget, where: str, log: ProblemLog
) -> Captures | None:
    """None where nothing of a file is asked for; files are hashed only where that is asked."""
    if plan is None or (plan.digests is None and not plan.wants):
        return None
    kind = Captures if plan.digests is None else HashingCaptures
    return kind(plan, budget, where, log)
