"""One manifest: what kind of thing it is, and the image that it and its config describe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from analyzer.digest import Digest
from analyzer.errors import AnalyzerError
from analyzer.image import media
from analyzer.image.artifacts import describe
from analyzer.image.assemble import assemble, platform_of
from analyzer.image.blobs import Blobs
from analyzer.image.documents import Config, Descriptor, Manifest, parse_config
from analyzer.image.model import Document, Image, LayerRef, TreeItem
from analyzer.image.platform import Platform
from analyzer.limits import exceeded
from analyzer.problems import Code, Problem, error, note, warning

ABOUT = ("vnd.docker.reference.digest", "io.containerd.manifest.subject")
"""Annotations that name the manifest an attestation is about (BuildKit; docker 29 on save)."""
REFERENCE_TYPE = "vnd.docker.reference.type"
"""BuildKit, docs/attestations/attestation-storage.md."""


def is_attestation(descriptor: Descriptor) -> bool:
    """Whether a descriptor says that it leads to BuildKit's attestations."""
    return descriptor.annotations.get(REFERENCE_TYPE) == "attestation-manifest"


def manifest_kind(manifest: Manifest, descriptor: Descriptor) -> str:
    """`manifest` for a container image, else `attestation` or `artifact`."""
    types = [layer.media_type for layer in manifest.layers]
    if is_attestation(descriptor) or manifest.artifact_type == media.DOCKER_ATTESTATION:
        return "attestation"
    if types and all(kind == media.IN_TOTO for kind in types):
        return "attestation"
    if manifest.config.media_type not in {*media.CONFIGS, ""}:
        return "artifact"
    filesystem = [not kind or media.layer_codec(kind) is not None for kind in types]
    return "manifest" if not types or any(filesystem) else "artifact"


def read_image(
    blobs: Blobs, document: Document, manifest: Manifest, declared: Mapping[str, Any] | None
) -> Image:
    """The image of one manifest; `declared` is the platform of its descriptor, as found.

    Raises:
        LimitExceeded: it has more layers than allowed.
    """
    before = len(blobs.problems)
    layers, problems = _layers(blobs, manifest)
    config_document, config = _config(blobs, manifest)
    joined = assemble(layers, config, declared, document.name)
    own = [*problems, *blobs.problems[before:], *joined.problems]
    del blobs.problems[before:]
    if config is not None:
        own += config.problems
    image = Image(
        position=0,
        names=(),
        platform=joined.platform,
        platform_declared=joined.platform_declared,
        indexes=(),
        manifest=document,
        manifest_declared=document.declared,
        config_document=config_document,
        config_declared=manifest.config.digest,
        config=config,
        layers=joined.layers,
        problems=tuple(own),
    )
    return _told_once(image, document.name)


def _told_once(image: Image, where: str) -> Image:
    """Of an image that is only named here, say that once and not blob by blob."""
    if image.completeness != "absent" or image.config_document is not None:
        return image
    other = (problem for problem in image.problems if problem.code is not Code.BLOB_MISSING)
    return replace(image, problems=(*other, absence(where, image.platform)))


def absence(where: str, platform: Platform) -> Problem:
    """The note about a platform of which the file holds the name only; that is legal."""
    return note(
        Code.PLATFORM_ABSENT, where, f"{platform}: named here, its content is not in this file"
    )


def _config(blobs: Blobs, manifest: Manifest) -> tuple[Document | None, Config | None]:
    promised = manifest.config
    name = blobs.find(promised)
    if name is None:
        blobs.problems.append(
            error(Code.BLOB_MISSING, blobs.locate(promised.digest), "the config is not in the file")
        )
        return None, None
    document = blobs.try_document(name, promised.digest, promised.size, "document_bytes")
    return document, try_config(blobs, document)


def try_config(blobs: Blobs, document: Document | None) -> Config | None:
    """The config in `document`; None, and a problem, where there is none."""
    if document is None or not document.readable:
        return None
    try:
        return parse_config(document.value, document.name)
    except AnalyzerError as problem:
        blobs.note_error(problem, document.name)
        return None


def _layers(blobs: Blobs, manifest: Manifest) -> tuple[list[LayerRef], list[Problem]]:
    allowed = blobs.limits.layers_per_image
    if len(manifest.layers) > allowed:
        raise exceeded("layers_per_image", allowed, len(manifest.layers), "")
    refs, problems = [], []
    for position, layer in enumerate(manifest.layers):
        name = blobs.find(layer)
        codec = media.layer_codec(layer.media_type)
        refs.append(
            LayerRef(
                position,
                name,
                layer.digest,
                layer.size,
                layer.media_type,
                None,
                "",
                filesystem=codec is not None or not layer.media_type,
                encrypted=media.is_encrypted(layer.media_type),
                annotations=layer.annotations,
            )
        )
        where = name or blobs.locate(layer.digest)
        problem = _layer_problem(refs[-1], where)
        if problem is not None:
            problems.append(problem)
    return refs, problems


def _layer_problem(layer: LayerRef, where: str) -> Problem | None:
    """What keeps the content of one layer out of the merged tree, if anything does."""
    position, kind = layer.position, layer.media_type
    if layer.name is None and media.is_foreign(kind):
        return warning(Code.LAYER_FOREIGN, where, "a foreign layer, left out of the file legally")
    if layer.name is None:
        return error(Code.BLOB_MISSING, where, f"layer {position} is not in the file")
    if layer.encrypted:
        what = f"layer {position} is encrypted: its digest can be proven, its content not read"
        return error(Code.LAYER_ENCRYPTED, where, what)
    if not layer.filesystem:
        what = f"layer {position} is {kind!r}, no filesystem changeset"
        return warning(Code.NOT_A_CONTAINER_IMAGE, where, what)
    return None


def unread_image(
    descriptor: Descriptor,
    *,
    names: tuple[str, ...] = (),
    indexes: tuple[Document, ...] = (),
    document: Document | None = None,
) -> Image:
    """An image of which only the descriptor can be read, and maybe the bytes be hashed."""
    return Image(
        position=0,
        names=names,
        platform=platform_of(descriptor.platform) or Platform("", ""),
        platform_declared=descriptor.platform,
        indexes=indexes,
        manifest=document,
        manifest_declared=descriptor.digest,
        config_document=None,
        config_declared=None,
        config=None,
        layers=(),
    )


def not_an_image(where: str, description: str) -> Problem:
    """The note about a manifest that is of something else; nothing is wrong with that."""
    return note(Code.NOT_A_CONTAINER_IMAGE, where, f"not a container image: {description}")


def manifest_item(blobs: Blobs, item: TreeItem, manifest: Manifest, kind: str) -> TreeItem:
    """A manifest's branch of the tree: `item` with its parts and what it is about."""
    item = replace(item, kind=kind, children=manifest_children(blobs, manifest, kind))
    if kind != "manifest":
        item = replace(item, description=describe(manifest))
    return item if manifest.subject is None else about(item, manifest.subject)


def artifact_item(blobs: Blobs, item: TreeItem, manifest: Manifest) -> TreeItem:
    """The branch of an artifact manifest of the older kind, which has no config."""
    parts = tuple(_part(blobs, "attachment", layer) for layer in manifest.layers)
    item = replace(item, kind="artifact", children=parts, description=describe(manifest))
    return item if manifest.subject is None else about(item, manifest.subject)


def about(item: TreeItem, subject: Descriptor) -> TreeItem:
    """`item`, which says itself what it is about."""
    return replace(item, subject=subject.digest, linked_by="subject")


def manifest_children(blobs: Blobs, manifest: Manifest, kind: str) -> tuple[TreeItem, ...]:
    """Config and layers of a manifest as they lie in the file."""
    part = "layer" if kind == "manifest" else "attachment"
    parts = [("config", manifest.config), *((part, layer) for layer in manifest.layers)]
    return tuple(_part(blobs, what, descriptor) for what, descriptor in parts)


def _part(blobs: Blobs, what: str, descriptor: Descriptor) -> TreeItem:
    name = blobs.find(descriptor)
    digest: Digest = descriptor.digest
    return TreeItem(
        what,
        name or blobs.locate(digest),
        digest,
        descriptor.media_type,
        blobs.source.size(name) if name else descriptor.size,
        annotations=descriptor.annotations,
        present=name is not None,
        declared_size=descriptor.size,
    )
