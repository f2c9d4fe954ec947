"""Two platforms of one file as the sides of `ociscope diff`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.reference import STANDARD_INPUT

if TYPE_CHECKING:
    from analyzer.diff.tree import Difference

_OF_ANY_TWO = frozenset({"identity", "layers", "files", "attachments"})
"""Parts that no two platforms have alike."""


def sides_of(path: str, platforms: Sequence[str] | None) -> list[list[str]]:
    """The platforms of both sides, where one file was named.

    Raises:
        InputError: there are not two, or the file cannot be read twice.
    """
    if path == str(STANDARD_INPUT):
        raise InputError(Code.BAD_ARGUMENT, "standard input can be read only once")
    if len(platforms or ()) != 2:  # noqa: PLR2004
        raise InputError(
            Code.BAD_ARGUMENT,
            "a difference needs a second PATH, or two platforms of the first",
            hint="as in --platform linux/amd64 --platform linux/arm64",
        )
    return [[platform] for platform in platforms or ()]


def differs_across(difference: Difference) -> bool:
    """Whether two platforms differ in anything that is not to be expected."""
    return any(
        part.differs and part.subject not in _OF_ANY_TWO
        for image in difference.children
        for part in image.children or (image,)
    )
