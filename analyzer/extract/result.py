"""What was written, counted, and what was not."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.extract.contents import NO_DOUBTS, Doubts
from analyzer.extract.listing import LeftOut


@dataclass(frozen=True, slots=True)
class Written:
    """The result of a copy.

    `files` counts contents and `size` their bytes, `others` links (also hard ones), devices, pipes.
    `left_out` is what is missing, `not_made` what was not to be made here in the first place.
    """

    directories: int = 0
    files: int = 0
    others: int = 0
    size: int = 0
    left_out: tuple[LeftOut, ...] = ()
    not_made: tuple[LeftOut, ...] = ()
    without_setid: int = 0
    """Files and directories that lost their setuid or setgid bit."""
    without_xattrs: int = 0
    """Files and directories that lost their extended attributes."""
    doubts: Doubts = NO_DOUBTS
