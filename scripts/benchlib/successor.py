"""A layout that shares every layer of another but one, which is small: the usual next release."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

_FILES = 20
_BYTES = 4096
_OCI = "application/vnd.oci.image"


def successor_of(layout: Path, target: Path) -> Path:
    """Write at `target` the image of `layout` with one more layer; its other blobs are links."""
    blobs = target / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for blob in (layout / "blobs" / "sha256").iterdir():
        (blobs / blob.name).hardlink_to(blob)
    (target / "oci-layout").write_bytes((layout / "oci-layout").read_bytes())
    index = json.loads((layout / "index.json").read_bytes())
    manifest = json.loads(_blob(blobs, index["manifests"][0]).read_bytes())
    config = json.loads(_blob(blobs, manifest["config"]).read_bytes())
    tar = _layer()
    config["rootfs"]["diff_ids"].append(_digest(tar))
    config["history"].append({"created": config["created"], "created_by": "the next release"})
    manifest["config"] = _store(blobs, f"{_OCI}.config.v1+json", _json(config))
    stored = gzip.compress(tar, 6, mtime=0)
    manifest["layers"].append(_store(blobs, f"{_OCI}.layer.v1.tar+gzip", stored))
    index["manifests"][0] |= _store(blobs, f"{_OCI}.manifest.v1+json", _json(manifest))
    (target / "index.json").write_bytes(_json(index))
    return target


def _blob(blobs: Path, descriptor: dict[str, Any]) -> Path:
    digest: str = descriptor["digest"]
    return blobs / digest.partition(":")[2]


def _store(blobs: Path, media_type: str, data: bytes) -> dict[str, Any]:
    digest = _digest(data)
    (blobs / digest.partition(":")[2]).write_bytes(data)
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _layer() -> bytes:
    """Some new files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for number in range(_FILES):
            member = tarfile.TarInfo(f"opt/next/file-{number}")
            member.size = _BYTES
            archive.addfile(member, io.BytesIO(bytes([number]) * _BYTES))
    return packed.getvalue()
