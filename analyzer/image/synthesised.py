"""Manifests that tools make up for a docker archive, byte for byte.

A docker archive holds no manifest, yet most tools print a manifest digest for one. It is the
digest of a manifest that the tool writes while it reads, and no registry has it. Each writes
another, from other facts about the layers:

- skopeo and podman, containers/image docker/internal/tarfile/src.go (`GetManifest`,
  `prepareLayerData`): diff IDs, uncompressed sizes, always the gzip media type; a link has the
  size of its own header, which is 0. Measured with skopeo 1.9.3 and podman 4.3.1.
- syft and grype, anchore/stereoscope pkg/image/docker/manifest.go (`generateOCIManifest`): diff
  IDs with the sizes of the tar members named in `Layers`, whatever is in them.
- containerd (and with it docker's containerd store), core/images/archive/importer.go
  (`ImportIndex`, `resolveLayers`): digests and sizes of the stored bytes. Measured with
  containerd 1.6.20 (ctr images import).
- crane, kaniko and others with go-containerregistry, pkg/v1/tarball/image.go: uncompressed
  layers are compressed with Go's gzip and hashed, which cannot be repeated elsewhere byte for
  byte; when at least one layer is compressed already, all are hashed as they are stored.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from analyzer.digest import Digest, digest_bytes
from analyzer.image import media
from analyzer.image.gojson import Value, encode
from analyzer.image.model import Image, Measured

DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_LAYER_GZIP = DOCKER_LAYER + ".gzip"

Link = Literal["", "symlink", "hardlink"]


class Maker(StrEnum):
    """Who makes the manifest up."""

    SKOPEO = "skopeo"
    SYFT = "syft"
    CONTAINERD = "containerd"
    GGCR = "ggcr"


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer as `manifest.json` names it and the archive holds it.

    `digest`, `size` and `compression` (`none` where there is none) are of the bytes that `path`
    leads to; `link` says that `path` itself is no regular member.
    """

    path: str
    diff_id: Digest | None
    digest: Digest | None
    size: int | None
    uncompressed_size: int | None
    compression: str = "none"
    link: Link = ""


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A manifest that `maker` makes up, or why it cannot be computed (`raw` is None then).

    `condition` says when the tool prints the digest.
    """

    maker: Maker
    raw: bytes | None
    condition: str = ""
    reason: str = ""

    @property
    def digest(self) -> Digest | None:
        """SHA-256 of the manifest."""
        return digest_bytes(self.raw) if self.raw is not None else None


WHEN_READ = "whenever it reads this archive as docker-archive"
WHEN_ALONE = "when the archive holds no other image"
WHEN_FRESH = (
    "when the store does not hold a compressed copy of one of the layers already, which it "
    "would use instead"
)
NOT_MEASURED = "the layers could not all be read"
OTHER_COUNT = "the archive and the config have different numbers of layers; the tool refuses it"
SHARED_PATH = "one member serves as two different layers; the tool refuses it"
HAS_LAYOUT = "the archive is an OCI layout too, and containerd reads that"
HARD_LINK = "a layer is stored as a hard link, which containerd does not follow"
RECOMPRESSED = (
    "it compresses the layers with Go's gzip first; other compressors give other bytes, so the "
    "digest cannot be computed here"
)


def made_up(
    config: bytes,
    layers: Sequence[StoredLayer],
    diff_ids: Sequence[Digest],
    *,
    layout: bool = False,
    images: int = 1,
) -> tuple[MadeUp, ...]:
    """What each tool makes up for one image of a docker archive.

    Args:
        config: the config's bytes.
        layers: those that `manifest.json` names, bottom first.
        diff_ids: those that the config lists.
        layout: the archive has an `oci-layout` file too.
        images: how many images `manifest.json` lists.
    """
    return (
        _skopeo(config, layers, diff_ids),
        _syft(config, layers, diff_ids, images),
        _containerd(config, layers, layout=layout),
        _ggcr(config, layers, diff_ids),
    )


def _descriptor(media_type: str, size: int, digest: Digest) -> Value:
    """In the member order of containers/image and go-containerregistry."""
    return {"mediaType": media_type, "size": size, "digest": digest}


def _descriptor_oci(media_type: str, size: int, digest: Digest) -> Value:
    """In the member order of the OCI's Go structs, which containerd uses."""
    return {"mediaType": media_type, "digest": digest, "size": size}


def _manifest(config: Value, layers: list[Value] | None) -> bytes:
    return encode(
        {
            "schemaVersion": 2,
            "mediaType": media.DOCKER_MANIFEST,
            "config": config,
            "layers": layers,
        }
    )


def _config(config: bytes) -> Value:
    return _descriptor(media.DOCKER_CONFIG, len(config), digest_bytes(config))


def _skopeo(config: bytes, layers: Sequence[StoredLayer], diff_ids: Sequence[Digest]) -> MadeUp:
    if len(layers) != len(diff_ids):
        return MadeUp(Maker.SKOPEO, None, reason=OTHER_COUNT)
    sizes: dict[Digest, int | None] = {}
    paths: set[str] = set()
    for layer, diff_id in zip(layers, diff_ids, strict=True):
        if diff_id in sizes:  # repeated: the first one counts, which is the real file
            continue
        path = posixpath.normpath(layer.path)
        if path in paths:
            return MadeUp(Maker.SKOPEO, None, reason=SHARED_PATH)
        paths.add(path)
        sizes[diff_id] = 0 if layer.link else layer.uncompressed_size
    described: list[Value] = []
    for diff_id in diff_ids:
        size = sizes[diff_id]
        if size is None:
            return MadeUp(Maker.SKOPEO, None, reason=NOT_MEASURED)
        described.append(_descriptor(DOCKER_LAYER_GZIP, size, diff_id))
    return MadeUp(Maker.SKOPEO, _manifest(_config(config), described), WHEN_READ)


def _syft(
    config: bytes, layers: Sequence[StoredLayer], diff_ids: Sequence[Digest], images: int
) -> MadeUp:
    if images != 1:
        reason = f"it refuses an archive of {images} images"
        return MadeUp(Maker.SYFT, None, reason=reason)
    if len(layers) < len(diff_ids):
        return MadeUp(Maker.SYFT, None, reason=OTHER_COUNT)
    described: list[Value] = []
    for layer, diff_id in zip(layers, diff_ids, strict=False):
        size = 0 if layer.link else layer.size
        if size is None:
            return MadeUp(Maker.SYFT, None, reason=NOT_MEASURED)
        described.append(_descriptor(DOCKER_LAYER_GZIP, size, diff_id))
    # A Go slice that nothing was appended to is written as null.
    return MadeUp(Maker.SYFT, _manifest(_config(config), described or None), WHEN_ALONE)


def _containerd(config: bytes, layers: Sequence[StoredLayer], *, layout: bool) -> MadeUp:
    if layout:
        return MadeUp(Maker.CONTAINERD, None, reason=HAS_LAYOUT)
    described: list[Value] = []
    for layer in layers:
        if layer.link == "hardlink":
            return MadeUp(Maker.CONTAINERD, None, reason=HARD_LINK)
        if layer.size is None or layer.digest is None:
            return MadeUp(Maker.CONTAINERD, None, reason=NOT_MEASURED)
        kind = DOCKER_LAYER if layer.compression == "none" else DOCKER_LAYER_GZIP
        described.append(_descriptor_oci(kind, layer.size, layer.digest))
    document = _descriptor_oci(media.DOCKER_CONFIG, len(config), digest_bytes(config))
    return MadeUp(Maker.CONTAINERD, _manifest(document, described), WHEN_FRESH)


def _ggcr(config: bytes, layers: Sequence[StoredLayer], diff_ids: Sequence[Digest]) -> MadeUp:
    if len(layers) > len(diff_ids):
        return MadeUp(Maker.GGCR, None, reason=OTHER_COUNT)
    if all(layer.compression == "none" for layer in layers) and layers:
        return MadeUp(Maker.GGCR, None, reason=RECOMPRESSED)
    described: list[Value] = []
    for layer in layers:
        if layer.size is None or layer.digest is None:
            return MadeUp(Maker.GGCR, None, reason=NOT_MEASURED)
        described.append(_descriptor(DOCKER_LAYER_GZIP, layer.size, layer.digest))
    condition = "whenever it reads this archive; the layers are compressed already"
    return MadeUp(Maker.GGCR, _manifest(_config(config), described or None), condition)


def made_up_of(
    image: Image,
    measured: Sequence[Measured],
    *,
    layout: bool = False,
    images: int = 1,
    links: Mapping[str, Link] | None = None,
) -> tuple[MadeUp, ...]:
    """`made_up` for an image of a docker archive as it was read; nothing without its config.

    `measured` has one element for each layer; `links` has the layers that are stored as links,
    by name.
    """
    if image.config_document is None or image.config is None:
        return ()
    layers = [
        StoredLayer(
            path=layer.name or "",
            diff_id=layer.diff_id,
            digest=bytes_.digest,
            size=bytes_.size,
            uncompressed_size=bytes_.uncompressed_size,
            compression=bytes_.compression,
            link=(links or {}).get(layer.name or "", ""),
        )
        for layer, bytes_ in zip(image.layers, measured, strict=True)
    ]
    config = image.config_document.raw
    return made_up(config, layers, image.config.diff_ids, layout=layout, images=images)
