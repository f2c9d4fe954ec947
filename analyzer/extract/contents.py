"""The content of files, each layer read once, and proven before anybody may use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from analyzer.errors import IntegrityError, OutputError
from analyzer.extract.listing import StoredFile
from analyzer.inside import Inside, Look
from analyzer.problems import Code
from analyzer.tarheader import Entry, Sink

OpenSink = Callable[[StoredFile], Sink | None]
"""Asked when a file's data begins: where it goes, None for nowhere. It may raise OSError."""


class Doubts(NamedTuple):
    """What is not proven of the files that were read all the same.

    `missing` are those of which not all bytes were there.
    """

    reasons: tuple[IntegrityError, ...]
    missing: tuple[StoredFile, ...]


NO_DOUBTS = Doubts((), ())
_ZEROS = bytes(1 << 16)
"""As many at once as the reader of sparse files makes of a hole."""


def is_hole(data: memoryview) -> bool:
    """Whether a piece of a sparse file is of zeros, which need not be written."""
    return data == _ZEROS[: len(data)]


class _CannotWrite(Exception):
    """A sink failed; neither OSError nor AnalyzerError, which readers take for damaged input."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(reason)
        self.reason = reason


def read_files(
    look: Look,
    inside: Inside,
    files: Sequence[StoredFile],
    open_sink: OpenSink,
    *,
    place: str,
    unverified: bool = False,
) -> Doubts:
    """Read `files`, each layer that has some of them once, in the order in which they lie there.

    What the sinks got is proven only when this returns.

    Args:
        look: the open input.
        inside: the image they are of.
        files: what to read.
        open_sink: takes the content.
        place: where the sinks write, for the error when they cannot.
        unverified: go on where a layer cannot be proven.

    Returns:
        What is unproven; nothing unless `unverified`.

    Raises:
        IntegrityError: a layer is damaged, or not the one that was promised.
        OutputError: a sink could not write.
    """
    reasons: list[IntegrityError] = []
    missing: list[StoredFile] = []
    try:
        for layer in sorted({file.layer for file in files}):
            waiting = {file.entry.offset: file for file in files if file.layer == layer}
            try:
                _read_layer(look, inside, layer, waiting, open_sink)
            except IntegrityError as problem:
                if not unverified:
                    raise _with_hint(problem) from problem
                reasons.append(problem)
            missing += waiting.values()
    except _CannotWrite as problem:
        why = problem.reason.strerror or "cannot be written"
        raise OutputError(Code.OUTPUT_FAILED, why, where=place) from problem.reason
    return Doubts(tuple(reasons), tuple(missing)) if reasons else NO_DOUBTS


def _with_hint(problem: IntegrityError) -> IntegrityError:
    hint = "nothing of this layer can be proven, so nothing was written"
    return IntegrityError(problem.code, problem.message, hint=hint, where=problem.where)


def _read_layer(
    look: Look,
    inside: Inside,
    layer: int,
    waiting: dict[int, StoredFile],
    open_sink: OpenSink,
) -> None:
    """Read the files `waiting` (by offset) in one layer; those that came whole are taken out."""

    def choose(entry: Entry) -> Sink | None:
        file = waiting.get(entry.offset)
        if file is None:
            return None
        try:
            sink = open_sink(file)
        except OSError as problem:
            raise _CannotWrite(problem) from problem
        if sink is None:
            del waiting[entry.offset]
            return None
        return _Watched(sink, waiting, entry.offset)

    reference = inside.image.layers[layer]
    look.read(reference, choose)
    if waiting:
        raise IntegrityError(
            Code.NOT_READABLE,
            f"{len(waiting)} files were not there when it was read again",
            where=reference.name or f"layer {layer}",
        )


class _Watched:
    """Passes on to a sink, takes the file off the list at its end, and marks failures."""

    def __init__(self, sink: Sink, waiting: dict[int, StoredFile], offset: int) -> None:
        self._sink = sink
        self._waiting = waiting
        self._offset = offset

    def write(self, data: memoryview) -> None:
        """Pass a piece on."""
        try:
            self._sink.write(data)
        except OSError as problem:
            raise _CannotWrite(problem) from problem

    def close(self) -> None:
        """All of the data was there."""
        try:
            self._sink.close()
        except OSError as problem:
            raise _CannotWrite(problem) from problem
        self._waiting.pop(self._offset, None)
