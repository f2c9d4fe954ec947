"""Layers folded bottom to top into one tree, by the rules of whiteouts. Pure.

OCI image-spec v1.1, layer.md, "Applying Changesets". Where engines are known to disagree about
the same layer (`engines.py`), the specification's answer is taken and a problem says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial

from analyzer.paths import OPAQUE_NAME, RESERVED_PREFIX, WHITEOUT_PREFIX, join, quoted, split
from analyzer.problems import Code, Problem, ProblemLog, note, warning
from analyzer.rootfs import engines
from analyzer.rootfs.attributes import overlay_attributes
from analyzer.rootfs.engines import Disagreement
from analyzer.rootfs.lostmarkers import LostMarkers
from analyzer.rootfs.ownmarkers import OwnMarkers
from analyzer.rootfs.tree import Node, State, find, landing, locate, new_directory, state_of, walk
from analyzer.tarheader import Entry, EntryKind


class Cause(StrEnum):
    """What in a layer changed a name."""

    ENTRY = "entry"
    """An entry of that name, or one that stands in the place of a folder above it."""
    IMPLIED = "implied"
    """An entry below it: the directory is not listed itself."""
    WHITEOUT = "whiteout"
    OPAQUE = "opaque"


Watch = Callable[[str, State | None, State | None, Cause], None]
"""Called for every name that a layer changes: where it is, what it was, what it is, and why."""


def apply_layer(
    root: Node, entries: Sequence[Entry], layer: int, where: str, watch: Watch | None = None
) -> tuple[Problem, ...]:
    """Apply one layer's `entries` (tar order) to the tree at `root`, in place.

    First all whiteouts and opaque markers, against what lower layers left, then the entries:
    a marker hides lower layers only, wherever it stands in its own layer. `watch` is told of
    every change.
    """
    return _Apply(root, layer, where, watch).run(entries)


class _Apply:
    def __init__(self, root: Node, layer: int, where: str, watch: Watch | None) -> None:
        self._root = root
        self._watch = watch
        self._layer = layer
        self._log = ProblemLog(where)
        self._where = where
        self._known: dict[str, Node] = {}  # directories by path, through links or not
        self._real: dict[str, str] = {}  # where links lead a directory's path, while watched
        # Not a method of ours: whoever holds one holds the tree, until a collector comes.
        self._depends = partial(_depends, self._log, where)
        self._markers = OwnMarkers(self._depends)
        self._gone: dict[str, tuple[Node, int]] = {}  # what lower layers had, by marker's offset

    def run(self, entries: Sequence[Entry]) -> tuple[Problem, ...]:
        lost = self._whiteouts(entries)
        check = self._markers.check if self._markers.any else None
        layer, unwatched, file = self._layer, self._watch is None, EntryKind.FILE
        seen: dict[str, int] = {}
        folder_path, folder = "", self._root
        for position, entry in enumerate(entries):
            path = entry.path
            parent, _, name = path.rpartition("/")
            if name.startswith(WHITEOUT_PREFIX):
                continue
            before = seen.setdefault(path, position)
            if before != position:
                told = f"{quoted(path)}, at bytes {entries[before].offset} and {entry.offset}"
                self._depends(path, engines.TWICE, told)
                seen[path] = position
            if check is not None:
                check(position, entry)
            if not path:
                self._set_root(entry)
                continue
            if parent != folder_path or not parent:
                folder_path, folder = parent, self._known.get(parent) or self._folder(parent)
            children = folder.children
            if unwatched and entry.kind is file and children is not None and name not in children:
                children[name] = Node(entry, layer)  # as `_place` would, for nearly all entries
            elif self._place(folder, name, entry, self._real.get(parent, parent)):
                folder_path, folder = "", self._root  # a link or directory may have changed it
                self._known.clear()
                self._real.clear()
        self._check_markers(lost, seen)
        return self._log.finish()

    # Whiteouts.

    def _whiteouts(self, entries: Sequence[Entry]) -> LostMarkers | None:
        """Apply all markers; which of them may have found no directory, if there are any."""
        lost = None
        for position, entry in enumerate(entries):
            if WHITEOUT_PREFIX not in entry.path:
                continue
            parent, name = split(entry.path)
            if name.startswith(WHITEOUT_PREFIX) and self._has_meaning(parent, name):
                if lost is None:
                    lost = LostMarkers(self._root, self._layer, entries, self._depends)
                at = lost.place(parent, name, position)
                if name == OPAQUE_NAME:
                    self._opaque(parent, at, position, entry.offset)
                else:
                    self._whiteout(parent, name, at, position, entry.offset)
        for path, what, told in overlay_attributes(self._root, entries, self._layer):
            self._depends(path, what, told)
        return lost

    def _check_markers(self, lost: LostMarkers | None, own: Mapping[str, int]) -> None:
        """Say what engines make of markers because of the layer's entries, by position."""
        if lost is not None:
            self._markers.check_each_other(own)
            lost.check(own, self._markers.whited_out_above)
            self._markers.check_opaque(own, self._is_folder)

    def _has_meaning(self, parent: str, name: str) -> bool:
        """Whether a name is that of an opaque marker or whiteout; says so where it is not."""
        if name == OPAQUE_NAME:
            return True
        if name.startswith(RESERVED_PREFIX):
            self._reserved(join(parent, name), "a reserved name without meaning; ignored")
            return False
        target = name.removeprefix(WHITEOUT_PREFIX)
        if target in {"", ".", ".."}:
            self._depends(join(parent, name), engines.whiteout_of_no_name(target, parent))
            return False
        return True

    def _whiteout(
        self, parent: str, name: str, at: tuple[str, Node] | None, position: int, offset: int
    ) -> None:
        target = name.removeprefix(WHITEOUT_PREFIX)
        gone = None
        if at is not None:
            place, folder = at
            if place != parent:
                self._depends(join(parent, name), engines.WHITEOUT_THROUGH_LINK)
            gone = (folder.children or {}).get(target)
            if gone is not None and folder.children is not None:
                del folder.children[target]
                self._removed(join(place, target), gone, Cause.WHITEOUT, offset)
        self._markers.add(join(parent, target), position, gone)

    def _opaque(self, parent: str, at: tuple[str, Node] | None, position: int, offset: int) -> None:
        if at is not None:
            place, folder = at
            children = folder.children or {}
            for child in sorted(children):
                self._removed(join(place, child), children[child], Cause.OPAQUE, offset)
            children.clear()
            if place != parent:
                self._depends(parent, engines.OPAQUE_THROUGH_LINK)
        if not parent:
            self._depends(".", engines.ROOT_OPAQUE)
        self._markers.add_opaque(parent, position)

    def _reserved(self, path: str, what: str) -> None:
        detail = f"{quoted(path)}: {what}"
        self._log.add(warning(Code.RESERVED_WHITEOUT, self._where, detail))

    def _removed(self, path: str, node: Node | None, cause: Cause, marker: int = -1) -> None:
        """Tell the watcher that `node` and everything below it are gone from `path`.

        What a marker removes is remembered with its offset: a hard link before it may need it.
        """
        if node is not None and marker >= 0:
            self._gone[path] = node, marker
        if self._watch is not None and node is not None:
            for here, below in walk(node, path):
                self._watch(here, state_of(below), None, cause)

    # Entries.

    def _set_root(self, entry: Entry) -> None:
        if entry.kind is EntryKind.DIRECTORY:
            before = state_of(self._root) if self._watch is not None else None
            self._root.entry = self._root.content = entry
            self._root.layer = self._root.content_layer = self._layer
            self._changed("", before, self._root)
        else:
            self._depends(".", engines.ROOT_NO_DIRECTORY)

    def _place(self, folder: Node, name: str, entry: Entry, place: str) -> bool:
        """Put `entry` into `folder`; True when something that leads elsewhere was replaced.

        `place` is where the folder really is.
        """
        children = folder.children
        if children is None:  # _folder returns directories only
            return False
        old = children.get(name)
        before = state_of(old) if self._watch is not None and old is not None else None
        if entry.kind is EntryKind.DIRECTORY:
            if old is not None and old.children is not None:
                old.entry = old.content = entry
                old.layer = old.content_layer = self._layer
                self._changed(join(place, name), before, old)
                return False
            children[name] = node = new_directory(entry, self._layer)
            self._changed(join(place, name), before, node)
            return old is not None
        if entry.device == (0, 0) and entry.kind is EntryKind.CHARACTER_DEVICE:
            self._depends(entry.path, engines.WHITEOUT_DEVICE)
        node = Node(entry, self._layer)
        if entry.kind is EntryKind.HARDLINK and not self._link(node, entry, old):
            return False
        children[name] = node
        if old is not None and old.children:
            for child in sorted(old.children):
                self._removed(join(join(place, name), child), old.children[child], Cause.ENTRY)
        self._changed(join(place, name), before, node)
        return old is not None and (old.children is not None or old.kind is EntryKind.SYMLINK)

    def _changed(
        self, path: str, before: State | None, node: Node, cause: Cause = Cause.ENTRY
    ) -> None:
        if self._watch is not None:
            self._watch(path, before, state_of(node), cause)

    def _link(self, node: Node, entry: Entry, old: Node | None) -> bool:
        """Make `node` share the file that `entry` links to; `old` is what it would replace."""
        target, what = self._link_target(entry)
        # Every engine removes what is in the way first, be it the target or a folder around it.
        if target is None or _holds(old, target):
            self._depends(entry.path, what)
            return False
        if target.layer != self._layer:
            self._depends(entry.path, engines.LOWER_HARD_LINK)
        node.content, node.content_layer = target.content, target.content_layer
        return True

    def _link_target(self, entry: Entry) -> tuple[Node | None, Disagreement]:
        """The file that a hard link names when its turn comes; why, when there is none."""
        parent, name = split(entry.link or "")
        at = locate(self._root, parent)
        place, folder = at if at is not None else (parent, None)
        target = folder.children.get(name) if folder is not None and folder.children else None
        what = engines.NO_TARGET
        if target is None and self._gone:
            target, offset = self._removed_target(join(place, name))
            if target is not None and offset < entry.offset:
                by_name = self._markers.whited_out(join(place, name))
                target, what = None, engines.LINK_TO_WHITEOUT if by_name else engines.NO_TARGET
        if target is not None and (target.children is not None or target.content is None):
            target = None
        return target, what

    def _removed_target(self, path: str) -> tuple[Node | None, int]:
        """What was at `path` before this layer's markers, and the offset of the one that hit."""
        above, below = path, list[str]()
        while above and above not in self._gone:
            above, name = split(above)
            below.append(name)
        node, offset = self._gone.get(above, (None, -1))
        for name in reversed(below):
            node = node.children.get(name) if node is not None and node.children else None
        return node, offset

    def _folder(self, path: str) -> Node:
        """The directory at `path`, through links inside the root; made where missing."""
        node = self._root
        if not path:
            return node
        real, linked = "", False
        for part in path.split("/"):
            children = node.children if node.children is not None else {}
            old = child = children.get(part)
            real = join(real, part)
            if child is not None and child.kind is EntryKind.SYMLINK:
                at, linked = self._through_link(path, real, child), True
                child = None
                if at is not None:
                    real, child = at
            if child is None or child.children is None:
                self._check_new_folder(real, part, child)
                child = children[part] = new_directory(None, self._layer)
                before = state_of(old) if old is not None else None
                self._changed(real, before, child, Cause.IMPLIED)
            node = child
        self._known[path] = node
        if linked and self._watch is not None:
            self._real[path] = real
        return node

    def _check_new_folder(self, path: str, name: str, old: Node | None) -> None:
        """Say what engines make of a directory that is made for what lies below it."""
        if old is not None:
            own = old.layer == self._layer
            self._depends(path, engines.OWN_FILE_AS_FOLDER if own else engines.FILE_AS_FOLDER)
        if name.startswith(RESERVED_PREFIX) and path == name:
            self._depends(path, engines.BELOW_RESERVED)
        elif name.startswith(WHITEOUT_PREFIX):
            self._reserved(path, "a whiteout with entries below it; every engine makes a folder")
        elif self._markers.any:
            self._markers.check_unlisted(path)

    def _through_link(self, path: str, link: str, node: Node) -> tuple[str, Node] | None:
        """Where `link` leads, made a directory where there is none yet; None for nowhere."""
        told = f"{quoted(path)} through {quoted(link)}"
        target = locate(self._root, link)
        if target is not None and target[1].children is not None:
            if node.layer != self._layer:
                self._depends(path, engines.THROUGH_LINK, told)
            elif target[1].layer != self._layer:
                self._depends(path, engines.THROUGH_OWN_LINK, told)
            return target
        place = landing(self._root, link)
        if target is not None or not place:
            endless = place is None
            what = engines.THROUGH_ENDLESS_LINK if endless else engines.THROUGH_BAD_LINK
            self._depends(path, what, told)
            return None
        self._depends(path, engines.THROUGH_DANGLING_LINK, told)
        return place, self._folder(place)

    def _is_folder(self, path: str) -> bool:
        node = find(self._root, path)
        return node is not None and node.children is not None


def _depends(log: ProblemLog, where: str, path: str, what: Disagreement, told: str = "") -> None:
    """Report `what` about `path`, or about what `told` says in words."""
    log.add(note(Code.RUNTIME_DEPENDENT, where, f"{told or quoted(path)}: {what.words}"))


def _holds(old: Node | None, node: Node) -> bool:
    """Whether `node` is `old` or below it."""
    return old is not None and any(below is node for _, below in walk(old, "/"))
