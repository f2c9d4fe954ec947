"""What stands at each path of a merged tree, as comparisons take it."""

from __future__ import annotations

from analyzer.diff.filesystem.model import FileState, Marker
from analyzer.digest import Digest
from analyzer.layers.scan import LayerScan
from analyzer.paths import OPAQUE_NAME, WHITEOUT_PREFIX, split
from analyzer.reading import Tree
from analyzer.rootfs.filedigests import sha256_of
from analyzer.rootfs.tree import Node, walk
from analyzer.tarheader import Entry, EntryKind

_IMPLIED_MODE = 0o755
"""Of a directory that no layer lists: what container engines create it with."""
_PERMISSIONS = 0o7777


def states_of(tree: Tree) -> dict[str, FileState]:
    """Every name of a tree, the root left out."""
    digest_of = sha256_of(tree.scans)
    found = {}
    for path, node in walk(tree.root):
        entry = node.content
        if entry is None or node.kind is not EntryKind.FILE:
            found[path] = _plain(node, tree.owners.get(path, ()))
        else:
            content = digest_of(node.content_layer, entry)
            found[path] = file_state(entry, content, node.content_layer, tree.owners.get(path, ()))
    for path in tree.ghosts & found.keys():
        found[path] = found[path]._replace(ghost=True)
    return found


def stored_states(scan: LayerScan, layer: int) -> dict[str, FileState]:
    """The entries of one layer as it stores them, markers among them; the last of a name counts.

    A hard link is a link here, since what it shares may lie in a lower layer.
    """
    digest_of = sha256_of([scan])
    found = {}
    for entry in scan.entries:
        if entry.path:
            state = file_state(entry, digest_of(0, entry), layer, ())
            marker = marker_of(entry.path)
            if marker is not None:
                state = state._replace(kind=marker, content=None)
            elif entry.kind is EntryKind.HARDLINK:
                state = state._replace(target=entry.link)
            found[entry.path] = state
    return found


def marker_of(path: str) -> Marker | None:
    """What an entry of this name marks, None of what makes something; its type does not matter."""
    name = split(path)[1]
    if name == OPAQUE_NAME:
        return Marker.OPAQUE
    return Marker.WHITEOUT if name.startswith(WHITEOUT_PREFIX) else None


def _plain(node: Node, owners: tuple[str, ...]) -> FileState:
    """What is no regular file; a directory that no layer lists is as engines make it."""
    if node.entry is None:
        kind = EntryKind.DIRECTORY
        return FileState(kind, 0, _IMPLIED_MODE, 0, 0, None, None, (), None, 0, node.layer)
    return file_state(node.content or node.entry, None, node.content_layer, owners)


def file_state(
    entry: Entry, content: Digest | None, layer: int, owners: tuple[str, ...]
) -> FileState:
    """An entry as what it makes; `content` of a regular file only."""
    link = entry.kind is EntryKind.SYMLINK
    return FileState(
        entry.kind,
        entry.size if entry.kind is EntryKind.FILE else 0,
        0 if link else entry.mode & _PERMISSIONS,
        entry.uid,
        entry.gid,
        entry.link if link else None,
        entry.device,
        tuple(sorted(entry.xattrs.items())) if entry.xattrs else (),
        content,
        entry.mtime,
        layer,
        owners,
    )
