"""Which statements of two sides are about one package: by type and name, then version, then arch.

What is left over after that is tried again in looser ways, each of which is told: by name alone,
where one side has no package URL; as the source package of what is installed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from analyzer.diff.claims import NO_TYPE, Claim
from analyzer.diff.versions import order
from analyzer.packages.choosing import Standing
from analyzer.packages.purltypes import rules_of

ON_DISK = frozenset({Standing.INSTALLED, Standing.OWNED, Standing.VENDORED})
_STRENGTH = list(Standing)
"""The stronger the earlier."""
_EXECUTABLE = "generic"
"""The type under which cdxgen lists programs without a version, whoever installed them."""
_MOST_VERSIONS = 64
"""Of one package on one side; with more, only what is equal to the letter is brought together."""
_MOST_SOURCES = 4
"""Source packages of one name in one document; with more, none is taken for what was built."""

Fits = Callable[[Claim, Claim], bool]
How = Literal["", "name", "source"]
"""By what a pair was made: package URL (empty), name alone, the name of the source package."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Statements of one side that say the same: a package listed or installed several times."""

    claims: tuple[Claim, ...]

    @property
    def first(self) -> Claim:
        """The strongest of them, the same for any order."""
        if len(self.claims) == 1:
            return self.claims[0]
        return min(
            self.claims,
            key=lambda claim: (
                _STRENGTH.index(claim.standing),
                claim.places,
                sorted(claim.said.items()),
            ),
        )

    @property
    def standing(self) -> Standing:
        """In what sense it is there."""
        return self.first.standing

    @property
    def counted(self) -> int:
        """How many packages of the image it is."""
        return sum(claim.standing is Standing.INSTALLED for claim in self.claims)


@dataclass(frozen=True, slots=True)
class Match:
    """An entry of each side about one package."""

    one: Entry
    two: Entry
    how: How = ""


@dataclass
class Matching:
    """What belongs together, and what is on one side only."""

    matches: list[Match] = field(default_factory=list)
    one_only: list[Entry] = field(default_factory=list)
    two_only: list[Entry] = field(default_factory=list)


def match_claims(one: Sequence[Claim], two: Sequence[Claim]) -> Matching:
    """Every statement of both sides, in a match or on one side only.

    An entry may be in several matches: one that states no architecture is about all of them.
    """
    sides = _entries(one), _entries(two)
    keys = sorted({*sides[0], *sides[1]})
    found = Matching()
    for key in keys:
        group = _Group(sides[0].get(key, []), sides[1].get(key, []))
        found.matches += group.matches()
        found.one_only += group.left(0)
        found.two_only += group.left(1)
    everything = [[entry for key in keys for entry in side.get(key, ())] for side in sides]
    _also_loosely(found, everything[0], everything[1])
    _prefer_what_is_there(found)
    return found


def same_version(one: Claim, two: Claim) -> bool:
    """Whether two statements name one version, in any spelling, or one of them names none."""
    if not one.version or not two.version or one.version == two.version:
        return True
    return order(one.type or two.type, one.version, two.version) == 0


def same_arch(one: Claim, two: Claim) -> bool:
    """Whether two statements name one architecture, or one of them is about any."""
    return not one.arch or not two.arch or one.arch == two.arch


def _entries(claims: Iterable[Claim]) -> dict[tuple[str, str], list[Entry]]:
    same: dict[tuple[str, str, str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        same[(*claim.key, claim.version, claim.arch)].append(claim)
    found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for key in sorted(same):
        found[key[:2]].append(Entry(tuple(same[key])))
    return found


class _Group:
    """The entries of both sides under one type and name."""

    def __init__(self, one: Sequence[Entry], two: Sequence[Entry]) -> None:
        self._sides = (one, two)
        self._used: tuple[set[int], set[int]] = (set(), set())

    def matches(self) -> list[Match]:
        """The surest pairs first; nothing is paired again less surely."""
        found = [*self._exact()]
        if max(map(len, self._sides)) > _MOST_VERSIONS:
            return found
        found += self._all_that(lambda a, b: same_version(a, b) and same_arch(a, b))
        for fits in (same_version, same_arch, lambda _a, _b: True):
            found += self._only_ones(fits)
        return found

    def left(self, side: int) -> list[Entry]:
        """The entries of a side that are in no pair."""
        return [self._sides[side][number] for number in self._free(side)]

    def _exact(self) -> Iterator[Match]:
        where = {_exactly(entry): number for number, entry in enumerate(self._sides[1])}
        for number, entry in enumerate(self._sides[0]):
            other = where.get(_exactly(entry))
            if other is not None:
                yield self._pair(number, other)

    def _all_that(self, fits: Fits) -> Iterator[Match]:
        """Each entry that is left, with all of the other side that it fits, paired or not."""
        for number in self._free(0):
            for other in range(len(self._sides[1])):
                if self._fits(number, other, fits):
                    yield self._pair(number, other)
        for other in self._free(1):
            for number in range(len(self._sides[0])):
                if self._fits(number, other, fits):
                    yield self._pair(number, other)

    def _only_ones(self, fits: Fits) -> Iterator[Match]:
        """The only entry that is left on disk on either side, if they fit."""
        one, two = (
            [n for n in self._free(side) if self._sides[side][n].standing in ON_DISK]
            for side in (0, 1)
        )
        if len(one) == len(two) == 1 and self._fits(one[0], two[0], fits):
            yield self._pair(one[0], two[0])

    def _free(self, side: int) -> list[int]:
        return [n for n in range(len(self._sides[side])) if n not in self._used[side]]

    def _fits(self, number: int, other: int, fits: Fits) -> bool:
        return fits(self._sides[0][number].first, self._sides[1][other].first)

    def _pair(self, number: int, other: int) -> Match:
        self._used[0].add(number)
        self._used[1].add(other)
        return Match(self._sides[0][number], self._sides[1][other])


def _exactly(entry: Entry) -> tuple[str, str]:
    return entry.first.version, entry.first.arch


def _by_name(
    left: Sequence[Entry], everything: Sequence[Entry], *, programs: bool
) -> Iterator[tuple[Entry, Entry]]:
    """Entries without a package URL, with what has their name; the surest of those alone."""
    known: dict[str, list[Entry]] = defaultdict(list)
    for other in everything:
        known[other.first.base].append(other)
    for entry in left:
        claim = entry.first
        program = programs and claim.type == _EXECUTABLE and not claim.version
        if claim.type == NO_TYPE or program:
            others = known.get(claim.base, [])
            for other in _surest(claim, others) if len(others) <= _MOST_VERSIONS else ():
                yield entry, other


def _surest(claim: Claim, others: Sequence[Entry]) -> list[Entry]:
    """Those of one name that are `claim`: of its version if there are any, of one type alone."""
    fitting = [o for o in others if same_version(claim, o.first) and same_arch(claim, o.first)]
    on_disk = [other for other in others if other.standing in ON_DISK]
    candidates = fitting or (on_disk if len(on_disk) == 1 else [])
    ranks = [_rank(other) for other in candidates]
    best = [other for other, rank in zip(candidates, ranks, strict=True) if rank == min(ranks)]
    return best if len({other.first.key for other in best}) == 1 else []


def _rank(entry: Entry) -> tuple[int, bool]:
    return _STRENGTH.index(entry.standing), not rules_of(entry.first.type).system


def _by_source(left: Sequence[Entry], others: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Entries named as the source package that what is on disk was built from."""
    built: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for other in others:
        claim = other.first
        if claim.source[0] and other.standing in ON_DISK:
            built[claim.type, claim.source[0]].append(other)
    same_name: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in left:
        same_name[entry.first.key].append(entry)
    for key, entries in same_name.items():
        for entry in entries if len(entries) <= _MOST_SOURCES else ():
            for other in built.get(key, ()):
                if other.first.source[1] in {"", entry.first.version}:
                    yield entry, other


def _also_loosely(found: Matching, one: Sequence[Entry], two: Sequence[Entry]) -> None:
    """Pairs of what is left, with anything of the other side."""
    pairs: list[tuple[How, Iterable[tuple[Entry, Entry]]]] = [
        ("name", _by_name(found.one_only, two, programs=True)),
        ("name", ((a, b) for b, a in _by_name(found.two_only, one, programs=False))),
    ]
    for how, made in pairs:
        _add(found, how, list(made))
    _add(found, "source", list(_by_source(found.one_only, two)))


def _prefer_what_is_there(found: Matching) -> None:
    """Leave out that an entry is about what is not on disk, where it is about what is."""
    there = {id(match.one) for match in found.matches if match.two.standing in ON_DISK}
    found.matches = [
        match
        for match in found.matches
        if match.two.standing in ON_DISK or id(match.one) not in there
    ]


def _add(found: Matching, how: How, pairs: Sequence[tuple[Entry, Entry]]) -> None:
    found.matches += (Match(one, two, how) for one, two in pairs)
    gone = [{id(pair[side]) for pair in pairs} for side in (0, 1)]
    found.one_only = [entry for entry in found.one_only if id(entry) not in gone[0]]
    found.two_only = [entry for entry in found.two_only if id(entry) not in gone[1]]
