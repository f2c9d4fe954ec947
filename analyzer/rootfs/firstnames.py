"""Hard links of the merged tree: of several names of one file, which stands for the file."""

from __future__ import annotations

from analyzer.paths import join, split
from analyzer.rootfs.tree import Node, locate, walk

_Stored = tuple[int, int]
"""A file as it is stored: the layer, and the offset of its data in the layer's tar."""


class FirstNames:
    """The names that the other names of a file are links to, in a tree that does not change.

    That is the name under which it is stored. A later layer may have put another file there, or
    none; then it is the first by name of those that are left.
    """

    def __init__(self, root: Node) -> None:
        self._root = root
        self._found: dict[_Stored, str] = {}
        self._walked = False

    def of(self, path: str, node: Node) -> str | None:
        """What the `node` at `path` is a link to; None where it stands for the file itself."""
        if node.entry is node.content or node.content is None:
            return None
        stored = node.content_layer, node.content.offset
        if stored not in self._found:
            self._find(stored, node)
        first = self._found.get(stored, path)
        return first if first != path else None

    def _find(self, stored: _Stored, node: Node) -> None:
        folder, name = split(node.content.path if node.content is not None else "")
        at = locate(self._root, folder)
        original = at[1].children.get(name) if at is not None and at[1].children else None
        if at is not None and original is not None and original.entry is node.content:
            self._found[stored] = join(at[0], name)
        elif not self._walked:
            self._walked = True
            self._walk()

    def _walk(self) -> None:
        """Find those whose first name is not where it was stored; few trees have any."""
        names: dict[_Stored, str] = {}
        for path, node in walk(self._root):
            if node.content is not None and node.entry is not node.content:
                names.setdefault((node.content_layer, node.content.offset), path)
        for path, node in walk(self._root):
            if node.content is not None and node.entry is node.content:
                stored = node.content_layer, node.content.offset
                if stored in names and not node.is_directory:
                    names[stored] = path
        self._found |= names
