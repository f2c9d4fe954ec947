"""The content of changed files that tells their cause, read out of their layers, and proven."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from analyzer.comparing.sides import Side
from analyzer.diff.filesystem import noise, packagechanges
from analyzer.diff.filesystem.model import FileChange, FileChanges, FileState
from analyzer.diff.filesystem.noise import Contents
from analyzer.errors import AnalyzerError
from analyzer.limits import Limits
from analyzer.tarheader import Entry, EntryKind, Sink

_Place = tuple[int, int]
"""A stored file: the layer and `Entry.offset`."""


def read_contents(sides: tuple[Side, Side], changes: FileChanges, limits: Limits) -> Contents:
    """Both sides of the files that rules have to look into.

    Files beyond the limits, and those of layers that are not proven, are left out: nothing is then
    proven by them.
    """
    asked = [c for c in changes.changes if noise.asks_content(c) or packagechanges.asks_content(c)]
    wanted: tuple[_Wanted, _Wanted] = (
        {c.before_path or c.path: c.before for c in asked if c.before is not None},
        {c.path: c.after for c in asked if c.after is not None},
    )
    before, after = (
        _read(side, states, limits) for side, states in zip(sides, wanted, strict=True)
    )

    def contents(change: FileChange) -> tuple[bytes | None, bytes | None]:
        return (
            before.get(change.before_path or change.path) if change.before else None,
            after.get(change.path) if change.after else None,
        )

    return contents


_Wanted = Mapping[str, FileState]


def _read(side: Side, wanted: _Wanted, limits: Limits) -> Mapping[str, bytes]:
    """By path, the whole content of regular files."""
    left = limits.cause_bytes
    chosen = set()
    for path in sorted(wanted):
        state = wanted[path]
        if state.kind is EntryKind.FILE and state.size <= left:
            left -= state.size
            chosen.add(path)
    found: dict[str, bytes] = {}
    for layer, places in sorted(side.places(chosen).items()):
        read = _read_layer(side, layer, places.keys())
        for offset, paths in places.items():
            if (layer, offset) in read:
                found |= dict.fromkeys(paths, read[layer, offset])
    return found


def _read_layer(side: Side, layer: int, offsets: Collection[int]) -> Mapping[_Place, bytes]:
    """Files of one layer by place; none where the layer is not proven."""
    found: dict[_Place, bytes] = {}

    def choose(entry: Entry) -> Sink | None:
        return _Kept((layer, entry.offset), found) if entry.offset in offsets else None

    try:
        proven = side.read(layer, choose)
    except (AnalyzerError, OSError):
        return {}
    return found if proven else {}


class _Kept:
    """Keeps one file when it was whole."""

    def __init__(self, place: _Place, found: dict[_Place, bytes]) -> None:
        self._place = place
        self._found = found
        self._data = bytearray()

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self._data += data

    def close(self) -> None:
        """All of it was there."""
        self._found[self._place] = bytes(self._data)
