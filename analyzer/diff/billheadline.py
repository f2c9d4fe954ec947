"""What a document against an image comes to, in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.diff.billplatform import NO_PLATFORM
from analyzer.diff.billsubject import Finding, Verdict
from analyzer.diff.tree import Difference, Kind

NO_IMAGES = "there is no image to hold {} against"
ROOT = "the root filesystem"
"""In place of a platform, of one that states none."""
_DIGEST_CHARACTERS = 19
_SUBJECTS = {
    Verdict.MANIFEST: "{document} describes {platform} of this file (manifest {digest})",
    Verdict.IMAGE_ID: "{document} describes {platform} of this file (image ID {digest})",
    Verdict.MADE_UP: "{document} describes {platform} of this file (made-up manifest {digest})",
    Verdict.OTHER: "wrong {what}: {document} describes {other} of this file, this is {platform}",
    Verdict.INDEX: "wrong subject: {document} names the index {digest}, not {platform}",
    Verdict.PART: "wrong subject: {document} names {digest}, which is no image",
    Verdict.NOWHERE: "{start}: {document} names {digest}, which is nothing in this file",
    Verdict.NOTHING: "{document} does not say which image it is of; held against {platform}",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What was found out about one image; only its platform where the document is not of it."""

    platform: str
    subject: Finding | None = None
    subject_part: Difference | None = None
    platform_part: Difference | None = None
    distro: Difference | None = None
    packages: Difference | None = None
    index: Difference | None = None

    @classmethod
    def of_index(cls, index: Difference) -> Told:
        """A document that is about an index."""
        return cls("", index=index)

    @property
    def parts(self) -> tuple[Difference, ...]:
        """The parts that there are."""
        parts = (self.subject_part, self.platform_part, self.distro, self.packages, self.index)
        return tuple(part for part in parts if part is not None)


def headline_of_all(document: str, told: Sequence[Told]) -> str:
    """Of a whole file."""
    shown = [each for each in told if each.parts]
    if not shown:
        return NO_IMAGES.format(document)
    if len(shown) == 1:
        rest = [each.platform for each in told if not each.parts]
        more = f"; not about {', '.join(rest)}" if rest else ""
        return headline_of_one(document, shown[0]) + more
    differing = sum(any(part.differs for part in each.parts) for each in shown)
    if not differing:
        return f"{document} agrees with all {len(shown)} images of this file"
    return f"{document} differs from {differing} of {len(shown)} images of this file"


def headline_of_one(document: str, told: Told) -> str:
    """Of one image: what the document is of, then what is otherwise."""
    if told.index is not None:
        return _of_index(document, told.index)
    words = [_subject(document, told)]
    if told.subject is None or told.subject.verdict is not Verdict.OTHER:
        words += _platform(told)
    words += _distro(told)
    return f"{'; '.join(words)}: {packages_in_words(told.packages)}"


def _subject(document: str, told: Told) -> str:
    if told.subject is None or told.subject_part is None:
        return document
    wrong = told.subject_part.differs
    other = told.subject_part.notes[0].rpartition(": ")[2]
    return _SUBJECTS[told.subject.verdict].format(
        document=document,
        platform=told.platform,
        digest=told.subject.digest[:_DIGEST_CHARACTERS],
        other=other,
        what="image" if other.endswith(told.platform) else "platform",
        start="wrong subject" if wrong else "subject not proven",
    )


def _platform(told: Told) -> Iterator[str]:
    part = told.platform_part
    if part is not None and part.differs and part.before:
        said = [each["platform"] for each in part.before if _differs(each, part)]
        longer = [one for one in said if not any(f"/{one}" in other for other in said)]
        stated = ", ".join(dict.fromkeys(longer))
        this = "this is not" if told.platform in {NO_PLATFORM, ROOT} else f"this is {told.platform}"
        yield f"wrong platform: it is of {stated}, {this}"


def _differs(stated: dict[str, str], part: Difference) -> bool:
    return any(note.startswith(f"{stated['where']}: ") for note in part.notes)


def _distro(told: Told) -> Iterator[str]:
    part = told.distro
    if part is not None and part.differs:
        said = f"{part.before['id']} {part.before['version']}".strip()
        have = f"{part.after['id']} {part.after['version']}".strip()
        yield f"other distribution: {said}, the image has {have}"


def packages_in_words(
    part: Difference | None, sides: tuple[str, str] = ("document", "image")
) -> str:
    """Such as `12 of 14 packages agree, 1 other version, 1 in the image only`.

    Packages of types that the document lists nothing of are counted together.
    """
    if part is None or part.kind is Kind.UNKNOWN:
        return "packages were not compared"
    counts = Counter(_what(child, part) for child in part.children if child.differs)
    agree, total = part.children[0].after, part.after["listed"]
    words = [f"{agree} of {total} package{'s' * (total != 1)} agree{'s' * (total == 1)}"]
    places = {"before": sides[0], "after": sides[1]}
    words += (f"{counts[what]} {what.format(**places)}" for what in _WORDS if counts[what])
    uncovered = part.after["uncovered"]
    words += (f"no {kind} ({count} in the {sides[1]})" for kind, count in uncovered.items())
    return ", ".join(words)


_WORDS = (
    "other version",
    "other architecture",
    "in the {before} only",
    "in the {after} only",
)


def _what(child: Difference, part: Difference) -> str:
    if child.kind is Kind.REMOVED:
        return _WORDS[2]
    if child.kind is Kind.ADDED:
        return "" if child.after["type"] in part.after["uncovered"] else _WORDS[3]
    return _WORDS[0] if child.child("version") else _WORDS[1]


def _of_index(document: str, part: Difference) -> str:
    more = sum(child.kind is Kind.REMOVED for child in part.children)
    words = f"{document} describes the index of this file and no packages"
    found = f"it names {part.before['images']} of {part.after['images']} images"
    return f"{words}: {found}" + (f", and {more} that are not in this file" if more else "")
