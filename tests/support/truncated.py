"""An image cut off above one of its layers, and what umoci unpacks of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

from tests.support.tools import require_tool, run

TAG = "cut"
Json = dict[str, Any]


def truncated(layout: Path, layer: int, target: Path) -> Path:
    """A layout with the one image of `layout`, of which `layer` (0 is the lowest) is the topmost.

    Config and manifest are those of an image whose build ended there (image-spec v1.1, config.md:
    `diff_ids` and the entries of `history` that made layers).
    """
    shutil.copytree(layout, target)
    index = json.loads((target / "index.json").read_bytes())
    (descriptor,) = index["manifests"]
    manifest = _read(target, descriptor["digest"])
    config = _read(target, manifest["config"]["digest"])
    count = layer + 1
    config["rootfs"]["diff_ids"] = config["rootfs"]["diff_ids"][:count]
    config["history"] = _history(config.get("history", []), count)
    manifest["layers"] = manifest["layers"][:count]
    manifest["config"] |= _write(target, config)
    descriptor |= _write(target, manifest)
    descriptor["annotations"] = {"org.opencontainers.image.ref.name": TAG}
    (target / "index.json").write_text(json.dumps(index))
    return target


def _history(entries: list[Json], count: int) -> list[Json]:
    kept = []
    for entry in entries:
        made = not entry.get("empty_layer", False)
        if made and count == 0:
            break
        count -= made
        kept.append(entry)
    return kept


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


def _read(layout: Path, digest: str) -> Json:
    document: Json = json.loads(_blob(layout, digest).read_bytes())
    return document


def _write(layout: Path, document: Json) -> Json:
    data = json.dumps(document).encode()
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    _blob(layout, digest).write_bytes(data)
    return {"digest": digest, "size": len(data)}


def blobs(layout: Path) -> list[Path]:
    """The stored layers of the one image of a layout, the lowest first."""
    (descriptor,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    manifest = _read(layout, descriptor["digest"])
    return [_blob(layout, layer["digest"]) for layer in manifest["layers"]]


def unpacked(layout: Path, bundle: Path) -> list[Json]:
    """What `umoci unpack` makes of a truncated layout, name by name, as lstat(2) tells it."""
    run([require_tool("umoci"), "unpack", "--image", f"{layout}:{TAG}", bundle])
    root = bundle / "rootfs"
    return [
        _entry(Path(folder) / name, root)
        for folder, folders, files in os.walk(root)
        for name in [*folders, *files]
    ]


def _entry(path: Path, root: Path) -> Json:
    found = path.lstat()
    kind = stat.S_IFMT(found.st_mode)
    xattrs = {
        name: os.getxattr(path, name, follow_symlinks=False).hex()
        for name in os.listxattr(path, follow_symlinks=False)
    }
    entry = {
        "path": str(path.relative_to(root)),
        "type": kind,
        "mode": stat.S_IMODE(found.st_mode),
        "uid": found.st_uid,
        "gid": found.st_gid,
        "xattrs": xattrs,
    }
    if kind == stat.S_IFREG:
        entry |= {"size": found.st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    elif kind == stat.S_IFLNK:
        entry |= {"target": str(path.readlink()), "type": "symlink"}
    elif kind in {stat.S_IFCHR, stat.S_IFBLK}:
        entry["device"] = found.st_rdev
    return entry
