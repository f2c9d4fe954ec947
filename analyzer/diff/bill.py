"""A bill of materials of any tool against the images of a file: the audit of a document.

What the document is of comes first: an SBOM of another platform agrees in nothing that matters,
however many of its packages have the same names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from analyzer.bills.model import Bill
from analyzer.diff.billheadline import ROOT, Told, headline_of_all, headline_of_one
from analyzer.diff.billpackages import Sides, compare_claims
from analyzer.diff.billplatform import (
    Distribution,
    Stated,
    compare_distributions,
    compare_platform,
    distribution_of,
    stated_distribution,
    stated_platforms,
)
from analyzer.diff.billsubject import (
    Finding,
    Named,
    Thing,
    named_digests,
    roots,
    subject_of,
    things_in,
)
from analyzer.diff.claims import Claim, claims_of_bill, claims_of_image
from analyzer.diff.compare import image_summary, why_incomplete
from analyzer.diff.indexpart import compare_index, is_of_index
from analyzer.diff.pairs import is_attestation
from analyzer.diff.rungs import few
from analyzer.diff.subjectpart import compare_subject
from analyzer.diff.tree import Difference, Kind, container, leaf
from analyzer.paths import printable
from analyzer.report import Document as Json
from analyzer.report import ImageReport, Report

NOT_ITS_OWN = "not what the document describes; held against it all the same, {}"
FITS_BETTER = "the document fits {} of this file better: {} of {} packages agree there, {} here"
LEFT_OUT = "neither package URL nor version in the document: {} ({})"
LOST = "members of the document that are not compared: {}"
_OF_NOTES = re.compile(r"annotations\[\]\.(annotationDate|annotationType|annotator|timestamp)\Z")
"""Who noted something and when; what was noted is read (SPDX 2.3, clause 12; CycloneDX)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A bill that was read from a file; `size` in bytes."""

    bill: Bill
    name: str
    size: int | None = None

    def source(self) -> Json:
        """Which file this is, as of any input."""
        kind = self.bill.form or "bill of materials"
        return {"name": printable(self.name), "kind": kind, "size": self.size}

    def summary(self) -> Json:
        """What it says of itself."""
        made_by = (f"{party.name} {party.version}".strip() for party in self.bill.creators)
        return {
            "name": self.bill.name,
            "created": self.bill.created,
            "creators": sorted(made_by),
            "identifier": self.bill.identifier,
        }


def compare_bill(document: Document, report: Report, whole: Report | None = None) -> Difference:
    """What differs on the way from a document to the images of `report`.

    Images that the document is not of are told of, and not held against it part by part, where
    another of `report` is what it is of. `whole` is a report on all images of the file, of
    whatever depth, by default `report`: the document may be of one that was not selected.
    """
    audit = _Audit(document, report, whole or report)
    children = [*audit.children()]
    told = [audit.told[number] for number in sorted(audit.told)]
    found = container(
        "images",
        children,
        before=document.source(),
        after={
            "name": report.source.name,
            "kind": report.source.kind,
            "size": report.source.size,
        },
        notes=[*notes_of(document.bill)],
    )
    return replace(found, says=printable(headline_of_all(document.name, told)))


def notes_of(bill: Bill) -> Iterator[str]:
    """What of a document takes no part in a comparison."""
    others = claims_of_bill(bill)[1]
    if others:
        names = few(sorted(each.name for each in others))
        yield LEFT_OUT.format("1 entry" if len(others) == 1 else f"{len(others)} entries", names)
    if lost := [lost.what for lost in bill.lost if not _OF_NOTES.search(lost.what)]:
        yield LOST.format(few(lost))


@dataclass(frozen=True, slots=True)
class _View:
    """One image with what there is to hold against it."""

    image: ImageReport
    claims: Sequence[Claim]
    subject: Finding
    platform: Difference

    @property
    def own(self) -> bool | None:
        """Whether the document is of it; None where nothing tells."""
        if self.subject.of_the_image is not None:
            return self.subject.of_the_image
        return False if self.platform.differs else None


class _Audit:
    """One document and the images of one file."""

    def __init__(self, document: Document, report: Report, whole: Report) -> None:
        self._document = document
        self._bill = document.bill
        self._report = report
        self._whole = whole
        self._things: dict[str, list[Thing]] = things_in(whole)
        self._claims, _ = claims_of_bill(self._bill)
        self._named: tuple[Named, ...] = named_digests(self._bill)
        self._platforms: tuple[Stated, ...] = stated_platforms(self._bill, self._claims)
        self._distro: Distribution = stated_distribution(self._bill, self._claims)
        self._called = ", ".join(element.name for element in roots(self._bill) if element.name)
        self.told: dict[int, Told] = {}

    def children(self) -> Iterator[Difference]:
        """One node per image, and one for the index where the document is of that."""
        if is_of_index(self._bill, self._named, self._things, self._claims):
            found = compare_index(self._bill, self._whole)
            self.told[0] = Told.of_index(found)
            yield found
            return
        views = [self._view(image) for image in self._report.images if not is_attestation(image)]
        described = [number for number, view in enumerate(views) if view.own]
        if not described:
            described = [number for number, view in enumerate(views) if view.own is None]
        shown = described or range(len(views))
        parts = [self._packages(view) for view in views]
        for number, view in enumerate(views):
            part, agree = parts[number]
            if number in shown:
                better = self._better(number, views, parts)
                yield self._compared(number, view, part, better)
            else:
                yield self._other(number, view, part, agree)

    def _view(self, image: ImageReport) -> _View:
        claims = claims_of_image(image.packages)
        same = (n for n, other in enumerate(self._whole.images) if _same(image, other))
        number = next(same, -1)
        return _View(
            image,
            claims,
            subject_of(self._named, number, self._things),
            compare_platform(self._platforms, image, claims),
        )

    def _packages(self, view: _View) -> tuple[Difference, int]:
        if view.image.completeness == "absent":
            return leaf("packages", Kind.UNKNOWN, notes=why_incomplete(view.image)), 0
        return compare_claims(self._claims, view.claims, Sides())

    def _compared(
        self, number: int, view: _View, packages: Difference, notes: Sequence[str]
    ) -> Difference:
        image = view.image
        subject = compare_subject(
            view.subject, image, self._other_image(view.subject), self._called
        )
        distro = compare_distributions(self._distro, distribution_of(image))
        told = Told(_place(image), view.subject, subject, view.platform, distro, packages)
        self.told[number] = told
        found = container(
            image.title,
            [subject, view.platform, distro, packages],
            before=self._document.summary(),
            after=image_summary(image),
            notes=[*notes, *why_incomplete(image)],
        )
        return replace(found, says=printable(headline_of_one(self._document.name, told)))

    def _other(self, number: int, view: _View, packages: Difference, agree: int) -> Difference:
        """An image that the document is not of, while it is of another one of these."""
        image = view.image
        total = packages.after["listed"] if packages.after else 0
        words = f"{agree} of {total} packages agree"
        self.told[number] = Told(_place(image))
        found = leaf(
            image.title,
            Kind.UNKNOWN,
            None,
            image_summary(image),
            [NOT_ITS_OWN.format(words)],
        )
        return replace(found, says=printable(f"not described by {self._document.name}"))

    def _better(
        self, number: int, views: Sequence[_View], parts: Sequence[tuple[Difference, int]]
    ) -> list[str]:
        """A note if more packages agree with another image."""
        agree = [count for _, count in parts]
        best = max(range(len(views)), key=lambda other: (agree[other], -other))
        if agree[best] <= agree[number]:
            return []
        total = parts[best][0].after["listed"]
        where = views[best].image.platform
        return [FITS_BETTER.format(where, agree[best], total, agree[number])]

    def _other_image(self, found: Finding) -> str:
        """The image that the document names instead, in words."""
        thing = found.thing
        if thing is None or thing.image is None:
            return thing.what if thing else ""
        image = self._whole.images[thing.image]
        return image.title if image.names else image.platform


def _place(image: ImageReport) -> str:
    """The platform; a root filesystem by itself states none."""
    return ROOT if image.title == image.label else image.platform


def _same(one: ImageReport, two: ImageReport) -> bool:
    def key(image: ImageReport) -> tuple[object, ...]:
        return image.position, image.platform, image.manifest_digest, image.image_id

    return key(one) == key(two)
