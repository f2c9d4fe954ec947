"""Merged trees in a form that can be compared with what umoci unpacked."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Any

from analyzer.image.model import Image
from analyzer.layers.scan import LayerScan
from analyzer.layers.wants import CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.opening import open_images
from analyzer.problems import Problem
from analyzer.rootfs.tree import Node, walk
from analyzer.scanning import SILENT, LayerStore
from analyzer.tarheader import EntryKind
from tests.support.unpacking import Shown

EVERYTHING = CapturePlan((Want("**/*"),))

Row = dict[str, Any]

_TYPES = {
    EntryKind.FILE: "file",
    EntryKind.DIRECTORY: "directory",
    EntryKind.SYMLINK: "symlink",
    EntryKind.CHARACTER_DEVICE: "char",
    EntryKind.BLOCK_DEVICE: "block",
    EntryKind.FIFO: "fifo",
}


def merged(path: Path, platform: str | None = None) -> tuple[dict[str, Row], tuple[Problem, ...]]:
    """The merged tree of the one image at `path`, by path, with every file's SHA-256."""
    with open_images(str(path), platforms=[platform] if platform else []) as chosen:
        (image,) = chosen.images
        store = LayerStore(chosen.opened.source, Budget(Limits()))
        store.scan([image], EVERYTHING, SILENT)
        rootfs, notes = store.merged(image, EVERYTHING)
        rows = {name: _row(node, store, image) for name, node in walk(rootfs.root)}
        return rows, rootfs.problems + notes


def _row(node: Node, store: LayerStore, image: Image) -> Row:
    entry, content = node.entry, node.content
    if entry is None or content is None:  # a parent that no layer lists
        return {"type": "directory", "mode": "0755", "uid": 0, "gid": 0}
    row: Row = {
        "type": _TYPES[node.kind],
        "mode": f"{content.mode:04o}",
        "uid": content.uid,
        "gid": content.gid,
    }
    if node.kind is EntryKind.FILE:
        scan = store.of(image.layers[node.content_layer])
        assert scan is not None
        kept = scan.kept(content)
        assert kept is not None
        row |= {"size": content.size, "sha256": kept.content.removeprefix("sha256:")}
    elif node.kind is EntryKind.SYMLINK:
        row["target"] = content.link
    elif content.device is not None:
        row["device"] = list(content.device)
    if content.xattrs:
        row["xattrs"] = {name: value.hex() for name, value in sorted(content.xattrs.items())}
    if row["type"] == "symlink":
        row["mode"] = "0777"  # what every file system shows, whatever the tar says
    return row


def folded(path: Path) -> tuple[Shown, tuple[Problem, ...]]:
    """The merged tree of the one image at `path` in the form of `tests.support.unpacking`."""
    with open_images(str(path)) as chosen:
        (image,) = chosen.images
        store = LayerStore(chosen.opened.source, Budget(Limits()))
        store.scan([image], EVERYTHING, SILENT)
        rootfs, _ = store.merged(image, EVERYTHING)
        scans = [store.of(layer) for layer in image.layers]
        rows = {name: _shown(node, scans) for name, node in walk(rootfs.root)}
        return rows, rootfs.problems


def _shown(node: Node, scans: list[LayerScan | None]) -> bytes | str:
    content = node.content
    if node.kind is EntryKind.SYMLINK and content is not None:
        return f"-> {content.link}"
    scan = scans[node.content_layer]
    if node.kind is EntryKind.FILE and content is not None and scan is not None:
        kept = scan.kept(content)
        assert kept is not None
        return kept.data
    return "directory" if node.kind is EntryKind.DIRECTORY else "device"


def unpacked(root: Path) -> dict[str, Row]:
    """The tree that a tool unpacked to `root`, in the same form."""
    rows: dict[str, Row] = {}
    for folder, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = Path(folder) / name
            rows[str(path.relative_to(root))] = _stat_row(path)
    return rows


def _stat_row(path: Path) -> Row:
    found = path.lstat()
    mode = found.st_mode
    row: Row = {"mode": f"{stat.S_IMODE(mode):04o}", "uid": found.st_uid, "gid": found.st_gid}
    if stat.S_ISLNK(mode):
        return row | {"type": "symlink", "target": str(path.readlink())}
    if stat.S_ISDIR(mode):
        return row | {"type": "directory"}
    if stat.S_ISREG(mode):
        data = path.read_bytes()
        return row | {
            "type": "file",
            "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    kind = "fifo" if stat.S_ISFIFO(mode) else "char" if stat.S_ISCHR(mode) else "block"
    device = [] if kind == "fifo" else [os.major(found.st_rdev), os.minor(found.st_rdev)]
    return row | {"type": kind} | ({"device": device} if device else {})
