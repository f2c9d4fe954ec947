"""What can be checked of a file whose documents lead to no image."""

from __future__ import annotations

from analyzer.errors import AnalyzerError
from analyzer.image.blobs import Blobs
from analyzer.image.documents import parse_index
from analyzer.image.model import Document, ImageSet
from analyzer.limits import Limits
from analyzer.problems import Problem, error
from analyzer.source.detect import Opened

_TABLES = ("index.json", "manifest.json")


def without_images(opened: Opened, problem: AnalyzerError, limits: Limits) -> ImageSet:
    """No image, what is wrong with the tables of contents, and every document that can be read.

    `problem` is why no image was found. Documents that nothing leads to any more are found by
    looking, so that what they promise is compared with the blobs all the same.
    """
    blobs = Blobs(opened.source, limits)
    tables = [name for name in _TABLES if blobs.source.has(name)]
    for name in tables:
        document = blobs.try_document(name, None, None, "document_bytes")
        if document is not None and document.readable:
            blobs.problems += _of_entries(document)
    for name in sorted(blobs.source.names()):
        small = blobs.source.size(name) <= limits.manifest_bytes
        if name not in blobs.used and small and blobs.peek(name) is not None:
            blobs.try_document(name, None, None)
    where = problem.where or next(iter(tables), opened.name)
    problems = {*opened.problems, *blobs.problems, error(problem.code, where, problem.message)}
    return ImageSet((), (), tuple(sorted(problems)), blobs.measured)


def _of_entries(document: Document) -> tuple[Problem, ...]:
    """What is wrong with single entries of an index, so that none of them leads to an image."""
    try:
        return parse_index(document.value, document.name).problems
    except AnalyzerError:
        return ()  # it is none, and why no image was found is said
