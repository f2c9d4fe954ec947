"""Files in layers by the SHA-256 of their content: one more pass over every layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.image.model import Image
from analyzer.layers.scan import LayerScan
from analyzer.layers.wants import CapturePlan
from analyzer.limits import Budget, Limits
from analyzer.lookup.model import FileHit
from analyzer.lookup.question import DIGITS, Question
from analyzer.paths import join
from analyzer.problems import Problem
from analyzer.rootfs.tree import Node
from analyzer.scanning import LayerStore, Progress
from analyzer.source.base import BlobSource


def may_be_file(question: Question) -> bool:
    """Whether contents of files are hashed in the way that is asked for."""
    return question.algorithm in {"", "sha256"} and len(question.digits) <= DIGITS["sha256"]


def find_files(
    question: Question,
    images: Sequence[Image],
    source: BlobSource,
    limits: Limits,
    progress: Progress,
) -> tuple[tuple[FileHit, ...], tuple[Problem, ...]]:
    """Every regular file in the layers of `images` that `question` names, and what was unread."""
    plan = CapturePlan((), digests=question.digits)
    store = LayerStore(source, Budget(limits))
    store.scan(images, plan, progress)
    hits: list[FileHit] = []
    problems: set[Problem] = set()
    for number, image in enumerate(images):
        scans = [store.of(layer) if layer.filesystem else None for layer in image.layers]
        problems.update(problem for scan in scans if scan for problem in scan.problems)
        if any(scan is not None and scan.digests for scan in scans):
            rootfs, _ = store.merged(image, plan)
            hits += _hits(number, scans, dict(_contents(rootfs.root)))
    return tuple(hits), tuple(sorted(problems))


def _hits(
    number: int, scans: Sequence[LayerScan | None], shown: dict[tuple[int, int], str]
) -> Iterator[FileHit]:
    for layer, scan in enumerate(scans):
        if scan is None:
            continue
        whole_above = all(above is not None and above.complete for above in scans[layer + 1 :])
        files = [entry for entry in scan.entries if entry.offset in scan.digests]
        for entry in sorted(files, key=lambda entry: (entry.path, entry.offset)):
            at = shown.get((layer, entry.offset))
            visible = None if at is not None and not whole_above else at is not None
            digest = scan.digests[entry.offset]
            yield FileHit(number, layer, entry.path, digest, visible, at or "")


def _contents(root: Node) -> Iterator[tuple[tuple[int, int], str]]:
    """Layer and offset of every content in the tree, with a path that shows it.

    The stored path itself, where that is one of them: dictionaries keep what comes last.
    """
    own = []
    waiting = [("", root)]
    while waiting:
        path, node = waiting.pop()
        if node.content is not None and not node.is_directory:
            found = ((node.content_layer, node.content.offset), path)
            if node.content.path == path:
                own.append(found)
            else:
                yield found
        for name, child in (node.children or {}).items():
            waiting.append((join(path, name), child))
    yield from own
