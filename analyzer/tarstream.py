"""A tar reader without I/O: bytes are fed in any pieces, entries come out.

The standard `tarfile` stops silently at a damaged header and reports what stood before it as
the whole archive. This walker says what is wrong and goes on at the next valid header, so that
one flipped byte does not hide everything behind it.
"""

from __future__ import annotations

from collections.abc import Callable

from analyzer import tarheader as tar
from analyzer.limits import Limits, exceeded
from analyzer.magicsink import MAGIC_BYTES, MagicSink
from analyzer.paths import SHOWN, quoted
from analyzer.problems import Code, Problem, ProblemLog, error, warning
from analyzer.tarentry import EntryReader, Found
from analyzer.tarextended import EXTENSIONS
from analyzer.tarheader import BLOCK_BYTES, ZERO_BLOCK, BadHeader, Entry, Sink
from analyzer.tarnames import NameCount
from analyzer.tarsparse import Expander, extension_segments


class TarWalker:
    """Turns a tar stream into entries.

    `on_entry` is called for each entry as its header ends and may return a `Sink` for its
    data; a sparse file's sink is given the holes too, `Entry.size` bytes in all. `skippable`
    bytes of data may be passed to `skip` instead of `feed` by a caller that can seek. After the
    last byte call `finish`, then read `problems`. `on_rest` is given the bytes behind the end.

    Raises (from `feed`): LimitExceeded, for entries, path or extended header size.
    """

    def __init__(
        self,
        on_entry: Callable[[Entry], Sink | None],
        limits: Limits,
        where: str,
        on_rest: Callable[[bytes], None] | None = None,
    ) -> None:
        self._on_entry = on_entry
        self._on_rest = on_rest
        self._limits = limits
        self._where = where
        self._log = ProblemLog(where)
        self._reader = EntryReader(where, self._log)
        self._offset = 0  # of the next byte to come
        self._partial = b""  # of a header block
        self._data_left = 0  # of the current entry, without padding
        self._padding_left = 0
        self._sink: Sink | None = None
        self._magics: tuple[bytes, ...] = ()  # how the data has to begin for the sink to want it
        self._current = ""  # path of the entry whose data is being read
        self._collect: bytearray | None = None  # an extended header's data
        self._collect_type = 0
        self._extended_bytes = 0  # of all extended headers
        self._pending: Found | None = None  # waits for its old GNU sparse extension blocks
        self._zero_blocks = 0
        self._ended = False
        self._trailing = False
        self._lost_at: int | None = None  # where a damaged header was, until the next valid one
        self._lost_why = ""
        self._names = NameCount(limits, where)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong, complete after `finish`."""
        return self._log.finish()

    @property
    def entries(self) -> int:
        """Entries met so far."""
        return self._names.entries

    @property
    def offset(self) -> int:
        """Bytes taken so far."""
        return self._offset

    @property
    def skippable(self) -> int:
        """How many of the next bytes nobody needs to see."""
        if self._sink is None and self._collect is None:
            return self._data_left + self._padding_left
        return 0

    @property
    def ended(self) -> bool:
        """Whether the end marker was seen."""
        return self._ended

    def skip(self, count: int) -> None:
        """Take `count` bytes as read; at most `skippable`."""
        data = min(count, self._data_left)
        self._data_left -= data
        self._padding_left -= count - data
        self._offset += count

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        view = memoryview(data)
        position, end = 0, len(data)
        while position < end:
            if left := self._data_left + self._padding_left:
                if self._sink is not None or self._collect is not None:
                    position += self._feed_data(view[position:])
                elif left <= end - position:  # nobody wants it, as of most files
                    self._data_left = self._padding_left = 0
                    self._offset += left
                    position += left
                else:
                    self.skip(end - position)
                    position = end
            elif self._ended:
                self._check_trailing(data if position == 0 else data[position:])
                return
            elif not self._partial and end - position >= BLOCK_BYTES:
                block = data[position : position + BLOCK_BYTES]
                position += BLOCK_BYTES
                self._offset += BLOCK_BYTES
                self._take_block(block)
                if self._magics:
                    if end - position >= MAGIC_BYTES and not data.startswith(
                        self._magics, position
                    ):
                        self._sink = None
                    self._magics = ()
            else:
                taken = data[position : position + BLOCK_BYTES - len(self._partial)]
                self._partial += taken
                position += len(taken)
                self._offset += len(taken)
                if len(self._partial) == BLOCK_BYTES:
                    block, self._partial = self._partial, b""
                    self._take_block(block)

    def finish(self, *, whole: bool = True) -> None:
        """Say what the end of the stream left open.

        `whole` False: the stream broke off for a reason that is reported elsewhere.
        """
        lost = self._lost_at is not None
        if lost:
            self._report_loss(self._offset, "no valid header follows")
        if not whole:
            return
        if cut := self._cut():
            detail = f"{cut}, at byte {self._offset}"
            self._log.add(error(Code.LAYER_TRUNCATED, self._where, detail))
        elif not self._ended and not lost:
            self._log.add(
                warning(
                    Code.END_MARKER_MISSING,
                    self._where,
                    "the tar does not end in two zero blocks but at byte "
                    f"{self._offset}; it may have been cut off",
                )
            )

    def _cut(self) -> str:
        """What the end of the stream cut, in words."""
        if self._data_left:
            return f"{quoted(self._current, SHOWN)} ends {self._data_left} bytes early"
        if self._partial.strip(b"\0"):
            return "the tar ends inside a header block"
        if self._pending is not None:
            return f"{quoted(self._pending.entry.path, SHOWN)} ends inside its sparse map"
        if self._reader.waiting or self._collect is not None:
            return "the tar ends after an extended header"
        return ""

    # Data of entries and extended headers.

    def _feed_data(self, view: memoryview) -> int:
        data = min(len(view), self._data_left)
        if data:
            if self._collect is not None:
                self._collect += view[:data]
            elif self._sink is not None:
                self._write(self._sink, view[:data])
            self._data_left -= data
        padding = min(len(view) - data, self._padding_left) if not self._data_left else 0
        self._padding_left -= padding
        self._offset += data + padding
        if not self._data_left:
            self._data_complete()
        return data + padding

    def _data_complete(self) -> None:
        if self._sink is not None:
            self._close(self._sink)
            self._sink = None
        if self._collect is not None and not self._padding_left:
            data, self._collect = bytes(self._collect), None
            self._take_extension(data)

    def _write(self, sink: Sink, data: memoryview) -> None:
        try:
            sink.write(data)
        except BadHeader as problem:
            self._refuse_map(problem)
            self._sink = None

    def _close(self, sink: Sink) -> None:
        try:
            sink.close()
        except BadHeader as problem:
            self._refuse_map(problem)

    def _refuse_map(self, problem: BadHeader) -> None:
        detail = f"{quoted(self._current, SHOWN)} is not read: {problem}"
        self._log.add(error(Code.HEADER_DAMAGED, self._where, detail))

    def _expect_data(self, size: int) -> None:
        self._data_left = size
        self._padding_left = -size % BLOCK_BYTES

    def _check_trailing(self, data: bytes) -> None:
        if self._on_rest is not None:
            self._on_rest(data)
        if not self._trailing and data.count(0) != len(data):
            self._trailing = True
            first = self._offset + len(data) - len(data.lstrip(b"\0"))
            what = (
                f"bytes other than zero follow the tar's end marker, from its byte {first} on; "
                "whoever unpacks it does not see them"
            )
            self._log.add(warning(Code.TRAILING_DATA, self._where, what))
        self._offset += len(data)

    # Header blocks.

    def _take_block(self, block: bytes) -> None:
        if self._pending is None and self._lost_at is None and not self._zero_blocks:
            entry = self._reader.ordinary(block, self._offset)
            if entry is not None:
                self._names.take(entry)
                self._begin(entry, entry.size)
                return
        if self._pending is not None:
            self._take_sparse_extension(self._pending, block)
        elif block == ZERO_BLOCK:
            self._take_zero_block()
        elif not tar.checksum_fits(block):
            if self._lost_at is None:
                self._lose("the checksum does not fit")
        else:
            if self._lost_at is not None or self._zero_blocks:
                self._found_again()
            self._take_header(block)

    def _found_again(self) -> None:
        if self._lost_at is not None:
            self._report_loss(self._offset - BLOCK_BYTES, "reading went on at the next header")
        if self._zero_blocks:
            self._zero_blocks = 0
            at = self._offset - 2 * BLOCK_BYTES
            detail = f"a single zero block stands between entries, at byte {at}; engines refuse "
            detail += "the layer, GNU tar and Python see nothing behind it"
            self._log.add(warning(Code.RUNTIME_DEPENDENT, self._where, detail))

    def _take_zero_block(self) -> None:
        if self._lost_at is not None:
            return  # may be file content; only a header ends the search
        self._zero_blocks += 1
        self._ended = self._zero_blocks == 2  # noqa: PLR2004 - POSIX: two zero blocks end it

    def _lose(self, why: str) -> None:
        self._lost_at = self._offset - BLOCK_BYTES
        self._lost_why = why
        self._reader.forget()

    def _report_loss(self, until: int, what_then: str) -> None:
        start, self._lost_at = self._lost_at or 0, None
        self._log.add(
            error(
                Code.HEADER_DAMAGED,
                self._where,
                f"damaged tar header at byte {start} ({self._lost_why}); "
                f"{until - start} bytes not understood, up to byte {until - 1}, {what_then}",
            )
        )

    def _take_header(self, block: bytes) -> None:
        kind = block[156]
        try:
            if kind in EXTENSIONS:
                self._reader.begin(block, self._offset)
                self._begin_extension(kind, tar.number(block[124:136]))
                return
            found = self._reader.read(block, self._offset)
        except BadHeader as problem:
            self._lose(str(problem))
            return
        self._reader.forget()
        self._names.take(found.entry)
        if found.extended:
            self._pending = found
        else:
            self._announce(found)

    def _announce(self, found: Found) -> None:
        self._begin(found.entry, found.stored, found if found.entry.sparse else None)

    def _begin(self, entry: Entry, stored: int, sparse: Found | None = None) -> None:
        """Tell of an entry, and expect its `stored` bytes of data."""
        self._current = entry.path
        self._data_left = stored
        self._padding_left = -stored % BLOCK_BYTES
        self._magics = ()
        sink = self._on_entry(entry)
        if sink is None:
            return
        if sparse is not None:
            sink = self._expander(sink, sparse)
        if stored:
            self._sink = sink
            if type(sink) is MagicSink:
                self._magics = sink.magics
        elif sink is not None:
            self._close(sink)

    # Sparse files.

    def _expander(self, sink: Sink, found: Found) -> Sink | None:
        if not found.readable:
            return None
        try:
            return Expander(sink, found.entry.size, found.segments, self._limits.pax_bytes)
        except BadHeader as problem:
            self._refuse_map(problem)
            return None

    def _take_sparse_extension(self, found: Found, block: bytes) -> None:
        """Old GNU sparse: 21 more segments a block, byte 504 says whether another follows."""
        segments = found.segments or []
        try:
            segments += extension_segments(block)
        except BadHeader as problem:
            self._pending = None
            self._lose(f"sparse map: {problem}")
            return
        self._spend_extended(BLOCK_BYTES)
        found.segments = segments
        if not block[504]:
            self._pending = None
            found.entry = found.entry._replace(offset=self._offset)
            self._announce(found)

    # Extended headers.

    def _spend_extended(self, size: int) -> None:
        self._extended_bytes += size
        if self._extended_bytes > self._limits.layer_pax_bytes:
            limit = self._limits.layer_pax_bytes
            raise exceeded("layer_pax_bytes", limit, self._extended_bytes, self._where)

    def _begin_extension(self, kind: int, size: int) -> None:
        if size < 0:
            raise BadHeader(f"size of an extended header is {size}")
        if size > self._limits.pax_bytes:
            raise exceeded("pax_bytes", self._limits.pax_bytes, size, self._where)
        self._spend_extended(size)
        self._collect, self._collect_type = bytearray(), kind
        self._current = "extended header"
        self._expect_data(size)
        if not size:
            self._data_complete()

    def _take_extension(self, data: bytes) -> None:
        try:
            self._reader.extend(self._collect_type, data, self._offset)
        except BadHeader as problem:
            detail = f"extended header before byte {self._offset}: {problem}"
            self._log.add(error(Code.HEADER_DAMAGED, self._where, detail))
