"""What manifest and config promise of a layer, against what its bytes are."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.digest import can_check
from analyzer.image import media
from analyzer.image.model import LayerRef, Measured
from analyzer.problems import Code, Problem, error, warning


def check_layer(layer: LayerRef, measured: Measured) -> Iterator[Problem]:
    """Every promise that the bytes do not keep, as "declared X, measured Y".

    Bytes that could not be read break no promise; that they could not is a problem of the scan.
    """
    where = layer.name or f"layer {layer.position}"
    if None not in {layer.size, measured.size} and measured.size != layer.size:
        yield error(
            Code.SIZE_MISMATCH, where, f"declared {layer.size} bytes, measured {measured.size}"
        )
    checkable = layer.digest is not None and can_check(layer.digest)
    if checkable and measured.digest and measured.digest != layer.digest:
        yield error(
            Code.DIGEST_MISMATCH, where, f"declared {layer.digest}, measured {measured.digest}"
        )
    checkable = layer.diff_id is not None and can_check(layer.diff_id)
    if checkable and measured.diff_id and layer.diff_id != measured.diff_id:
        yield error(
            Code.DIFF_ID_MISMATCH,
            where,
            f"the config declares {layer.diff_id}, measured {measured.diff_id}",
        )
    if layer.named and measured.digest and layer.named != measured.digest:
        yield error(
            Code.NAME_MISMATCH, where, f"the name says {layer.named}, measured {measured.digest}"
        )
    claimed = media.layer_codec(layer.media_type) if layer.media_type else None
    if claimed not in {None, "unknown", measured.compression}:
        yield warning(
            Code.COMPRESSION_MISMATCH,
            where,
            f"the media type says {claimed}, the bytes are {measured.compression}",
        )
