"""The subject part of a document against an image: which image it says it is of, in words."""

from __future__ import annotations

from analyzer.diff.billsubject import OF_THE_IMAGE, Finding, Named, Verdict
from analyzer.diff.rungs import cut
from analyzer.diff.tree import Difference, Kind, leaf
from analyzer.report import ImageReport

PART = "subject"
NO_SUBJECT = "it names no digest of an image"
NO_MANIFEST = "this file holds no manifest, so no digest that registries serve is known"
_ONLY_ID = "names the image ID {}; " + NO_MANIFEST
_WORDS = {
    Verdict.MANIFEST: "names the manifest of this image: {}",
    Verdict.IMAGE_ID: "names the image ID {}: the right image, but registries serve manifest {}",
    Verdict.MADE_UP: "names {}, which {} makes up for this file: the right image, served by nobody",
    Verdict.OTHER: "names {}, which is another image of this file: {}",
    Verdict.INDEX: "names the index {}, which stands for all platforms and not for this one",
    Verdict.PART: "names {}, which is no image but a part of this file ({})",
    Verdict.NOWHERE: "names {}, which is nothing in this file",
    Verdict.NOTHING: NO_SUBJECT,
}
_WRONG = dict.fromkeys(Verdict, Kind.CHANGED) | {Verdict.NOTHING: Kind.UNKNOWN}
_WITHOUT_MANIFEST = {
    Verdict.IMAGE_ID: Kind.SAME,
    Verdict.MADE_UP: Kind.SAME,
    Verdict.NOWHERE: Kind.UNKNOWN,
}
"""Of a file that cannot tell what registries serve: nothing better could be named."""
_NAME_CHARACTERS = 100
_BESIDES = {
    Verdict.MANIFEST: "the manifest of this image",
    Verdict.IMAGE_ID: "the image ID of this image",
    Verdict.MADE_UP: "a manifest that a tool makes up for this image",
    Verdict.OTHER: "another image of this file",
    Verdict.INDEX: "the index",
    Verdict.PART: "a part of this file that is no image",
    Verdict.NOWHERE: "nothing in this file",
}


def compare_subject(
    found: Finding, image: ImageReport, others: str, called: str = ""
) -> Difference:
    """The subject part.

    `others` says in words which image it is that is named instead, `called` how the document
    calls its subject.
    """
    kind, words = _judged(found, image, others)
    if found.verdict is Verdict.NOTHING and called:
        words += f"; it calls it {cut(called, _NAME_CHARACTERS)}"
    before = None
    if found.named:
        where = [named.where for named in found.named]
        before = {"digest": found.digest, "is": found.verdict.value, "where": where}
    after = {"manifest_digest": image.manifest_digest, "image_id": image.image_id}
    right = found.verdict in OF_THE_IMAGE
    besides = [
        _besides(verdict, named)
        for verdict, named in found.besides
        if named.firm or not (right and verdict in OF_THE_IMAGE)
    ]
    return leaf(PART, kind, before, after, [words, *besides])


def _besides(verdict: Verdict, named: Named) -> str:
    return f"{named.where} names {named.digest}: {_BESIDES[verdict]}"


def _judged(found: Finding, image: ImageReport, others: str) -> tuple[Kind, str]:
    """Whether that is a difference, and what it is in words."""
    known = image.manifest_digest is not None
    detail = {
        Verdict.IMAGE_ID: str(image.manifest_digest),
        Verdict.MADE_UP: (found.thing.made_by if found.thing else "") or "a tool",
        Verdict.OTHER: others,
        Verdict.PART: found.thing.what if found.thing else "",
    }.get(found.verdict, "")
    words = _WORDS[found.verdict].format(found.digest, detail)
    if known:
        return (Kind.SAME if _is_right(found) else _WRONG[found.verdict]), words
    if found.verdict is Verdict.IMAGE_ID:
        words = _ONLY_ID.format(found.digest)
    elif found.verdict is Verdict.NOWHERE:
        words = f"{words}; {NO_MANIFEST}"
    return _WITHOUT_MANIFEST.get(found.verdict, _WRONG[found.verdict]), words


def _is_right(found: Finding) -> bool:
    """An image ID that is said to be one is no mistake; in a manifest digest's place it is."""
    return found.verdict is Verdict.MANIFEST or (
        found.verdict is Verdict.IMAGE_ID and not found.firm
    )
