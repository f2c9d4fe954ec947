"""The uncompressed bytes of one layer, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.codec import BadStream, inflater, sniff
from analyzer.image.model import LayerRef
from analyzer.layers.scan import CHUNK_BYTES
from analyzer.limits import Budget, check_ratio
from analyzer.source.base import BlobSource


def tar_bytes(source: BlobSource, layer: LayerRef, budget: Budget) -> Iterator[bytes]:
    """What the stored bytes of `layer` inflate to.

    Raises:
        AnalyzerError: a limit, or a blob that is not there.
        BadStream: the stored bytes are damaged.
        OSError: they cannot be read.
    """
    name = layer.name or ""
    stored = inflated = 0
    with source.open(name) as stream:
        chunk = stream.read(CHUNK_BYTES)
        state = inflater(sniff(chunk), window=budget.limits.window_bytes)
        while chunk:
            stored += len(chunk)
            for piece in state.feed(chunk):
                inflated += len(piece)
                budget.spend_inflated(len(piece), name)
                check_ratio(inflated, stored, budget.limits, name)
                yield bytes(piece)
            chunk = stream.read(CHUNK_BYTES)
    if not state.finish():
        raise BadStream(name)
