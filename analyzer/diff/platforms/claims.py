"""What a bill of materials of one platform would say wrongly of another.

The mistake is an old one: tools take the first platform of an index, or that of the machine they
run on, and the list they make is taken for the image. Nothing is folded here. A rebuild with
another version is another package to whoever looks up vulnerabilities by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.diff.platforms.model import Claim, Part, Row
from analyzer.diff.platforms.packages import Inventory, Key
from analyzer.diff.platforms.rules import BINNMU, SAME_SOURCE_RPM

_MOST_PLATFORMS = 32
"""Of more, only what the first would say of each other one is worked out."""
_REBUILDS = frozenset({BINNMU, SAME_SOURCE_RPM})


def claims(inventories: Sequence[Inventory | None], rows: Sequence[Row]) -> Iterator[Claim]:
    """Every ordered pair of platforms; None, or one that is not whole, cannot be told of."""
    installed = [
        each.installed if each is not None and each.whole else None for each in inventories
    ]
    rebuilt = {
        row.subject
        for row in rows
        if row.part is Part.PACKAGES and _REBUILDS.intersection(row.rules)
    }
    numbers = range(len(inventories))
    for of in numbers if len(inventories) <= _MOST_PLATFORMS else numbers[:1]:
        for other in numbers:
            if of != other:
                yield _claim(of, other, inventories, installed, rebuilt)


def _claim(
    of: int,
    other: int,
    inventories: Sequence[Inventory | None],
    installed: Sequence[dict[Key, frozenset[str]] | None],
    rebuilt: set[str],
) -> Claim:
    one, two = installed[of], installed[other]
    first, second = inventories[of], inventories[other]
    if one is None or two is None or first is None or second is None:
        return Claim(of, other, known=False)
    both = one.keys() & two.keys()
    wrong = {key for key in both if one[key] != two[key]}
    right = both - wrong
    return Claim(
        of,
        other,
        known=True,
        right=len(right),
        not_in_it=len(one.keys() - two.keys()),
        missed=len(two.keys() - one.keys()),
        other_version=len(wrong),
        rebuilds=sum("/".join(key) in rebuilt for key in wrong),
        other_architecture=sum(
            first.architectures[key] != second.architectures[key] for key in right
        ),
    )
