"""Which kind of input this is, told from its content and never from its name."""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from analyzer.codec import BadStream, Codec, WindowTooLarge, inflater, sniff
from analyzer.errors import InputError, MalformedImage
from analyzer.limits import Limits, check_ratio, exceeded
from analyzer.nameless import nameless_file
from analyzer.paths import printable
from analyzer.problems import Code, Problem, Severity, error
from analyzer.source.base import BlobSource
from analyzer.source.directory import DirectorySource
from analyzer.source.shape import Shape, only_folder, shape_of
from analyzer.source.systemroot import SystemRoot, system_root
from analyzer.source.tararchive import TarSource
from analyzer.source.views import Below, WholeDirectory, WholeTar
from analyzer.streamnotes import stream_notes
from analyzer.tarheader import BLOCK_BYTES, ZERO_BLOCK, checksum_fits

_CHUNK_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Opened:
    """An input, ready to read. `size` is that of the file on disk; None for a directory.

    `found` is what was wrong with its compression. `system` is set for a root filesystem.
    """

    source: BlobSource
    shape: Shape
    name: str
    compression: Codec
    size: int | None
    found: tuple[Problem, ...]
    system: SystemRoot | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong with the input as a container, as far as it has been read."""
        return self.found + self.source.problems

    @property
    def kind(self) -> str:
        """Shape and container in words, as reports show it."""
        parts = [self.shape.value, self.source.container]
        if self.compression is not Codec.NONE:
            parts.append(self.compression.value)
        return " ".join(parts)


def open_stream(stream: BinaryIO, name: str, limits: Limits) -> Opened:
    """Open what comes out of `stream`, such as standard input; it is spooled once.

    Raises: as `open_source`.
    """
    with ExitStack() as stack:
        spool = stack.enter_context(_temporary(name))
        try:
            problems, codec = _drain(stream, spool, name, limits)
            tar = _tar_source(spool, name, problems, limits, compressed=codec is not Codec.NONE)
            source, shape, system = _shaped(tar, name)
        except OSError as problem:
            raise _unreadable(problem, Code.NOT_READABLE, name) from problem
        stack.pop_all()
    return Opened(source, shape, name, codec, None, problems, system)


def _drain(
    stream: BinaryIO, spool: BinaryIO, name: str, limits: Limits
) -> tuple[tuple[Problem, ...], Codec]:
    counted = _Counted(stream)
    codec = sniff(counted.head)
    return _inflate(counted, spool, codec, name, limits), codec


class _Counted:
    """A stream that cannot seek, with its first bytes known and a count of bytes taken."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.head = stream.read(BLOCK_BYTES)
        self._waiting = self.head
        self._taken = 0

    def read(self, size: int, /) -> bytes:
        data, self._waiting = self._waiting, b""
        data = data or self._stream.read(size)
        self._taken += len(data)
        return data

    def tell(self) -> int:
        return self._taken


def open_source(path: Path, limits: Limits) -> Opened:
    """Open `path`, whatever it is.

    Raises:
        InputError: it is not there, cannot be read, or is no image.
        LimitExceeded: it inflates beyond the limits.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as problem:
        raise InputError(
            Code.NOT_FOUND, "no such file or directory", where=printable(str(path))
        ) from problem
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        raise _unreadable(problem, Code.NOT_FOUND, printable(str(path))) from problem
    name = printable(path.resolve().name) or "root"
    if stat.S_ISDIR(mode):
        return _open_directory(path, name, limits)
    if not stat.S_ISREG(mode):
        raise InputError(Code.NOT_READABLE, "neither a file nor a directory", where=name)
    try:
        file = path.open("rb", buffering=0)
    except OSError as problem:
        raise _unreadable(problem, Code.NOT_READABLE, name) from problem
    return _open_file(file, name, limits)


def _unreadable(problem: Exception, code: Code, where: str) -> InputError:
    return InputError(code, getattr(problem, "strerror", None) or "cannot be read", where=where)


def _open_file(file: BinaryIO, name: str, limits: Limits) -> Opened:
    """Open a regular file, which is closed unless it is read in place."""
    with ExitStack() as stack:
        stack.enter_context(file)
        try:
            size = os.fstat(file.fileno()).st_size
            codec = sniff(os.pread(file.fileno(), BLOCK_BYTES, 0))
            tar = file
            problems: tuple[Problem, ...] = ()
            if codec is not Codec.NONE:
                tar = stack.enter_context(_temporary(name))
                problems = _inflate(file, tar, codec, name, limits)
            tar_source = _tar_source(tar, name, problems, limits, compressed=tar is not file)
            source, shape, system = _shaped(tar_source, name)
        except OSError as problem:
            raise _unreadable(problem, Code.NOT_READABLE, name) from problem
        stack.pop_all()
    if tar is not file:
        file.close()
    return Opened(source, shape, name, codec, size, problems, system)


def _open_directory(path: Path, name: str, limits: Limits) -> Opened:
    try:
        with os.scandir(path):
            pass
    except OSError as problem:
        raise _unreadable(problem, Code.NOT_READABLE, name) from problem
    directory = DirectorySource(path, limits)
    shape = shape_of(directory, name)
    if shape is not Shape.ROOTFS:
        return Opened(directory, shape, name, Codec.NONE, None, ())
    system = system_root(directory, path.resolve())
    return Opened(WholeDirectory(), shape, name, Codec.NONE, None, (), system)


def _shaped(tar: TarSource, name: str) -> tuple[BlobSource, Shape, SystemRoot | None]:
    """The tar as its shape wants to be read, and what is known of a root filesystem."""
    folder = only_folder(tar)
    source = Below(tar, folder) if folder else tar
    shape = shape_of(source, name)
    if shape is Shape.ROOTFS:
        return WholeTar(tar), shape, system_root(tar, None)
    return source, shape, None


def _tar_source(
    tar: BinaryIO, name: str, problems: tuple[Problem, ...], limits: Limits, *, compressed: bool
) -> TarSource:
    size = os.fstat(tar.fileno()).st_size
    damage = [problem for problem in problems if problem.severity is Severity.ERROR]
    if size < BLOCK_BYTES and damage:
        raise MalformedImage(damage[0].code, damage[0].detail, where=name)
    _require_tar(os.pread(tar.fileno(), BLOCK_BYTES, 0), name, compressed=compressed)
    return TarSource(tar, size, name, limits)


def _require_tar(head: bytes, name: str, *, compressed: bool) -> None:
    """Refuse a file whose first block is not that of a tar."""
    inside = " (after decompression)" if compressed else ""
    if not head:
        raise InputError(Code.NOT_AN_IMAGE, f"the file is empty{inside}", where=name)
    if len(head) == BLOCK_BYTES and (checksum_fits(head) or head == ZERO_BLOCK):
        return
    if head[:1].isspace() or head[:1] in {b"{", b"["}:
        what = "looks like a JSON document"
    elif head[:4] == b"hsqs" or head[32:41] == b"SIF_MAGIC":
        what = "is a Singularity or squashfs image, which this tool does not read"
    else:
        what = "does not begin with a tar header"
    raise InputError(
        Code.NOT_AN_IMAGE,
        f"not an image archive: it {what}{inside}",
        hint="give a docker save file, an OCI layout (directory or tar) or a skopeo dir: folder",
        where=name,
    )


def _temporary(name: str) -> BinaryIO:
    """A private file without a name, gone when it is closed."""
    try:
        return nameless_file()
    except OSError as problem:
        raise _no_room(problem, name) from problem


def _no_room(problem: OSError, name: str) -> InputError:
    return InputError(
        Code.NOT_READABLE,
        f"no room to unpack the file: {problem.strerror}",
        hint="set TMPDIR to a folder with more space",
        where=name,
    )


class _Readable(Protocol):
    """What is inflated: bytes, and how many were taken."""

    def read(self, size: int, /) -> bytes: ...
    def tell(self) -> int: ...


def _inflate(
    file: _Readable, spool: BinaryIO, codec: Codec, name: str, limits: Limits
) -> tuple[Problem, ...]:
    """Inflate the whole file once; what is no tar is refused after its first block."""
    state, written, head = inflater(codec, window=limits.window_bytes), 0, b""
    try:
        while chunk := file.read(_CHUNK_BYTES):
            for piece in state.feed(chunk):
                written += len(piece)
                _check_inflation(written, file.tell(), limits, name)
                if len(head) < BLOCK_BYTES:
                    head = (head + piece)[:BLOCK_BYTES]
                    if len(head) == BLOCK_BYTES:
                        _require_tar(head, name, compressed=True)
                _write(spool, piece, name)
        whole = state.finish()
    except WindowTooLarge as problem:
        raise exceeded("window_bytes", problem.allowed, problem.seen, name) from problem
    except BadStream as problem:
        damage = error(Code.ARCHIVE_DAMAGED, name, f"{codec} after {written} bytes: {problem}")
        return (damage, *stream_notes(state, codec, name, "file"))
    finally:
        _write(spool, b"", name)
    notes = tuple(stream_notes(state, codec, name, "file"))
    if not whole:
        what = f"the {codec} stream ends too early"
        return (error(Code.ARCHIVE_TRUNCATED, name, what), *notes)
    return notes


def _write(spool: BinaryIO, piece: bytes, name: str) -> None:
    """Write, or with no bytes write out what is buffered."""
    try:
        if piece:
            spool.write(piece)
        else:
            spool.flush()
    except OSError as problem:
        raise _no_room(problem, name) from problem


def _check_inflation(written: int, taken: int, limits: Limits, name: str) -> None:
    """Refuse an outer file that inflates beyond its limits; `taken` compressed bytes so far."""
    if written > limits.outer_inflated_bytes:
        raise exceeded("outer_inflated_bytes", limits.outer_inflated_bytes, written, name)
    check_ratio(written, taken, limits, name)
