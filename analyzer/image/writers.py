"""Which program probably wrote an archive, with the evidence; never more than probable.

Every rule rests on bytes that the named programs were seen to write: docker 20.10 and 29 with both
stores, podman 4.3, skopeo 1.9, crane, containerd's ctr and BuildKit; Jib, rules_oci and cosign by
their sources. Anybody can write the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analyzer.errors import AnalyzerError
from analyzer.image.blobs import Blobs
from analyzer.image.documents import load_json
from analyzer.source.shape import Shape


@dataclass(frozen=True, slots=True)
class Writer:
    """A probable writer, and what speaks for it."""

    name: str
    evidence: tuple[str, ...]


CONTAINERD_MARKER = b'{"imageLayoutVersion":"1.0.0"}'
CONTAINERS_MARKER = b'{"imageLayoutVersion": "1.0.0"}'
_LAYER_TAR = re.compile(r"[0-9a-f]{64}\.tar")
_V1_LAYER = re.compile(r"[0-9a-f]{64}/layer\.tar")


def probable_writer(blobs: Blobs, shape: Shape) -> Writer | None:
    """The program that writes such archives; None when nothing speaks for one."""
    if shape is Shape.DOCKER_V1:
        return Writer("docker before 1.10", ("layer folders, and no manifest.json",))
    if shape is Shape.DIR:
        return Writer("skopeo or podman (dir:)", ("a version file beside manifest.json",))
    if shape is Shape.ROOTFS:
        return None
    if shape is Shape.DOCKER_ARCHIVE:
        return _of_archive(blobs)
    return _of_layout(blobs, both=shape is Shape.BOTH)


def _of_archive(blobs: Blobs) -> Writer | None:
    items = [item for item in _list(_json(blobs, "manifest.json")) if isinstance(item, dict)]
    configs = [config for item in items if isinstance(config := item.get("Config"), str)]
    names = set(blobs.source.names())
    if any(config.startswith("sha256:") for config in configs):
        return Writer(
            "go-containerregistry (crane, kaniko, ko)", ("the config's name is its digest",)
        )
    if any(_LAYER_TAR.fullmatch(name) for name in names):
        links = any(blobs.source.link(name) for name in names if _V1_LAYER.fullmatch(name))
        more = ("folders with links to them",) if links else ()
        return Writer("skopeo, podman or buildah", ("layers named by their diff ID", *more))
    if any(_V1_LAYER.fullmatch(name) for name in names):
        return Writer(
            "docker 1.10 to 24, or go-containerregistry's legacy form",
            ("layers in folders named by v1 ids",),
        )
    if any(config.startswith("blobs/") for config in configs):
        return Writer("Bazel rules_oci", ("blobs of a layout, but no index.json",))
    if "config.json" in configs or any("config" in item for item in items):
        return Writer("Jib", ("the config is called config.json",))
    return None


def _of_layout(blobs: Blobs, *, both: bool) -> Writer | None:
    marker = blobs.raw("oci-layout")
    annotations = list(_annotations(_json(blobs, "index.json")))
    names = {name for found in annotations for name in found}
    if any(str(found.get("kind", "")).startswith("dev.cosignproject") for found in annotations):
        return Writer("cosign save", ("entries of index.json say which kind they are",))
    if both and _has_layer_sources(blobs):
        return Writer(
            "docker 25 or later, graphdriver store",
            ("manifest.json has LayerSources", "an index.json beside it"),
        )
    if "org.opencontainers.image.created" in names and "io.containerd.image.name" in names:
        return Writer("BuildKit (docker buildx)", ("index.json has the time of the export",))
    if "io.containerd.image.name" in names:
        registry = any(name.startswith("containerd.io/distribution.source.") for name in names)
        more = ("annotations of a registry that content went through",) if registry else ()
        what = "docker with the containerd store, or ctr" if both else "containerd"
        return Writer(what, ("index.json has containerd's image names", *more))
    return _by_marker(marker, both=both)


def _by_marker(marker: bytes, *, both: bool) -> Writer | None:
    """By the exact bytes of `oci-layout`, which hint at the library that wrote it."""
    if marker == CONTAINERS_MARKER:
        return Writer("skopeo, podman or buildah", ("the spelling of oci-layout",))
    if marker == CONTAINERD_MARKER:
        what = "containerd, docker with the containerd store or BuildKit"
        name = what if both else "a newer skopeo, podman or buildah, umoci, or containerd"
        return Writer(name, ("the spelling of oci-layout",))
    if marker.startswith(b"{\n "):
        return Writer(
            "go-containerregistry (crane, ko, kaniko)",
            ("oci-layout is written over several lines",),
        )
    return None


def _has_layer_sources(blobs: Blobs) -> bool:
    items = _list(_json(blobs, "manifest.json"))
    return any(isinstance(item, dict) and "LayerSources" in item for item in items)


def _annotations(index: object) -> Iterator[Mapping[str, Any]]:
    manifests = index.get("manifests") if isinstance(index, dict) else None
    for entry in _list(manifests):
        found = entry.get("annotations") if isinstance(entry, dict) else None
        if isinstance(found, dict):
            yield found


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _json(blobs: Blobs, name: str) -> object:
    """The document at `name`; None when it cannot be read, which others complain about."""
    try:
        return load_json(blobs.raw(name), name, blobs.limits)[0]
    except AnalyzerError:
        return None
