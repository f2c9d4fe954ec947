"""Which file or directory of an image a path of the user's means. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.errors import InputError
from analyzer.inside import Inside
from analyzer.paths import clean, quoted, split
from analyzer.problems import Code
from analyzer.rootfs.merge import apply_layer
from analyzer.rootfs.tree import Node, locate, new_directory
from analyzer.tarheader import EntryKind

_NOT_COPIED = {
    EntryKind.CHARACTER_DEVICE: "a character device",
    EntryKind.BLOCK_DEVICE: "a block device",
    EntryKind.FIFO: "a named pipe",
}


@dataclass(frozen=True, slots=True)
class Picked:
    """What stands at a path. `name` is the last part of what was asked for, before any link."""

    asked: str
    name: str
    node: Node


def pick(inside: Inside, asked: str, layer: int | None = None) -> Picked:
    """Find `asked` in the merged tree, or in layer `layer` as it is stored; links are followed.

    Links lead to places of the image only, and in one layer to places of that layer only.

    Raises:
        InputError: it is not there, or neither a file nor a directory.
    """
    root = inside.history.root if layer is None else layer_tree(inside, layer)
    found = locate(root, asked)
    if found is None:
        raise _missing(inside, root, asked, layer)
    path, node = found
    if node.kind in _NOT_COPIED:
        raise InputError(
            Code.BAD_ARGUMENT,
            f"{quoted(asked)} is {_NOT_COPIED[node.kind]}, which has no content",
            hint="'ociscope export PATH DEST.tar' keeps devices",
        )
    last = asked.rstrip("/").rpartition("/")[2]
    return Picked(asked, last if last not in {"", ".", ".."} else split(path)[1], node)


def layer_tree(inside: Inside, layer: int) -> Node:
    """What layer `layer` (0-based) stores, as a tree of its own.

    Raises:
        InputError: there is no such layer, or its content is not in the file.
    """
    count = len(inside.scans)
    if not 0 <= layer < count:
        known = f"layers 0 to {count - 1}, 0 at the bottom" if count else "no layers"
        raise InputError(Code.NO_MATCH, f"no layer {layer}", hint=f"the image has {known}")
    scan = inside.scans[layer]
    if scan is None:
        raise InputError(Code.NO_MATCH, f"layer {layer} is not in this file or has no files")
    root = new_directory(None, layer)
    apply_layer(root, scan.entries, layer, "")
    return root


def _missing(inside: Inside, root: Node, asked: str, layer: int | None) -> InputError:
    """Why nothing was found, and where it is instead."""
    where = f"layer {layer}" if layer is not None else inside.platform
    link = locate(root, asked, follow_last=False)
    if link is not None and link[1].content is not None:
        target = quoted(link[1].content.link or "")
        what = f"{quoted(asked)} is a link to {target}, which leads nowhere in {where}"
        return InputError(Code.NO_MATCH, what)
    return InputError(
        Code.NO_MATCH, f"no {quoted(asked)} in {where}", hint=_elsewhere(inside, asked, layer)
    )


def _elsewhere(inside: Inside, asked: str, layer: int | None) -> str:
    """Which layers store it, where that is of any help."""
    path, _ = clean(asked)
    below = f"{path}/"
    having = [
        number
        for number, scan in enumerate(inside.scans)
        if scan and any(e.path == path or e.path.startswith(below) for e in scan.entries)
    ]
    if not having:
        return "'ociscope files PATH' lists what there is"
    numbers = ", ".join(map(str, having))
    if layer is not None:
        return f"it is stored in: layer {numbers}"
    return f"a later layer removed it; still stored in layer {numbers}: add --layer {having[-1]}"
