"""What stands at each path of a merged tree, as comparisons take it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from analyzer.diff.filesystem.compare import compare_trees
from analyzer.diff.filesystem.model import FileChange, FileChanges, FileState, Marker
from analyzer.digest import Digest
from analyzer.layers.scan import LayerScan
from analyzer.paths import OPAQUE_NAME, WHITEOUT_PREFIX, split
from analyzer.reading import Tree
from analyzer.rootfs.filedigests import sha256_of
from analyzer.rootfs.origin import DigestOf
from analyzer.rootfs.tree import Node, walk
from analyzer.tarheader import Entry, EntryKind

_IMPLIED_MODE = 0o755
"""Of a directory that no layer lists: what container engines create it with."""
_PERMISSIONS = 0o7777


ListedBy = Callable[[str], tuple[tuple[str, ...], bool]]
"""Who lists a path, and whether none of them brings it."""
_Made = dict[tuple[int, int], FileState]
"""States by the identity of the entry in memory and the layer that it is of."""


def states_of(tree: Tree) -> dict[str, FileState]:
    """Every name of a tree, the root left out, with those who list it."""
    states = _states(tree, {})
    listed = tree.listed(None)
    for path, owners in listed.by_path.items():
        if path in states:
            states[path] = states[path]._replace(owners=owners, ghost=path in listed.ghosts)
    return states


def tree_changes(before: Tree, after: Tree) -> FileChanges:
    """What differs between two trees; who lists a file is asked only of those that do.

    What both have of the same layer is the same object in memory, and is taken for the same.
    """
    made: _Made = {}
    changes = compare_trees(_states(before, made), _states(after, made))
    paths = {change.before_path or change.path for change in changes.changes if change.before}
    others = {change.path for change in changes.changes if change.after}
    return with_owners(changes, before.listed(paths).of, after.listed(others).of)


def with_owners(changes: FileChanges, before: ListedBy, after: ListedBy) -> FileChanges:
    """The same changes with those who list the file on each side."""

    def owned(change: FileChange) -> FileChange:
        one, two = change.before, change.after
        if one is not None:
            owners, ghost = before(change.before_path or change.path)
            one = one._replace(owners=owners, ghost=ghost)
        if two is not None:
            owners, ghost = after(change.path)
            two = two._replace(owners=owners, ghost=ghost)
        return replace(change, before=one, after=two)

    return replace(changes, changes=tuple(map(owned, changes.changes)))


def _states(tree: Tree, made: _Made) -> dict[str, FileState]:
    """Every name of a tree, without owners; `made` is what trees that are compared share."""
    digest_of = sha256_of(tree.scans)
    found = {}
    for path, node in walk(tree.root):
        entry = node.content or node.entry
        key = id(entry), node.content_layer
        state = made.get(key) if entry is not None else None
        if state is None:
            state = _state(node, digest_of)
            if entry is not None:
                made[key] = state
        found[path] = state
    return found


def _state(node: Node, digest_of: DigestOf) -> FileState:
    """What is at a node; a directory that no layer lists is as engines make it."""
    entry = node.content or node.entry
    if node.entry is None or entry is None:
        kind = EntryKind.DIRECTORY
        return FileState(kind, 0, _IMPLIED_MODE, 0, 0, None, None, (), None, 0, node.layer)
    is_file = node.content is not None and node.kind is EntryKind.FILE
    content = digest_of(node.content_layer, entry) if is_file else None
    return file_state(entry, content, node.content_layer, ())


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
