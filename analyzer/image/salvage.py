"""Images of a layout without a readable `index.json`, found by looking through its blobs.

Writers put `index.json` behind the blobs, so it is the first thing that a truncated copy loses;
manifests and indexes still say what they are. Only the names are gone for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analyzer.digest import Digest
from analyzer.image import media
from analyzer.image.blobs import Blobs, stated_digest
from analyzer.image.documents import Descriptor, guess_media_type
from analyzer.image.schema1 import is_schema1


def find_roots(blobs: Blobs) -> tuple[Descriptor, ...]:
    """Descriptors of all manifests and indexes that no other document leads to.

    In order of their digests; indexes first, since they say more.
    """
    documents = dict(_documents(blobs))
    led_to = {digest for value in documents.values() for digest in _mentioned(value)}
    roots = [
        Descriptor(guess_media_type(value), digest, blobs.source.size(blobs.locate(digest)))
        for digest, value in documents.items()
        if digest not in led_to
    ]
    return tuple(sorted(roots, key=lambda d: (d.media_type not in media.INDEXES, d.digest)))


def _documents(blobs: Blobs) -> Iterator[tuple[Digest, dict[str, Any]]]:
    """Every blob that is a manifest or an index."""
    for name in sorted(blobs.source.names()):
        digest = stated_digest(name)
        if digest is None or blobs.source.size(name) > blobs.limits.manifest_bytes:
            continue
        value = blobs.peek(name)
        if isinstance(value, dict) and _is_document(value):
            yield digest, value


def _is_document(value: dict[str, Any]) -> bool:
    """Manifests have a config and layers, those of schema 1 `fsLayers`, indexes `manifests`."""
    if isinstance(value.get("manifests"), list) or (is_schema1(value) and "fsLayers" in value):
        return True
    config = value.get("config")
    return isinstance(value.get("layers"), list) and isinstance(config, dict) and "digest" in config


def _mentioned(value: dict[str, Any]) -> Iterator[str]:
    for child in value.get("manifests") or ():
        if isinstance(child, dict) and isinstance(child.get("digest"), str):
            yield child["digest"]
