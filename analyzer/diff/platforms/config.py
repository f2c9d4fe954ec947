"""Configs of all platforms, member by member, each named by its path in the document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analyzer.diff.platforms.model import ABSENT, UNKNOWN, Cell, Part, Row, State, same_cells, there
from analyzer.diff.platforms.rules import (
    BUILD_TIME,
    BUILDER_NAMES,
    PLATFORM,
    TEXT,
    built_together,
    folded,
)
from analyzer.diff.platforms.values import cut_part, cut_path, is_plain, plain
from analyzer.image.platform import Platform

ENVIRONMENT = "config.Env"
ORDER = f"{ENVIRONMENT} (order)"
_MEMBERS = 2
"""How deep the members of `config` stand. Down to them, an empty mapping is as none; an entry of
one of them, as `80/tcp` of ExposedPorts is, is there though there is nothing in it."""
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LEFT_OUT = frozenset({"rootfs", "history"})
"""Compared as layers and as build steps."""
_PLATFORM = frozenset({"architecture", "os", "variant", '["os.version"]', '["os.features"]'})
"""image-spec v1.1, config.md, "Properties"."""
_TIMES = frozenset({"created", 'config.Labels["org.opencontainers.image.created"]'})
"""config.md, "created"; annotations.md, "Pre-Defined Annotation Keys"."""
_CONTAINER = re.compile(r"container|container_config\..*|config\.(?:Hostname|Image)", re.DOTALL)
"""moby image/image.go, `V1Image`: the container that the classic builder committed, and its name
for the image below."""
_MADE_UP = re.compile(r"(?:sha256:[0-9a-f]{64}|[0-9a-f]{12,64})?")


def config_rows(
    configs: Sequence[Mapping[str, Any] | None], platforms: Sequence[Platform]
) -> Iterator[Row]:
    """A row for each member that is not the same everywhere; None is a config not read."""
    tops = [
        UNKNOWN
        if config is None
        else there({key: value for key, value in config.items() if key not in _LEFT_OUT})
        for config in configs
    ]
    waiting: list[tuple[int, str, list[Cell]]] = [(0, "", tops)]  # no recursion: any depth
    while waiting:
        depth, path, cells = waiting.pop()
        if same_cells(cells):
            continue
        if path == ENVIRONMENT and (named := _by_name(cells)) is not None:
            waiting += _below(depth, path, named)
            orders = [there(list(c.value)) if c.state is State.THERE else c for c in named]
            if not same_cells(orders) and same_cells([_sorted(cell) for cell in orders]):
                yield Row(Part.CONFIG, ORDER, tuple(orders))
        elif _all_mappings(cells) and (depth <= _MEMBERS or any(c.value for c in cells)):
            waiting += _below(depth, path, cells)
        else:
            yield _row(path, cells, platforms)


def _sorted(cell: Cell) -> Cell:
    return there(sorted(cell.value)) if cell.state is State.THERE else cell


def _all_mappings(cells: Sequence[Cell]) -> bool:
    return all(isinstance(cell.value, Mapping) for cell in cells if cell.state is State.THERE)


def _below(depth: int, path: str, cells: Sequence[Cell]) -> Iterator[tuple[int, str, list[Cell]]]:
    """The members of mappings, the last first; where there is no mapping there is no member."""
    keys = {key for cell in cells for key in cell.value or ()}
    for key in sorted(keys, reverse=True):
        yield (
            depth + 1,
            cut_path(_join(path, key)),
            [
                cell if cell.state is State.UNKNOWN else _member(cell.value or {}, key)
                for cell in cells
            ],
        )


def _member(mapping: Mapping[str, Any], key: str) -> Cell:
    """A member; one that is null is left out: programs write either."""
    return ABSENT if mapping.get(key) is None else there(mapping[key])


def _row(path: str, cells: Sequence[Cell], platforms: Sequence[Platform]) -> Row:
    rules: tuple[str, ...] = ()
    if all(is_plain(cell.value) for cell in cells):
        rules = _rules(path, cells, platforms)
    shown = [there(plain(c.value)) if c.state is State.THERE else c for c in cells]
    return Row(Part.CONFIG, path, tuple(shown), rules)


def _rules(path: str, cells: Sequence[Cell], platforms: Sequence[Platform]) -> tuple[str, ...]:
    if path in _PLATFORM:
        return (PLATFORM,)
    if path in _TIMES and built_together(cells):
        return (BUILD_TIME,)
    if _CONTAINER.fullmatch(path) and _made_up(path, cells):
        return (BUILDER_NAMES,)
    return folded(cells, platforms, TEXT)


def _made_up(path: str, cells: Sequence[Cell]) -> bool:
    """Whether every value is one that a builder made up for itself."""
    return path.startswith("container_config.") or all(
        isinstance(cell.value, str) and _MADE_UP.fullmatch(cell.value) is not None
        for cell in cells
        if cell.state is State.THERE
    )


def _by_name(cells: Sequence[Cell]) -> list[Cell] | None:
    """The environments as variables by name; None where one is no list of distinct settings."""
    named = [there(_variables(cell.value)) if cell.state is State.THERE else cell for cell in cells]
    broken = any(cell.state is State.THERE and cell.value is None for cell in named)
    return None if broken else named


def _variables(entries: object) -> dict[str, str] | None:
    """By name, if these are distinct settings (config.md, "Env")."""
    if not isinstance(entries, list):
        return None
    pairs = [entry.partition("=") for entry in entries if isinstance(entry, str)]
    named = {name: value for name, equals, value in pairs if equals}
    return named if len(named) == len(entries) else None


def _join(path: str, key: str) -> str:
    key = cut_part(key)
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}" if path else key
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{escaped}"]'
