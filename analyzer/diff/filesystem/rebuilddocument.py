"""The JSON form of whether one file is a rebuild of another (`schema/rebuild-1.0.json`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyzer.diff.filesystem.reproducible import LayerFound, PairedRebuild, as_a_whole
from analyzer.paths import printable

if TYPE_CHECKING:
    from analyzer.report import Document, SourceInfo, Tool

SCHEMA = "ociscope-rebuild-1.0"
"""Names the schema that the document follows."""


def rebuild_document(
    sources: tuple[SourceInfo, SourceInfo], found: Sequence[PairedRebuild], tool: Tool
) -> Document:
    """The document; `sources` are the two inputs."""
    before, after = (
        {"name": printable(side.name), "kind": side.kind, "size": side.size} for side in sources
    )
    return {
        "schema": SCHEMA,
        "tool": {"name": tool.name, "version": tool.version},
        "before": before,
        "after": after,
        "answer": as_a_whole(found).value,
        "images": [_pair(one) for one in found],
    }


def _pair(one: PairedRebuild) -> Document:
    rebuild = one.rebuild
    return {
        "subject": printable(one.subject),
        "answer": rebuild.answer.value,
        "noise": dict(rebuild.noise),
        "reasons": [printable(reason) for reason in rebuild.reasons],
        "notes": [printable(note) for note in rebuild.notes],
        "layers": [_layer(layer) for layer in rebuild.layers],
    }


def _layer(layer: LayerFound) -> Document:
    found = layer.found
    return {
        "position": layer.position,
        "offset": found.offset if found else None,
        "path": printable(found.place.path) if found else None,
        "field": found.place.what if found else None,
        "reordered": found.reordered if found else None,
    }
