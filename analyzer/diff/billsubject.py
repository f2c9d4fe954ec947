"""Which image a document says it is of, held against what is in a file.

An SBOM is about what one manifest leads to. What documents name instead, seen in those of real
tools: the index (trivy and syft take the digest that a registry was asked with; syft#1683,
cosign#3552), the image ID (tools that read docker archives), a manifest that the tool made up,
another platform, a layer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analyzer.bills.model import Bill, Element
from analyzer.diff.purlparts import purl_parts
from analyzer.image.identity import Kind as IdentityKind
from analyzer.report import ImageReport, Report

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_MOST_DIGESTS = 200
"""Of one document; what more it names of itself is not looked at."""


class Verdict(StrEnum):
    """What a document's subject is, seen from one image of a file."""

    MANIFEST = "manifest"
    """The right one."""
    IMAGE_ID = "image ID"
    MADE_UP = "made-up manifest"
    OTHER = "other image"
    INDEX = "index"
    PART = "part"
    """A layer, an attestation, anything that is no image."""
    NOWHERE = "not in this file"
    NOTHING = "not stated"


OF_THE_IMAGE = frozenset({Verdict.MANIFEST, Verdict.IMAGE_ID, Verdict.MADE_UP})
"""What names the image in question, rightly or not."""


@dataclass(frozen=True, slots=True)
class Named:
    """A digest by which a document says what it is of."""

    digest: str
    where: str
    """The place in the document, in words."""
    firm: bool = True
    """Whether that place is one for the subject's own digest, not for any fact about it."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What a digest is in a file."""

    what: str
    image: int | None = None
    """Which image it is of, by its number; None where it is of several or of none."""
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the subject of a document is, seen from one image."""

    verdict: Verdict
    named: tuple[Named, ...] = ()
    """The places that decided; all of one digest."""
    thing: Thing | None = None
    besides: tuple[tuple[Verdict, Named], ...] = ()
    """What else the document names as its subject, or says of it that names an image."""

    @property
    def digest(self) -> str:
        """The digest that decided."""
        return self.named[0].digest if self.named else ""

    @property
    def firm(self) -> bool:
        """Whether it stands in a place that is for the subject's own digest."""
        return bool(self.named) and self.named[0].firm

    @property
    def of_the_image(self) -> bool | None:
        """Whether the document is of this image; None where nothing that it names tells."""
        verdicts = [self.verdict, *(verdict for verdict, _ in self.besides)]
        if not OF_THE_IMAGE.isdisjoint(verdicts):
            return True
        return False if Verdict.OTHER in verdicts else None


def named_digests(bill: Bill) -> tuple[Named, ...]:
    """Every digest by which `bill` says what it is of, the firm ones first."""
    found = [
        Named(digest, f"the statement's subject {bound.name}".strip())
        for bound in bill.bound
        for digest in bound.digests
    ]
    for element in roots(bill):
        found += _of_element(element)
    remarks = [remark for remark in bill.remarks if remark.ref in {"", *bill.subjects}]
    found += (
        Named(digest, "an annotation", firm=False)
        for remark in remarks
        for digest in _DIGEST.findall(remark.words)
    )
    found += (
        Named(digest, "the document's name", firm=False) for digest in _DIGEST.findall(bill.name)
    )
    kept = [named for named in dict.fromkeys(found) if _DIGEST.fullmatch(named.digest)]
    return tuple(sorted(kept, key=lambda named: not named.firm)[:_MOST_DIGESTS])


def roots(bill: Bill) -> tuple[Element, ...]:
    """What the document describes as a whole."""
    subjects = frozenset(bill.subjects)
    return tuple(element for element in bill.elements if element.ref and element.ref in subjects)


def _of_element(element: Element) -> Iterator[Named]:
    parts = purl_parts(element.purl)
    if parts is not None:
        yield Named(parts.version.lower(), "the package URL of its subject")
    for digest in element.digests:
        yield Named(digest, "the checksum of its subject")
    yield Named(element.version.lower(), "the version of its subject")
    yield from (Named(d, "the name of its subject") for d in _DIGEST.findall(element.name))
    for name, value in element.properties:
        for digest in _DIGEST.findall(value):
            yield Named(digest, f"the property {name}", firm=False)


def things_in(report: Report) -> dict[str, list[Thing]]:
    """What each digest of a file is."""
    found: dict[str, list[Thing]] = defaultdict(list)
    for node in (node for root in report.tree for node in root.walk()):
        if node.digest and node.kind in {"index", "attestation", "artifact", "layer"}:
            found[node.digest].append(Thing(node.kind))
        elif node.digest and node.kind == "manifest":
            found[node.digest].append(Thing(f"manifest of {node.platform}".strip(" of")))
    for number, image in enumerate(report.images):
        for digest, what in _own_digests(image):
            found[digest].insert(0, Thing(what, number))
        if image.index_digest:
            found[image.index_digest].append(Thing("index"))
        for identity in image.identities:
            part = _PARTS.get(identity.kind)
            if identity.digest and part:
                made = identity.kind is IdentityKind.SYNTHESISED
                thing = Thing(part, number if made else None, identity.made_by)
                found[identity.digest].append(thing)
    return found


_PARTS = {
    IdentityKind.SCHEMA1: "manifest of Docker schema 1",
    IdentityKind.SCHEMA1_FILE: "manifest of Docker schema 1",
    IdentityKind.INDEX: "index",
    IdentityKind.LAYER: "layer",
    IdentityKind.DIFF_ID: "layer",
    IdentityKind.CHAIN_ID: "chain ID",
    IdentityKind.V1_ID: "legacy ID",
    IdentityKind.ATTESTATION: "attestation",
    IdentityKind.REFERRER: "attachment",
    IdentityKind.SYNTHESISED: "made-up manifest",
}


def _own_digests(image: ImageReport) -> Iterator[tuple[str, str]]:
    if image.manifest_digest:
        yield image.manifest_digest, "manifest"
    if image.image_id:
        yield image.image_id, "image ID"


def subject_of(named: Sequence[Named], image: int, things: dict[str, list[Thing]]) -> Finding:
    """What the document's subject is, seen from the image of number `image`.

    The firm names decide, the best of them; without any, a fact about the subject that names an
    image does.
    """
    judged = [(each, *_judged(each, image, things)) for each in named]
    counting = [each for each in judged if each[0].firm] or [
        each for each in judged if each[1] in _OF_IMAGES
    ]
    if not counting:
        return Finding(Verdict.NOTHING)
    order = list(Verdict)
    best = min(counting, key=lambda each: order.index(each[1]))
    same = [name for name, _, _ in counting if name.digest == best[0].digest]
    others = {
        (verdict, name.digest): (verdict, name)
        for name, verdict, _ in reversed(judged)
        if name.digest != best[0].digest and (name.firm or verdict in _OF_IMAGES)
    }
    besides = sorted(others.values(), key=lambda other: (order.index(other[0]), other[1].digest))
    return Finding(best[1], tuple(same), best[2], tuple(besides))


_OF_IMAGES = OF_THE_IMAGE | {Verdict.OTHER}


def _judged(
    named: Named, image: int, things: dict[str, list[Thing]]
) -> tuple[Verdict, Thing | None]:
    found = {_verdict(thing, image): thing for thing in reversed(things.get(named.digest, []))}
    verdict = next((verdict for verdict in Verdict if verdict in found), Verdict.NOWHERE)
    return verdict, found.get(verdict)


def _verdict(thing: Thing, image: int) -> Verdict:
    if thing.what == "index":
        return Verdict.INDEX
    if thing.image is None and not thing.what.startswith("manifest"):
        return Verdict.PART
    if thing.image != image:
        return Verdict.OTHER
    own = {"manifest": Verdict.MANIFEST, "image ID": Verdict.IMAGE_ID}
    return own.get(thing.what, Verdict.MADE_UP)
