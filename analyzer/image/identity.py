"""Identities: each digest of an image with where it came from and whether it was proven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from analyzer.digest import ChainId, Digest, can_check, chain_ids
from analyzer.image.model import Document, Image, LayerRef, Measured
from analyzer.image.synthesised import MadeUp, Maker
from analyzer.image.v1ids import match


class Kind(StrEnum):
    """What a digest is the digest of."""

    IMAGE_ID = "image-id"
    MANIFEST = "manifest"
    SCHEMA1 = "schema1"
    SCHEMA1_FILE = "schema1-file"
    INDEX = "index"
    LAYER = "layer"
    DIFF_ID = "diff-id"
    CHAIN_ID = "chain-id"
    V1_ID = "v1-id"
    ATTESTATION = "attestation"
    REFERRER = "referrer"
    """Of a signature, SBOM or other artifact that says it is about the image."""
    SYNTHESISED = "synthesised"


class Origin(StrEnum):
    """Where a digest came from."""

    STORED = "stored"
    """The file states it."""
    COMPUTED = "computed"
    """We computed it from the bytes; the file does not state it."""
    MADE_UP = "made-up"
    """Another tool prints it; it names nothing that exists."""
    NOT_RECOVERABLE = "not-recoverable"
    """This file does not hold what it would be computed from."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One identifier of an image.

    `verified`: True when bytes in the file hash to the digest, False when they do not, None
    when there is nothing to check against. `layer` is a 0-based layer position for kinds that
    belong to a layer, otherwise None. `made_by` names the tools that make a digest up, and is
    empty for all that exists.
    """

    kind: Kind
    digest: Digest | None
    origin: Origin
    verified: bool | None
    reason: str = ""
    layer: int | None = None
    made_by: str = ""


MAKERS = {
    Maker.SKOPEO: "skopeo, podman",
    Maker.SYFT: "syft, grype",
    Maker.CONTAINERD: "docker load, containerd store",
    Maker.GGCR: "crane",
}
NO_FORMULA_HERE = (
    "neither docker's nor skopeo's formula gives it; that of go-containerregistry needs the "
    "digests of compressed layers, which may not be in this file"
)
NO_FORMULA = "none of the known formulas (docker, skopeo, go-containerregistry) gives it"
NO_MANIFEST_OF_LAYERS = (
    "a docker archive holds no manifest; its compressed layers are here, but the media types, "
    "annotations and white space of the manifest that a registry has are not (what skopeo and "
    "crane print for it is made up)"
)
NO_MANIFEST = (
    "a docker archive holds no manifest; the digest that a registry has depends on compressed "
    "layers that are not in this file (what skopeo and crane print for it is made up)"
)
NO_INDEX_IN_ARCHIVE = "a docker archive holds no index"
NO_INDEX = "no index in this file leads to this manifest; a registry may or may not have one"
RAW_LAYER = (
    "the layer is stored uncompressed; the digest that a registry has is of compressed bytes "
    "that are not in this file"
)
NOT_THERE = "its bytes are not in this file"
NOT_READ = "its bytes were not read"
NOT_PROMISED = "nothing in the file states it"
LOCAL_MANIFEST = (
    "the manifest lists uncompressed layers and was probably written when the archive was "
    "saved; then no registry has it"
)
DIFFERS = "the bytes in the file have another digest"
OTHER_BYTES = "of the bytes that are in the file under the stated digest"
NAMED = "the layer's file name states it"
NAMED_OTHERWISE = "the layer's file name states it, and the bytes have another digest"
DAMAGED_LAYER = "the layer could not be inflated to its end"
ENCRYPTED_LAYER = "the layer is encrypted; its content cannot be inflated to compare"
UNKNOWN_ALGORITHM = "digests of this algorithm cannot be checked"


ROOTFS = (
    "a root filesystem holds files only; image ID, manifest and layers are made of documents "
    "that are not in it"
)
MERGED = (
    "the tar holds the merged files of all layers; its own digest is that of no layer, and which "
    "layers there were cannot be told"
)
NOT_PACKED = (
    "a directory is not a tar stream; its digest would depend on how somebody packs it, and which "
    "layers there were cannot be told"
)
DOCKER_V1 = (
    "docker before 1.10 wrote no config document; its image IDs were random numbers, which is "
    "what the folders are called by"
)
SCHEMA1_CONFIG = (
    "a Docker schema 1 manifest names no config; docker pull and skopeo copy each write one from "
    "its history and the diff IDs"
)
SCHEMA1_SIGNED = (
    "of the manifest without its signatures; those are not checked, since their keys came with it"
)


def identities(image: Image, measured: Sequence[Measured]) -> tuple[Identity, ...]:
    """Every identifier of `image`; `measured` has one element for each of its layers."""
    if image.without_config == "rootfs":
        return tuple(_of_rootfs(image))
    found = [*_image_id(image), *_manifest(image, measured), *_indexes(image)]
    proven: bool | None = True
    chain = chain_of(image, measured)
    for layer, bytes_ in zip(image.layers, measured, strict=True):
        diff_id = _diff_id(layer, bytes_)
        found += [_layer(layer, bytes_, docker_archive=image.docker_archive), diff_id]
        proven = _both(proven, diff_id.verified)
        chain_id = chain[layer.position]
        found.append(
            Identity(
                Kind.CHAIN_ID,
                chain_id,
                Origin.COMPUTED if chain_id else Origin.NOT_RECOVERABLE,
                proven if chain_id else None,
                "" if chain_id else NOT_THERE,
                layer.position,
            )
        )
    return tuple(found)


def _of_rootfs(image: Image) -> Iterator[Identity]:
    """Nothing is known, and why."""
    for kind in (Kind.IMAGE_ID, Kind.MANIFEST, Kind.INDEX):
        yield Identity(kind, None, Origin.NOT_RECOVERABLE, None, ROOTFS)
    for layer in image.layers:
        reason = MERGED if layer.directory is None else NOT_PACKED
        for kind in (Kind.LAYER, Kind.DIFF_ID, Kind.CHAIN_ID):
            yield Identity(kind, None, Origin.NOT_RECOVERABLE, None, reason, layer.position)


def chain_of(image: Image, measured: Sequence[Measured]) -> Sequence[ChainId | None]:
    """The chain IDs of the config's diff IDs; of those computed here where a form has none."""
    if image.schema1 is None:
        return image.chain
    known = list(takewhile(lambda diff_id: diff_id is not None, (m.diff_id for m in measured)))
    chain = [*chain_ids(diff_id for diff_id in known if diff_id is not None)]
    return (*chain, *[None] * (len(measured) - len(chain)))


def v1_identities(image: Image) -> tuple[Identity, ...]:
    """The legacy ids that an archive gives layers, with the formula that gives the same.

    An id that no known formula gives is no sign of damage: other writers use others, and before
    docker 1.10 they were random.
    """
    claims = image.v1_claims
    document, config = image.config_document, image.config
    if not claims or document is None or config is None or len(claims) != len(config.diff_ids):
        return ()
    # go-containerregistry hashes layer digests, which are diff IDs where it got plain layers.
    digests = [layer.digest or layer.named or layer.diff_id for layer in image.layers]
    found = match(claims, document.raw, config.diff_ids, digests)
    lost = any(layer.digest is None and layer.named is None for layer in image.layers)
    reason = NO_FORMULA_HERE if lost else NO_FORMULA
    reason = f"as {found.writer} computes it" if found else reason
    return tuple(
        Identity(
            Kind.V1_ID,
            Digest(f"sha256:{claim}"),
            Origin.STORED,
            True if found else None,
            reason,
            position,
        )
        for position, claim in enumerate(claims)
        if claim is not None
    )


def synthesised_identities(made: Sequence[MadeUp]) -> tuple[Identity, ...]:
    """Digests that tools print for a docker archive and that name nothing that exists."""
    return tuple(
        Identity(
            Kind.SYNTHESISED,
            found.digest,
            Origin.MADE_UP if found.digest else Origin.NOT_RECOVERABLE,
            None,
            found.condition or found.reason,
            made_by=MAKERS[found.maker],
        )
        for found in made
    )


def _both(below: bool | None, here: bool | None) -> bool | None:  # noqa: FBT001 - three-valued
    """Proven only if everything below is; refuted as soon as anything is."""
    if below is False or here is False:
        return False
    return True if below and here else None


def _document(kind: Kind, document: Document, origin: Origin, reason: str) -> Iterator[Identity]:
    """The promised digest, and the real one beside it where they differ."""
    if document.declared is not None and not can_check(document.declared):
        yield Identity(kind, document.declared, Origin.STORED, None, UNKNOWN_ALGORITHM)
        yield Identity(kind, document.measured, Origin.COMPUTED, None, OTHER_BYTES)
    elif document.verified is False:
        yield Identity(kind, document.declared, Origin.STORED, verified=False, reason=DIFFERS)
        yield Identity(kind, document.measured, Origin.COMPUTED, None, OTHER_BYTES)
    else:
        yield Identity(kind, document.measured, origin, document.verified, reason)


def _image_id(image: Image) -> Iterator[Identity]:
    if image.without_config:
        why = SCHEMA1_CONFIG if image.schema1 else DOCKER_V1
        yield Identity(Kind.IMAGE_ID, None, Origin.NOT_RECOVERABLE, None, why)
        return
    document = image.config_document
    if document is None:
        stated = image.config_declared
        yield Identity(
            Kind.IMAGE_ID,
            stated,
            Origin.STORED if stated else Origin.NOT_RECOVERABLE,
            None,
            NOT_THERE,
        )
        return
    if image.docker_archive:
        reason = "" if document.declared else NOT_PROMISED
        yield from _document(Kind.IMAGE_ID, document, Origin.COMPUTED, reason)
    else:
        yield from _document(Kind.IMAGE_ID, document, Origin.STORED, "")


def _manifest(image: Image, measured: Sequence[Measured]) -> Iterator[Identity]:
    if image.manifest is not None:
        stated = image.manifest.declared is not None
        origin = Origin.STORED if stated else Origin.COMPUTED
        reason = "" if stated else NOT_PROMISED
        reason = LOCAL_MANIFEST if image.local_manifest else reason
        if image.schema1 is not None and image.schema1.signatures:
            reason = SCHEMA1_SIGNED
        kind = Kind.SCHEMA1 if image.schema1 else Kind.MANIFEST
        yield from _document(kind, image.manifest, origin, reason)
    elif image.manifest_declared is not None:
        yield Identity(Kind.MANIFEST, image.manifest_declared, Origin.STORED, None, NOT_THERE)
    else:
        codecs = {bytes_.compression for bytes_ in measured}
        reason = NO_MANIFEST if codecs & {"", "none"} or not codecs else NO_MANIFEST_OF_LAYERS
        yield Identity(Kind.MANIFEST, None, Origin.NOT_RECOVERABLE, None, reason)


def _indexes(image: Image) -> Iterator[Identity]:
    for depth, document in enumerate(image.indexes):
        stated = document.declared is not None
        reason = "" if stated else NOT_PROMISED
        if depth:
            reason = f"nested {depth} deep below the index that the name leads to"
        origin = Origin.STORED if stated else Origin.COMPUTED
        yield from _document(Kind.INDEX, document, origin, reason)
    if not image.indexes:
        reason = NO_INDEX_IN_ARCHIVE if image.docker_archive else NO_INDEX
        yield Identity(Kind.INDEX, None, Origin.NOT_RECOVERABLE, None, reason)


def _layer(layer: LayerRef, measured: Measured, *, docker_archive: bool) -> Identity:
    if layer.digest is None:
        return _undescribed_layer(layer, measured, docker_archive=docker_archive)

    def made(reason: str, *, verified: bool | None = None) -> Identity:
        origin = Origin.STORED
        return Identity(Kind.LAYER, layer.digest, origin, verified, reason, layer.position)

    if measured.digest is None:
        return made(NOT_READ if layer.name else NOT_THERE)
    if not can_check(layer.digest):
        return made(UNKNOWN_ALGORITHM)
    same = measured.digest == layer.digest
    return made("" if same else DIFFERS, verified=same)


def _undescribed_layer(layer: LayerRef, measured: Measured, *, docker_archive: bool) -> Identity:
    """A layer for which no manifest states a digest; its name may."""

    def made(
        digest: Digest | None, origin: Origin, reason: str, *, verified: bool | None = None
    ) -> Identity:
        return Identity(Kind.LAYER, digest, origin, verified, reason, layer.position)

    if measured.digest is None:
        return made(None, Origin.NOT_RECOVERABLE, NOT_READ if layer.name else NOT_THERE)
    if docker_archive and measured.compression == "none":
        return made(None, Origin.NOT_RECOVERABLE, RAW_LAYER)
    if layer.named is not None:
        same = measured.digest == layer.named
        reason = NAMED if same else NAMED_OTHERWISE
        return made(layer.named, Origin.STORED, reason, verified=same)
    return made(measured.digest, Origin.COMPUTED, NOT_PROMISED)


def _diff_id(layer: LayerRef, measured: Measured) -> Identity:
    position = layer.position
    if layer.diff_id is not None:
        if measured.diff_id is None:
            reason = _why_no_diff_id(layer, measured)
            return Identity(Kind.DIFF_ID, layer.diff_id, Origin.STORED, None, reason, position)
        if not can_check(layer.diff_id):
            reason = UNKNOWN_ALGORITHM
            return Identity(Kind.DIFF_ID, layer.diff_id, Origin.STORED, None, reason, position)
        same = measured.diff_id == layer.diff_id
        reason = "" if same else DIFFERS
        return Identity(Kind.DIFF_ID, layer.diff_id, Origin.STORED, same, reason, position)
    if measured.diff_id is not None:
        return Identity(
            Kind.DIFF_ID, measured.diff_id, Origin.COMPUTED, None, NOT_PROMISED, position
        )
    reason = _why_no_diff_id(layer, measured)
    return Identity(Kind.DIFF_ID, None, Origin.NOT_RECOVERABLE, None, reason, position)


def _why_no_diff_id(layer: LayerRef, measured: Measured) -> str:
    if layer.name is None:
        return NOT_THERE
    if layer.encrypted:
        return ENCRYPTED_LAYER
    return DAMAGED_LAYER if measured.digest else NOT_READ
