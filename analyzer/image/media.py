"""Media types of documents and layers, and what can be told from them.

OCI image-spec v1.1, media-types.md; Docker distribution manifest v2 schema 2.
"""

from __future__ import annotations

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"

DOCKER_ATTESTATION = "application/vnd.docker.attestation.manifest.v1+json"
"""Artifact type of BuildKit's attestation manifests."""
IN_TOTO = "application/vnd.in-toto+json"

INDEXES = frozenset({OCI_INDEX, DOCKER_LIST})
MANIFESTS = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
CONFIGS = frozenset({OCI_CONFIG, DOCKER_CONFIG})

_LAYER_STEMS = (
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
)
_SUFFIXES = {
    "": "none",
    "+gzip": "gzip",
    ".gzip": "gzip",
    "+zstd": "zstd",
    ".zstd": "zstd",
}


def is_image_manifest(media_type: str) -> bool:
    """Whether it is that of an image's manifest, of schema 1 too, or says nothing."""
    return media_type in {*MANIFESTS, ""} or media_type.startswith(DOCKER_SCHEMA1 + "+")


def layer_codec(media_type: str) -> str | None:
    """The compression a layer's media type claims; None when it is no filesystem layer.

    `unknown` where it claims none that we know, and for encrypted layers, whose stored bytes
    have none.
    """
    for stem in _LAYER_STEMS:
        if media_type.startswith(stem):
            return _SUFFIXES.get(media_type.removeprefix(stem), "unknown")
    return None


def is_encrypted(media_type: str) -> bool:
    """Whether the layer is encrypted (ocicrypt)."""
    return media_type.endswith("+encrypted")


def is_foreign(media_type: str) -> bool:
    """Whether the layer may legally be left out and fetched from `urls`."""
    return "foreign" in media_type or "nondistributable" in media_type
