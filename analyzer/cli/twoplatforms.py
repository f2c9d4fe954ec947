"""Two platforms or two images of one file as the sides of `ociscope diff`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.reference import STANDARD_INPUT

if TYPE_CHECKING:
    from analyzer.diff.tree import Difference

_OF_ANY_TWO = frozenset({"identity", "layers", "attachments"})
"""Parts that no two platforms have alike."""
_TWO = 2


def sides_of(
    path: str, platforms: Sequence[str] | None, images: Sequence[str] | None = None
) -> list[tuple[list[str], list[str]]]:
    """The platforms and the images of both sides, where one file was named.

    Two platforms make the sides, of all images that were named; else two images do.

    Raises:
        InputError: there are not two, or the file cannot be read twice.
    """
    if path == str(STANDARD_INPUT):
        raise InputError(Code.BAD_ARGUMENT, "standard input can be read only once")
    platforms, images = list(platforms or ()), list(images or ())
    if len(platforms) == _TWO:
        return [([platform], images) for platform in platforms]
    if len(images) == _TWO:
        return [(platforms, [image]) for image in images]
    raise InputError(
        Code.BAD_ARGUMENT,
        "a difference needs a second PATH, or two platforms, images or layers of the first",
        hint="as in --platform linux/amd64 --platform linux/arm64, --image app:1 --image app:2, "
        "or --layer 1:3",
    )


def differs_across(difference: Difference) -> bool:
    """Whether two platforms differ in anything that is not to be expected."""
    return any(
        part.differs and part.subject not in _OF_ANY_TWO
        for image in difference.children
        for part in image.children or (image,)
    )
