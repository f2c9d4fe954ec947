"""Which program probably wrote an archive, with the evidence; never more than probable.

Every rule rests on bytes that the named programs were seen to write: docker 20.10 and 29 with both
stores, podman 4.3, skopeo 1.9, crane, containerd's ctr and BuildKit; all others by their sources.
Anybody can write the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from analyzer.image.blobs import Blobs
from analyzer.image.evidence import Writer, json_at, listed
from analyzer.image.layoutwriters import layout_writer
from analyzer.source.shape import Shape

_LAYER_TAR = re.compile(r"[0-9a-f]{64}\.tar")
_V1_LAYER = re.compile(r"[0-9a-f]{64}/layer\.tar")
_DAEMON_LAYER = re.compile(r"/sha256:[0-9a-f]{64}\.tar|blank_[0-9]+")
_KANIKO_NAME = "unset-repo/unset-image-name"


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
    return layout_writer(blobs, both=shape is Shape.BOTH)


def _of_archive(blobs: Blobs) -> Writer | None:
    items = [item for item in listed(json_at(blobs, "manifest.json")) if isinstance(item, dict)]
    layers = [str(name) for item in items for name in listed(item.get("Layers"))]
    configs = [str(item.get("Config")) for item in items]
    if any(config.startswith("sha256:") for config in configs):
        return _of_ggcr(items)
    return _by_layers(blobs, layers) or _by_configs(configs, items, layers)


def _by_layers(blobs: Blobs, layers: Sequence[str]) -> Writer | None:
    names = set(blobs.source.names())
    if any(_DAEMON_LAYER.fullmatch(name) for name in layers):
        evidence = "layers are called as for a daemon: /sha256:<diff ID>.tar"
        return Writer("buildpacks (pack)", (evidence,))
    if any(_LAYER_TAR.fullmatch(name) for name in names):
        links = any(blobs.source.link(name) for name in names if _V1_LAYER.fullmatch(name))
        more = ("folders with links to them",) if links else ()
        return Writer("skopeo, podman or buildah", ("layers named by their diff ID", *more))
    if any(_V1_LAYER.fullmatch(name) for name in names):
        return _of_layer_folders(blobs, names, layers)
    return None


def _by_configs(
    configs: Sequence[str], items: Sequence[Mapping[str, Any]], layers: Sequence[str]
) -> Writer | None:
    if any(config.startswith("blobs/") for config in configs):
        called = layers and all(name.endswith(".tar.gz") for name in layers)
        more = ("layers called .tar.gz",) if called else ()
        return Writer("Bazel rules_oci", ("blobs of a layout, but no index.json", *more))
    if "config.json" in configs or any("config" in item for item in items):
        return Writer("Jib", ("the config is called config.json",))
    return None


def _of_ggcr(items: Sequence[Mapping[str, Any]]) -> Writer:
    """Kaniko that was told no name writes one of its own (pkg/executor/push.go)."""
    evidence = "the config's name is its digest"
    tags = [tag for item in items for tag in listed(item.get("RepoTags"))]
    if any(_KANIKO_NAME in str(tag) for tag in tags):
        return Writer("kaniko", (evidence, f"the name {_KANIKO_NAME}"))
    return Writer("go-containerregistry (crane, kaniko, ko)", (evidence,))


def _of_layer_folders(blobs: Blobs, names: Collection[str], layers: Sequence[str]) -> Writer:
    """`<id>/layer.tar`: what else is in the folders, and how manifest.json is written.

    docker ends it with a line feed (moby image/tarexport/save.go uses Go's json.Encoder);
    go-containerregistry does not (pkg/legacy/tarball/write.go); jq and Python indent it (nixpkgs
    build-support/docker: default.nix, `buildImage`; stream_layered_image.py).
    """
    folders = {name.partition("/")[0] for name in layers if _V1_LAYER.fullmatch(name)}
    if folders and not any(f"{folder}/json" in names for folder in folders):
        return Writer("nix (streamLayeredImage)", ("layer folders with nothing but layer.tar",))
    raw = blobs.raw("manifest.json")
    ids = "layers in folders named by v1 ids"
    if raw.startswith(b"[\n  {"):
        return Writer("nix (buildImage)", (ids, "manifest.json is indented"))
    if raw.endswith(b"\n"):
        return Writer("docker 1.10 to 24", (ids, "manifest.json ends with a line feed"))
    return Writer(
        "go-containerregistry's legacy form (crane, Bazel rules_docker)",
        (ids, "manifest.json does not end with a line feed"),
    )
