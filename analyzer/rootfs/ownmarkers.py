"""What engines make of a layer that whites out names which it writes itself, or the other way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from analyzer.paths import OPAQUE_NAME, join
from analyzer.rootfs import engines, lostengines
from analyzer.rootfs.engines import Disagreement
from analyzer.rootfs.tree import Node
from analyzer.tarheader import Entry, EntryKind

_IN_WHITEOUT = lostengines.OPAQUE_IN_WHITEOUT
_DEEP = lostengines.OPAQUE_DEEP_AFTER_WHITEOUT
Tell = Callable[[str, Disagreement], None]


class OwnMarkers:
    """The whiteouts of one layer by the name they delete, compared with its entries in tar order.

    The merge itself does not depend on the order; engines do.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._at: dict[str, int] = {}  # position of the marker for each name
        self._full: set[str] = set()  # directories that lose files by it
        self._files: set[str] = set()  # files that are gone by it
        self._opaque: dict[str, int] = {}  # position of the opaque marker for each directory
        self._listed: set[str] = set()  # directories of the layer so far
        self._told: set[str] = set()
        self._above: dict[str, tuple[str, ...]] = {}  # names whited out above a folder, or it
        self._position = 0

    @property
    def any(self) -> bool:
        """Whether there are whiteouts at all."""
        return bool(self._at)

    def add(self, path: str, position: int, gone: Node | None) -> None:
        """A whiteout of `path`, where lower layers have `gone`."""
        self._at[path] = position
        if gone is None:
            return
        if gone.children:
            self._full.add(path)
        elif gone.kind is EntryKind.FILE:
            self._files.add(path)

    def add_opaque(self, folder: str, position: int) -> None:
        """An opaque marker in `folder`."""
        self._opaque[folder] = position

    def whited_out(self, path: str) -> bool:
        """Whether the layer has a whiteout of just this name."""
        return path in self._at

    def whited_out_above(self, folder: str) -> bool:
        """Whether the layer has a whiteout of this folder or of one above it."""
        return bool(self._at and self._markers_above(folder))

    def check(self, position: int, entry: Entry) -> None:
        """Say what engines make of an entry because of the layer's own markers."""
        self._position = position
        path, folder = entry.path, entry.kind is EntryKind.DIRECTORY
        marker = self._at.get(path, -1)
        if marker > position:
            self._tell(path, engines.OWN_FOLDER_WHITEOUT if folder else engines.OWN_WHITEOUT)
        elif marker >= 0 and folder and path in self._full:
            self._remade(path, position)
        if folder:
            self._listed.add(path)
        for above in self._markers_above(path.rpartition("/")[0]):
            if self._at[above] > position and above not in self._listed and above not in self._told:
                self._told.add(above)
                self._tell(path, engines.OWN_PARENT_WHITEOUT)

    def _remade(self, path: str, position: int) -> None:
        """The same of a directory whited out before; every engine heeds an opaque marker in it."""
        opaque = self._opaque.get(path, -1)
        if opaque < position:
            what = engines.REMADE if opaque < 0 else lostengines.REMADE_AFTER_OPAQUE
            self._tell(path, what)

    def check_unlisted(self, path: str) -> None:
        """The same of a directory that the entry checked last needs and the layer does not list."""
        if self._at.get(path, self._position) < self._position:
            self._tell(path, engines.REMADE_UNLISTED)

    def check_each_other(self, own: Mapping[str, int]) -> None:
        """The same of whiteouts below a directory that is whited out.

        `own` has the last entry of each name: what it makes again in between is `REMADE`.
        """
        for path, position in self._at.items():
            for above in self._markers_above(path.rpartition("/")[0]):
                if self._at[above] < position:
                    if self._at[above] < own.get(above, -1) < position:
                        continue
                    what = engines.WHITEOUT_AFTER_WHITEOUT
                elif above in self._files:
                    what = lostengines.WHITEOUT_IN_FILE_WHITEOUT
                else:
                    what = engines.WHITEOUT_IN_WHITEOUT
                self._tell(path, what)

    def check_opaque(self, own: Mapping[str, int], made: Callable[[str], bool]) -> None:
        """The same of opaque markers there, now that all entries are in the tree.

        `own` has the last entry of each name, `made` tells whether a directory is there now.
        """
        for folder, position in self._opaque.items():
            for above in self._markers_above(folder):
                marker = self._at[above]
                before = 0 <= own.get(above, -1) < marker
                if marker > position and not before:
                    file = above in self._files
                    what = lostengines.OPAQUE_IN_FILE_WHITEOUT if file else _IN_WHITEOUT
                elif marker < position and not made(folder):
                    what = lostengines.OPAQUE_AFTER_WHITEOUT if above == folder else _DEEP
                else:
                    continue  # nothing to say, or told of the entry that makes the directory
                self._tell(join(folder, OPAQUE_NAME), what)

    def _markers_above(self, folder: str) -> tuple[str, ...]:
        """Names that are whited out, of `folder` and those above it."""
        if (known := self._above.get(folder)) is None:
            known = tuple(name for name in _upwards(folder) if name in self._at)
            self._above[folder] = known
        return known


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
