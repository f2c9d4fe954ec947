"""Finds the table of contents of a layer while it streams past, and says how it differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from analyzer.codec import Codec, Inflater
from analyzer.digest import Digest, digest_bytes
from analyzer.errors import LimitExceeded
from analyzer.image.model import Table
from analyzer.layers.toc import (
    CHUNKED,
    ESTARGZ,
    FOOTER_BYTES,
    STARGZ_TOC,
    TAR_SPLIT,
    chunked_toc,
    differences,
    ends_as_estargz,
    footer_conflict,
    is_chunked,
    split_conflict,
    toc_frames,
)
from analyzer.layers.tocrows import BadToc
from analyzer.limits import Limits
from analyzer.problems import Code, Problem, note, warning
from analyzer.tarheader import Entry, EntryKind, Sink
from analyzer.tarstream import TarWalker

Known = Callable[[], Mapping[str, Digest]]
"""Gives the digests of files by path, as far as they were taken."""


class TocWatch:
    """Keeps what of a layer may be a table of contents; each table at most `document_bytes`."""

    def __init__(self, where: str, limits: Limits) -> None:
        self._where = where
        self._limits = limits
        self._limit = limits.document_bytes
        self._tail = b""
        self._toc: bytes | None = None
        self._too_large = 0
        self._after: bytearray | None = None  # what follows the tar's end, if it is a table
        self._looked = False
        self.table: Table | None = None
        """What the layer carries, known when `problems` was asked for."""

    def take_stored(self, chunk: bytes) -> None:
        """See the next stored bytes of the layer."""
        self._tail = (self._tail + chunk)[-FOOTER_BYTES:] if len(chunk) < FOOTER_BYTES else chunk

    @property
    def estargz(self) -> bool:
        """Whether what was seen so far ends as an estargz layer does."""
        return ends_as_estargz(self._tail)

    def take_after(self, data: bytes) -> None:
        """See the next bytes that follow the tar's end: some writers put the table there."""
        if not self._looked:
            data = data.lstrip(b"\0")
            if not data:
                return
            self._looked = True
            if data.startswith(STARGZ_TOC.encode()):
                self._after = bytearray()
        if self._after is not None and len(self._after) <= self._limit:
            self._after += data

    def sink(self, entry: Entry, other: Sink | None) -> Sink | None:
        """A sink for the member that is a table by its name, which also feeds `other`."""
        self._toc = None
        if entry.kind is not EntryKind.FILE:
            return other
        if entry.size > self._limit:
            self._too_large = entry.size
            return other
        return _Tee(self, other)

    def keep(self, toc: bytes) -> None:
        """The content of that member."""
        self._toc = toc

    def problems(
        self, state: Inflater, codec: Codec, entries: Sequence[Entry], digests: Known
    ) -> Iterator[Problem]:
        """What the tables of a layer that was read to its end contradict, and frames of no use.

        `digests` is asked where there is a table.
        """
        self.table = Table()
        if codec is Codec.ZSTD:
            yield from self._zstd(state, entries, digests)
        elif codec is Codec.GZIP:
            if self._after is not None:
                self._walk_after(bytes(self._after))
            if self._too_large:
                self.table = Table(ESTARGZ)
                what = f"it has {self._too_large} bytes; not read, {self._limit} allowed"
                yield self._mismatch(what)
            if self._toc is not None:
                self.table = Table(ESTARGZ, digest_bytes(self._toc))
                if what := footer_conflict(self._tail, state.starts):
                    yield self._mismatch(what)
                yield from self._compare(self._toc, entries, digests)

    def _zstd(self, state: Inflater, entries: Sequence[Entry], digests: Known) -> Iterator[Problem]:
        skipped = state.skipped
        chunked = is_chunked(skipped)
        others = skipped.count - (toc_frames(skipped) if chunked else 0)
        if others:
            what = f"{skipped.count} skippable frame{'s' * (skipped.count > 1)} with "
            what += f"{skipped.size} bytes, the first at byte {skipped.first} of the layer as "
            what += "stored; readers pass over them"
            yield note(Code.SKIPPABLE_FRAME, self._where, what)
        if chunked:
            self.table = Table(CHUNKED)
            try:
                toc, self.table = chunked_toc(skipped, self._limit)
            except BadToc as problem:
                yield self._mismatch(f"it cannot be read: {problem}")
                return
            members: dict[str, object] = {}
            yield from self._compare(toc, entries, digests, members)
            if what := split_conflict(members.get(TAR_SPLIT), self.table):
                yield self._mismatch(what)

    def _compare(
        self,
        toc: bytes,
        entries: Sequence[Entry],
        digests: Known,
        others: dict[str, object] | None = None,
    ) -> Iterator[Problem]:
        try:
            for what in differences(toc, entries, digests(), others):
                yield self._mismatch(what)
        except BadToc as problem:
            yield self._mismatch(f"it cannot be read: {problem}")

    def _mismatch(self, what: str) -> Problem:
        return warning(Code.TOC_MISMATCH, self._where, f"table of contents: {what}")

    def _walk_after(self, data: bytes) -> None:
        """Read the table as the tar that it is, if it is one."""
        walker = TarWalker(lambda entry: self.sink(entry, None), self._limits, self._where)
        with suppress(LimitExceeded):  # a header that claims too much is no table
            walker.feed(data)


class _Tee:
    """Collects a table and passes it on."""

    def __init__(self, watch: TocWatch, other: Sink | None) -> None:
        self._watch = watch
        self._other = other
        self._data = bytearray()

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self._data += data
        if self._other is not None:
            self._other.write(data)

    def close(self) -> None:
        """All of it was there."""
        self._watch.keep(bytes(self._data))
        if self._other is not None:
            self._other.close()
