"""Images, indexes and attestation manifests as finished bytes with their digests.

Everything here is immutable and computed once; `ImageBuilder` makes images, `Layout`
and `write_save` put them into files.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tests.support.codecs import compact, sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = dict[str, Any]

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
IN_TOTO = "application/vnd.in-toto+json"

REF_NAME = "org.opencontainers.image.ref.name"
CONTAINERD_NAME = "io.containerd.image.name"

_SUFFIX = {
    "oci": {"gzip": "+gzip", "gzip-multi": "+gzip", "zstd": "+zstd"},
    "docker": {"gzip": ".gzip", "gzip-multi": ".gzip", "zstd": ".zstd"},
}


def layer_media_type(schema: str, codec: str) -> str:
    """The media type for a layer; xz and bzip2 have none, so they pass as plain tar."""
    base = OCI_LAYER if schema == "oci" else DOCKER_LAYER
    return base + _SUFFIX[schema].get(codec, "")


def platform_of(text: str) -> Json:
    """Split "linux/arm64/v8" into the members a descriptor has for it."""
    os, _, rest = text.partition("/")
    architecture, _, variant = rest.partition("/")
    document = {"architecture": architecture, "os": os}
    return document | {"variant": variant} if variant else document


@dataclass(frozen=True)
class BuiltLayer:
    """One layer: its tar, its stored form, and what the documents say about it."""

    tar: bytes
    blob: bytes
    media_type: str
    declared_digest: str
    declared_size: int
    declared_diff_id: str

    @property
    def diff_id(self) -> str:
        """True digest of the uncompressed tar."""
        return sha256(self.tar)

    @property
    def digest(self) -> str:
        """True digest of the stored bytes."""
        return sha256(self.blob)

    def descriptor(self) -> Json:
        """The manifest's entry for this layer, lies included."""
        return {
            "mediaType": self.media_type,
            "digest": self.declared_digest,
            "size": self.declared_size,
        }

    def uncompressed(self, schema: str = "oci") -> BuiltLayer:
        """The same layer stored as plain tar, as a `docker save` keeps it."""
        media_type = layer_media_type(schema, "none")
        return BuiltLayer(
            self.tar,
            self.tar,
            media_type,
            self.diff_id,
            len(self.tar),
            self.declared_diff_id,
        )


@dataclass(frozen=True)
class Document:
    """A manifest or an index: raw bytes, media type, and the blobs they stand on."""

    raw: bytes
    media_type: str
    blobs: Mapping[str, bytes]
    platform: Json | None = None
    #: Annotations of the descriptor that points here, not of the document itself.
    pointer: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """True digest of the document."""
        return sha256(self.raw)

    def descriptor(self, annotations: Mapping[str, str], *, platform: bool) -> Json:
        """How an index refers to this document."""
        entry: Json = {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": len(self.raw),
        }
        notes = {**self.pointer, **annotations}
        if notes:
            entry["annotations"] = notes
        if platform and self.platform is not None:
            entry["platform"] = self.platform
        return entry

    def all_blobs(self) -> dict[str, bytes]:
        """Every blob below and including this document, by the name it is stored as."""
        return {**self.blobs, self.digest: self.raw}


@dataclass(frozen=True)
class Image(Document):
    """A platform image: config, layers and the manifest over them."""

    config: bytes = b""
    layers: tuple[BuiltLayer, ...] = ()

    @property
    def image_id(self) -> str:
        """True digest of the config."""
        return sha256(self.config)

    @property
    def manifest(self) -> bytes:
        """The manifest's bytes."""
        return self.raw

    @property
    def manifest_digest(self) -> str:
        """True digest of the manifest."""
        return self.digest

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """True digests of the uncompressed layers, bottom first."""
        return tuple(layer.diff_id for layer in self.layers)

    @property
    def layer_digests(self) -> tuple[str, ...]:
        """True digests of the stored layers, bottom first."""
        return tuple(layer.digest for layer in self.layers)

    def uncompressed(self) -> Image:
        """The image as Docker 25+ saves it: same config, plain layers, new manifest."""
        layers = tuple(layer.uncompressed() for layer in self.layers)
        return assemble(self.config, layers, "oci", platform=self.platform)


@dataclass(frozen=True)
class Index(Document):
    """An image index or manifest list."""

    children: tuple[Document, ...] = ()


def assemble(
    config: bytes,
    layers: Sequence[BuiltLayer],
    schema: str,
    *,
    platform: Json | None = None,
    config_digest: str | None = None,
    changes: Mapping[str, Any] | None = None,
    raw: bytes | None = None,
) -> Image:
    """Put config and layers under a manifest; `raw` replaces the whole manifest."""
    oci = schema == "oci"
    declared = config_digest or sha256(config)
    document: Json = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST if oci else DOCKER_MANIFEST,
        "config": {
            "mediaType": OCI_CONFIG if oci else DOCKER_CONFIG,
            "digest": declared,
            "size": len(config),
        },
        "layers": [layer.descriptor() for layer in layers],
    }
    document.update(changes or {})
    return Image(
        raw=compact(document) if raw is None else raw,
        media_type=OCI_MANIFEST if oci else DOCKER_MANIFEST,
        blobs={layer.declared_digest: layer.blob for layer in layers} | {declared: config},
        platform=platform,
        config=config,
        layers=tuple(layers),
    )


def make_index(
    children: Sequence[Document],
    schema: str = "oci",
    *,
    platform: bool = True,
    changes: Mapping[str, Any] | None = None,
) -> Index:
    """An index (manifest list for Docker's schema) over documents, in their order."""
    media_type = OCI_INDEX if schema == "oci" else DOCKER_LIST
    document: Json = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "manifests": [child.descriptor({}, platform=platform) for child in children],
    }
    document.update(changes or {})
    blobs: dict[str, bytes] = {}
    for child in children:
        blobs |= child.all_blobs()
    return Index(compact(document), media_type, blobs, children=tuple(children))


def attestation(
    image: Image, predicate: Json | None = None, predicate_type: str | None = None
) -> Document:
    """An attestation manifest as BuildKit adds it: platform unknown, in-toto layer."""
    kind = predicate_type or "https://slsa.dev/provenance/v1"
    statement = compact(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "predicateType": kind,
            "subject": [{"name": "_", "digest": {"sha256": image.digest[7:]}}],
            "predicate": predicate or {"buildDefinition": {}, "runDetails": {}},
        }
    )
    config = compact(
        {
            "architecture": "unknown",
            "os": "unknown",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [sha256(statement)]},
        }
    )
    size, digest = len(statement), sha256(statement)
    layer = BuiltLayer(statement, statement, IN_TOTO, digest, size, digest)
    notes = {"annotations": {"in-toto.io/predicate-type": kind}}
    described = {"layers": [layer.descriptor() | notes]}
    manifest = assemble(config, [layer], "oci", changes=described)
    return replace(
        manifest,
        platform={"architecture": "unknown", "os": "unknown"},
        pointer={
            "vnd.docker.reference.digest": image.digest,
            "vnd.docker.reference.type": "attestation-manifest",
        },
    )
