"""Every digest and size that a file states: in descriptors, in names, in embedded copies."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analyzer.digest import Digest, parse_digest
from analyzer.errors import MalformedImage
from analyzer.image.blobs import stated_digest

_STATES = re.compile(r"(?:blobs/sha256/)?(?:sha256:)?([0-9a-f]{64})(?:\.[a-z.]+)?")
"""`<hex>.json`, `<hex>.tar`, `<hex>.tar.gz`, `sha256:<hex>`, and skopeo's flat `<hex>`."""
_STATES_SHA512 = re.compile(r"([0-9a-f]{128})(?:\.manifest\.json)?")
"""Skopeo's flat names are the encoded part of a digest, whichever algorithm it is of."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A descriptor: what a document says of a blob. `source` is the document and place in it."""

    source: str
    digest: Digest
    size: int | None
    data: bytes | None
    bad_data: bool
    platform: bool


def promises_of(value: object, where: str) -> Iterator[Promise]:
    """The descriptors of an index or manifest (OCI image-spec v1.1, descriptor.md).

    Also docker's `LayerSources` in `manifest.json`, and `blobs` of older artifact manifests.
    """
    for place, candidate in _candidates(value):
        promise = _promise(candidate, f"{where} {place}")
        if promise is not None:
            yield promise


def _candidates(value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for entry, item in enumerate(value):
            sources = item.get("LayerSources") if isinstance(item, dict) else None
            if isinstance(sources, dict):
                for key, source in sources.items():
                    yield f"entry {entry} LayerSources {key}", source
    if not isinstance(value, dict):
        return
    for member in ("config", "subject"):
        yield member, value.get(member)
    for member in ("manifests", "layers", "blobs"):
        items = value.get(member)
        for position, item in enumerate(items if isinstance(items, list) else ()):
            yield f"{member}[{position}]", item
    layers = value.get("fsLayers")  # of a Docker schema 1 manifest
    for position, item in enumerate(layers if isinstance(layers, list) else ()):
        digest = item.get("blobSum") if isinstance(item, dict) else None
        yield f"fsLayers[{position}]", {"digest": digest}


def _promise(value: object, source: str) -> Promise | None:
    if not isinstance(value, dict):
        return None
    try:
        digest = parse_digest(value.get("digest"))
    except MalformedImage:
        return None
    size = value.get("size")
    text = value.get("data")
    data, bad = None, False
    if isinstance(text, str) and text:
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            bad = True
    known = isinstance(size, int) and not isinstance(size, bool)
    platform = isinstance(value.get("platform"), dict)
    return Promise(source, digest, size if known else None, data, bad, platform)


def both_at_once(value: object) -> bool:
    """Whether a document is index and manifest in one (CVE-2021-41190)."""
    return (
        isinstance(value, dict)
        and "manifests" in value
        and ("layers" in value or "config" in value)
    )


def digest_in_name(name: str) -> Digest | None:
    """The digest that a member's own name states; None where it states none."""
    promised = stated_digest(name)
    if promised is not None:
        return promised
    for algorithm, pattern in (("sha256", _STATES), ("sha512", _STATES_SHA512)):
        if match := pattern.fullmatch(name):
            return Digest(f"{algorithm}:{match[1]}")
    return None


_KNOWN_FILES = re.compile(
    r"(oci-layout|index\.json|manifest\.json|repositories|version"
    r"|[0-9a-f]{64}/(json|VERSION|layer\.tar)|signature-[0-9]+)"
)


def belongs(name: str, used: Mapping[str, object]) -> bool:
    """Whether the formats know a member of this name, or a document leads to it."""
    return name in used or bool(_KNOWN_FILES.fullmatch(name)) or digest_in_name(name) is not None
