"""`docker save` archives in the forms found in the wild.

legacy      Docker 1.10 to 24: `<v1id>/{VERSION,json,layer.tar}`, `repositories`
skopeo      skopeo, podman, buildah: `<diffid>.tar` plus symlinks from legacy names
hybrid      Docker 25+ with a graph driver: OCI layout of plain layers + manifest.json
containerd  Docker's containerd store, `ctr export`: blobs as pulled + manifest.json
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tests.support.codecs import compact, compress, hex_of, sha256
from tests.support.documents import (
    CONTAINERD_NAME,
    OCI_INDEX,
    OCI_LAYER,
    OCI_MANIFEST,
    REF_NAME,
    Image,
    Json,
)
from tests.support.layouts import Builder, blob_path
from tests.support.tarbytes import Dir, Entry, File, Link, tar_bytes

if TYPE_CHECKING:
    from pathlib import Path

#: An image with the names it is saved under, "repo:tag" each.
Named = Image | Builder | tuple[Image | Builder, Sequence[str]]
_Saved = list[tuple[Image, tuple[str, ...]]]

EPOCH = "1970-01-01T00:00:00Z"
_EMPTY_RUN = {
    "Hostname": "",
    "Domainname": "",
    "User": "",
    "AttachStdin": False,
    "AttachStdout": False,
    "AttachStderr": False,
    "Tty": False,
    "OpenStdin": False,
    "StdinOnce": False,
    "Env": None,
    "Cmd": None,
    "Image": "",
    "Volumes": None,
    "WorkingDir": "",
    "Entrypoint": None,
    "OnBuild": None,
    "Labels": None,
}
_V1_MEMBERS = (
    *("created", "container", "container_config", "docker_version", "author"),
    *("config", "architecture", "os", "comment"),
)
_SKOPEO_MEMBERS = (
    *("architecture", "config", "container", "container_config"),
    *("created", "docker_version", "os"),
)


def write_save(
    path: Path,
    images: Iterable[Named],
    style: str = "legacy",
    *,
    symlink_repeated_layers: bool = True,
    compress_outer: str | None = None,
) -> Path:
    """Write images with their names as one archive in the given style."""
    saved = [_named(item) for item in images]
    entries = save_entries(saved, style, symlink_repeated_layers=symlink_repeated_layers)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(compress(tar_bytes(entries), compress_outer))
    return path


def save_entries(
    saved: _Saved, style: str, *, symlink_repeated_layers: bool = True
) -> dict[str, Entry]:
    """The members of such an archive, for tests that want to bend them."""
    match style:
        case "legacy":
            return _legacy(saved, symlinks=symlink_repeated_layers)
        case "skopeo":
            return _skopeo(saved)
        case "hybrid":
            plain = [(image.uncompressed(), names) for image, names in saved]
            return _with_layout(plain, graph_driver=True)
        case "containerd":
            return _with_layout(saved, graph_driver=False)
    raise ValueError(f"unknown style {style!r}")


def _named(item: Named) -> tuple[Image, tuple[str, ...]]:
    image, names = item if isinstance(item, tuple) else (item, ())
    built = image if isinstance(image, Image) else image.build()
    return built, tuple(names)


def chain_ids(diff_ids: Sequence[str]) -> list[str]:
    """Chain IDs after image-spec config.md: each hashes the one below with a diff ID."""
    chain: list[str] = []
    for diff_id in diff_ids:
        chain.append(sha256(f"{chain[-1]} {diff_id}".encode()) if chain else diff_id)
    return chain


def _v1_top(config: Json) -> Json:
    """The part of a config that the pre-1.10 format knew."""
    return {key: config[key] for key in _V1_MEMBERS if key in config}


def _without_on_build(body: Json) -> Json:
    """Engines from 25 on leave out an empty OnBuild where older ones write null."""
    return {
        key: {name: item for name, item in value.items() if (name, item) != ("OnBuild", None)}
        if isinstance(value, dict)
        else value
        for key, value in body.items()
    }


def v1_documents(image: Image, *, on_build: bool = True) -> list[Json]:
    """The `json` files of the legacy form; ids after moby's image/v1 CreateID."""
    config = json.loads(image.config)
    documents: list[Json] = []
    chain = chain_ids(image.diff_ids)
    for position, chain_id in enumerate(chain):
        top = position == len(chain) - 1
        body = _v1_top(config) if top else {"created": EPOCH, "container_config": _EMPTY_RUN}
        if not on_build:
            body = _without_on_build(body)
        hashed = body | {"layer_id": chain_id}
        parent = documents[-1]["id"] if documents else None
        if parent:
            hashed["parent"] = f"sha256:{parent}"
        number = hex_of(sha256(_go_escape(dict(sorted(hashed.items())))))
        document: Json = {"id": number}
        if parent:
            document["parent"] = parent
        documents.append(document | body | {"os": config.get("os", "linux")})
    return documents


def _go_escape(document: Json) -> bytes:
    """JSON with the three characters escaped that Go's encoder escapes."""
    text = compact(document)
    for character in "<>&":
        text = text.replace(character.encode(), b"\\u%04x" % ord(character))
    return text


def _repositories(tops: Sequence[tuple[str, tuple[str, ...]]]) -> bytes:
    """The `repositories` file: name, tag, id of the top layer."""
    table: dict[str, dict[str, str]] = {}
    for top, names in tops:
        for name in names:
            repository, _, tag = name.rpartition(":")
            table.setdefault(repository, {})[tag] = top
    return compact(table)


def _legacy(saved: _Saved, *, symlinks: bool) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    items: list[Json] = []
    tops: list[tuple[str, tuple[str, ...]]] = []
    first: dict[str, str] = {}
    for image, names in saved:
        documents = v1_documents(image)
        for layer, document in zip(image.layers, documents, strict=True):
            number = document["id"]
            entries[number] = Dir()
            entries[f"{number}/VERSION"] = b"1.0"
            entries[f"{number}/json"] = compact(document)
            known = first.setdefault(layer.diff_id, number)
            repeated = symlinks and known != number
            entries[f"{number}/layer.tar"] = (
                Link(f"../{known}/layer.tar") if repeated else layer.tar
            )
        config = f"{hex_of(image.image_id)}.json"
        entries[config] = image.config
        paths = [f"{document['id']}/layer.tar" for document in documents]
        items.append(_item(config, names, paths))
        tops.append((documents[-1]["id"] if documents else "", names))
    entries = dict(sorted(entries.items()))
    entries["manifest.json"] = File(compact(items) + b"\n", mtime=0)
    if any(names for _, names in tops):
        entries["repositories"] = File(_repositories(tops) + b"\n", mtime=0)
    return entries


def _item(config: str, names: Sequence[str], layers: Sequence[str]) -> Json:
    """One image of `manifest.json`; no names is null, as Docker writes it."""
    tags = list(names) or None
    return {"Config": config, "RepoTags": tags, "Layers": list(layers)}


def _skopeo(saved: _Saved) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    items: list[Json] = []
    tops: list[tuple[str, tuple[str, ...]]] = []
    for image, names in saved:
        layers = [f"{hex_of(layer.diff_id)}.tar" for layer in image.layers]
        for name, layer in zip(layers, image.layers, strict=True):
            entries[name] = File(layer.tar, mode=0o444, mtime=0)
        config = f"{hex_of(image.image_id)}.json"
        entries[config] = File(image.config, mode=0o444, mtime=0)
        top = ""
        for name, document in zip(layers, _skopeo_v1(image), strict=True):
            top = document["id"]
            entries[f"{top}/layer.tar"] = Link(f"../{name}", mode=0, mtime=0)
            entries[f"{top}/VERSION"] = File(b"1.0", mode=0o444, mtime=0)
            text = compact(document)
            entries[f"{top}/json"] = File(text, mode=0o444, mtime=0)
        items.append(_item(config, names, layers))
        tops.append((top, names))
    entries["manifest.json"] = File(compact(items), mode=0o444, mtime=0)
    entries["repositories"] = File(_repositories(tops), mode=0o444, mtime=0)
    return entries


def _skopeo_v1(image: Image) -> list[Json]:
    """The `json` files of containers/image, whose ids follow a formula of their own."""
    config = json.loads(image.config)
    documents: list[Json] = []
    chain = chain_ids(image.diff_ids)
    for position, chain_id in enumerate(chain):
        hashed: Json = {"layer_id": chain_id}
        if documents:
            hashed["parent"] = documents[-1]["id"]
        shown = {key: hashed[key] for key in ("parent",) if key in hashed}
        if position == len(chain) - 1:
            top = {key: config.get(key) for key in _SKOPEO_MEMBERS}
            hashed |= top
            shown |= top
        number = hex_of(sha256(_go_escape(dict(sorted(hashed.items())))))
        documents.append(dict(sorted((shown | {"id": number}).items())))
    return documents


def _with_layout(saved: _Saved, *, graph_driver: bool) -> dict[str, Entry]:
    """OCI layout and `manifest.json` side by side."""
    blobs: dict[str, bytes] = {}
    manifests: list[Json] = []
    items: list[Json] = []
    for image, names in saved:
        blobs |= image.all_blobs()
        layers = [blob_path(layer.declared_digest) for layer in image.layers]
        item = _item(blob_path(image.image_id), names, layers)
        if graph_driver:
            item["LayerSources"] = _layer_sources(image)
            stray = [compact(document) for document in v1_documents(image, on_build=False)]
            blobs |= {sha256(document): document for document in stray}
        items.append(item)
        manifests += [_hybrid_entry(image, name) for name in names or ("",)]
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}
    entries: dict[str, Entry] = {"blobs": Dir(mtime=0), "blobs/sha256": Dir(mtime=0)}
    mode = 0o644 if graph_driver else 0o444
    for digest in sorted(blobs):
        entries[blob_path(digest)] = File(blobs[digest], mode=mode, mtime=0)
    blank = b" " if graph_driver else b""
    marker = b'{"imageLayoutVersion":%s"1.0.0"}' % blank
    entries["index.json"] = File(compact(index), mtime=0)
    entries["manifest.json"] = File(compact(items), mtime=0)
    entries["oci-layout"] = File(marker, mode=mode, mtime=0)
    tops = [(hex_of(image.diff_ids[-1]), names) for image, names in saved if names]
    if graph_driver and tops:
        entries["repositories"] = File(_repositories(tops), mtime=0)
    return entries


def _layer_sources(image: Image) -> dict[str, Json]:
    """The graph driver's note on each layer, keyed by diff ID."""
    return {
        layer.diff_id: {
            "mediaType": OCI_LAYER,
            "size": len(layer.tar),
            "digest": layer.diff_id,
        }
        for layer in image.layers
    }


def _hybrid_entry(image: Image, name: str) -> Json:
    """The `index.json` entry for one name; Docker writes the full reference too."""
    entry: Json = {
        "mediaType": OCI_MANIFEST,
        "digest": image.digest,
        "size": len(image.raw),
    }
    if name:
        first = name.partition("/")[0]
        hosted = "/" in name and any(mark in first for mark in ".:")
        library = "" if "/" in name else "library/"
        full = name if hosted else f"docker.io/{library}{name}"
        tag = name.rpartition(":")[2]
        entry["annotations"] = {CONTAINERD_NAME: full, REF_NAME: tag}
    return entry
