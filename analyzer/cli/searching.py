"""One input of a lookup, opened once and asked everything."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from analyzer.cli.options import Request
from analyzer.digest import Digest, digest_stream, finish, new_hash
from analyzer.errors import AnalyzerError, InputError
from analyzer.lookup.model import Searched
from analyzer.lookup.question import Question
from analyzer.paths import printable
from analyzer.problems import Code
from analyzer.reference import STANDARD_INPUT, parse_reference
from analyzer.source.standard import standard_input

if TYPE_CHECKING:
    from analyzer.opening import OpenImages
    from analyzer.scanning import Progress


def searched(question: Question, asked: Request, *, files: bool) -> Searched:
    """Everything about one input; that it cannot be read does not keep others from being searched.

    Args:
        question: the hash; what cannot be an answer to it is not measured.
        asked: the input and its limits.
        files: whether the contents of files in layers may be the answer.
    """
    from analyzer.cli.progress import shown
    from analyzer.opening import open_images

    own = None
    try:
        stream = _Watched(question.method) if asked.path == str(STANDARD_INPUT) else None
        if stream is None:
            own = _own_digest(question, asked.path)
        with (
            shown() as progress,
            open_images(asked.path, limits=asked.limits, stream=stream) as chosen,
        ):
            if stream is not None:
                own = stream.digest
            return _asked(question, asked, Searched(asked.path, None, own), chosen, progress, files)
    except AnalyzerError as problem:
        failure = f"{asked.path}: {_place(problem, asked.path)}{problem.message}"
        failure += f" [{problem.code.value}]"
        return Searched(asked.path, None, own, failure=failure, hint=problem.hint)


def _place(problem: AnalyzerError, path: str) -> str:
    """The place inside the input, where that is not the input itself."""
    itself = ("", path, printable(Path(path).name), "standard input")
    return "" if problem.where in itself else f"{problem.where}: "


def _asked(
    question: Question,
    asked: Request,
    found: Searched,
    chosen: OpenImages,
    progress: Progress,
    files: bool,  # noqa: FBT001 - handed on
) -> Searched:
    from analyzer.api import Depth, report_of
    from analyzer.lookup.files import find_files, may_be_file
    from analyzer.lookup.members import find_members
    from analyzer.lookup.search import hashed_names
    from analyzer.source.shape import Shape

    # Where nothing of the images is there, the documents that name them may hold the answer.
    present = any(image.present for image in chosen.images)
    depth = Depth.LAYERS if present else Depth.DOCUMENTS
    report = report_of(chosen, asked.limits, depth, progress)
    found = replace(found, report=report, with_files=files)
    source = chosen.opened.source
    if chosen.opened.shape is not Shape.ROOTFS:  # whose members are files, not parts of an archive
        known = frozenset(hashed_names(report.tree))
        members, problems = find_members(question, source, known, progress)
        found = replace(found, members=members, problems=problems)
    if files and may_be_file(question):
        hits, more = find_files(question, chosen.images, source, asked.limits, progress)
        found = replace(found, files=hits, problems=(*found.problems, *more))
    return found


def _own_digest(question: Question, path: str) -> Digest | None:
    """The digest of the file as a whole; None for a directory."""
    file = parse_reference(path).path
    if not file.is_file():
        return None
    try:
        with file.open("rb") as stream:
            digest, _ = digest_stream(stream, question.method)
    except OSError as problem:
        what = problem.strerror or "cannot be read"
        raise InputError(Code.NOT_READABLE, what, where=path) from problem
    return digest


class _Watched(io.RawIOBase, BinaryIO):
    """Standard input, hashed while somebody reads it."""

    def __init__(self, algorithm: str) -> None:
        self._algorithm = algorithm
        self._stream = standard_input()
        self._state = new_hash(algorithm)
        self._ended = False

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        data = self._stream.read(-1 if size is None else size)
        self._state.update(data)
        self._ended = self._ended or not data
        return data

    @property
    def digest(self) -> Digest | None:
        """That of all of it; None where not all of it was read."""
        return finish(self._state, self._algorithm) if self._ended else None
