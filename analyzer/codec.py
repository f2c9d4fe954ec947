"""Compression of streams, told from their bytes and undone in bounded steps.

Formats: RFC 1952 (gzip, several members), RFC 8878 (zstd, several and skippable frames), the
.xz file format 1.2, bzip2. Media types lie about compression, so only the bytes decide.
"""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial
from typing import IO, Protocol, cast

from analyzer.gzipheader import StatedHeaders
from analyzer.gzipmember import Decompressor, GzipMember, gzip_errors
from analyzer.zstdframes import FRAME, Skipped, ZstdFrames, is_skippable

STEP_BYTES = 120 << 10
"""Inflated bytes handed on at a time, so that memory does not depend on the input, and that
what was inflated is hashed while it is in the processor's cache. Blocks of 128 KiB and more come
from the kernel and go back to it one by one (mallopt(3), M_MMAP_THRESHOLD): their pages are new
each time, and files that are held while they pass have many."""
LARGE_STEP_BYTES = 480 << 10
"""The same where nothing of it is held, so that no new pages come: threads that inflate side by
side take turns less often."""

WINDOW_BYTES = 1 << 27
"""Largest window of zstd, or dictionary of xz, where nobody says otherwise. RFC 8878, section
3.1.1.1.2, leaves it to decoders; `zstd --long=27` is the largest that zstd(1) takes unasked."""
_MOST_WINDOW_BYTES = 1 << 31
"""The largest that libzstd can be told to take (ZSTD_WINDOWLOG_MAX of 64-bit machines)."""
_LEAST_WINDOW_BYTES = 1 << 10
_XZ_BESIDE_BYTES = 1 << 20
"""What liblzma needs besides the dictionary; a tenth of it, and its filters."""
_XZ_PADDING_BYTES = 4
"""Of which there may be any number behind a stream: the .xz file format, section 2.2."""
_FIRST_STARTS, _LAST_STARTS = 4, 2
"""How many begins of streams are kept; an estargz footer leads to the last but one."""


class Codec(StrEnum):
    """How a stream is compressed."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    XZ = "xz"
    BZIP2 = "bzip2"


class BadStream(ValueError):
    """Compressed bytes that cannot be inflated."""


class WindowTooLarge(BadStream):
    """A stream that refers farther back than is allowed; `seen` bytes at least."""

    def __init__(self, allowed: int, seen: int) -> None:
        super().__init__(f"a window of {seen} bytes, and {allowed} are allowed")
        self.allowed = allowed
        self.seen = seen


class Inflater(Protocol):
    """Push-style decompression."""

    trailing: bool
    """Whether bytes that belong to no stream followed the end."""
    trailing_at: int
    """Where the first of them stands among the bytes fed."""
    zeros: int
    """How many bytes of zero stand behind streams, where the format has no padding."""
    zeros_at: int
    """Where the first of those stands."""

    @property
    def starts(self) -> tuple[int, ...]:
        """Where the first four and the last two gzip members, xz or bzip2 streams begin."""

    @property
    def headers(self) -> StatedHeaders:
        """What the headers of gzip members state."""

    @property
    def skipped(self) -> Skipped:
        """The skippable frames of zstd."""

    @property
    def streams(self) -> int:
        """Begun so far, back to back: gzip members, zstd frames, xz streams; 0 for plain bytes."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Inflate `data` in steps of about as many bytes as asked for. Raises BadStream."""

    def finish(self) -> bool:
        """Whether the stream ended where its format says it ends."""


def sniff(head: bytes) -> Codec:
    """The codec of a stream that begins with `head` (six bytes are enough)."""
    if head.startswith(b"\x1f\x8b"):
        return Codec.GZIP
    if head.startswith(FRAME) or is_skippable(head):
        return Codec.ZSTD
    if head.startswith(b"\xfd7zXZ\0"):
        return Codec.XZ
    if head.startswith(b"BZh") and head[3:4].isdigit():
        return Codec.BZIP2
    return Codec.NONE


def inflater(
    codec: Codec,
    skippable_bytes: int = 0,
    step: int = STEP_BYTES,
    window: int = WINDOW_BYTES,
) -> Inflater:
    """A fresh inflater that gives about `step` bytes at a time.

    Of skippable frames the last few are kept, each of at most `skippable_bytes`. `window` is what
    may be held of what came out, for the stream to refer to.
    """
    if codec is Codec.NONE:
        return _Plain()
    if codec is Codec.ZSTD:
        return _Zstd(skippable_bytes, step, window)
    return _Members(codec, step, window)


class _Plain:
    trailing = False
    trailing_at = zeros = zeros_at = 0
    streams = 0
    starts: tuple[int, ...] = ()
    skipped = Skipped()
    headers = StatedHeaders()

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> bool:
        return True


def _xz(window: int) -> Decompressor:
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=window + _XZ_BESIDE_BYTES)


_MAKERS: dict[Codec, Callable[[int], Decompressor]] = {
    Codec.GZIP: lambda _window: GzipMember(),
    Codec.XZ: _xz,
    Codec.BZIP2: lambda _window: bz2.BZ2Decompressor(),
}
_MAGIC = {Codec.GZIP: b"\x1f\x8b", Codec.XZ: b"\xfd7zXZ\0", Codec.BZIP2: b"BZh"}
_TOO_LARGE_XZ = "Memory usage limit"
"""LZMA_MEMLIMIT_ERROR in the words of CPython's `_lzmamodule.c`, which has no other sign of it."""
_ERRORS: tuple[type[Exception], ...] = (lzma.LZMAError, OSError, ValueError, EOFError)


class _Members:
    """Streams that may stand back to back (gzip members, xz streams), padded with zeros."""

    def __init__(self, codec: Codec, step: int, window: int) -> None:
        self._step = step
        self._window = window
        self.trailing = False
        self.trailing_at = self.zeros = self.zeros_at = 0
        self._unit = _XZ_PADDING_BYTES if codec is Codec.XZ else 0
        self._gap = self._gap_at = 0  # zeros behind the stream before
        self.streams = 1
        self.starts: tuple[int, ...] = (0,)
        self.skipped = Skipped()
        self._headers = StatedHeaders()
        self._taken = 0
        self._make = partial(_MAKERS[codec], window)
        self._state = self._make()
        self._unnoted = True  # whether the header of the current stream is to be looked at
        self._magic = _MAGIC[codec]
        self._errors = (*_ERRORS, *gzip_errors())
        self._between = b""  # bytes after an end that may begin another stream
        self._ended = False
        self._fresh = True  # nothing of the current stream came in an earlier call

    @property
    def headers(self) -> StatedHeaders:
        self._note_header()
        return self._headers

    def _note_header(self) -> None:
        if self._unnoted and isinstance(self._state, GzipMember):
            self._headers.add(self.starts[-1], self._state.header)
        self._unnoted = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self.trailing:
            return
        self._taken += len(data)
        if self._ended:
            data = self._restart(self._between + data)
        while data and not self.trailing:
            yield from self._inflate(data)
            self._fresh = False
            data = b""
            if self._state.eof:
                self._ended = True
                data = self._restart(self._state.unused_data)

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        given = 0
        todo = data
        while True:
            try:
                out = self._state.decompress(todo, self._step)
            except self._errors as problem:
                if self._fresh:
                    yield from self._before_damage(data, given)
                if isinstance(problem, lzma.LZMAError) and _TOO_LARGE_XZ in str(problem):
                    raise WindowTooLarge(self._window, self._window + 1) from problem
                raise BadStream(str(problem)) from problem
            if out:
                given += len(out)
                yield out
            if self._state.eof or self._state.needs_input:
                return
            todo = b""

    def _before_damage(self, data: bytes, given: int) -> Iterator[bytes]:
        """What comes out of the begin of a stream byte by byte, behind what was given of it.

        A decompressor that fails gives nothing of what it has made in that call, which of a small
        layer is all of it.
        """
        state = self._make()
        for at in range(len(data)):
            todo = data[at : at + 1]
            while not state.eof and (todo or not state.needs_input):
                try:
                    out = state.decompress(todo, self._step)
                except self._errors:
                    return
                skipped = min(given, len(out))
                given -= skipped
                if out[skipped:]:
                    yield out[skipped:]
                todo = b""

    def _restart(self, data: bytes) -> bytes:
        """Skip zero padding; begin another stream if its magic follows, else note the rest."""
        data = self._skip_zeros(data)
        if len(data) < len(self._magic) and self._magic.startswith(data):
            self._between = data
            return b""
        self._between = b""
        self._end_gap()
        if data.startswith(self._magic):
            self._note_header()
            self._state = self._make()
            self._fresh = self._unnoted = True
            self.streams += 1
            self._begin_at(self._taken - len(data))
            self._ended = False
            return data
        self.trailing = bool(data)
        self.trailing_at = self._taken - len(data)
        return b""

    def _begin_at(self, at: int) -> None:
        first, last = self.starts[:_FIRST_STARTS], self.starts[_FIRST_STARTS:]
        last = (*last, at)[-_LAST_STARTS:]
        self.starts = first + last

    def _skip_zeros(self, data: bytes) -> bytes:
        rest = data.lstrip(b"\0")
        if not self._gap:
            self._gap_at = self._taken - len(data)
        self._gap += len(data) - len(rest)
        return rest

    def _end_gap(self) -> None:
        """Count the zeros before what comes now, unless they are the padding that xz has."""
        if self._gap and not (self._unit and self._gap % self._unit == 0):
            self.zeros_at = self.zeros_at if self.zeros else self._gap_at
            self.zeros += self._gap
        self._gap = 0

    def finish(self) -> bool:
        self._end_gap()
        return self._ended and not self._between


class _Zstd:
    """zstd frames through `stream_writer`, whose output comes in bounded pieces.

    That interface does not tell whether the last frame was complete, so the block headers are
    followed beside it (RFC 8878, section 3.1.1).
    """

    starts: tuple[int, ...] = ()
    headers = StatedHeaders()
    zeros = zeros_at = 0  # they are trailing, like any other bytes

    def __init__(self, skippable_bytes: int, step: int, window: int) -> None:
        import zstandard

        self.trailing = False
        self.trailing_at = 0
        self._error = zstandard.ZstdError
        self._frames = ZstdFrames(skippable_bytes)
        self._out: list[bytes] = []
        self._length = 0  # of what came out of the current frame
        self._window = window
        settable = max(_LEAST_WINDOW_BYTES, min(window, _MOST_WINDOW_BYTES))
        decompressor = zstandard.ZstdDecompressor(max_window_size=settable)
        sink = cast("IO[bytes]", _Appender(self._out))
        self._writer = decompressor.stream_writer(sink, write_size=step, closefd=False)

    @property
    def streams(self) -> int:
        return self._frames.count

    @property
    def skipped(self) -> Skipped:
        return self._frames.skipped

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self.trailing:
            return
        for piece in self._frames.pieces(data):
            if self._window < self._frames.window <= _MOST_WINDOW_BYTES:
                # libzstd does not look where it gets a whole frame at once.
                raise WindowTooLarge(self._window, self._frames.window)
            try:
                self._writer.write(piece)
            except self._error as problem:
                raise self._refused(problem) from problem
            self._length += sum(map(len, self._out))
            yield from self._out
            self._out.clear()
            if self._frames.empty_compressed:
                raise BadStream("a compressed block of no bytes")
            if self._frames.ended():
                self._check_length()
        self._note_trailing()

    def finish(self) -> bool:
        ended = self._frames.finish()
        self._note_trailing()
        return ended

    def _refused(self, problem: Exception) -> BadStream:
        """What it means that libzstd refused a frame, which it does of its window first."""
        window = self._frames.window
        if window > _MOST_WINDOW_BYTES:
            what = f"a window of {window} bytes, more than the {_MOST_WINDOW_BYTES} of libzstd"
            return BadStream(what)
        return (
            WindowTooLarge(self._window, window)
            if window > self._window
            else BadStream(str(problem))
        )

    def _check_length(self) -> None:
        """What libzstd, as of empty blocks, checks only when it gets a frame all at once."""
        length, self._length = self._length, 0
        declared = self._frames.content_size
        if declared is not None and declared != length:
            raise BadStream(f"a frame of {length} bytes, and its header says {declared}")

    def _note_trailing(self) -> None:
        self.trailing, self.trailing_at = self._frames.trailing, self._frames.trailing_at


class _Appender:
    """The file that `stream_writer` writes to."""

    def __init__(self, out: list[bytes]) -> None:
        self._append = out.append

    def write(self, data: bytes) -> int:
        self._append(bytes(data))
        return len(data)
