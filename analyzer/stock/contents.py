"""Digests of chosen files, taken by reading their layers once more; proven or not said."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.digest import Hash
from analyzer.errors import AnalyzerError
from analyzer.inside import Inside, Look
from analyzer.layers.scan import Choose
from analyzer.packages.contract import Problem, error
from analyzer.packages.stated import KNOWN
from analyzer.tarheader import Entry, Sink

Place = tuple[int, int]
"""A stored file: the layer and `Entry.offset`."""
Wish = tuple[int, Entry, str]
"""A file as a layer stores it, and the algorithm to hash it by."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What was read: digests by place and algorithm; nothing of layers that are not proven."""

    digests: Mapping[tuple[Place, str], str]
    problems: tuple[Problem, ...]

    def of(self, layer: int, entry: Entry, algorithm: str) -> str | None:
        """The hexadecimal digest of a stored file; None where it is not known."""
        return self.digests.get(((layer, entry.offset), algorithm))


def read_digests(look: Look, inside: Inside, wishes: Iterable[Wish]) -> Contents:
    """The digests of files, each layer that has some of them read once, whole."""
    wanted: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for layer, entry, algorithm in wishes:
        if algorithm in KNOWN:
            wanted[layer][entry.offset].add(algorithm)
    digests: dict[tuple[Place, str], str] = {}
    problems: list[Problem] = []
    for layer, files in sorted(wanted.items()):
        found: dict[tuple[Place, str], str] = {}
        reference = inside.image.layers[layer]
        try:
            look.read(reference, _chooser(layer, files, found))
        except AnalyzerError as fault:
            where = fault.where or reference.name or f"layer {layer}"
            problems.append(error(fault.code, where, fault.message))
        else:
            digests |= found
    return Contents(digests, tuple(problems))


def _chooser(
    layer: int, files: Mapping[int, set[str]], found: dict[tuple[Place, str], str]
) -> Choose:
    def choose(entry: Entry) -> Sink | None:
        algorithms = files.get(entry.offset)
        if algorithms is None:
            return None
        return _Digesting((layer, entry.offset), sorted(algorithms), found)

    return choose


class _Digesting:
    """Hashes one file by several algorithms, and notes the digests when it was whole."""

    def __init__(
        self, place: Place, algorithms: list[str], found: dict[tuple[Place, str], str]
    ) -> None:
        self._place = place
        self._found = found
        self._states: dict[str, Hash] = {
            name: hashlib.new(name, usedforsecurity=False) for name in algorithms
        }

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        for state in self._states.values():
            state.update(data)

    def close(self) -> None:
        """All of it was there."""
        for name, state in self._states.items():
            self._found[self._place, name] = state.hexdigest()
