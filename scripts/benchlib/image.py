"""The bench image as OCI layouts, one per codec, written in one pass over its contents."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import shutil
import sys
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError
from typing import IO, Any, Protocol, cast

import zstandard

from benchlib import contents
from benchlib.contents import Layer

CODECS = ("gzip", "zstd")
FORMAT = 1
"""Counts changes of what this file writes, so that old images are not taken for new ones."""


@dataclass(frozen=True)
class Facts:
    """The image in numbers."""

    folder: Path
    kind: str
    layers: int
    entries: int
    tar_bytes: int
    stored_bytes: Mapping[str, int]

    def layout(self, codec: str) -> Path:
        """The OCI layout whose layers are compressed with `codec`."""
        return self.folder / codec


def bench_image(cache: Path, kind: str) -> Facts:
    """The image, from `cache` if an earlier run made it.

    `kind` is `debian`, `system` (files of this machine), `tiny`, or `auto`: Debian packages
    where apt can be used, else the system's files. It is built in another process: a program
    starts its peak of memory with that of the process that starts it.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_bench_image, cache, kind).result()


def _bench_image(cache: Path, kind: str) -> Facts:
    if kind == "auto":
        kind = "debian" if contents.system_has_apt() else "system"
        try:
            return _bench_image(cache, kind)
        except (OSError, CalledProcessError) as problem:
            if kind == "system":
                raise
            _say(f"no packages from apt ({problem}); files of this system instead")
            kind = "system"
    makers = {
        "debian": lambda: contents.debian_layers(cache / "debs"),
        "system": contents.system_layers,
        "tiny": contents.tiny_layers,
    }
    layers = makers[kind]()
    name = f"{kind}-{FORMAT}-{contents.fingerprint(layers)}"
    folder = cache / name
    if not (folder / "facts.json").exists():
        _say(f"building the {kind} image ...")
        _build(folder, layers)
    facts = json.loads((folder / "facts.json").read_text())
    return Facts(folder, kind, **facts)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _build(folder: Path, layers: Sequence[Layer]) -> None:
    """Write both layouts beside `folder` and move them there when all of it is done."""
    temporary = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    blobs = {codec: temporary / codec / "blobs" / "sha256" for codec in CODECS}
    for place in blobs.values():
        place.mkdir(parents=True)
    built = [_write_layer(layer, blobs) for layer in layers]
    for codec in CODECS:
        _write_documents(temporary / codec, codec, layers, built)
    facts = {
        "layers": len(built),
        "entries": sum(layer.entries for layer in built),
        "tar_bytes": sum(layer.tar_bytes for layer in built),
        "stored_bytes": {codec: sum(layer.blobs[codec][1] for layer in built) for codec in CODECS},
    }
    (temporary / "facts.json").write_text(json.dumps(facts, indent=1) + "\n")
    temporary.rename(folder)


@dataclass(frozen=True)
class _Built:
    diff_id: str
    tar_bytes: int
    entries: int
    blobs: Mapping[str, tuple[str, int]]
    """Digest and size by codec."""


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def _compressor(codec: str) -> _Compressor:
    if codec == "gzip":
        return cast("_Compressor", zlib.compressobj(6, wbits=31))
    return cast("_Compressor", zstandard.ZstdCompressor(level=3).compressobj())


class _Blob:
    """Compresses into a file that gets its digest for a name at the end."""

    def __init__(self, folder: Path, codec: str) -> None:
        self._temporary = folder / "part"
        self._file = self._temporary.open("wb")
        self._compressor = _compressor(codec)
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> None:
        self._store(self._compressor.compress(data))

    def _store(self, data: bytes) -> None:
        self._hash.update(data)
        self._size += len(data)
        self._file.write(data)

    def close(self) -> tuple[str, int]:
        self._store(self._compressor.flush())
        self._file.close()
        self._temporary.rename(self._temporary.with_name(self._hash.hexdigest()))
        return self._hash.hexdigest(), self._size


class _Tee:
    """The file that `tarfile` writes to: hashed once, compressed in every way."""

    def __init__(self, blobs: Sequence[_Blob]) -> None:
        self._blobs = blobs
        self.hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        self.size += len(data)
        for blob in self._blobs:
            blob.write(data)
        return len(data)


def _write_layer(layer: Layer, folders: Mapping[str, Path]) -> _Built:
    blobs = {codec: _Blob(folder, codec) for codec, folder in folders.items()}
    tee = _Tee(tuple(blobs.values()))
    entries = 0
    target = cast("IO[bytes]", tee)
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        for info, data in layer.members():
            archive.addfile(info, data)
            entries += 1
    done = {codec: blob.close() for codec, blob in blobs.items()}
    return _Built(tee.hash.hexdigest(), tee.size, entries, done)


def _write_documents(
    layout: Path, codec: str, layers: Sequence[Layer], built: Sequence[_Built]
) -> None:
    """Config, manifest, index and marker."""
    created = "2024-05-01T12:00:00Z"
    config = {
        "created": created,
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["bash"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{item.diff_id}" for item in built]},
        "history": [{"created": created, "created_by": layer.created_by} for layer in layers],
    }
    kind = "application/vnd.oci.image"
    blobs = [item.blobs[codec] for item in built]
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{kind}.manifest.v1+json",
        "config": _descriptor(layout, f"{kind}.config.v1+json", config),
        "layers": [
            {"mediaType": f"{kind}.layer.v1.tar+{codec}", "digest": f"sha256:{name}", "size": size}
            for name, size in blobs
        ],
    }
    entry = _descriptor(layout, f"{kind}.manifest.v1+json", manifest) | {
        "platform": {"architecture": "amd64", "os": "linux"},
        "annotations": {"org.opencontainers.image.ref.name": "bench"},
    }
    index = {"schemaVersion": 2, "mediaType": f"{kind}.index.v1+json", "manifests": [entry]}
    (layout / "index.json").write_bytes(_compact(index))
    (layout / "oci-layout").write_bytes(b'{"imageLayoutVersion":"1.0.0"}')


def _descriptor(layout: Path, media_type: str, document: object) -> dict[str, Any]:
    data = _compact(document)
    digest = hashlib.sha256(data).hexdigest()
    (layout / "blobs" / "sha256" / digest).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}


def _compact(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
