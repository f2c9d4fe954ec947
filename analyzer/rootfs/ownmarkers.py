"""What engines make of a layer that whites out names which it writes itself, or the other way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzer.rootfs import engines
from analyzer.rootfs.engines import Disagreement
from analyzer.tarheader import Entry, EntryKind

Tell = Callable[[str, Disagreement], None]


class OwnMarkers:
    """The whiteouts of one layer by the name they delete, compared with its entries in tar order.

    The merge itself does not depend on the order; engines do.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._at: dict[str, int] = {}  # position of the marker for each name
        self._full: set[str] = set()  # directories that lose files by it
        self._listed: set[str] = set()  # directories of the layer so far
        self._told: set[str] = set()
        self._above: dict[str, tuple[str, ...]] = {}  # names whited out above a folder, or it
        self._position = 0

    @property
    def any(self) -> bool:
        """Whether there are whiteouts at all."""
        return bool(self._at)

    def add(self, path: str, position: int, *, full: bool) -> None:
        """A marker for `path`, where lower layers have a directory with files if `full`."""
        self._at[path] = position
        if full:
            self._full.add(path)

    def whited_out(self, path: str) -> bool:
        """Whether the layer has a whiteout of just this name."""
        return path in self._at

    def check(self, position: int, entry: Entry) -> None:
        """Say what engines make of an entry because of the layer's own markers."""
        self._position = position
        path, folder = entry.path, entry.kind is EntryKind.DIRECTORY
        marker = self._at.get(path, -1)
        if marker > position:
            self._tell(path, engines.OWN_FOLDER_WHITEOUT if folder else engines.OWN_WHITEOUT)
        elif marker >= 0 and folder and path in self._full:
            self._tell(path, engines.REMADE)
        if folder:
            self._listed.add(path)
        for above in self._markers_above(path.rpartition("/")[0]):
            if self._at[above] > position and above not in self._listed and above not in self._told:
                self._told.add(above)
                self._tell(path, engines.OWN_PARENT_WHITEOUT)

    def check_unlisted(self, path: str) -> None:
        """The same of a directory that the entry checked last needs and the layer does not list."""
        if self._at.get(path, self._position) < self._position:
            self._tell(path, engines.REMADE_UNLISTED)

    def check_each_other(self) -> None:
        """The same of whiteouts below a directory that is whited out."""
        for path, position in self._at.items():
            for above in self._markers_above(path.rpartition("/")[0]):
                later = self._at[above] > position
                what = engines.WHITEOUT_IN_WHITEOUT if later else engines.WHITEOUT_AFTER_WHITEOUT
                self._tell(path, what)

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
