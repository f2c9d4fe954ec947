"""Docker archives as ggcr, Jib, rules_oci, nix and buildpacks write them, member for member.

Each function follows the source that its docstring names: which members there are, what they
are called, in which order they lie, and how their JSON is written.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.codecs import compact, compress, hex_of, sha256
from tests.support.tarbytes import Dir, Entry, File, tar_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.documents import BuiltLayer, Image, Json

Members = dict[str, Entry]


def write(path: Path, members: Members, outer: str | None = None) -> Path:
    """The members as one archive, compressed as a whole if asked."""
    path.write_bytes(compress(tar_bytes(members), outer))
    return path


def ggcr_tarball(image: Image, *names: str) -> Members:
    """Crane pull, kaniko --tar-path, ko --tarball.

    go-containerregistry pkg/v1/tarball/write.go, `writeImagesToTar`: config, each layer once,
    then manifest.json; the config is called by its digest, layers by `layerExtension`.
    """
    config = image.image_id
    members: Members = {config: File(image.config, mode=0o644, mtime=0)}
    layers = []
    for layer in image.layers:
        name = hex_of(layer.digest) + _extension(layer)
        layers.append(name)
        members.setdefault(name, File(layer.blob, mode=0o644, mtime=0))
    item: Json = {"Config": config, "RepoTags": list(names) or None, "Layers": layers}
    members["manifest.json"] = File(compact([item]), mode=0o644, mtime=0)
    return members


def _extension(layer: BuiltLayer) -> str:
    """By the media type, not the bytes; before 2026-07 always `.tar.gz`."""
    if layer.media_type.endswith("zstd"):
        return ".tar.zst"
    return ".tar" if layer.media_type.endswith(".tar") else ".tar.gz"


def ggcr_legacy(image: Image, *names: str) -> Members:
    """Crane pull --format legacy: go-containerregistry pkg/legacy/tarball/write.go, `MultiWrite`.

    Layers are inflated and never linked; folders are called by `v1LayerID`, of the digest of the
    compressed layer; there are no directory entries, and `repositories` is always there.
    """
    members: Members = {f"{hex_of(image.image_id)}.json": File(image.config, mtime=0)}
    parent = ""
    layers = []
    for position, layer in enumerate(image.layers):
        text = f"{hex_of(layer.digest)} {parent}"
        if position == len(image.layers) - 1:
            text += f" {image.config.decode()}"
        number = hex_of(sha256(text.encode()))
        document = {"id": number} | ({"parent": parent} if parent else {})
        layers.append(f"{number}/layer.tar")
        members[layers[-1]] = File(layer.tar, mode=0o644, mtime=0)
        members[f"{number}/json"] = File(compact(document), mode=0o644, mtime=0)
        members[f"{number}/VERSION"] = File(b"1.0", mode=0o644, mtime=0)
        parent = number
    item: Json = {
        "Config": f"{hex_of(image.image_id)}.json",
        "RepoTags": list(names) or None,
        "Layers": layers,
    }
    members["manifest.json"] = File(compact([item]), mode=0o644, mtime=0)
    tags: dict[str, dict[str, str]] = {}
    for name in names:
        repository, _, tag = name.rpartition(":")
        tags.setdefault(repository, {})[tag] = parent
    members["repositories"] = File(compact(tags), mode=0o644, mtime=0)
    return members


def jib_tar(image: Image, *names: str) -> Members:
    """jib:buildTar: jib-core image/ImageTarball.java, `dockerWriteTo`."""
    members: Members = {}
    layers = []
    for layer in image.layers:
        layers.append(f"{hex_of(layer.digest)}.tar.gz")
        members.setdefault(layers[-1], File(layer.blob, mtime=0))
    members["config.json"] = File(image.config, mtime=0)
    item: Json = {"Config": "config.json", "RepoTags": list(names), "Layers": layers}
    members["manifest.json"] = File(compact([item]), mtime=0)
    return members


def jib_oci_tar(image: Image, name: str) -> Members:
    """jib:buildTar with `container.format` OCI: ImageTarball.java, `ociWriteTo`.

    OciIndexTemplate.java: index.json has a mediaType, and ref.name is the full reference.
    """
    members: Members = {f"blobs/sha256/{hex_of(x.digest)}": x.blob for x in image.layers}
    members[f"blobs/sha256/{hex_of(image.image_id)}"] = image.config
    members[f"blobs/sha256/{hex_of(image.digest)}"] = image.raw
    members["oci-layout"] = File(b'{"imageLayoutVersion": "1.0.0"}', mtime=0)
    entry: Json = {
        "mediaType": image.media_type,
        "digest": image.digest,
        "size": len(image.raw),
        "annotations": {"org.opencontainers.image.ref.name": name},
    }
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [entry],
    }
    members["index.json"] = File(compact(index), mtime=0)
    return members


def rules_oci_load(image: Image, *names: str) -> Members:
    """Bazel run //:load: rules_oci oci/private/tarball.sh.tpl, format docker.

    `.tar.gz` is put behind every blob's name, whatever its compression; jq indents by two.
    """

    def stamped(data: bytes) -> File:
        return File(data, mode=0o755, mtime=1672560000)

    config = f"blobs/sha256/{hex_of(image.image_id)}"
    members: Members = {config: stamped(image.config)}
    layers = []
    for layer in image.layers:
        layers.append(f"blobs/sha256/{hex_of(layer.digest)}.tar.gz")
        members[layers[-1]] = stamped(layer.blob)
    item: Json = {"Config": config, "RepoTags": list(names), "Layers": layers}
    text = json.dumps([item], indent=2).encode() + b"\n"
    members["manifest.json"] = stamped(text)
    return members


def nix_stream(image: Image, name: str, base: Members | None = None) -> Members:
    """dockerTools.streamLayeredImage and buildLayeredImage.

    nixpkgs pkgs/build-support/docker/stream_layered_image.py: `<diff ID>/layer.tar` alone in its
    folder, JSON indented by four; layers of a base image keep the path they had there.
    """
    members: Members = dict(base or {})
    layers = list(members)
    for layer in image.layers[len(layers) :]:
        layers.append(f"{hex_of(layer.diff_id)}/layer.tar")
        members[layers[-1]] = File(layer.tar, mtime=1)
    config = f"{hex_of(image.image_id)}.json"
    members[config] = File(image.config, mtime=1)
    item: Json = {"Config": config, "RepoTags": [name], "Layers": layers}
    members["manifest.json"] = File(json.dumps([item], indent=4).encode(), mtime=1)
    return members


def nix_build(image: Image, repository: str, tag: str) -> Members:
    """dockerTools.buildImage: nixpkgs pkgs/build-support/docker/default.nix, `buildImage`.

    A layer's folder is called by the SHA-256 of its json before `id` and `Size` are added;
    members are sorted by name and read-only; the whole file is gzip (pigz).
    """
    members: Members = {".": Dir(mode=0o555, mtime=1)}
    layers = []
    number = ""
    for layer in image.layers:
        document: Json = {"created": "1970-01-01T00:00:01Z", "os": "linux"}
        if number:
            document["parent"] = number
        number = hex_of(sha256(compact(document)))
        layers.append(f"{number}/layer.tar")
        written = document | {"id": number, "Size": len(layer.tar)}
        members[number] = Dir(mode=0o555, mtime=1)
        members[f"{number}/VERSION"] = File(b"1.0", mode=0o444, mtime=1)
        members[f"{number}/json"] = File(compact(written), mode=0o444, mtime=1)
        members[layers[-1]] = File(layer.tar, mode=0o444, mtime=1)
    config = f"{hex_of(image.image_id)}.json"
    members[config] = File(image.config, mode=0o444, mtime=1)
    item: Json = {"RepoTags": [f"{repository}:{tag}"], "Layers": layers, "Config": config}
    text = json.dumps([item], indent=2).encode() + b"\n"
    members["manifest.json"] = File(text, mode=0o444, mtime=1)
    tags = json.dumps({repository: {tag: number}}, indent=1).encode()
    members["repositories"] = File(tags, mode=0o444, mtime=1)
    return dict(sorted(members.items()))


def imgutil_save(image: Image, name: str, base: int = 0) -> Members:
    """What pack sends to a daemon: imgutil local/store.go, `addImageToTar`.

    Layers are called `/sha256:<diff ID>.tar`; the lowest `base` are left to the daemon.
    """
    config = f"{hex_of(image.image_id)}.json"
    members: Members = {config: File(image.config, mode=0o644, mtime=0)}
    layers = []
    for position, layer in enumerate(image.layers):
        known = position < base
        layers.append(f"blank_{position}" if known else f"/{layer.diff_id}.tar")
        members[layers[-1]] = File(b"" if known else layer.tar, mode=0o644, mtime=0)
    item: Json = {"Config": config, "Layers": layers, "RepoTags": [name]}
    members["manifest.json"] = File(compact([item]), mode=0o644, mtime=0)
    return members


def layer_names(members: Members) -> Sequence[str]:
    """The names that manifest.json gives layers."""
    entry = members["manifest.json"]
    data = entry.data if isinstance(entry, File) else b""
    names: Sequence[str] = json.loads(data)[0]["Layers"]
    return names
