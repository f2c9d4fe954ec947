"""A document about an index, as ko and apko write beside those of the platforms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analyzer.bills.model import Bill
from analyzer.diff.billsubject import Named, Thing, roots
from analyzer.diff.claims import Claim
from analyzer.diff.pairs import is_attestation
from analyzer.diff.purlparts import purl_parts
from analyzer.diff.tree import Difference, Kind, container, leaf
from analyzer.report import Report

PART = "index"
NO_PACKAGES = "it lists no packages: it is about the index and the images that this leads to"


def is_of_index(
    bill: Bill,
    named: Sequence[Named],
    things: Mapping[str, Sequence[Thing]],
    claims: Sequence[Claim],
) -> bool:
    """Whether it is about an index of the file and about nothing in the images."""
    return (
        not claims
        and bool(_images(bill))
        and any(
            thing.what == PART
            for each in named
            if each.firm
            for thing in things.get(each.digest, ())
        )
    )


def compare_index(bill: Bill, report: Report) -> Difference:
    """Which images of the file the document names, and which it names besides."""
    named = _images(bill)
    own: dict[str, str] = {
        image.manifest_digest: image.platform
        for image in report.images
        if image.manifest_digest and not is_attestation(image)
    }
    others: dict[str, str] = {
        node.digest: node.kind for root in report.tree for node in root.walk() if node.digest
    }
    children = [
        leaf(f"manifest {own[digest]}", Kind.SAME, digest, digest)
        for digest in own
        if digest in named
    ]
    children += (
        leaf(f"manifest {platform}", Kind.ADDED, None, digest)
        for digest, platform in own.items()
        if digest not in named
    )
    children += (
        leaf(f"{others[digest]} {digest}", Kind.SAME, digest, digest)
        if digest in others
        else leaf(f"manifest {digest}", Kind.REMOVED, digest, None)
        for digest in sorted(named - own.keys())
    )
    counts = ({"images": len(own.keys() & named)}, {"images": len(own)})
    return container(PART, children, before=counts[0], after=counts[1], notes=[NO_PACKAGES])


def _images(bill: Bill) -> set[str]:
    """The digests of the images that it names below what it is of."""
    subjects = {id(element) for element in roots(bill)}
    return {
        digest
        for element in bill.elements
        if id(element) not in subjects and element.kind in {"image", "manifest", "attestation"}
        for digest in _digests(element.digests, element.version, element.purl)
    }


def _digests(checksums: Sequence[str], version: str, purl: str) -> Iterator[str]:
    parts = purl_parts(purl)
    yield from (digest for digest in checksums if digest.startswith("sha256:"))
    for text in (version, parts.version if parts else ""):
        if text.startswith("sha256:"):
            yield text.lower()
