"""Layers folded bottom to top into one tree, by the rules of whiteouts. Pure.

OCI image-spec v1.1, layer.md, "Applying Changesets". Where engines are known to disagree about
the same layer, the specification's answer is taken and a problem says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.paths import OPAQUE_NAME, RESERVED_PREFIX, WHITEOUT_PREFIX, join, printable, split
from analyzer.problems import Code, Problem, ProblemLog, note, warning
from analyzer.tarheader import Entry, EntryKind

LINK_DEPTH = 40
"""Links followed while one path is resolved; Linux has the same 40 (path_resolution(7))."""


class Node:
    """A name of the merged tree.

    `entry` is the tar entry that made it, of layer `layer` (0-based). For a hard link,
    `content` and `content_layer` are those of the file it shares; otherwise the same as
    `entry` and `layer`. Directories that no layer lists have entry None.
    """

    __slots__ = ("children", "content", "content_layer", "entry", "layer")

    def __init__(self, entry: Entry | None, layer: int) -> None:
        self.entry = entry
        self.layer = layer
        self.content = entry
        self.content_layer = layer
        self.children: dict[str, Node] | None = None

    @property
    def is_directory(self) -> bool:
        """Whether it can have children."""
        return self.children is not None

    @property
    def kind(self) -> EntryKind:
        """What it is; a hard link is what it links to."""
        if self.children is not None or self.content is None:
            return EntryKind.DIRECTORY
        return self.content.kind


def new_directory(entry: Entry | None, layer: int) -> Node:
    """A directory node without children."""
    node = Node(entry, layer)
    node.children = {}
    return node


def apply_layer(
    root: Node, entries: Sequence[Entry], layer: int, where: str
) -> tuple[Problem, ...]:
    """Apply one layer's `entries` (tar order) to the tree at `root`, in place.

    First all whiteouts and opaque markers, against what lower layers left, then the entries:
    a marker hides lower layers only, wherever it stands in its own layer.
    """
    return _Apply(root, layer, where).run(entries)


class _Apply:
    def __init__(self, root: Node, layer: int, where: str) -> None:
        self._root = root
        self._layer = layer
        self._log = ProblemLog(where)
        self._where = where
        self._known: dict[str, Node] = {}  # directories by path, of those that no link leads to

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
            if self._place(folder, name, entry):
                folder_path, folder = "", self._root  # a link or directory may have changed it
                self._known.clear()
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
        if name == OPAQUE_NAME:
            folder = self._find(parent)
            if folder is not None and folder.children is not None:
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
        folder = self._find(parent)
        if folder is not None and folder.children is not None:
            folder.children.pop(target, None)

    # Entries.

    def _set_root(self, entry: Entry) -> None:
        if entry.kind is EntryKind.DIRECTORY:
            self._root.entry = self._root.content = entry
            self._root.layer = self._root.content_layer = self._layer
        else:
            self._depends(".", f"the root itself is a {entry.kind.value}; ignored")

    def _place(self, folder: Node, name: str, entry: Entry) -> bool:
        """Put `entry` into `folder`; True when something that leads elsewhere was replaced."""
        children = folder.children
        if children is None:  # _folder returns directories only
            return False
        old = children.get(name)
        if entry.kind is EntryKind.DIRECTORY:
            if old is not None and old.children is not None:
                old.entry = old.content = entry
                old.layer = old.content_layer = self._layer
                return False
            children[name] = new_directory(entry, self._layer)
            return old is not None
        if entry.device == (0, 0) and entry.kind is EntryKind.CHARACTER_DEVICE:
            what = "a character device 0/0; overlay engines take it as a whiteout"
            self._depends(entry.path, what)
        node = Node(entry, self._layer)
        if entry.kind is EntryKind.HARDLINK and not self._link(node, entry):
            return False
        children[name] = node
        return old is not None and (old.children is not None or old.kind is EntryKind.SYMLINK)

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
        walked, linked = "", False
        for part in path.split("/"):
            children = node.children if node.children is not None else {}
            child = children.get(part)
            walked = join(walked, part)
            if child is not None and child.kind is EntryKind.SYMLINK:
                child, linked = self._through_link(path, walked), True
            if child is None or child.children is None:
                if child is not None:
                    self._depends(walked, "a file of a lower layer is used as a directory")
                child = children[part] = new_directory(None, self._layer)
                if part.startswith(WHITEOUT_PREFIX):
                    self._depends(walked, "entries lie below a whiteout name; it becomes a folder")
            node = child
        if not linked:
            self._known[path] = node
        return node

    def _through_link(self, path: str, link: str) -> Node | None:
        target = self._find(link)
        if target is None or target.children is None:
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


def find(root: Node, path: str, *, follow_last: bool = True) -> Node | None:
    """The node at `path`, links resolved inside the root; None when there is none.

    With `follow_last` false a link at the very end is returned itself.
    """
    found = locate(root, path, follow_last=follow_last)
    return found[1] if found else None


def locate(root: Node, path: str, *, follow_last: bool = True) -> tuple[str, Node] | None:
    """As `find`, with the path that the links led to."""
    stack: list[tuple[str, Node]] = [("", root)]
    todo = [part for part in reversed(path.split("/")) if part]
    links = 0
    while todo:
        part = todo.pop()
        if part in {"", "."}:
            continue
        if part == "..":
            if len(stack) > 1:
                stack.pop()
            continue
        place, node = stack[-1]
        child = node.children.get(part) if node.children is not None else None
        if child is None:
            return None
        if child.kind is EntryKind.SYMLINK and (todo or follow_last):
            links += 1
            target = child.content.link if child.content is not None else None
            if links > LINK_DEPTH or not target:
                return None
            if target.startswith("/"):
                del stack[1:]
            todo += reversed(target.split("/"))
            continue
        stack.append((join(place, part), child))
    return stack[-1]


def walk(root: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every name below `root` in sorted order, directories before their children."""
    pending = [(path, root)]
    while pending:
        here, node = pending.pop()
        if here:
            yield here, node
        if node.children:
            pending += [
                (join(here, name), child)
                for name, child in sorted(node.children.items(), reverse=True)
            ]
