"""Which layers of an image are elsewhere in the file too, in a few lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from analyzer.layering.values import Layer, Twin
from analyzer.paths import printable

_SHOWN = 8
"""Lines of other images, and runs of numbers in one line."""

_Where = tuple[int, tuple[str, ...], str, str]


def sharing_lines(layers: Sequence[Layer]) -> Iterator[str]:
    """One line for layers that the image has twice, one for each image that has some as well."""
    twice = [layer for layer in layers if any(twin.own for twin in layer.twins)]
    groups = dict.fromkeys(
        (layer.position, *(twin.layer for twin in layer.twins if twin.own)) for layer in twice
    )
    distinct = dict.fromkeys(tuple(sorted(group)) for group in groups)
    yield from _few(f"* the same: {numbered(group)}" for group in distinct)
    others: dict[_Where, list[tuple[int, int]]] = defaultdict(list)
    for layer in layers:
        for twin in layer.twins:
            if not twin.own:
                others[_where(twin)].append((layer.position, twin.layer))
    yield from _few(f"* also in {_name(where)}: {_pairs(found)}" for where, found in others.items())
    if any(layer.shared > len(layer.twins) for layer in layers):
        yield "* and in more, of which -o json has the numbers"


def _where(twin: Twin) -> _Where:
    return twin.image, twin.names, twin.platform, twin.manifest_digest or ""


def _name(where: _Where) -> str:
    image, names, platform, _ = where
    return f"{printable(names[0]) if names else f'@{image}'} {printable(platform)}"


def _pairs(found: Sequence[tuple[int, int]]) -> str:
    """Layers here; where they are under another number only, that too."""
    same = [here for here, there in found if here == there]
    known = frozenset(same)
    other = {here: there for here, there in reversed(found) if here not in known}
    moved = [f"layer {here} (there {there})" for here, there in sorted(other.items())]
    told = [numbered(same)] if same else []
    more = [f"{len(moved) - _SHOWN} more"] if len(moved) > _SHOWN else []
    return ", ".join([*told, *moved[:_SHOWN], *more])


def _few(lines: Iterable[str]) -> Iterator[str]:
    listed = list(lines)
    yield from listed[:_SHOWN]
    if len(listed) > _SHOWN:
        yield f"* and {len(listed) - _SHOWN} more such lines; -o json has them"


def numbered(positions: Sequence[int]) -> str:
    """`layer 2`, `layers 2-5, 7`, and how many more there are; `positions` ascend."""
    runs: list[list[int]] = []
    for position in positions:
        if runs and position == runs[-1][-1] + 1:
            runs[-1].append(position)
        else:
            runs.append([position])
    shown = ", ".join(
        str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[:_SHOWN]
    )
    left = sum(len(run) for run in runs[_SHOWN:])
    more = f" and {left} more" if left else ""
    return f"layer{'s' * (len(positions) > 1)} {shown}{more}"
