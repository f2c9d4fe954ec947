"""Config documents member by member; each difference is named by its JSON path.

What looks like a secret is masked, here and so in every output; two that differ are a difference,
though both may be shown alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analyzer.diff.pairs import is_root_filesystem
from analyzer.diff.shown import Shown
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container, leaf

if TYPE_CHECKING:
    from analyzer.report import ImageReport

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
HISTORY = "history"
NO_CONFIG = "a root filesystem has no config"
_UNREADABLE = "the config is not in this file or could not be read"
_REORDERED = "the same entries in another order"
_ENVIRONMENT = frozenset({"config.Env", "container_config.Env"})
"""Lists of NAME=value (image-spec, config.md, "Env"; Docker image spec v1.2)."""
_LEFT_OUT = "rootfs.diff_ids"
"""Compared as layers."""


def compare_config(before: ImageReport, after: ImageReport) -> Difference:
    """The config part: one child per member that differs."""
    sides = ((BEFORE, before), (AFTER, after))
    notes = [
        side + (NO_CONFIG if is_root_filesystem(image) else _UNREADABLE)
        for side, image in sides
        if not image.config
    ]
    if notes:
        return leaf("config", Kind.UNKNOWN, notes=notes)
    compared = _Compared(Shown(before, after))
    return container("config", compared.members("", before.config, after.config))


def history_apart(parts: Sequence[Difference]) -> list[Difference]:
    """`parts` with the history, which a config holds, as a part of its own after the config."""
    found = []
    for part in parts:
        if part.subject != "config":
            found.append(part)
            continue
        steps = part.child(HISTORY)
        rest = [child for child in part.children if child is not steps]
        if part.kind is Kind.UNKNOWN:
            found += [part, leaf(HISTORY, Kind.UNKNOWN, notes=part.notes)]
        else:
            found.append(
                container("config", rest, before=part.before, after=part.after, notes=part.notes)
            )
            found.append(steps or container(HISTORY, ()))
    return found


class _Compared:
    """Compares the values as they stand, and tells them with secrets masked."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    def members(
        self, path: str, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> list[Difference]:
        """What differs of two objects at `path`."""
        told = self._shown.value
        found = []
        for key in sorted({*before, *after}):
            place = _join(path, self._shown.text(key))
            if key not in after:
                found.append(leaf(place, Kind.REMOVED, told(key, before[key])))
            elif key not in before:
                found.append(leaf(place, Kind.ADDED, None, told(key, after[key])))
            elif place != _LEFT_OUT:
                found += self._values(place, key, before[key], after[key])
        return found

    def _values(self, path: str, key: str, before: Any, after: Any) -> list[Difference]:  # noqa: ANN401 - any JSON
        if same_value(before, after):
            return []
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            return self.members(path, before, after)
        if isinstance(before, list) and isinstance(after, list):
            if path in _ENVIRONMENT:
                return self._environment(path, before, after)
            if path == HISTORY:
                return self._history(before, after)
        return [self._changed(path, key, before, after)]

    def _changed(
        self,
        path: str,
        key: str,
        before: Any,  # noqa: ANN401 - any JSON
        after: Any,  # noqa: ANN401 - any JSON
        notes: Sequence[str] = (),
    ) -> Difference:
        told = self._shown.value
        return leaf(path, Kind.CHANGED, told(key, before), told(key, after), notes)

    def _environment(self, path: str, before: list[Any], after: list[Any]) -> list[Difference]:
        """By variable; as whole lists where one is not a list of distinct variables."""
        one, two = _variables(before), _variables(after)
        if one is None or two is None:
            return [self._changed(path, "", before, after)]
        if one == two:
            return [self._changed(path, "", before, after, [_REORDERED])]
        return self.members(path, one, two)

    def _history(self, before: list[Any], after: list[Any]) -> list[Difference]:
        """By instruction, so that a rebuild shows which entries only have a new time; as built."""
        one, two = _instructions(before), _instructions(after)
        places = [{key: number for number, key in enumerate(side)} for side in (one, two)]
        told = self._shown.value
        found = []
        for key in sorted({*one, *two}, key=lambda key: (_lowest(places, key), key)):
            name, number = self._shown.text(key[0]), key[1]
            place = _index(HISTORY, f"{name} ({number})" if number > 1 else name)
            if key not in two:
                found.append(leaf(place, Kind.REMOVED, told("", one[key])))
            elif key not in one:
                found.append(leaf(place, Kind.ADDED, None, told("", two[key])))
            elif members := self._values(place, "", one[key], two[key]):
                sides = {"before": told("", one[key]), "after": told("", two[key])}
                found.append(container(place, members, **sides))
        if not found:
            return [self._changed(HISTORY, "", before, after, [_REORDERED])]
        return [container(HISTORY, found, before=len(before), after=len(after))]


def _join(path: str, key: str) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}" if path else key
    return _index(path, key)


def _index(path: str, key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{escaped}"]'


def same_value(before: object, after: object) -> bool:
    """Equality of JSON values: unlike in Python, 1 is not true and not 1.0."""
    waiting = [(before, after)]  # no recursion: `json_depth` can be raised
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            if one.keys() != other.keys():
                return False
            waiting += [(one[key], other[key]) for key in one]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            waiting += zip(one, other, strict=True)
        elif type(one) is not type(other) or not (one == other or one is other):
            return False
    return True


def _variables(entries: list[Any]) -> dict[str, str] | None:
    pairs = [entry.partition("=") for entry in entries if isinstance(entry, str)]
    variables = {name: value for name, equals, value in pairs if equals}
    return variables if len(variables) == len(entries) else None


def _lowest(places: Sequence[Mapping[tuple[str, int], int]], key: tuple[str, int]) -> int:
    return min(side[key] for side in places if key in side)


def _instructions(entries: list[Any]) -> dict[tuple[str, int], Any]:
    """History entries by instruction and by how many the same instruction came up to there."""
    seen: Counter[str] = Counter()
    named = {}
    for entry in entries:
        members = entry if isinstance(entry, Mapping) else {}
        name = str(members.get("created_by") or members.get("comment") or "")
        seen[name] += 1
        named[name, seen[name]] = entry
    return named
