"""What two platforms are expected to differ in, apart from what they are not."""

from __future__ import annotations

from analyzer.diff.platforms.sides import EXPECTED
from analyzer.diff.tree import Difference
from analyzer.render.differencetable import wrapped


def unexpected_notes(part: Difference) -> list[str]:
    """The notes of a part without those on what is left out as expected."""
    return [note for note in part.notes if not note.startswith(EXPECTED)]


def expected_notes(image: Difference) -> list[str]:
    """What is left out of any part of a pair of images, each as one clause."""
    return [
        note.removeprefix(EXPECTED)
        for part in image.children
        for note in part.notes
        if note.startswith(EXPECTED)
    ]


def expected_lines(image: Difference) -> list[str]:
    """The same as lines of a section, with the numbers under each other."""
    notes = [note.partition(" ") for note in expected_notes(image)]
    width = max((len(count) for count, _, _ in notes), default=0)
    return [line for count, _, words in notes for line in wrapped(words, f"{count:>{width}}  ")]
