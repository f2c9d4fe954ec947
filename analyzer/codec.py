"""Compression of streams, told from their bytes and undone in bounded steps.

Formats: RFC 1952 (gzip, several members), RFC 8878 (zstd, several and skippable frames), the
.xz file format 1.2, bzip2. Media types lie about compression, so only the bytes decide.
"""

from __future__ import annotations

import bz2
import importlib.util
import lzma
import zlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import IO, Protocol, cast

from analyzer.gzipheader import PLAIN, GzipHeader

_ISAL = importlib.util.find_spec("isal") is not None
"""Without a wheel for the machine, zlib gives the same answers, more slowly."""

STEP_BYTES = 1 << 17
"""Inflated bytes handed on at a time, so that memory does not depend on the input, and that
what was inflated is hashed while it is in the processor's cache."""

ZSTD_WINDOW_BYTES = 1 << 27
"""Largest window accepted; `zstd --long=27` is the largest that decoders take unasked."""


_ZSTD_FRAME = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"
_ZSTD_SKIPPABLE_LOW = 0x50


class Codec(StrEnum):
    """How a stream is compressed."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    XZ = "xz"
    BZIP2 = "bzip2"


class BadStream(ValueError):
    """Compressed bytes that cannot be inflated."""


class Inflater(Protocol):
    """Push-style decompression."""

    trailing: bool
    """Whether bytes that belong to no stream followed the end."""

    @property
    def streams(self) -> int:
        """Begun so far, back to back: gzip members, zstd frames, xz streams; 0 for plain bytes."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Inflate `data` in steps of about `STEP_BYTES`. Raises BadStream."""

    def finish(self) -> bool:
        """Whether the stream ended where its format says it ends."""


def sniff(head: bytes) -> Codec:
    """The codec of a stream that begins with `head` (six bytes are enough)."""
    if head.startswith(b"\x1f\x8b"):
        return Codec.GZIP
    if head.startswith(_ZSTD_FRAME) or _is_skippable(head):
        return Codec.ZSTD
    if head.startswith(b"\xfd7zXZ\0"):
        return Codec.XZ
    if head.startswith(b"BZh") and head[3:4].isdigit():
        return Codec.BZIP2
    return Codec.NONE


def _is_skippable(head: bytes) -> bool:
    """RFC 8878, section 3.1.2: magic numbers 0x184D2A50 to 0x184D2A5F, little-endian."""
    return head[1:4] == _ZSTD_SKIPPABLE and head[0] & 0xF0 == _ZSTD_SKIPPABLE_LOW


def inflater(codec: Codec) -> Inflater:
    """A fresh inflater."""
    if codec is Codec.NONE:
        return _Plain()
    if codec is Codec.ZSTD:
        return _Zstd()
    return _Members(_MAKERS[codec])


class _Plain:
    trailing = False
    streams = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> bool:
        return True


class _Decompressor(Protocol):
    """The interface that `bz2`, `lzma` and `isal` share."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _ZlibGzip:
    """`zlib` behind the interface of the others."""

    def __init__(self) -> None:
        self._state = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._state.eof

    @property
    def needs_input(self) -> bool:
        return not self._state.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._state.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._state.decompress(self._state.unconsumed_tail + data, max_length)


class _IsalGzip:
    """`isal` with a header of ours in front of each member: see `analyzer.gzipheader`."""

    def __init__(self) -> None:
        from isal import igzip_lib

        self._state: _Decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        self._state.decompress(PLAIN, 1)
        self._header = GzipHeader()

    @property
    def eof(self) -> bool:
        return self._state.eof

    @property
    def needs_input(self) -> bool:
        return self._state.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._state.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if not self._header.done:
            data = self._header.feed(data)
        return self._state.decompress(data, max_length)


def _gzip() -> _Decompressor:
    return _IsalGzip() if _ISAL else _ZlibGzip()


def _gzip_errors() -> tuple[type[Exception], ...]:
    """Isal's errors are of its own type, not zlib's."""
    if not _ISAL:
        return ()
    from isal import igzip_lib

    # The stub declares an instance where the module holds the class.
    return (cast("type[Exception]", igzip_lib.IsalError),)


_MAKERS: dict[Codec, Callable[[], _Decompressor]] = {
    Codec.GZIP: _gzip,
    Codec.XZ: lambda: lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=1 << 28),
    Codec.BZIP2: bz2.BZ2Decompressor,
}
_MAGIC = {Codec.GZIP: b"\x1f\x8b", Codec.XZ: b"\xfd7zXZ\0", Codec.BZIP2: b"BZh"}
_ERRORS: tuple[type[Exception], ...] = (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError)


class _Members:
    """Streams that may stand back to back (gzip members, xz streams), padded with zeros."""

    def __init__(self, make: Callable[[], _Decompressor]) -> None:
        self.trailing = False
        self.streams = 1
        self._make = make
        self._state = make()
        self._magic = next(_MAGIC[codec] for codec, maker in _MAKERS.items() if maker is make)
        self._errors = (*_ERRORS, *_gzip_errors())
        self._between = b""  # bytes after an end that may begin another stream
        self._ended = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self.trailing:
            return
        if self._ended:
            data = self._restart(self._between + data)
        while data and not self.trailing:
            yield from self._inflate(data)
            data = b""
            if self._state.eof:
                self._ended = True
                data = self._restart(self._state.unused_data)

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                out = self._state.decompress(data, STEP_BYTES)
            except self._errors as problem:
                raise BadStream(str(problem)) from problem
            if out:
                yield out
            if self._state.eof or self._state.needs_input:
                return
            data = b""

    def _restart(self, data: bytes) -> bytes:
        """Skip zero padding; begin another stream if its magic follows, else note the rest."""
        data = data.lstrip(b"\0")
        if len(data) < len(self._magic) and self._magic.startswith(data):
            self._between = data
            return b""
        self._between = b""
        if data.startswith(self._magic):
            self._state = self._make()
            self.streams += 1
            self._ended = False
            return data
        self.trailing = True
        return b""

    def finish(self) -> bool:
        return self._ended and not self._between


class _Zstd:
    """zstd frames through `stream_writer`, whose output comes in bounded pieces.

    That interface does not tell whether the last frame was complete, so the block headers are
    followed beside it (RFC 8878, section 3.1.1).
    """

    def __init__(self) -> None:
        import zstandard

        self.trailing = False
        self._error = zstandard.ZstdError
        self._frames = _ZstdFrames()
        self._out: list[bytes] = []
        decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
        sink = cast("IO[bytes]", _Appender(self._out))
        self._writer = decompressor.stream_writer(sink, write_size=STEP_BYTES, closefd=False)

    @property
    def streams(self) -> int:
        return self._frames.count

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self.trailing:
            return
        for piece in self._frames.pieces(data):
            try:
                self._writer.write(piece)
            except self._error as problem:
                raise BadStream(str(problem)) from problem
            yield from self._out
            self._out.clear()
        self.trailing = self._frames.trailing

    def finish(self) -> bool:
        ended = self._frames.finish()
        self.trailing = self._frames.trailing
        return ended


class _Appender:
    """The file that `stream_writer` writes to."""

    def __init__(self, out: list[bytes]) -> None:
        self._append = out.append

    def write(self, data: bytes) -> int:
        self._append(bytes(data))
        return len(data)


def _may_begin_frame(start: bytes) -> bool:
    if _ZSTD_FRAME.startswith(start):
        return True
    return start[0] & 0xF0 == _ZSTD_SKIPPABLE_LOW and _ZSTD_SKIPPABLE.startswith(start[1:])


class _ZstdFrames:
    """Follows frame and block headers, and cuts the input so that each piece inflates little.

    A block yields at most 128 KiB, so pieces of `BLOCKS` blocks bound the output of one write.
    """

    BLOCKS = 2

    def __init__(self) -> None:
        self.trailing = False
        """Whether bytes were seen that begin no frame."""
        self.count = 0
        """Frames begun, without the skippable ones."""
        self._need: Callable[[bytes], bool] = self._magic  # parser of the next header field
        self._want = 4  # its length
        self._field = b""
        self._skip = 0  # bytes of block content to pass over
        self._checksum = False
        self._any = False  # whether there was a frame
        self._held = b""  # the begin of a magic number, not passed on before it is known

    def finish(self) -> bool:
        """Whether the input so far ends where a frame ends; a few odd bytes may follow."""
        if self._need != self._magic or self._skip:
            return False
        if self._field and not _may_begin_frame(self._field):
            self.trailing, self._field = True, b""
        return self._any and not self._field

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Cut `data`, up to where bytes follow that begin no frame."""
        data, self._held = self._held + data, b""
        start = blocks = 0
        position = len(self._field) if self._need == self._magic else 0
        while position < len(data):
            if self._skip:
                step = min(self._skip, len(data) - position)
                self._skip -= step
                position += step
                continue
            begin = position
            position = min(begin + self._want - len(self._field), len(data))
            self._field += data[begin:position]
            if len(self._field) < self._want:
                break
            field, self._field = self._field, b""
            if not self._need(field):
                self.trailing = True
                yield data[start : position - len(field)]
                return
            blocks += self._skip > 0
            if blocks == self.BLOCKS:
                yield data[start:position]
                start, blocks = position, 0
        if self._need == self._magic:
            self._held = self._field
        yield data[start : len(data) - len(self._held)]

    def _expect(self, need: Callable[[bytes], bool], want: int) -> bool:
        self._need, self._want = need, want
        return True

    def _magic(self, field: bytes) -> bool:
        if field == _ZSTD_FRAME:
            self.count += 1
            return self._expect(self._descriptor, 1)
        if _is_skippable(field):
            return self._expect(self._skippable, 4)
        return False

    def _skippable(self, field: bytes) -> bool:
        self._skip = int.from_bytes(field, "little")
        return self._frame_done()

    def _descriptor(self, field: bytes) -> bool:
        flags = field[0]
        single_segment = bool(flags & 0x20)
        self._checksum = bool(flags & 0x04)
        content_size = (1 if single_segment else 0, 2, 4, 8)[flags >> 6]
        rest = (not single_segment) + (0, 1, 2, 4)[flags & 3] + content_size
        return self._expect(self._rest, rest) if rest else self._expect(self._block, 3)

    def _rest(self, _field: bytes) -> bool:
        return self._expect(self._block, 3)

    def _block(self, field: bytes) -> bool:
        header = int.from_bytes(field, "little")
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        self._skip = 1 if kind == 1 else size  # type 1 repeats one byte
        if not last:
            return self._expect(self._block, 3)
        if self._checksum:
            return self._expect(self._end_of_checksum, 4)
        return self._frame_done()

    def _end_of_checksum(self, _field: bytes) -> bool:
        return self._frame_done()

    def _frame_done(self) -> bool:
        self._any = True
        return self._expect(self._magic, 4)
