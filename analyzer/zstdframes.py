"""Frame and block headers of a zstd stream, followed without inflating it.

Format: RFC 8878, sections 3.1.1 (frames) and 3.1.2 (skippable frames).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

FRAME = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
_SKIPPABLE_LOW = 0x50
KEPT_FRAMES = 3
"""As many as zstd:chunked ends with: table of contents, tar-split, footer."""


@dataclass(frozen=True, slots=True)
class SkippedFrame:
    """A skippable frame: where its content begins in the stream, and its size in bytes.

    `data` is the content, None where it was larger than what was to be kept.
    """

    offset: int
    size: int
    data: bytes | None


@dataclass(slots=True)
class Skipped:
    """The skippable frames of a stream; `size` is of the contents of all, `last` has some."""

    count: int = 0
    size: int = 0
    first: int = 0
    """Where the first frame begins."""
    last: tuple[SkippedFrame, ...] = ()


def is_skippable(head: bytes) -> bool:
    """RFC 8878, section 3.1.2: magic numbers 0x184D2A50 to 0x184D2A5F, little-endian."""
    return head[1:4] == _SKIPPABLE and head[0] & 0xF0 == _SKIPPABLE_LOW


def _may_begin_frame(start: bytes) -> bool:
    if FRAME.startswith(start):
        return True
    return start[0] & 0xF0 == _SKIPPABLE_LOW and _SKIPPABLE.startswith(start[1:])


def _window_of(descriptor: int) -> int:
    """RFC 8878, section 3.1.1.1.2: an exponent of five bits, and eighths to add in three."""
    base = 1 << (10 + (descriptor >> 3))
    return base + base // 8 * (descriptor & 7)


class ZstdFrames:
    """Follows frame and block headers, and cuts the input so that each piece inflates little.

    A block yields at most 128 KiB, so pieces of `BLOCKS` blocks bound the output of one write.
    """

    BLOCKS = 2

    def __init__(self, kept_bytes: int = 0) -> None:
        self.trailing = False
        """Whether bytes were seen that begin no frame."""
        self.trailing_at = 0
        """Where they begin."""
        self.skipped = Skipped()
        self._kept_bytes = kept_bytes
        self._keeping: bytearray | None = None  # the content of the skippable frame being read
        self._frame: tuple[int, int] | None = None  # its place and size
        self._base = 0  # of the data being cut, in the stream
        self._position = 0  # in that data, of what stands behind the last field
        self.count = 0
        """Frames begun, without the skippable ones."""
        self._need: Callable[[bytes], bool] = self._magic  # parser of the next header field
        self._want = 4  # its length
        self._field = b""
        self._skip = 0  # bytes of block content to pass over
        self._checksum = False
        self._single_segment = False  # whether the window is the whole content
        self._any = False  # whether there was a frame
        self.content_size: int | None = None
        """What the header of the current frame says that comes out of it."""
        self.window = 0
        """How far back the current frame may refer, in bytes."""
        self.empty_compressed = False
        """Whether a compressed block of no bytes was met, which is none."""
        self._size_bytes = 0  # of that field
        self._over = False  # whether the last block of a frame was met, until `ended` told so
        self._held = b""  # the begin of a magic number, not passed on before it is known

    def finish(self) -> bool:
        """Whether the input so far ends where a frame ends; a few odd bytes may follow."""
        if self._need != self._magic or self._skip:
            return False
        if self._field and not _may_begin_frame(self._field):
            self.trailing, self.trailing_at = True, self._base - len(self._field)
            self._field = b""
        return self._any and not self._field

    def ended(self) -> bool:
        """Whether a frame ended with the piece handed out last; told once for each frame."""
        ended = self._over and not self._skip
        self._over = self._over and not ended
        return ended

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Cut `data`, behind each frame too, up to where bytes follow that begin no frame."""
        base = self._base - len(self._held)
        self._base += len(data)
        data, self._held = self._held + data, b""
        start = blocks = 0
        position = len(self._field) if self._need == self._magic else 0
        while position < len(data):
            if self._over and not self._skip and position > start:
                yield data[start:position]
                start, blocks = position, 0
            if self._skip:
                step = min(self._skip, len(data) - position)
                if self._frame is not None:
                    self._skip_frame(data[position : position + step])
                self._skip -= step
                position += step
                continue
            begin = position
            position = min(begin + self._want - len(self._field), len(data))
            self._field += data[begin:position]
            if len(self._field) < self._want:
                break
            field, self._field = self._field, b""
            self._position = base + position
            if not self._need(field):
                self.trailing, self.trailing_at = True, self._position - len(field)
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
        if field == FRAME:
            self.count += 1
            return self._expect(self._descriptor, 1)
        if is_skippable(field):
            return self._expect(self._skippable, 4)
        return False

    def _skippable(self, field: bytes) -> bool:
        self._skip = size = int.from_bytes(field, "little")
        found = self.skipped
        if not found.count:
            found.first = self._position - 8
        found.count += 1
        found.size += size
        self._frame = (self._position, size)
        self._keeping = bytearray() if size <= self._kept_bytes else None
        if not size:
            self._skip_frame(b"")
        self._any = True
        return self._expect(self._magic, 4)

    def _skip_frame(self, data: bytes) -> None:
        """Take content of the skippable frame that is being read."""
        if self._frame is None:
            return
        offset, size = self._frame
        if self._keeping is not None:
            self._keeping += data
        if self._skip == len(data):
            kept = bytes(self._keeping) if self._keeping is not None else None
            frame = SkippedFrame(offset, size, kept)
            self.skipped.last = (*self.skipped.last, frame)[-KEPT_FRAMES:]
            self._frame = self._keeping = None

    def _descriptor(self, field: bytes) -> bool:
        flags = field[0]
        self._single_segment = single_segment = bool(flags & 0x20)
        self._checksum = bool(flags & 0x04)
        content_size = (1 if single_segment else 0, 2, 4, 8)[flags >> 6]
        self._size_bytes = content_size
        rest = (not single_segment) + (0, 1, 2, 4)[flags & 3] + content_size
        return self._expect(self._rest, rest)  # of a byte at least: window or content size

    def _rest(self, field: bytes) -> bool:
        self.content_size = None
        if self._size_bytes:
            size = int.from_bytes(field[-self._size_bytes :], "little")
            self.content_size = size + (256 if self._size_bytes == 2 else 0)  # noqa: PLR2004 - RFC 8878, 3.1.1.1.4
        self.window = (self.content_size or 0) if self._single_segment else _window_of(field[0])
        return self._expect(self._block, 3)

    def _block(self, field: bytes) -> bool:
        header = int.from_bytes(field, "little")
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        self._skip = 1 if kind == 1 else size  # type 1 repeats one byte
        self.empty_compressed |= kind == 2 and not size  # noqa: PLR2004 - Compressed_Block
        if not last:
            return self._expect(self._block, 3)
        if self._checksum:
            return self._expect(self._end_of_checksum, 4)
        return self._frame_done()

    def _end_of_checksum(self, _field: bytes) -> bool:
        return self._frame_done()

    def _frame_done(self) -> bool:
        self._any = self._over = True
        return self._expect(self._magic, 4)
