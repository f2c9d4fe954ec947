"""What a docker archive claims by the names of its members: digests, and v1 ids of layers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from analyzer.digest import Digest
from analyzer.image.blobs import Blobs
from analyzer.image.v1ids import stacks

_LAYER = re.compile(r"([0-9a-f]{64})/layer\.tar")
_JSON = re.compile(r"[0-9a-f]{64}/json")
_LAYER_NAME = re.compile(
    r"(?:blobs/sha256/|sha256:)?([0-9a-f]{64})\.tar(?:\.gz|\.zst)?|blobs/sha256/([0-9a-f]{64})"
)
_CONFIG = re.compile(r"(?:.*/)?(?:sha256:)?([0-9a-f]{64})(?:\.json)?")
"""Config names that state a digest: `<hex>.json`, `blobs/sha256/<hex>`, `sha256:<hex>`."""
_BLANK = re.compile(r"blank_[0-9]+")


def config_digest(name: str) -> Digest | None:
    """The image ID that the config's file name states, if it states one."""
    match = _CONFIG.fullmatch(name)
    return Digest(f"sha256:{match[1]}") if match else None


def layer_digest(name: str) -> Digest | None:
    """The digest of a layer's stored bytes that its name states, if it states one.

    - `<hex>.tar`: containers/image docker/internal/tarfile/writer.go, `physicalLayerPath`;
    - `<hex>.tar.gz`, `.tar.zst`, `.tar`: go-containerregistry pkg/v1/tarball/write.go,
      `layerExtension`, and Jib's ImageTarball.java;
    - `blobs/sha256/<hex>`: moby daemon/internal/image/tarexport/save.go; with `.tar.gz`, which
      says nothing of the compression: rules_oci oci/private/tarball.sh.tpl;
    - `/sha256:<hex>.tar`: imgutil local/store.go, `addLayerToTar`.

    The folder of `<hex>/layer.tar` is no digest of the layer; see `v1_claims`.
    """
    match = _LAYER_NAME.fullmatch(name)
    return Digest(f"sha256:{match[1] or match[2]}") if match else None


def is_placeholder(name: str, size: int) -> bool:
    """Whether a layer was left out because the daemon has it (imgutil, `addLayerToTar`)."""
    return size == 0 and bool(_BLANK.fullmatch(name))


def v1_claims(blobs: Blobs, layers: Sequence[str]) -> tuple[str | None, ...]:
    """The v1 id that the archive gives each of `layers` (names in the archive), bottom first.

    docker and go-containerregistry call a layer's folder so. skopeo keeps layers elsewhere and
    writes folders with the documents beside; where these form one stack of the right height, it
    is this image's. A folder without such a document is called by the diff ID (nixpkgs
    build-support/docker/stream_layered_image.py, `add_layer_dir`) or copied from a base image.
    """
    found = [match[1] if (match := _LAYER.fullmatch(name)) else None for name in layers]
    named = [one if one and blobs.source.has(f"{one}/json") else None for one in found]
    if any(named):
        return tuple(named)
    fitting = [stack for stack in stacks(_parents(blobs)) if len(stack) == len(layers)]
    return fitting[0] if len(fitting) == 1 else ()


def _parents(blobs: Blobs) -> Mapping[str, str]:
    """The `id` of every v1 document in the archive, with its `parent`."""
    found: dict[str, str] = {}
    for name in sorted(blobs.source.names()):
        if not _JSON.fullmatch(name):
            continue
        value = blobs.peek(name)
        if isinstance(value, dict) and isinstance(value.get("id"), str):
            parent = value.get("parent", "")
            found[value["id"]] = parent if isinstance(parent, str) else ""
    return found
