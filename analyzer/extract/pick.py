"""Which file or directory of an image a path of the user's means. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.errors import InputError
from analyzer.inside import Inside
from analyzer.paths import (
    OPAQUE_NAME,
    RESERVED_PREFIX,
    WHITEOUT_PREFIX,
    clean,
    join,
    quoted,
    split,
)
from analyzer.problems import Code
from analyzer.rootfs.merge import apply_layer
from analyzer.rootfs.tree import LINK_DEPTH, Node, Stop, Why, find, follow, locate, new_directory
from analyzer.tarheader import Entry, EntryKind

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
    found = follow(root, asked)
    if isinstance(found, Stop):
        raise _missing(inside, root, asked, layer, found)
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


def _missing(inside: Inside, root: Node, asked: str, layer: int | None, stop: Stop) -> InputError:
    """Why nothing was found, and where it is instead."""
    where = f"layer {layer}" if layer is not None else inside.platform
    path = _plain(asked)
    entry = _stored(inside, layer, path) if layer is not None and path is not None else None
    if entry is not None and find(root, entry.path, follow_last=False) is None:
        return _no_content(inside, asked, entry, where)
    link = locate(root, asked, follow_last=False)
    if link is not None and link[1].content is not None:
        target = quoted(link[1].content.link or "")
        what = f"{quoted(asked)} is a link to {target}, which leads nowhere in {where}"
        more = "" if stop.why is Why.MISSING else f": {_reason(stop)}"
        return InputError(Code.NO_MATCH, f"{what}{more}{_unread(inside, layer)}")
    what = f"no {quoted(asked)} in {where}"
    if stop.why is not Why.MISSING or path is None:
        what = f"{what}: {_reason(stop)}"
    what += _unread(inside, layer)
    return InputError(Code.NO_MATCH, what, hint=_elsewhere(inside, asked, path, layer))


def _unread(inside: Inside, layer: int | None) -> str:
    """Which layers may have it all the same, since they were not read; empty where all were."""
    absent, partly = [], []
    for reference, scan in zip(inside.image.layers, inside.scans, strict=True):
        if not reference.filesystem or layer not in {None, reference.position}:
            continue
        if scan is None:
            absent.append(reference.position)
        elif not scan.complete:
            partly.append(reference.position)
    told = [_layers(absent, "is", "are") + " not in this file"] if absent else []
    told += [_layers(partly, "was", "were") + " not read to the end"] if partly else []
    return f"; {' and '.join(told)}" if told else ""


def _layers(numbers: list[int], one: str, several: str) -> str:
    if len(numbers) == 1:
        return f"layer {numbers[0]} {one}"
    return f"layers {', '.join(map(str, numbers))} {several}"


def _reason(stop: Stop) -> str:
    if stop.why is Why.LINKS:
        return f"there are more than {LINK_DEPTH} links on the way, the most that Linux follows"
    missing = stop.why is Why.MISSING
    return f"there is no {quoted(stop.place)}" if missing else f"{quoted(stop.place)} is no folder"


def _plain(asked: str) -> str | None:
    """The path as layers store it; None where links decide what it means, and in which folder."""
    return None if ".." in asked.split("/") else clean(asked)[0]


def _stored(inside: Inside, layer: int, path: str) -> Entry | None:
    """The entry of that name that a layer stores, the last of several."""
    scan = inside.scans[layer]
    found = [entry for entry in scan.entries if entry.path == path] if scan is not None else []
    return found[-1] if found else None


def _no_content(inside: Inside, asked: str, entry: Entry, where: str) -> InputError:
    """Of a stored entry that gives nothing to copy: a marker, or a link out of the layer."""
    what = f"{quoted(asked)} in {where} is"
    if split(entry.path)[1].startswith(WHITEOUT_PREFIX):
        return InputError(Code.NO_MATCH, f"{what} a marker that removes {_removed(entry.path)}")
    target = entry.link or ""
    if having := _having(inside, target, target):
        hint = f"{quoted(target)} is stored in: layer {having[0]}"
    else:
        hint = "there is none in any layer"
    if entry.kind is not EntryKind.HARDLINK:
        return InputError(Code.NO_MATCH, f"{what} an entry of which nothing is made")
    what = f"{what} a hard link to {quoted(target)}, whose content is not in that layer"
    return InputError(Code.NO_MATCH, what, hint=hint)


def _removed(marker: str) -> str:
    parent, name = split(marker)
    if name == OPAQUE_NAME:
        return f"what lower layers have in {quoted(parent or '.')}"
    gone = name.removeprefix(WHITEOUT_PREFIX)
    return (
        quoted(join(parent, gone)) if gone and not name.startswith(RESERVED_PREFIX) else "nothing"
    )


def _elsewhere(inside: Inside, asked: str, path: str | None, layer: int | None) -> str:
    """Which layers give it, where that is of any help."""
    having = _having(inside, path, asked) if path else []
    if not having:
        return "'ociscope files PATH' lists what there is"
    numbers = ", ".join(map(str, having))
    if layer is not None:
        return f"it is stored in: layer {numbers}"
    return f"a later layer removed it; still stored in layer {numbers}: add --layer {having[-1]}"


def _having(inside: Inside, path: str, asked: str) -> list[int]:
    """The layers that store `path` under this name, and where that is what was asked for."""
    below = f"{path}/"
    return [
        number
        for number, scan in enumerate(inside.scans)
        if scan
        and any(e.path == path or e.path.startswith(below) for e in scan.entries)
        and locate(layer_tree(inside, number), asked)
    ]
