"""Docker archives: `manifest.json` and what it names, in every spelling that writers use.

moby image/tarexport/save.go (docker), containers/image docker/internal/tarfile (skopeo,
podman), go-containerregistry pkg/v1/tarball (crane, kaniko).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from analyzer.errors import AnalyzerError, InputError, MalformedImage
from analyzer.image import media
from analyzer.image.assemble import assemble
from analyzer.image.blobs import Blobs
from analyzer.image.claims import config_digest, is_placeholder, layer_digest, v1_claims
from analyzer.image.documents import Reader
from analyzer.image.manifests import try_config
from analyzer.image.model import Document, Image, ImageSet, LayerRef, TreeItem
from analyzer.limits import exceeded, overrun
from analyzer.paths import clean, printable
from analyzer.problems import Code, Problem, error


@dataclass(frozen=True, slots=True)
class Item:
    """One element of `manifest.json`; `entry` is its 0-based place there."""

    entry: int
    config: str
    names: tuple[str, ...]
    layers: tuple[str, ...]
    layer_sources: bool = False
    """It says where each layer came from, as docker's graphdriver store does from 25 on."""


def read_archive(blobs: Blobs) -> ImageSet:
    """All images of a docker archive.

    Raises:
        AnalyzerError: `manifest.json` cannot be read. InputError: it lists no image.
    """
    document, items = read_items(blobs)
    if not items:
        raise InputError(
            Code.NO_IMAGES,
            "it lists no image",
            where="manifest.json",
            hint="; ".join(p.detail for p in blobs.problems[:3]) or "the archive was saved empty",
        )
    images: dict[tuple[str, tuple[str, ...]], Image] = {}
    children = []
    for item in items:
        image, child = read_item(blobs, item)
        children.append(child)
        known = images.setdefault((item.config, item.layers), image)
        if known is not image:  # one image listed once per name
            names = tuple(dict.fromkeys(known.names + image.names))
            images[item.config, item.layers] = replace(known, names=names)
    root = TreeItem(
        "docker-manifest", "manifest.json", size=len(document.raw), children=tuple(children)
    )
    return ImageSet(tuple(images.values()), (root,), tuple(blobs.problems))


def read_items(blobs: Blobs) -> tuple[Document, list[Item]]:
    """The elements of `manifest.json`; Go reads member names in any case, and so do we."""
    document = blobs.document("manifest.json", None, None, "document_bytes")
    if not isinstance(document.value, list):
        raise MalformedImage(Code.BAD_DOCUMENT, "not a list of images", where="manifest.json")
    allowed = blobs.limits.index_descriptors
    if len(document.value) > allowed:
        what = overrun("index_descriptors", allowed, len(document.value))
        blobs.problems.append(error(Code.LIMIT_EXCEEDED, "manifest.json", what))
    items = []
    for entry, value in enumerate(document.value[:allowed]):
        where = f"manifest.json entry {entry}"
        try:
            items.append(_item(value, entry, where, blobs))
        except AnalyzerError as problem:
            blobs.note_error(problem, where)
    return document, items


def _item(value: object, entry: int, where: str, blobs: Blobs) -> Item:
    reader = Reader(value, where)
    lowered = {name.lower(): member for name, member in reader.value.items()}
    fields: Mapping[str, Any] = {
        "Config": lowered.get("config"),
        "RepoTags": lowered.get("repotags"),
        "Layers": lowered.get("layers"),
    }
    reader = Reader(dict(fields), where)
    config = fields["Config"]
    layers = fields["Layers"]
    if not isinstance(config, str):
        reader.fail("Config", "a string", config)
    if layers is not None and not (
        isinstance(layers, list) and all(isinstance(name, str) for name in layers)
    ):
        reader.fail("Layers", "a list of strings", layers)
    names = tuple(printable(name) for name in dict.fromkeys(reader.strings("RepoTags")))
    blobs.problems += reader.problems
    if len(layers or ()) > blobs.limits.layers_per_image:
        raise exceeded("layers_per_image", blobs.limits.layers_per_image, len(layers or ()), where)
    sources = lowered.get("layersources")
    return Item(entry, config, names, tuple(layers or ()), layer_sources=bool(sources))


def read_item(blobs: Blobs, item: Item) -> tuple[Image, TreeItem]:
    """One image of the archive, and its branch of the tree.

    Its position is its place in `manifest.json`, like skopeo's `@N`.
    """
    before = len(blobs.problems)
    config_name = clean(item.config)[0]
    document = _config_document(blobs, config_name)
    config = try_config(blobs, document)
    layers, problems = _layers(blobs, item)
    joined = assemble(layers, config, None, config_name)
    own = [*blobs.problems[before:], *problems, *joined.problems]
    del blobs.problems[before:]
    if config is not None:
        own += config.problems
    image = Image(
        position=item.entry,
        names=item.names,
        platform=joined.platform,
        platform_declared=joined.platform_declared,
        indexes=(),
        manifest=None,
        manifest_declared=None,
        config_document=document,
        config_declared=config_digest(config_name),
        config=config,
        layers=joined.layers,
        docker_archive=True,
        v1_claims=v1_claims(blobs, [clean(name)[0] for name in item.layers]),
        problems=tuple(own),
    )
    return image, _tree_item(blobs, image, item, config_name)


def _config_document(blobs: Blobs, name: str) -> Document | None:
    if not blobs.source.has(name):
        blobs.problems.append(error(Code.BLOB_MISSING, name, "the config is not in the file"))
        return None
    document = blobs.try_document(name, None, None, "document_bytes")
    if document is None:
        return None
    claim = config_digest(name)
    if claim is not None and claim != document.measured:
        blobs.problems.append(
            error(Code.NAME_MISMATCH, name, f"the name says {claim}, measured {document.measured}")
        )
    return replace(document, declared=claim)


def _layers(blobs: Blobs, item: Item) -> tuple[list[LayerRef], list[Problem]]:
    refs, problems = [], []
    for position, raw in enumerate(item.layers):
        name = clean(raw)[0]
        named = layer_digest(name)
        there: str | None = name if blobs.source.has(name) else None
        what = f"layer {position} is not in the file"
        if there is not None:
            blobs.used.add(there)
            if is_placeholder(there, blobs.source.size(there)):
                what += ": it is left out for a daemon that has it"
                there = None
        if there is None:
            problems.append(error(Code.BLOB_MISSING, printable(raw), what))
        refs.append(LayerRef(position, there, None, None, "", None, "", named=named))
    return refs, problems


def _tree_item(blobs: Blobs, image: Image, item: Item, config_name: str) -> TreeItem:
    document = image.config_document
    children = [
        TreeItem(
            "config",
            config_name,
            image.config_declared,
            media.DOCKER_CONFIG,
            len(document.raw) if document else None,
            present=document is not None,
        )
    ]
    for layer, raw in zip(image.layers, item.layers, strict=True):
        children.append(
            TreeItem(
                "layer",
                clean(raw)[0],
                layer.named,
                named=layer.named is not None,
                size=blobs.source.size(layer.name) if layer.name else None,
                present=layer.name is not None,
            )
        )
    return TreeItem(
        "image",
        f"manifest.json entry {item.entry}",
        platform=str(image.platform),
        names=image.names,
        children=tuple(children),
    )
