"""Layers of two images: which belong together, and what became of the others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.diff.tree import Difference, Kind, container, leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from analyzer.report import LayerReport

BASE = "base"
"""Subject of the run of layers, from the bottom, that both sides share."""
NO_LAYERS = "a root filesystem does not tell which layers it was made of"
_SAME_INSTRUCTION = "paired by instruction: other contents"
_UNPROVEN = "not known whether the contents are the same: paired by {}"
_REORDERED = "some of the same layers lie in another order"


@dataclass(frozen=True, slots=True)
class Alignment:
    """Layers that belong together, as 0-based positions (before, after).

    `base` counts the layers from the bottom that are the same, or not known to differ. `same`
    are pairs above it with equal contents, `changed` pairs of the same instruction with other
    contents. Every other layer is on one side only.
    """

    base: int
    same: tuple[tuple[int, int], ...]
    changed: tuple[tuple[int, int], ...]

    @property
    def partners(self) -> dict[int, int]:
        """Position before to position after, of every pair."""
        return {number: number for number in range(self.base)} | dict(self.same + self.changed)


def equal_contents(one: LayerReport, two: LayerReport) -> bool | None:
    """Whether two layers unpack to the same bytes; None when that is not known.

    Different digests alone prove nothing: the same tar compressed twice has two.
    """
    if one.diff_id and two.diff_id:
        return one.diff_id == two.diff_id
    if one.digest and one.digest == two.digest:
        return True
    return None


def align(before: Sequence[LayerReport], after: Sequence[LayerReport]) -> Alignment:
    """Put the layers of two images side by side; exchanging the sides changes nothing else."""
    base = 0
    for one, two in zip(before, after, strict=False):
        if equal_contents(one, two) is False:
            break
        base += 1
    free = (list(range(base, len(before))), list(range(base, len(after))))
    same = _take(before, after, free, lambda layer: layer.diff_id)
    same += _take(before, after, free, lambda layer: layer.digest)
    changed = _take(before, after, free, lambda layer: layer.created_by)
    return Alignment(base, tuple(sorted(same)), tuple(sorted(changed)))


def _take(
    before: Sequence[LayerReport],
    after: Sequence[LayerReport],
    free: tuple[list[int], list[int]],
    key: Callable[[LayerReport], Hashable],
) -> list[tuple[int, int]]:
    """Remove from `free` and return the pairs with equal keys, the nth with the nth."""
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for number in reversed(free[1]):
        waiting[key(after[number])].append(number)
    taken = []
    for number in tuple(free[0]):
        value = key(before[number])
        if value not in {None, ""} and waiting[value]:
            taken.append((number, waiting[value].pop()))
    for one, two in taken:
        free[0].remove(one)
        free[1].remove(two)
    return taken


def compare_layers(
    before: Sequence[LayerReport], after: Sequence[LayerReport], alignment: Alignment
) -> Difference:
    """The layers part: the shared base as one child, then one child per layer above it."""
    children = _base(before, after, alignment.base)
    above = [_pair(before, after, pair, Kind.SAME) for pair in alignment.same]
    above += [_pair(before, after, pair, Kind.CHANGED) for pair in alignment.changed]
    paired = alignment.partners
    removed = [n for n in range(len(before)) if n not in paired]
    added = sorted(set(range(len(after))) - set(paired.values()))
    above += [leaf(_subject(before[n]), Kind.REMOVED, layer_summary(before[n], n)) for n in removed]
    above += [leaf(_subject(after[n]), Kind.ADDED, None, layer_summary(after[n], n)) for n in added]
    notes = [_REORDERED] if _reordered(alignment) else []
    part = container(
        "layers",
        children + sorted(above, key=_place),
        before=len(before),
        after=len(after),
        notes=notes,
    )
    return replace(part, kind=Kind.CHANGED) if notes else part


def _reordered(alignment: Alignment) -> bool:
    afters = [after for _, after in alignment.same]
    return afters != sorted(afters)


def _base(
    before: Sequence[LayerReport], after: Sequence[LayerReport], base: int
) -> list[Difference]:
    children = []
    if base:
        unproven = [
            number
            for number in range(base)
            if equal_contents(before[number], after[number]) is None
        ]
        children.append(leaf(BASE, Kind.SAME, base - len(unproven), base - len(unproven)))
        children += [
            leaf(
                _subject(before[number], after[number]),
                Kind.UNKNOWN,
                layer_summary(before[number], number),
                layer_summary(after[number], number),
                [_UNPROVEN.format("position")],
            )
            for number in unproven
        ]
    return children


def _pair(
    before: Sequence[LayerReport],
    after: Sequence[LayerReport],
    pair: tuple[int, int],
    kind: Kind,
) -> Difference:
    one, two = before[pair[0]], after[pair[1]]
    notes = [_SAME_INSTRUCTION] if kind is Kind.CHANGED else []
    if kind is Kind.CHANGED and equal_contents(one, two) is None:
        kind, notes = Kind.UNKNOWN, [_UNPROVEN.format("instruction")]
    return leaf(
        _subject(one, two),
        kind,
        layer_summary(one, pair[0]),
        layer_summary(two, pair[1]),
        notes,
    )


def layer_summary(layer: LayerReport, position: int) -> dict[str, object]:
    """What a difference says about one layer."""
    return {
        "position": position,
        "diff_id": layer.diff_id,
        "digest": layer.digest,
        "created_by": layer.created_by,
    }


def _subject(one: LayerReport, two: LayerReport | None = None) -> str:
    """What a person would call the layer: its instruction, else its diff ID or digest."""
    names = [
        layer.created_by or layer.diff_id or layer.digest or "layer"
        for layer in (one, two)
        if layer is not None
    ]
    return min(names)


def _place(difference: Difference) -> tuple[int, bool, str]:
    """Bottom first by the lower position; of two at one place the removed one first."""
    places = [value["position"] for value in (difference.before, difference.after) if value]
    return min(places), difference.kind is Kind.ADDED, difference.subject
