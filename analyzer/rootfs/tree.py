"""The merged tree: names with what stands at them, and how paths are resolved in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from analyzer.paths import join
from analyzer.tarheader import Entry, EntryKind

LINK_DEPTH = 40
"""Links followed while one path is resolved; Linux has the same 40 (path_resolution(7))."""

_NO_NAMES = frozenset({"", ".", ".."})
_DEEP = 100
"""Folders above each other that are found one from the other."""


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


class State(NamedTuple):
    """What a name of the tree was at one time; the members are those of `Node`."""

    entry: Entry | None
    layer: int
    content: Entry | None
    content_layer: int
    directory: bool

    @property
    def kind(self) -> EntryKind:
        """What it was; a hard link is what it links to."""
        if self.directory or self.content is None:
            return EntryKind.DIRECTORY
        return self.content.kind


def new_directory(entry: Entry | None, layer: int) -> Node:
    """A directory node without children."""
    node = Node(entry, layer)
    node.children = {}
    return node


def state_of(node: Node) -> State:
    """`node` as it is now."""
    return State(node.entry, node.layer, node.content, node.content_layer, node.is_directory)


def find(root: Node, path: str, *, follow_last: bool = True) -> Node | None:
    """The node at `path`, links resolved inside the root; None when there is none.

    With `follow_last` false a link at the very end is returned itself.
    """
    found = locate(root, path, follow_last=follow_last)
    return found[1] if found else None


def locate(root: Node, path: str, *, follow_last: bool = True) -> tuple[str, Node] | None:
    """As `find`, with the path that the links led to."""
    found = follow(root, path, follow_last=follow_last)
    return None if isinstance(found, Stop) else found


class Why(StrEnum):
    """Why a path leads to nothing, in the names of Linux's errors."""

    MISSING = "ENOENT"
    NO_DIRECTORY = "ENOTDIR"
    LINKS = "ELOOP"


class Stop(NamedTuple):
    """Where a path ends that leads to nothing: at what is missing, is no directory, or a link."""

    why: Why
    place: str


def follow(root: Node, path: str, *, follow_last: bool = True) -> tuple[str, Node] | Stop:
    """As `locate`, with the reason where there is nothing.

    As in path_resolution(7), only a directory has `.` and `..`, and behind a slash at the end has
    to be one.
    """
    stack: list[tuple[str, Node]] = [("", root)]
    todo = path.split("/")
    todo.reverse()
    links = 0
    while todo:
        part = todo.pop()
        place, node = stack[-1]
        if node.children is None:
            return Stop(Why.NO_DIRECTORY, place)
        if part in _NO_NAMES:
            if part == ".." and len(stack) > 1:
                stack.pop()
            continue
        child = node.children.get(part)
        if child is None:
            return Stop(Why.MISSING, join(place, part))
        if child.kind is EntryKind.SYMLINK and (todo or follow_last):
            links += 1
            target = child.content.link if child.content is not None else None
            if links > LINK_DEPTH or not target:
                return Stop(Why.LINKS if target else Why.MISSING, join(place, part))
            if target.startswith("/"):
                del stack[1:]
            todo += reversed(target.split("/"))
            continue
        stack.append((join(place, part), child))
    return stack[-1]


class Locator:
    """`locate` for many paths of a tree that does not change meanwhile: folders are found once."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._folders: dict[str, tuple[str, Node] | None] = {}

    def locate(self, path: str) -> tuple[str, Node] | None:
        """As the function of that name, for a clean path."""
        parent, _, name = path.rpartition("/")
        folder = self._folders[parent] if parent in self._folders else self._folder(parent)
        if folder is None:
            return None
        place, node = folder
        child = node.children.get(name) if node.children is not None else None
        if child is None or child.kind is EntryKind.SYMLINK:
            return None if child is None else locate(self._root, path)
        return join(place, name), child

    def _folder(self, path: str) -> tuple[str, Node] | None:
        """A folder by way of the one above it, which its neighbours have found already."""
        near = path and path.count("/") < _DEEP  # beyond that only hostile paths go
        found = self._folders[path] = self.locate(path) if near else locate(self._root, path)
        return found


def landing(root: Node, path: str) -> str | None:
    """Where `path` leads when what is missing on the way counts as directories to be made.

    As engines do before they write (filepath-securejoin). None for links without an end, empty
    for the root and for ways through what is no directory.
    """
    parts: list[str] = []
    nodes: list[Node | None] = [root]
    todo = [part for part in reversed(path.split("/")) if part]
    links = 0
    while todo:
        part = todo.pop()
        if part in {"", "."}:
            continue
        if part == "..":
            if parts:
                parts.pop()
                nodes.pop()
            continue
        node = nodes[-1]
        child = (node.children or {}).get(part) if node is not None else None
        if child is not None and child.kind is EntryKind.SYMLINK:
            links += 1
            target = child.content.link if child.content is not None else None
            if links > LINK_DEPTH or not target:
                return None
            if target.startswith("/"):
                parts.clear()
                del nodes[1:]
            todo += reversed(target.split("/"))
            continue
        if child is not None and child.children is None:
            return ""
        parts.append(part)
        nodes.append(child)
    return "/".join(parts)


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
