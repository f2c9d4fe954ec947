"""Paths of databases found in the merged tree."""

from __future__ import annotations

from analyzer.paths import clean, join, split
from analyzer.rootfs.tree import Node, landing, locate


class Places:
    """Finds paths of databases in the tree; each folder is walked to once."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._folders: dict[str, tuple[str, Node | None]] = {}

    def find(self, path: str) -> tuple[str, Node | None]:
        """Where `path` is, its last component not followed, and what stands there."""
        folder, name = split(clean(path)[0])
        if folder not in self._folders:
            self._folders[folder] = self._folder(folder)
        here, node = self._folders[folder]
        if node is None:
            return join(here, name), None
        return join(here, name), (node.children or {}).get(name) if name else node

    def _folder(self, path: str) -> tuple[str, Node | None]:
        """What stands at a folder's path; of one that is gone, where it would be."""
        at = locate(self._root, path)
        return at if at is not None else (landing(self._root, path) or path, None)
