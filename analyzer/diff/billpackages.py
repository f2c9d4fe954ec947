"""The packages part of a document against an image, or of two documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.diff.claimmatch import (
    ON_DISK,
    Entry,
    Match,
    Matching,
    match_claims,
    same_arch,
    same_version,
)
from analyzer.diff.claims import NO_TYPE, Claim
from analyzer.diff.packages import NO_ORDER
from analyzer.diff.rungs import few
from analyzer.diff.tree import DOWNGRADED, UPGRADED, Difference, Kind, container, leaf
from analyzer.diff.versions import order
from analyzer.packages.choosing import COUNTED, Standing

PART = "packages"
AGREEING = "agreeing"
"""The child that counts what both sides have alike."""
BY_NAME = "matched by name alone: one side has no package URL for it"
NO_VERSION = "one side states no version"
SOURCE_OF = "the source package of {}"
_ONLY_SAID = {
    Standing.DECLARED: "not installed: declared only in {}",
    Standing.CLAIMED: "not installed: only {} claims it",
}
GONE = "not installed: the package database of the image knows it, and that its files are gone"
_OPTIONAL = {
    Standing.OWNED: "{} that packages of the system brought are not listed on their own",
    Standing.VENDORED: "{} that are copies inside of other packages are not listed",
}


@dataclass(frozen=True, slots=True)
class Sides:
    """What the two sides are called in sentences."""

    one: str = "the document"
    two: str = "the image"


def compare_claims(
    one: Sequence[Claim], two: Sequence[Claim], sides: Sides
) -> tuple[Difference, int]:
    """The packages part, and how many packages of the second side agree.

    A child per package that is not the same on both sides, and one that counts those that are.
    What is not installed in an image takes part only where the first side lists it.
    """
    found = match_claims(one, two)
    several = Counter(e.first.key for e in (*found.one_only, *found.two_only))
    several.update(match.two.first.key for match in found.matches)
    judged = [(match, _judged(match, several)) for match in found.matches]
    children = [child for _, child in judged if child is not None]
    children += (_alone(e, Kind.REMOVED, several) for e in found.one_only)
    missing = [e for e in found.two_only if e.standing is Standing.INSTALLED]
    children += (_alone(e, Kind.ADDED, several) for e in missing)
    agreeing = _agreeing(judged)
    counts = (len(agreeing[0]), sum(entry.counted for entry in agreeing[1]))
    children.sort(key=lambda child: (child.subject, child.kind, repr(child.before)))
    uncovered = _uncovered(one, found, missing)
    part = container(
        PART,
        [leaf(AGREEING, Kind.SAME, *counts), *children],
        before={"listed": len(one), "types": _types(one)},
        after={
            "listed": sum(claim.standing in COUNTED for claim in two),
            "types": _types(claim for claim in two if claim.standing in COUNTED),
            "uncovered": uncovered,
        },
        notes=[
            *_notes(found, one, sides),
            *(
                f"{sides.one} lists no {kind} packages; {sides.two} has {count}"
                for kind, count in uncovered.items()
            ),
        ],
    )
    return part, counts[1]


def _types(claims: Iterable[Claim]) -> dict[str, int]:
    return dict(sorted(Counter(claim.type or "(no type)" for claim in claims).items()))


def _agreeing(
    judged: Iterable[tuple[Match, Difference | None]],
) -> tuple[list[Entry], list[Entry]]:
    """The entries of either side that are in a match that differs in nothing, each once."""
    same = [match for match, child in judged if child is None]
    one = {id(match.one): match.one for match in same}
    two = {id(match.two): match.two for match in same}
    return list(one.values()), list(two.values())


def _judged(match: Match, several: Mapping[tuple[str, str], int]) -> Difference | None:
    """How the two entries differ; None where they agree."""
    one, two = match.one.first, match.two.first
    subject = _subject(two, several)
    values = (_said(match.one), _said(match.two))
    if match.two.standing in _ONLY_SAID:
        words = _ONLY_SAID[match.two.standing].format(few(sorted(_places(match.two))))
        return leaf(subject, Kind.UNKNOWN, *values, [words])
    if match.two.standing not in ON_DISK:
        return leaf(subject, Kind.REMOVED, values[0], None, [GONE])
    if match.how == "source":
        return None
    differing = [] if same_version(one, two) else ["version"]
    differing += [] if same_arch(one, two) else ["arch"]
    members = [leaf(name, Kind.CHANGED, values[0][name], values[1][name]) for name in differing]
    notes = [BY_NAME] if match.how == "name" else []
    if members:
        notes += _direction(one, two)
        return container(subject, members, before=values[0], after=values[1], notes=notes)
    if bool(one.version) != bool(two.version):
        return leaf(subject, Kind.UNKNOWN, *values, [NO_VERSION])
    return None


def _direction(one: Claim, two: Claim) -> list[str]:
    if same_version(one, two):
        return []
    newer = order(one.type or two.type, one.version, two.version)
    return [NO_ORDER if newer is None else UPGRADED if newer < 0 else DOWNGRADED]


def _alone(entry: Entry, kind: Kind, several: Mapping[tuple[str, str], int]) -> Difference:
    said = _said(entry)
    sides = (said, None) if kind is Kind.REMOVED else (None, said)
    return leaf(_subject(entry.first, several), kind, *sides)


def _said(entry: Entry) -> dict[str, object]:
    """The entry as its side writes it; `count` where it stands there more than once."""
    said: dict[str, object] = dict(entry.first.said)
    return said | {"count": len(entry.claims)} if len(entry.claims) > 1 else said


def _subject(claim: Claim, several: Mapping[tuple[str, str], int]) -> str:
    """`type/name`, with the version where there are others of that name."""
    text = f"{claim.type}/{claim.said['name']}" if claim.type else claim.said["name"]
    return f"{text}@{claim.said['version']}" if several[claim.key] > 1 else text


def _places(entry: Entry) -> set[str]:
    return {place for claim in entry.claims for place in claim.places}


def _uncovered(one: Sequence[Claim], found: Matching, missing: Sequence[Entry]) -> dict[str, int]:
    """How many packages there are of each type that the first side has nothing of."""
    covered = {claim.type for claim in one} | {match.two.first.type for match in found.matches}
    counts = Counter[str]()
    for entry in missing:
        counts[entry.first.type] += entry.counted
    return {kind: counts[kind] for kind in sorted(counts) if kind and kind not in covered}


def _notes(found: Matching, one: Sequence[Claim], sides: Sides) -> Iterator[str]:
    nameless = sum(claim.type == NO_TYPE for claim in one)
    if nameless:
        yield f"{nameless} of {len(one)} entries have no package URL and were matched by name"
    double = sorted(
        f"{entry.first.said['name']} {entry.first.said['version']}".strip()
        for entry in _all_of_one(found)
        if len(entry.claims) > 1
    )
    if double:
        yield f"{sides.one} lists more than once: {few(double)}"
    built = {m.one.first.said["name"] for m in found.matches if m.how == "source"}
    if built:
        yield f"{sides.one} names source packages of what is installed: {few(sorted(built))}"
    for standing, words in _OPTIONAL.items():
        if left := sum(len(e.claims) for e in found.two_only if e.standing is standing):
            yield words.format(left)


def _all_of_one(found: Matching) -> Iterable[Entry]:
    entries = (*(match.one for match in found.matches), *found.one_only)
    return {id(entry): entry for entry in entries}.values()
