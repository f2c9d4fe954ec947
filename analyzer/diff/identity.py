"""Digests of two images: which are equal, which differ, which one side does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.diff.tree import AFTER, BEFORE, Difference, Kind, container, leaf
from analyzer.digest import algorithm_of, comparable
from analyzer.image.identity import Kind as IdentityKind
from analyzer.image.identity import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.digest import Digest
    from analyzer.report import ImageReport

OTHER_WRAPPING = "same image ID, different manifest digest: same content, other wrapping"
ONE_SIDED_MANIFEST = (
    "same image ID: same content; whether the manifests are the same cannot be told"
)
SAME_MANIFEST = "same manifest digest: the same image, byte for byte"
OTHER_INDEX = (
    "same manifest in another index: other platforms, attestations or annotations beside it"
)
RECOMPRESSED = "same diff IDs, different layer digests: same layer contents, compressed otherwise"
OTHER_CONFIG = "same layer contents, different image ID: only the config differs"
FORMATTING = "the config documents differ only in how they are written, not in what they say"
NOT_RECOVERABLE = "the {} not recoverable from a docker archive"
NOT_STATED = "this file does not tell the {}"
OTHER_ALGORITHM = "digests are {} here, and cannot be compared with those of another algorithm"
NO_INDEX = "no index leads to the image"


@dataclass(frozen=True, slots=True)
class Side:
    """An image and the kind of input it lies in (`SourceInfo.kind`)."""

    image: ImageReport
    source_kind: str

    def why_unknown(self, kind: IdentityKind, words: str) -> str:
        """Why this side has no such digest."""
        docker = self.source_kind.split(" ")[0] == "docker-archive"
        hybrid = "docker" in self.source_kind and self.image.manifest_digest is None
        if docker or any(
            hybrid and i.kind is kind and i.origin is Origin.NOT_RECOVERABLE
            for i in self.image.identities
        ):
            return NOT_RECOVERABLE.format(_with_verb(words))
        return NO_INDEX if kind is IdentityKind.INDEX else NOT_STATED.format(words)


def compare_identity(before: Side, after: Side) -> Difference:
    """The identity part: three digests and two lists of digests, and what they mean together."""
    one, two = before.image, after.image
    children = [
        _digest("image_id", IdentityKind.IMAGE_ID, "image ID", before, after),
        _digest("manifest_digest", IdentityKind.MANIFEST, "manifest digest", before, after),
        _digest("index_digest", IdentityKind.INDEX, "index digest", before, after),
        _digests(
            "layer_digests",
            [_listed(image, [layer.digest for layer in image.layers]) for image in (one, two)],
            [side.why_unknown(IdentityKind.LAYER, "layer digests") for side in (before, after)],
        ),
        _digests(
            "diff_ids",
            [_listed(image, [layer.diff_id for layer in image.layers]) for image in (one, two)],
            [NOT_STATED.format("diff IDs")] * 2,
        ),
    ]
    part = container("identity", children)
    return container("identity", children, notes=_meaning(part))


def _with_verb(words: str) -> str:
    return f"{words} are" if words.endswith("s") else f"{words} is"


def _digest(subject: str, kind: IdentityKind, words: str, before: Side, after: Side) -> Difference:
    one: Digest | None = getattr(before.image, subject)
    two: Digest | None = getattr(after.image, subject)
    if one and two and not comparable(one, two):
        return leaf(subject, Kind.UNKNOWN, one, two, _two_algorithms(one, two))
    if one and two:
        return leaf(subject, Kind.SAME if one == two else Kind.CHANGED, one, two)
    notes = [] if one else [BEFORE + before.why_unknown(kind, words)]
    notes += [] if two else [AFTER + after.why_unknown(kind, words)]
    return leaf(subject, Kind.UNKNOWN, one, two, notes)


def _two_algorithms(one: Digest, two: Digest) -> list[str]:
    """Why two digests that are known still say nothing."""
    return [
        prefix + OTHER_ALGORITHM.format(algorithm_of(digest))
        for prefix, digest in ((BEFORE, one), (AFTER, two))
    ]


def _listed(image: ImageReport, digests: list[Digest | None]) -> list[Digest | None] | None:
    """The list, or None where the file holds nothing that would tell it."""
    return None if image.completeness == "absent" else digests


def _digests(
    subject: str, lists: Sequence[list[Digest | None] | None], why_unknown: Sequence[str]
) -> Difference:
    """Two lists in layer order; not known as soon as one entry is not."""
    before, after = lists
    notes = [
        prefix + why
        for prefix, why, digests in zip((BEFORE, AFTER), why_unknown, lists, strict=True)
        if digests is None or None in digests
    ]
    pairs = zip(before or (), after or (), strict=False)
    mixed = [(a, b) for a, b in pairs if a and b and not comparable(a, b)]
    notes += _two_algorithms(*mixed[0]) if mixed else []
    kind = Kind.SAME if before == after else Kind.CHANGED
    return leaf(subject, Kind.UNKNOWN if notes else kind, before, after, notes)


def _meaning(part: Difference) -> list[str]:
    """What the digests say together: sections 4 and 7 of what can be proven offline."""
    kinds = {child.subject: child.kind for child in part.children}
    notes = []
    same, changed = Kind.SAME, Kind.CHANGED
    if kinds["manifest_digest"] is same:
        notes.append(SAME_MANIFEST)
        if kinds["index_digest"] is changed:
            notes.append(OTHER_INDEX)
    elif kinds["image_id"] is same:
        unknown = kinds["manifest_digest"] is Kind.UNKNOWN
        notes.append(ONE_SIDED_MANIFEST if unknown else OTHER_WRAPPING)
    elif kinds["image_id"] is changed and kinds["diff_ids"] is same:
        notes.append(OTHER_CONFIG)
    if kinds["diff_ids"] is same and kinds["layer_digests"] is changed:
        notes.append(RECOMPRESSED)
    return notes
