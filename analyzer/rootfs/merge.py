"""Layers folded bottom to top into one tree, by the rules of whiteouts. Pure.

OCI image-spec v1.1, layer.md, "Applying Changesets". Where engines are known to disagree about
the same layer, the specification's answer is taken and a problem says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from analyzer.paths import OPAQUE_NAME, RESERVED_PREFIX, WHITEOUT_PREFIX, join, printable, split
from analyzer.problems import Code, Problem, ProblemLog, note, warning
from analyzer.rootfs.tree import Node, State, find, locate, new_directory, state_of, walk
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
        self._known: dict[str, Node] = {}  # directories by path, of those that no link leads to
        self._real: dict[str, str] = {}  # where links lead a directory's path, while watched

    def run(self, entries: Sequence[Entry]) -> tuple[Problem, ...]:
        hidden = self._whiteouts(entries)
        seen: set[str] = set()
        folder_path, folder = "", self._root
        for position, entry in enumerate(entries):
            path = entry.path
            parent, _, name = path.rpartition("/")
            if name.startswith(WHITEOUT_PREFIX):
                continue
            if path in seen:
                self._depends(path, "stands twice in one layer; the last counts")
            seen.add(path)
            if not path:
                self._set_root(entry)
                continue
            if parent != folder_path or not parent:
                folder_path, folder = parent, self._known.get(parent) or self._folder(parent)
            if self._place(folder, name, entry, self._real.get(parent, parent)):
                folder_path, folder = "", self._root  # a link or directory may have changed it
                self._known.clear()
                self._real.clear()
            if hidden and hidden.get(path, -1) > position:
                self._depends(path, "written, then whited out in the same layer; kept")
        return self._log.finish()

    # Whiteouts.

    def _whiteouts(self, entries: Sequence[Entry]) -> dict[str, int]:
        """Apply all markers; each path whited out, with the position of its marker."""
        hidden: dict[str, int] = {}
        for position, entry in enumerate(entries):
            if WHITEOUT_PREFIX not in entry.path:
                continue
            parent, name = split(entry.path)
            if name.startswith(WHITEOUT_PREFIX):
                self._whiteout(parent, name)
                hidden[join(parent, name.removeprefix(WHITEOUT_PREFIX))] = position
        return hidden

    def _whiteout(self, parent: str, name: str) -> None:
        at = locate(self._root, parent)
        place, folder = at if at is not None else ("", None)
        if name == OPAQUE_NAME:
            if folder is not None and folder.children is not None:
                for child in sorted(folder.children):
                    self._removed(join(place, child), folder.children[child], Cause.OPAQUE)
                folder.children.clear()
            if not parent:
                self._depends(".", "an opaque marker at the root; overlay engines ignore it")
            return
        if name.startswith(RESERVED_PREFIX):
            self._log.add(
                warning(
                    Code.RESERVED_WHITEOUT,
                    self._where,
                    f"{printable(join(parent, name))!r}: a reserved name without meaning; ignored",
                )
            )
            return
        target = name.removeprefix(WHITEOUT_PREFIX)
        if not target:
            self._depends(join(parent, name), "a whiteout without a name; every engine refuses it")
            return
        if folder is not None and folder.children is not None:
            gone = folder.children.pop(target, None)
            self._removed(join(place, target), gone, Cause.WHITEOUT)

    def _removed(self, path: str, node: Node | None, cause: Cause) -> None:
        """Tell the watcher that `node` and everything below it are gone from `path`."""
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
            self._depends(".", f"the root itself is a {entry.kind.value}; ignored")

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
            what = "a character device 0/0; overlay engines take it as a whiteout"
            self._depends(entry.path, what)
        node = Node(entry, self._layer)
        if entry.kind is EntryKind.HARDLINK and not self._link(node, entry):
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

    def _link(self, node: Node, entry: Entry) -> bool:
        parent, name = split(entry.link or "")
        folder = self._find(parent)
        target = folder.children.get(name) if folder is not None and folder.children else None
        if target is None or target.children is not None or target.content is None:
            self._depends(entry.path, "a hard link to a file that is not there; left out")
            return False
        if target.layer != self._layer:
            self._depends(entry.path, "a hard link to a file of a lower layer; some engines refuse")
        node.content, node.content_layer = target.content, target.content_layer
        return True

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
                at, linked = self._through_link(path, real), True
                child = None
                if at is not None:
                    real, child = at
            if child is None or child.children is None:
                if child is not None:
                    self._depends(real, "a file of a lower layer is used as a directory")
                child = children[part] = new_directory(None, self._layer)
                before = state_of(old) if old is not None else None
                self._changed(real, before, child, Cause.IMPLIED)
                if part.startswith(WHITEOUT_PREFIX):
                    self._depends(real, "entries lie below a whiteout name; it becomes a folder")
            node = child
        if not linked:
            self._known[path] = node
        elif self._watch is not None:
            self._real[path] = real
        return node

    def _through_link(self, path: str, link: str) -> tuple[str, Node] | None:
        target = locate(self._root, link)
        if target is None or target[1].children is None:
            self._depends(link, "entries lie below a link that leads nowhere; taken as a directory")
            return None
        self._log.add(
            note(
                Code.RUNTIME_DEPENDENT,
                self._where,
                f"{printable(path)!r} is reached through the link {printable(link)!r}; "
                "overlay engines make a directory of it",
            )
        )
        return target

    def _find(self, path: str) -> Node | None:
        return find(self._root, path)

    def _depends(self, path: str, what: str) -> None:
        self._log.add(note(Code.RUNTIME_DEPENDENT, self._where, f"{printable(path)!r}: {what}"))
