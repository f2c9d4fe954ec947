"""The lives of the packages of an image, and what is left of those that are gone."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.packages.contract import Package, Problem
from analyzer.packages.lifeline import Event, Life, Lives, Order, Turn, lives_of
from analyzer.paths import clean, split
from analyzer.rootfs.tree import landing
from analyzer.stock.look import Stock
from analyzer.tarheader import EntryKind

_GONE = frozenset({Turn.REMOVED, Turn.LOST})


@dataclass(frozen=True, slots=True)
class Remains:
    """Files of a package that is gone: still stored in layers, and in how many of them shown.

    `files` and `size` (bytes) count what the layers before its end hold and everybody who has the
    image gets; `shown` are paths of them that the merged tree still has.
    """

    life: Life
    event: Event
    files: int
    size: int
    layers: tuple[int, ...]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StockHistory:
    """One platform through its layers."""

    stock: Stock
    lives: Lives
    remains: tuple[Remains, ...]
    problems: tuple[Problem, ...]


_Owner = tuple[str, str, str, str]
"""Cataloger, name, version, architecture."""
_End = tuple[Life, Event]
"""A package that is gone, and how."""


def history_of(
    stock: Stock, order: Order, wanted: Callable[[Life], bool] = lambda _life: True
) -> StockHistory:
    """The lives of those packages that are `wanted`.

    `order` compares two versions by named rules, as `analyzer.diff.versions.order` does.
    """
    prefixes = stock.after_each_layer()
    lives = lives_of(prefixes, order)
    chosen = Lives(tuple(filter(wanted, lives.lives)), lives.databases)
    problems: list[Problem] = []
    remains = _remains(stock, prefixes, chosen.lives, problems)
    return StockHistory(stock, chosen, remains, tuple(problems))


def _remains(
    stock: Stock,
    prefixes: Sequence[Sequence[Package]],
    lives: Iterable[Life],
    problems: list[Problem],
) -> tuple[Remains, ...]:
    """Of every package that a layer took away and none brought back."""
    ends = [(life, life.events[-1]) for life in lives if life.events[-1].turn in _GONE]
    stored = _Stored(stock)
    found = []
    for layer in sorted({event.layer for _, event in ends}):
        gone = [(life, event) for life, event in ends if event.layer == layer]
        by_owner = _by_owner(prefixes[layer - 1], gone)
        owned = _owned_before(stock, stored, layer, by_owner, problems)
        found += [stored.of(life, event, owned.get((life, event), ())) for life, event in gone]
    return tuple(sorted(found, key=lambda each: (-each.size, each.life.name, each.life.arch)))


def _by_owner(packages: Iterable[Package], gone: Iterable[_End]) -> Mapping[_Owner, _End]:
    """The ends of packages, by what `Owned.owner` calls these, with their cataloger in front."""
    ends = {
        (life.type, life.namespace, life.name, life.arch, event.before): (life, event)
        for life, event in gone
    }
    return {
        (p.cataloger, *p.owner_key): end
        for p in packages
        if (end := ends.get((p.type, p.namespace, p.name, p.arch, p.version))) and p.installed
    }


def _owned_before(
    stock: Stock,
    stored: _Stored,
    layer: int,
    by_owner: Mapping[_Owner, _End],
    problems: list[Problem],
) -> Mapping[_End, Sequence[str]]:
    """The paths that packages owned before `layer`, by their end in it."""
    paths: dict[_End, list[str]] = defaultdict(list)
    folders: dict[str, list[_End | None]] = defaultdict(list)
    for cataloger, owned in stock.owned(layer - 1, problems):
        end = by_owner.get((cataloger, *owned.owner))
        if owned.kind == "tree":
            folders[stored.real(owned.path) or owned.path].append(end)
        elif end is not None and owned.kind not in {"dir", "bin-link"}:
            paths[end].append(owned.path)
    for folder, ends in folders.items():
        for end in filter(None, ends):
            paths[end] += stored.below(folder, folders.keys())
    return paths


class _Stored:
    """The files that layers brought to each path of the tree, in the order of layers."""

    def __init__(self, stock: Stock) -> None:
        self._root = stock.root
        self._folders: dict[str, str | None] = {}
        self._at: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._shown: set[str] = set()
        for event in stock.inside.history.events:
            after = event.after
            if after is not None and after.kind is EntryKind.FILE and after.content is not None:
                self._at[event.path].append((event.layer, after.content.size))
                self._shown.add(event.path)
            else:
                self._shown.discard(event.path)
        self._paths = sorted(self._at)

    def below(self, folder: str, others: Collection[str]) -> Iterator[str]:
        """The paths in `folder`, but for those in a folder of `others` inside it."""
        prefix = f"{folder}/"
        for at in range(bisect_left(self._paths, prefix), len(self._paths)):
            path = self._paths[at]
            if not path.startswith(prefix):
                break
            above = split(path)[0]
            while above != folder and above not in others:
                above = split(above)[0]
            if above == folder:
                yield path

    def of(self, life: Life, event: Event, paths: Iterable[str]) -> Remains:
        """What is left of a package that owned `paths`."""
        real = sorted({path for path in map(self.real, paths) if path is not None})
        kept = [each for path in real for each in self._at[path] if each[0] < event.layer]
        return Remains(
            life,
            event,
            len(kept),
            sum(size for _, size in kept),
            tuple(sorted({layer for layer, _ in kept})),
            tuple(path for path in real if path in self._shown),
        )

    def real(self, path: str) -> str | None:
        """Where a path of a database leads, its folders resolved; they may be gone by now."""
        folder, name = split(clean(path)[0])
        if folder not in self._folders:
            self._folders[folder] = landing(self._root, folder) if folder else ""
        at = self._folders[folder]
        return None if at is None or not name else f"{at}/{name}" if at else name
