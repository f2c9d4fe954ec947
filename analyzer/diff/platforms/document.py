"""The JSON form of a comparison of platforms: `analyzer/schema/platforms-1.0.json`."""

from __future__ import annotations

from analyzer.diff.platforms.model import Claim, Column, Comparison, ImagePlatforms, Row
from analyzer.paths import printable
from analyzer.report import Document, Tool

SCHEMA = "ociscope-platforms-1.0"
"""Names the schema that `to_document` follows."""


def to_document(comparison: Comparison, tool: Tool) -> Document:
    """The whole of `comparison`; `tool` is who compared."""
    return {
        "schema": SCHEMA,
        "tool": {"name": tool.name, "version": tool.version},
        "source": {
            "name": printable(comparison.source.name),
            "kind": comparison.source.kind,
            "size": comparison.source.size,
        },
        "differs": comparison.differs,
        "images": [_image(image) for image in comparison.images],
    }


def _image(image: ImagePlatforms) -> Document:
    labels = [column.label for column in image.columns]
    return {
        "names": list(image.names),
        "position": image.position,
        "index_digest": image.index_digest,
        "platforms": [_column(column) for column in image.columns],
        "unexpected": len(image.unexpected),
        "expected": image.expected(),
        "differences": [_row(row, labels) for row in image.rows],
        "layers": [
            {
                "platforms": [labels[number] for number in shared.columns],
                "diff_ids": list(shared.diff_ids),
            }
            for shared in image.layers
        ],
        "claims": [_claim(claim, labels) for claim in image.claims],
    }


def _column(column: Column) -> Document:
    return {
        "label": column.label,
        "platform": str(column.platform),
        "os_version": column.platform.os_version or None,
        "manifest_digest": column.manifest_digest,
        "image_id": column.image_id,
        "completeness": column.completeness,
        "packages": column.packages,
        "layers": column.layers,
        "not_compared": [part.value for part in column.not_compared],
        "notes": list(column.notes),
    }


def _row(row: Row, labels: list[str]) -> Document:
    return {
        "part": row.part.value,
        "subject": printable(row.subject),
        "kind": "only-some" if row.only_some else "differs",
        "rules": list(row.rules),
        "cells": [
            {"platform": label, "state": cell.state.value, "value": cell.value}
            for label, cell in zip(labels, row.cells, strict=True)
        ],
    }


def _claim(claim: Claim, labels: list[str]) -> Document:
    return {
        "sbom_of": labels[claim.of],
        "taken_for": labels[claim.taken_for],
        "known": claim.known,
        **{
            name: getattr(claim, name) if claim.known else None
            for name in ("right", "not_in_it", "missed", "other_version", "rebuilds")
        },
        "other_architecture": claim.other_architecture if claim.known else None,
    }
