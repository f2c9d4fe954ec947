"""SBOM documents that came with an image: attestations and documents that a registry keeps beside.

BuildKit's attestation manifests hold in-toto statements as layers (moby/buildkit,
docs/attestations/attestation-storage.md), cosign's `.att` DSSE envelopes and `.sbom` the document
itself (sigstore/cosign, specs), and OCI 1.1 referrers any of these or a Sigstore bundle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.bills.read import looks_like_bill
from analyzer.digest import Digest, digest_bytes
from analyzer.errors import AnalyzerError
from analyzer.image.model import TreeItem
from analyzer.limits import Limits
from analyzer.opening import OpenImages
from analyzer.source.base import BlobSource

_NO_DOCUMENTS = frozenset({"index", "manifest", "artifact", "attestation", "config"})
"""Kinds in the tree. What is a document among the rest says its content: oras stores them as
`application/json`."""


@dataclass(frozen=True, slots=True)
class Attached:
    """One blob that holds a document."""

    name: str
    """Its digest, or where it lies."""
    about: str
    """What it was attached to, in words."""
    data: bytes


def attached_documents(chosen: OpenImages, limits: Limits) -> Iterator[Attached]:
    """Every document that is attached to one of the chosen images or to what lists them."""
    wanted = {
        digest
        for image in chosen.images
        for digest in (image.manifest_digest, image.manifest_declared, image.index_digest)
        if digest is not None
    }
    seen: set[str] = set()
    for top in chosen.found.tree:
        for item in top.walk():
            if item.subject is None or item.subject not in wanted:
                continue
            for child in item.walk():
                if child.name not in seen and _may_hold(child):
                    seen.add(child.name)
                    yield from _document(chosen.opened.source, child, item.subject, limits)


def _may_hold(item: TreeItem) -> bool:
    return item.present and item.kind not in _NO_DOCUMENTS and "tar" not in item.media_type


def _document(
    source: BlobSource, item: TreeItem, subject: Digest, limits: Limits
) -> Iterator[Attached]:
    try:
        if source.size(item.name) > limits.sbom_bytes:
            return
        with source.open(item.name) as opened:
            data = opened.read(limits.sbom_bytes)
    except AnalyzerError:  # that it cannot be read, the report of the image says
        return
    if looks_like_bill(data):
        yield Attached(item.declared or digest_bytes(data), f"about {subject}", data)
