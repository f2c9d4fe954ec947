"""The names of one tar, counted and measured against the limits."""

from __future__ import annotations

from analyzer.limits import Limits, exceeded
from analyzer.tarheader import Entry


class NameCount:
    """What the names of a tar cost whoever keeps them.

    A path makes every folder above it, listed or not: `a/a/a/...` in one header of 512 bytes is a
    hundred folders. Those that the entry before did not make already are counted with the
    entries, so that a small file cannot become a large tree.
    """

    def __init__(self, limits: Limits, where: str) -> None:
        self._limits = limits
        self._where = where
        self._folders = 0
        self._before = ""  # the path of the last entry
        self._parent = ""  # the folder that it is in
        self._most = limits.layer_entries
        # A path of so many characters cannot be too long (UTF-8 has at most four bytes for each)
        # nor have too many parts.
        self._safe = min(limits.path_bytes // 4, 2 * limits.path_depth - 1)
        self.entries = 0

    def take(self, entry: Entry) -> None:
        """Count one entry. Raises LimitExceeded."""
        self.entries += 1
        path = entry.path
        if len(path) > self._safe:
            self._check(path)
        if entry.link and len(entry.link) > self._safe:
            self._check(entry.link)
        parent = path.rpartition("/")[0]
        if parent != self._parent:
            self._folders += self._new_folders(parent)
            self._parent = parent
        self._before = path
        if self.entries + self._folders > self._most:
            names = self.entries + self._folders
            raise exceeded("layer_entries", self._most, names, self._where)

    def _new_folders(self, parent: str) -> int:
        """How many of the folders down to `parent` the entry before did not make."""
        before = self._before
        if not parent or before == parent or before.startswith(f"{parent}/"):
            return 0
        shared = 0
        for one, other in zip(parent.split("/"), before.split("/"), strict=False):
            if one != other:
                break
            shared += 1
        return parent.count("/") + 1 - shared

    def _check(self, path: str) -> None:
        limit = self._limits.path_bytes
        length = len(path.encode("utf-8", "surrogateescape"))
        if length > limit:
            raise exceeded("path_bytes", limit, length, self._where)
        depth = path.count("/") + 1
        if depth > self._limits.path_depth:
            raise exceeded("path_depth", self._limits.path_depth, depth, self._where)
