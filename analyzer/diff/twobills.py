"""Two bills of materials against each other, whatever tools wrote them."""

from __future__ import annotations

from dataclasses import replace

from analyzer.diff.bill import Document, notes_of
from analyzer.diff.billheadline import packages_in_words
from analyzer.diff.billpackages import Sides, compare_claims
from analyzer.diff.billplatform import (
    PLATFORM,
    compare_distributions,
    stated_distribution,
    stated_platforms,
)
from analyzer.diff.billsubject import named_digests
from analyzer.diff.claims import Claim, claims_of_bill
from analyzer.diff.rungs import few
from analyzer.diff.subjectpart import PART as SUBJECT
from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container, leaf
from analyzer.paths import printable

PAIR = "documents"
NOT_BOTH = "not both documents say"
ONE, TWO = "the first document", "the second document"


def compare_bills(one: Document, two: Document) -> Difference:
    """What differs on the way from one document to another."""
    claims = [claims_of_bill(each.bill)[0] for each in (one, two)]
    distros = [stated_distribution(d.bill, c) for d, c in zip((one, two), claims, strict=True)]
    packages, _ = compare_claims(claims[0], claims[1], Sides(ONE, TWO))
    child = container(
        PAIR,
        [
            _subject(one, two),
            _platform(one, two, claims),
            compare_distributions(distros[0], distros[1]),
            packages,
        ],
        before=one.summary(),
        after=two.summary(),
    )
    words = packages_in_words(packages, ("first", "second"))
    says = printable(f"{one.name} and {two.name}: {words}")
    notes = [BEFORE + note for note in notes_of(one.bill)]
    notes += [AFTER + note for note in notes_of(two.bill)]
    found = container(
        "images",
        [replace(child, says=says)],
        before=one.source(),
        after=two.source(),
        notes=notes,
    )
    return replace(found, says=says)


def _subject(one: Document, two: Document) -> Difference:
    """Whether both name one image, by any digest in a place that is for it."""
    sides = [
        sorted({named.digest for named in named_digests(each.bill) if named.firm})
        for each in (one, two)
    ]
    if not all(sides):
        return leaf(SUBJECT, Kind.UNKNOWN, sides[0], sides[1], [NOT_BOTH])
    if set(sides[0]) & set(sides[1]):
        return leaf(SUBJECT, Kind.SAME, sides[0], sides[1], ["both name one image"])
    return leaf(SUBJECT, Kind.CHANGED, sides[0], sides[1], [f"{few(sides[0])} -> {few(sides[1])}"])


def _platform(one: Document, two: Document, claims: list[list[Claim]]) -> Difference:
    """By all that either document states, in the words of platforms."""
    stated = [stated_platforms(d.bill, c) for d, c in zip((one, two), claims, strict=True)]
    names = [sorted({each.platform.architecture for each in side}) for side in stated]
    if not all(names):
        return leaf(PLATFORM, Kind.UNKNOWN, names[0], names[1], [NOT_BOTH])
    if names[0] == names[1]:
        return leaf(PLATFORM, Kind.SAME, names[0], names[1], [few(names[0])])
    return leaf(PLATFORM, Kind.CHANGED, names[0], names[1], [f"{few(names[0])} -> {few(names[1])}"])
