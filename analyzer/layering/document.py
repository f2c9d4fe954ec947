"""The JSON form of layers, published as `analyzer/schema/layers-1.0.json`."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.inside import Look
from analyzer.layering.instructions import Instruction
from analyzer.layering.steps import Step
from analyzer.layering.values import DEFINITION, Efficiency, Layer, Layering, Twin
from analyzer.paths import printable
from analyzer.report import Document, Tool, problem_documents
from analyzer.rootfs.fates import LayerWork

SCHEMA = "ociscope-layers-1.0"
"""Names the schema that `to_document` follows."""


def to_document(look: Look, layerings: Sequence[Layering], tool: Tool) -> Document:
    """The JSON form of `layerings`, which were made from `look`."""
    return {
        "schema": SCHEMA,
        "tool": {"name": tool.name, "version": tool.version},
        "source": {"name": printable(look.name), "kind": look.kind},
        "images": [_image(layering) for layering in layerings],
        "problems": problem_documents(look.problems),
    }


def _image(layering: Layering) -> Document:
    image = layering.image
    steps = layering.steps.by_layer
    return {
        "position": image.position,
        "names": [printable(name) for name in image.names],
        "platform": printable(str(image.platform)),
        "manifest_digest": image.manifest_digest,
        "image_id": image.image_id,
        "completeness": image.completeness,
        "layers": [_layer(layer, steps.get(layer.position)) for layer in layering.layers],
        "history": [_step(instruction) for instruction in layering.instructions],
        "history_aligned": layering.steps.aligned,
        "efficiency": _efficiency(layering.efficiency),
        "dockerfile": layering.dockerfile,
        "problems": problem_documents(layering.problems),
    }


def _layer(layer: Layer, step: Step | None) -> Document:
    return {
        "position": layer.position,
        "digest": layer.digest,
        "diff_id": layer.diff_id,
        "media_type": printable(layer.media_type),
        "present": layer.present,
        "created_by": printable(step.created_by) if step is not None else None,
        "size": layer.size,
        "uncompressed_size": layer.uncompressed_size,
        "total": layer.total,
        "uncompressed_total": layer.uncompressed_total,
        "compression": layer.compression or None,
        "compressor": layer.compressor or None,
        "compressed_by": layer.compressed_by or None,
        "streams": layer.streams,
        "work": _work(layer.work),
        "shared": layer.shared,
        "shared_with": [_twin(twin) for twin in layer.twins],
    }


def _work(work: LayerWork | None) -> Document | None:
    if work is None:
        return None
    return {
        "added": work.added,
        "changed": work.changed,
        "removed": work.removed,
        "file_bytes": work.file_bytes,
        "wasted_bytes": work.wasted_bytes,
    }


def _twin(twin: Twin) -> Document:
    return {
        "image": twin.image,
        "names": [printable(name) for name in twin.names],
        "platform": printable(twin.platform),
        "manifest_digest": twin.manifest_digest,
        "layer": twin.layer,
        "same_image": twin.own,
    }


def _step(instruction: Instruction) -> Document:
    step = instruction.step
    return {
        "created_by": printable(step.created_by),
        "comment": printable(step.comment),
        "empty_layer": step.empty,
        "layer": step.layer,
        "instruction": instruction.keyword or None,
    }


def _efficiency(efficiency: Efficiency | None) -> Document | None:
    if efficiency is None:
        return None
    share = efficiency.share
    return {
        "share": None if share is None else round(share, 6),
        "shown_bytes": efficiency.shown_bytes,
        "file_bytes": efficiency.file_bytes,
        "definition": DEFINITION,
    }
