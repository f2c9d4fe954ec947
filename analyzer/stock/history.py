"""The lives of the packages of an image, and what is left of those that are gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
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


Owner = tuple[str, str, str, str]
"""Cataloger, name, version, architecture."""


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
        owned = _owned_before(stock, prefixes, layer, gone, problems)
        found += [stored.of(life, event, owned.get((life, event), ())) for life, event in gone]
    return tuple(sorted(found, key=lambda each: (-each.size, each.life.name, each.life.arch)))


def _owned_before(
    stock: Stock,
    prefixes: Sequence[Sequence[Package]],
    layer: int,
    gone: Sequence[tuple[Life, Event]],
    problems: list[Problem],
) -> Mapping[tuple[Life, Event], Sequence[str]]:
    """The paths that packages owned before `layer`, by their end in it."""
    ends = {
        (life.type, life.namespace, life.name, life.arch, event.before): (life, event)
        for life, event in gone
    }
    by_owner: dict[Owner, tuple[Life, Event]] = {}
    for p in prefixes[layer - 1]:
        end = ends.get((p.type, p.namespace, p.name, p.arch, p.version))
        if end is not None and p.installed:
            by_owner[p.cataloger, *p.owner_key] = end
    paths: dict[tuple[Life, Event], list[str]] = defaultdict(list)
    for cataloger, owned in stock.owned(layer - 1, problems):
        end = by_owner.get((cataloger, *owned.owner))
        if end is not None and owned.kind != "dir":
            paths[end].append(owned.path)
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

    def of(self, life: Life, event: Event, paths: Iterable[str]) -> Remains:
        """What is left of a package that owned `paths`."""
        real = sorted({path for path in map(self._real, paths) if path is not None})
        kept = [each for path in real for each in self._at[path] if each[0] < event.layer]
        return Remains(
            life,
            event,
            len(kept),
            sum(size for _, size in kept),
            tuple(sorted({layer for layer, _ in kept})),
            tuple(path for path in real if path in self._shown),
        )

    def _real(self, path: str) -> str | None:
        """Where a path of a database leads, its folders resolved; they may be gone by now."""
        folder, name = split(clean(path)[0])
        if folder not in self._folders:
            self._folders[folder] = landing(self._root, folder) if folder else ""
        at = self._folders[folder]
        return None if at is None or not name else f"{at}/{name}" if at else name
