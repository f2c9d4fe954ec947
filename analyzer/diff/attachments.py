"""What is attached to two images: attestations, signatures, SBOMs and the like."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from analyzer.diff.tree import Difference, Kind, container, leaf
from analyzer.image.identity import Kind as IdentityKind

if TYPE_CHECKING:
    from analyzer.digest import Digest
    from analyzer.report import ImageReport

ATTACHMENTS = "attachments"
"""Subject of the part."""
_KINDS = (IdentityKind.ATTESTATION, IdentityKind.REFERRER)
_Attached = dict[str, list["Digest"]]


def compare_attachments(before: ImageReport, after: ImageReport) -> Difference:
    """The part `attachments`: by what each says that it is, and by digest.

    One that has another digest now is a change where no other of its sort is on either side.
    """
    one, two = _attached(before), _attached(after)
    children: list[Difference] = []
    for sort in sorted({*one, *two}):
        children += _of_one_sort(sort, one.get(sort, []), two.get(sort, []))
    totals = (sum(map(len, side.values())) for side in (one, two))
    return container(ATTACHMENTS, children, before=next(totals), after=next(totals))


def _of_one_sort(sort: str, one: list[Digest], two: list[Digest]) -> list[Difference]:
    gone, new = sorted({*one} - {*two}), sorted({*two} - {*one})
    if len(one) == len(two) == 1 and gone:
        return [leaf(sort, Kind.CHANGED, one[0], two[0])]
    return [leaf(sort, Kind.REMOVED, digest) for digest in gone] + [
        leaf(sort, Kind.ADDED, None, digest) for digest in new
    ]


def _attached(image: ImageReport) -> _Attached:
    found: _Attached = defaultdict(list)
    for identity in image.identities:
        if identity.kind in _KINDS and identity.digest is not None:
            sort = identity.reason.partition(";")[0] or identity.kind.value
            found[sort].append(identity.digest)
    return found
