"""Whether a whole tree is proven: every layer of it, also those that no content is taken from.

A layer of folders, links and whiteouts decides what a tree shows as much as any other.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.digest import Digest, can_check
from analyzer.errors import IntegrityError
from analyzer.image.media import is_foreign
from analyzer.image.model import LayerRef
from analyzer.inside import Inside, Look
from analyzer.layers.check import check_layer
from analyzer.layers.scan import LayerScan
from analyzer.problems import Code, Problem, Severity, error

_OF_THE_TREE = frozenset({Code.LAYER_COUNT_MISMATCH, Code.INDEX_CYCLE})
"""Problems of an image that leave open which layers it has."""
_CUT = frozenset({Code.ARCHIVE_TRUNCATED, Code.ARCHIVE_DAMAGED})

_AS_MADE = frozenset({Code.LIMIT_EXCEEDED, Code.LAYER_ENCRYPTED})
"""What another copy of the image would not help against; of a limit the message says what does."""


def require_proven(look: Look, inside: Inside) -> None:
    """Refuse the tree of `inside` unless each of its layers is proven and was read to its end.

    Nothing is read for that: the scans have it all. A foreign layer that is not in the file is no
    reason, since image-spec layer.md lets a file go without it ("SHOULD NOT be uploaded"); whoever
    has the tree is to be told.

    Raises:
        IntegrityError: about the first layer that is not proven.
    """
    doubts = unproven(look, inside)
    if not doubts:
        return
    first, more = doubts[0], len(doubts) - 1
    others = f"and so it is with {more} more; " if more else ""
    remedy = "" if first.code in _AS_MADE else "find a whole copy of the image, or "
    hint = (
        f"{others}nothing was written; {remedy}"
        "take a folder as DEST and --unverified for what is there"
    )
    raise IntegrityError(first.code, first.message, hint=hint, where=first.where)


def unproven(look: Look, inside: Inside) -> tuple[IntegrityError, ...]:
    """Why the tree of `inside` is not proven, at most one reason for each layer, bottom first."""
    tree = [
        IntegrityError(problem.code, problem.detail, where=problem.where)
        for problem in inside.problems
        if problem.code in _OF_THE_TREE and problem.severity is Severity.ERROR
    ]
    cut = next((problem for problem in look.problems if problem.code in _CUT), None)
    reasons = list(tree)
    for layer, scan in zip(inside.image.layers, inside.scans, strict=True):
        why = next(_doubts(layer, scan, cut), None) if layer.filesystem else None
        if why is not None:
            detail = f"layer {layer.position} cannot be proven: {why.detail}"
            reasons.append(IntegrityError(why.code, detail, where=why.where))
    return tuple(reasons)


def _doubts(layer: LayerRef, scan: LayerScan | None, cut: Problem | None) -> Iterator[Problem]:
    """What keeps one layer from being proven, the weightiest first."""
    where = layer.name or layer.digest or f"layer {layer.position}"
    if scan is None:
        if layer.name is not None or not is_foreign(layer.media_type):
            yield error(Code.BLOB_MISSING, where, "it is not in the file")
        return
    if layer.encrypted:
        yield error(Code.LAYER_ENCRYPTED, where, "it is encrypted")
    for problem in (*scan.problems, *check_layer(layer, scan.measured)):
        if problem.severity is Severity.ERROR:
            yield problem
    if not scan.complete:
        yield error(Code.LAYER_DAMAGED, where, "it could not be read to its end")
    if cut is not None and not _is_promised(layer):
        what = f"nothing states its digest, and of {cut.where}: {cut.detail}"
        yield error(cut.code, where, what)


def _is_promised(layer: LayerRef) -> bool:
    """Whether anything states a digest of it that its bytes can be held against."""
    promises = layer.digest, layer.named, Digest(layer.diff_id) if layer.diff_id else None
    return any(promise is not None and can_check(promise) for promise in promises)
