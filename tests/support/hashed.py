"""An OCI layout in which every digest, diff IDs too, is of one algorithm."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analyzer.image.media import OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST
from tests.support.gzips import go_gzip
from tests.support.imagebuilder import Layout, compact, tar_bytes

DPKG = b"Package: tool\nStatus: install ok installed\nVersion: 1.2\nArchitecture: amd64\n"


def sha512(data: bytes) -> str:
    return "sha512:" + hashlib.sha512(data).hexdigest()


@dataclass(frozen=True)
class Made:
    """A layout and the digests in it, each computed by hashlib."""

    path: Path
    index: str
    manifest: bytes
    config: str
    layers: tuple[str, str]
    diff_ids: tuple[str, str]


def make(
    folder: Path, diff_ids: tuple[str, str] | None = None, hashed: Callable[[bytes], str] = sha512
) -> Made:
    """A nested index, a manifest, a config, one packed and one plain layer."""
    tars = tar_bytes({"var/lib/dpkg/status": DPKG}), tar_bytes({"app": b"x"})
    blobs = go_gzip(tars[0]), tars[1]
    kinds = OCI_LAYER + "+gzip", OCI_LAYER
    diff_ids = diff_ids or (hashed(tars[0]), hashed(tars[1]))
    rootfs = {"type": "layers", "diff_ids": list(diff_ids)}
    config = compact({"architecture": "amd64", "os": "linux", "rootfs": rootfs})
    layout = Layout()

    def stored(kind: str, data: bytes) -> dict[str, object]:
        digest = layout.extra_blob(data, hashed(data))
        return {"mediaType": kind, "digest": digest, "size": len(data)}

    layers = [stored(kind, blob) for kind, blob in zip(kinds, blobs, strict=True)]
    document = {"schemaVersion": 2, "mediaType": OCI_MANIFEST}
    manifest = compact(document | {"config": stored(OCI_CONFIG, config), "layers": layers})
    platform = {"architecture": "amd64", "os": "linux"}
    entry = stored(OCI_MANIFEST, manifest) | {"platform": platform}
    index = compact({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]})
    name = {"org.opencontainers.image.ref.name": "1"}
    layout.add_descriptor(stored(OCI_INDEX, index) | {"annotations": name})
    digests = hashed(blobs[0]), hashed(blobs[1])
    path = layout.write_dir(folder / "layout")
    return Made(path, hashed(index), manifest, hashed(config), digests, diff_ids)
