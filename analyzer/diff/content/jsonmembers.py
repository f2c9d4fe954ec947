"""Two JSON documents, member by member."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analyzer.diff.content.lines import common_lines
from analyzer.diff.content.room import Found, Room, Unreadable, bounded
from analyzer.diff.content.shown import masked_text, shown_line
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, leaf
from analyzer.findings.secrets import masked, secret_setting
from analyzer.jsonvalues import parse
from analyzer.layers.wants import Content
from analyzer.paths import printable

_PLAIN = re.compile(r"[A-Za-z_$][\w$-]*")
_LONGEST_VALUE = 2000
"""Characters of a value that came or went, as JSON."""
_MOST_ELEMENTS = 20_000
"""Of two arrays that are aligned; longer ones are compared place by place."""


def compare_json(before: Content, after: Content, room: Room) -> Found:
    """Members added, removed and changed, by their paths; order of members does not count.

    Raises:
        Unreadable: one of them is no JSON, or too large or too deep to be read.
    """
    notes: list[str] = []
    values = []
    for side, word in ((before, BEFORE), (after, AFTER)):
        if len(side) > room.limits.content_text_bytes:
            raise Unreadable("larger than limit content_text_bytes")
        repeated: Counter[str] = Counter()
        try:
            value = parse(bytes(side), repeated)
        except ValueError as fault:
            raise Unreadable(str(fault)) from None
        if _deeper_than(value, room.limits.json_depth):
            raise Unreadable("nested deeper than limit json_depth")
        values.append(value)
        notes += [f"{word}member {name!r} repeats; the last counts" for name in sorted(repeated)]
    found = bounded(_compare("", values[0], values[1]), "members that differ", room.limits)
    return Found(found.children, [*notes[:2], *found.notes])


def _deeper_than(value: object, most: int) -> bool:
    level = [value]
    for _ in range(most + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def _compare(path: str, before: object, after: object) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _arrays(path, before, after)
    elif not _same(before, after):
        values = _value(path, before), _value(path, after)
        yield leaf(path or "(the value)", Kind.CHANGED, values[0], values[1])


def _same(before: object, after: object) -> bool:
    """Equal as JSON: 1 is not true, and not 1.0, which Python takes for equal."""
    return type(before) is type(after) and _spelled(before) == _spelled(after)


def _spelled(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _objects(
    path: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Difference]:
    for name in sorted({*before, *after}):
        below = _member(path, name)
        if name not in after:
            yield leaf(below, Kind.REMOVED, _value(below, before[name]))
        elif name not in before:
            yield leaf(below, Kind.ADDED, None, _value(below, after[name]))
        else:
            yield from _compare(below, before[name], after[name])


def _member(path: str, name: str) -> str:
    if not _PLAIN.fullmatch(name):
        return f"{path}[{json.dumps(printable(name), ensure_ascii=False)}]"
    return f"{path}.{name}" if path else name


def _arrays(path: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
    """Elements that both have are aligned; of the others those at the same place are compared."""
    pairs: Sequence[tuple[int, int]] | None = None
    if max(len(before), len(after)) <= _MOST_ELEMENTS:
        pairs = common_lines([_spelled(v) for v in before], [_spelled(v) for v in after])
    i = j = 0
    for at, to in [*(pairs or ()), (len(before), len(after))]:
        while i < at or j < to:
            if i == j and i < at and j < to:
                yield from _compare(f"{path}[{i}]", before[i], after[j])
                i, j = i + 1, j + 1
            elif i < at and (i <= j or j >= to):
                yield leaf(f"{path}[{i}]", Kind.REMOVED, _value("", before[i]))
                i += 1
            else:
                yield leaf(f"{path}[{j}]", Kind.ADDED, None, _value("", after[j]))
                j += 1
        i, j = at + 1, to + 1


def _value(path: str, value: object) -> object:
    """A value as it may be shown: texts printable, secrets masked, nothing endless."""
    name = re.split(r'[.\["\]]', path.rstrip('"]'))[-1]
    return _cut(_safe(value, name))


def _safe(value: object, name: str) -> object:
    if isinstance(value, str):
        return _text(value, name)
    if isinstance(value, dict):
        return {printable(key): _safe(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_safe(inner, name) for inner in value]
    return value


def _text(value: str, name: str) -> str:
    if secret_setting(name, value):
        return masked(value)
    return shown_line(masked_text(value[:_LONGEST_VALUE]), len(value))


def _cut(value: object) -> object:
    if isinstance(value, dict | list):
        spelled = json.dumps(value, ensure_ascii=False)
        if len(spelled) > _LONGEST_VALUE:
            return f"{spelled[:_LONGEST_VALUE]}... ({len(spelled)} characters)"
    return value
