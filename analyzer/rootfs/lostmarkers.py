"""Whiteouts and opaque markers of one layer that act in no directory of lower layers.

A marker hides what lower layers have under its name, so these do nothing here. Engines look for
the directory while they unpack, and make one, follow a link or refuse (`lostengines.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from analyzer.paths import OPAQUE_NAME, WHITEOUT_PREFIX, join
from analyzer.rootfs import engines
from analyzer.rootfs import lostengines as lost
from analyzer.rootfs.engines import Disagreement
from analyzer.rootfs.tree import Node, Stop, Why, find, follow, locate
from analyzer.tarheader import Entry, EntryKind

Tell = Callable[[str, Disagreement], None]

_REPLACED = {
    lost.WHITEOUT_IN_FILE: lost.WHITEOUT_IN_FORMER_FILE,
    lost.OPAQUE_IN_FILE: lost.OPAQUE_IN_FORMER_FILE,
    lost.IN_DANGLING_LINK: lost.IN_FORMER_DANGLING_LINK,
}
"""What is said instead where the layer has an entry of that name behind the marker."""
_FORMER = (lost.WHITEOUT_THROUGH_FORMER_LINK, lost.OPAQUE_THROUGH_FORMER_LINK)
_MISSING = (lost.IN_MISSING, lost.IN_MISSING_THROUGH_LINK, lost.DEEP_IN_REPLACED_FILE)


class _Marker(NamedTuple):
    """The last of its kind in a folder; why no lower layer has that, and at which path it shows."""

    name: str
    position: int
    trouble: Disagreement | None
    at: str


class LostMarkers:
    """The markers of one layer by folder, compared with the tree below and with its entries."""

    def __init__(self, root: Node, layer: int, entries: Sequence[Entry], tell: Tell) -> None:
        self._root = root
        self._layer = layer
        self._entries = entries
        self._tell = tell
        self._markers: dict[tuple[str, bool, str], _Marker] = {}
        self._own: Mapping[str, int] | None = None
        self._replaced: dict[str, tuple[str, int] | None] = {}

    def place(self, parent: str, name: str, position: int) -> tuple[str, Node] | None:
        """Where the directory is that a marker in `parent` acts in; None for nowhere.

        A link of a lower layer leads it on, unless the layer has an entry in the link's place.
        """
        opaque = name == OPAQUE_NAME
        at = locate(self._root, parent)
        trouble, there = None, parent
        if at is None or at[1].children is None:
            at = None
            trouble, there = _trouble(self._root, parent, opaque=opaque)
        if trouble is lost.IN_MISSING_THROUGH_LINK or (at is not None and at[0] != parent):
            replaced = self._replaced_link(parent)
            if replaced is not None:
                link, entry = replaced
                at = None
                if entry < position:
                    trouble = lost.DEEP_IN_REPLACED_FILE if link != parent else None
                elif trouble is None:
                    trouble, there = _FORMER[opaque], link
        key = parent, opaque, trouble.what if trouble is not None else ""
        self._markers[key] = _Marker(name, position, trouble, there)
        return at

    def _replaced_link(self, folder: str) -> tuple[str, int] | None:
        """The link of lower layers on the way that the layer has an entry for, and its position."""
        if folder not in self._replaced:
            if self._own is None:
                self._own = {entry.path: at for at, entry in enumerate(self._entries)}
            self._replaced[folder] = None
            for path in _upwards(folder):
                if path in self._own and _is_link(self._root, path):
                    self._replaced[folder] = path, self._own[path]
        return self._replaced[folder]

    def check(self, own: Mapping[str, int], whited_out: Callable[[str], bool]) -> None:
        """Say what engines make of the markers, now that all entries are in the tree.

        `own` has the last entry of each name; `whited_out` tells of folders that the layer itself
        whites out, or one above, of which `ownmarkers.py` says what there is to say.
        """
        files: dict[str, list[tuple[int, str]]] = {}
        for (parent, opaque, _), marker in self._markers.items():
            if parent not in files:
                files[parent] = [
                    (own[path], path)
                    for path in _upwards(parent)
                    if path in own and self._entries[own[path]].kind is not EntryKind.DIRECTORY
                ]
            above = next((path for at, path in files[parent] if at < marker.position), None)
            if above is not None:
                what = self._below_own(parent, marker.name, above, opaque=opaque)
            elif marker.trouble is not None and not whited_out(parent):
                what = self._below_lower(parent, marker, marker.trouble, own)
            else:
                what = None
            if what is not None:
                self._tell(join(parent, marker.name), what)

    def _below_lower(
        self, parent: str, marker: _Marker, trouble: Disagreement, own: Mapping[str, int]
    ) -> Disagreement | None:
        """What is known of a marker in `parent`, which is no directory of lower layers."""
        if trouble in _FORMER:
            return trouble
        entry = own.get(marker.at, -1)
        if trouble not in _MISSING and entry > marker.position:
            return _REPLACED.get(trouble, trouble)
        folder = find(self._root, parent)
        if folder is not None and (folder.children is not None or trouble in _MISSING):
            return None  # an entry of the layer makes it, of which is told where engines differ
        return trouble if entry < 0 or trouble in _MISSING else lost.DEEP_IN_REPLACED_FILE

    def _below_own(
        self, parent: str, name: str, above: str, *, opaque: bool
    ) -> Disagreement | None:
        """What is known of a marker in `parent`, where `above` is no directory of the layer."""
        node = find(self._root, above, follow_last=False)
        if node is None or node.kind is not EntryKind.SYMLINK:
            if not opaque:
                return lost.WHITEOUT_IN_OWN_FILE
            return lost.OPAQUE_IN_OWN_FILE if above == parent else lost.OPAQUE_DEEP_IN_OWN_FILE
        found = follow(self._root, parent)
        if isinstance(found, Stop):
            return self._below_own_link(found.why, above, opaque=opaque)
        folder = found[1]
        if folder.children is None:
            return lost.OPAQUE_IN_OWN_FILE_LINK if opaque else lost.WHITEOUT_IN_OWN_FILE_LINK
        if folder.layer != self._layer:
            direct = opaque and above == parent
            return lost.OPAQUE_IN_OWN_LINK if direct else lost.THROUGH_OWN_LINK
        hit = None if opaque else folder.children.get(name.removeprefix(WHITEOUT_PREFIX))
        return engines.OWN_WHITEOUT if hit is not None and hit.layer == self._layer else None

    def _below_own_link(self, why: Why, above: str, *, opaque: bool) -> Disagreement:
        """The same where a link of the layer leads to no such directory."""
        if why is Why.LINKS:
            return lost.OPAQUE_IN_OWN_ENDLESS_LINK if opaque else lost.WHITEOUT_IN_OWN_ENDLESS_LINK
        if why is Why.NO_DIRECTORY:
            return lost.DEEP_IN_OWN_FILE_LINK
        nowhere = find(self._root, above) is None
        return lost.IN_OWN_DANGLING_LINK if nowhere else lost.IN_MISSING_THROUGH_OWN_LINK


def _trouble(root: Node, folder: str, *, opaque: bool) -> tuple[Disagreement, str]:
    """Why a tree has no directory at `folder`, and the first path on the way where it shows."""
    through, path, node = False, "", root
    for part in folder.split("/"):
        path = join(path, part)
        child = (node.children or {}).get(part)
        if child is None:
            return (lost.IN_MISSING_THROUGH_LINK if through else lost.IN_MISSING), path
        if child.kind is EntryKind.SYMLINK:
            found = follow(root, path)
            if isinstance(found, Stop):
                return _bad_link(found.why, opaque=opaque, deep=path != folder), path
            through, child = True, found[1]
        if child.children is None:
            break
        node = child
    if path != folder:
        return lost.DEEP_IN_FILE, path
    return (lost.OPAQUE_IN_FILE if opaque else lost.WHITEOUT_IN_FILE), path


def _bad_link(why: Why, *, opaque: bool, deep: bool) -> Disagreement:
    if why is Why.LINKS:
        return lost.OPAQUE_IN_ENDLESS_LINK if opaque and not deep else lost.IN_ENDLESS_LINK
    if why is Why.NO_DIRECTORY:
        return lost.DEEP_IN_FILE
    return lost.DEEP_IN_DANGLING_LINK if deep else lost.IN_DANGLING_LINK


def _is_link(root: Node, path: str) -> bool:
    node = find(root, path, follow_last=False)
    return node is not None and node.kind is EntryKind.SYMLINK


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
