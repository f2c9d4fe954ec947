"""`docker save` before docker 1.10: a chain of layers, each with its JSON; no config at all.

moby image/v1 and docker 1.9's graph: `<id>/json` holds the image as of that layer with the ID of
its `parent`; `repositories` maps names and tags to the ID of the top layer. IDs were random.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analyzer.errors import AnalyzerError, InputError
from analyzer.image import docker
from analyzer.image.blobs import Blobs
from analyzer.image.documents import Config, parse_config
from analyzer.image.model import Image, ImageSet, LayerRef, TreeItem
from analyzer.image.platform import normalise
from analyzer.limits import exceeded
from analyzer.paths import printable
from analyzer.problems import Code, Problem, error

_CONFIG = re.compile(r"[0-9a-f]{64}\.json")
_ID = re.compile(r"([0-9a-f]{64})/json")


@dataclass(slots=True)
class _Graph:
    """The JSON of every layer, by its ID."""

    documents: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def parent(self, layer: str) -> str:
        """The ID below, empty at the bottom."""
        found = self.documents.get(layer, {}).get("parent")
        return found if isinstance(found, str) else ""


def read_v1(blobs: Blobs) -> ImageSet:
    """All images: one per top layer, with every name that leads to it.

    Raises:
        InputError: no layer's JSON can be read.
    """
    graph = _read_graph(blobs)
    if not graph.documents:
        raise InputError(Code.NO_IMAGES, "no layer's json can be read", where="repositories")
    names = _names(blobs)
    parents = {graph.parent(layer) for layer in graph.documents}
    tops = [layer for layer in sorted(graph.documents) if layer in names or layer not in parents]
    configs = _configs(blobs)
    if configs:
        lost = "missing; images were put together from what else is in the archive"
        blobs.problems.append(error(Code.BAD_DOCUMENT, "manifest.json", lost))
    images, items = [], []
    for position, top in enumerate(tops):
        known = tuple(names.get(top, ()))
        chain, problems = _chain(blobs, graph, top)
        config = _fitting(configs, len(chain), alone=len(tops) == 1)
        if config is not None:
            item = docker.Item(position, config, known, tuple(f"{i}/layer.tar" for i in chain))
            image, branch = docker.read_item(blobs, item)
        else:
            image = _image(blobs, graph, chain, known, position, problems)
            branch = _tree(blobs, image, top)
        images.append(image)
        items.append(branch)
    return ImageSet(tuple(images), tuple(items), tuple(blobs.problems))


def _configs(blobs: Blobs) -> dict[str, int]:
    """Config documents at the top of the archive, with the number of their layers.

    docker 1.10 and later writes them; an archive that has them has lost its `manifest.json`.
    """
    found = {}
    for name in sorted(blobs.source.names()):
        if _CONFIG.fullmatch(name) is None:
            continue
        document = blobs.try_document(name, None, None, "document_bytes")
        try:
            config = parse_config(document.value, name) if document is not None else None
        except AnalyzerError:
            continue
        if config is not None:
            found[name] = len(config.diff_ids)
    return found


def _fitting(configs: Mapping[str, int], layers: int, *, alone: bool) -> str | None:
    """The config of a chain of so many layers, where only one can be it."""
    fitting = [name for name, count in configs.items() if count == layers]
    if len(fitting) == 1 and (alone or len(configs) > 1):
        return fitting[0]
    return None


def _read_graph(blobs: Blobs) -> _Graph:
    graph = _Graph()
    for name in sorted(blobs.source.names()):
        match = _ID.fullmatch(name)
        document = blobs.try_document(name, None, None, "document_bytes") if match else None
        if match and document is not None and isinstance(document.value, dict):
            graph.documents[match[1]] = document.value
    return graph


def _names(blobs: Blobs) -> dict[str, list[str]]:
    """The names in `repositories`, by the layer they lead to."""
    found: dict[str, list[str]] = {}
    if not blobs.source.has("repositories"):
        return found
    document = blobs.try_document("repositories", None, None, "document_bytes")
    value = document.value if document is not None else {}
    for repository, tags in sorted(value.items() if isinstance(value, dict) else ()):
        for tag, layer in sorted(tags.items() if isinstance(tags, dict) else ()):
            if isinstance(layer, str):
                found.setdefault(layer, []).append(printable(f"{repository}:{tag}"))
    return found


def _chain(blobs: Blobs, graph: _Graph, top: str) -> tuple[list[str], list[Problem]]:
    """Layer IDs from the bottom to `top`."""
    chain, seen, layer = [], set[str](), top
    while layer and layer not in seen:
        seen.add(layer)
        chain.append(layer)
        layer = graph.parent(layer)
        if len(chain) > blobs.limits.layers_per_image:
            raise exceeded("layers_per_image", blobs.limits.layers_per_image, len(chain), top)
    problems = []
    if layer:
        problems.append(error(Code.INDEX_CYCLE, f"{top}/json", "its parents lead back to itself"))
    return chain[::-1], problems


def _image(
    blobs: Blobs,
    graph: _Graph,
    chain: list[str],
    names: tuple[str, ...],
    position: int,
    problems: list[Problem],
) -> Image:
    top = chain[-1]
    layers = _layers(blobs, graph, chain, problems)
    config = _config(blobs, graph, top)
    platform = normalise(config.os, config.architecture) if config else normalise("", "")
    declared = {
        name: graph.documents[top][name]
        for name in ("architecture", "os")
        if name in graph.documents.get(top, {})
    }
    return Image(
        position=position,
        names=names,
        platform=platform,
        platform_declared=declared or None,
        indexes=(),
        manifest=None,
        manifest_declared=None,
        config_document=None,
        config_declared=None,
        config=config,
        layers=tuple(layers),
        docker_archive=True,
        without_config="docker-v1",
        problems=tuple(problems),
    )


def _layers(
    blobs: Blobs, graph: _Graph, chain: list[str], problems: list[Problem]
) -> list[LayerRef]:
    """The layers of a chain, bottom first."""
    layers = []
    for number, layer in enumerate(chain):
        name = f"{layer}/layer.tar"
        there = blobs.source.has(name)
        if there:
            blobs.used.add(name)
        else:
            what = f"layer {number} is not in the file"
            problems.append(error(Code.BLOB_MISSING, name, what))
        step = _created_by(graph.documents.get(layer, {}))
        layers.append(LayerRef(number, name if there else None, None, None, "", None, step))
    return layers


def _config(blobs: Blobs, graph: _Graph, top: str) -> Config | None:
    """The top layer's JSON, read as a config: it has the same members, and no diff IDs."""
    try:
        return parse_config(graph.documents.get(top, {}), f"{top}/json")
    except AnalyzerError as problem:
        blobs.note_error(problem, f"{top}/json")
        return None


def _created_by(document: Mapping[str, Any]) -> str:
    """The build step of a layer: `container_config.Cmd`."""
    step = document.get("container_config")
    words = step.get("Cmd") if isinstance(step, dict) else None
    if not isinstance(words, list):
        return ""
    return printable(" ".join(word for word in words if isinstance(word, str)))


def _tree(blobs: Blobs, image: Image, top: str) -> TreeItem:
    children = [
        TreeItem(
            "layer",
            layer.name or f"layer {layer.position}",
            size=blobs.source.size(layer.name) if layer.name else None,
            present=layer.name is not None,
        )
        for layer in image.layers
    ]
    return TreeItem(
        "image",
        f"{top}/json",
        platform=str(image.platform),
        names=image.names,
        children=tuple(children),
    )
