"""One package of each among those of one file or tree, where formats name the same one often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import lt
from typing import Any

from analyzer.packages.contract import Package


def united(packages: Iterable[Package]) -> Iterator[Package]:
    """Packages with the same key as one, with the locations and tokens of all of them.

    The rest is the first one's, whose digests may come from another if it has none.
    """
    same: dict[tuple[str, ...], list[Package]] = defaultdict(list)
    for package in packages:
        same[package.key].append(package)
    for first, *others in same.values():
        if not others and _tidy(first):
            yield first
            continue
        every = (first, *others)
        yield first._replace(
            locations=tuple(sorted({place for p in every for place in p.locations})),
            requires=tuple(sorted({tokens for p in every for tokens in p.requires})),
            provides=tuple(sorted({token for p in every for token in p.provides})),
            digests=next((p.digests for p in every if p.digests), ()),
        )


def _tidy(package: Package) -> bool:
    """Whether it is as uniting it with nothing would leave it."""
    columns: tuple[tuple[Any, ...], ...] = (package.locations, package.requires, package.provides)
    return all(len(column) < 2 or all(map(lt, column, column[1:])) for column in columns)  # noqa: PLR2004
