"""`ociscope files --deleted --recover DIR`: the files of a listing, written out."""

from __future__ import annotations

from analyzer.cli.run import say
from analyzer.errors import InputError
from analyzer.extract.recover import MANIFEST, recover
from analyzer.inside import Look
from analyzer.limits import Limits
from analyzer.listing.document import Listing, View
from analyzer.problems import Code
from analyzer.render.text import human_bytes
from analyzer.rootfs.fates import Lost


def require_deleted(view: View) -> None:
    """Refuse to recover what is not deleted. Raises InputError."""
    if view is not View.DELETED:
        raise InputError(
            Code.BAD_ARGUMENT,
            "--recover is for files that were deleted",
            hint="add --deleted; 'ociscope cp' copies files of the image, or of one --layer",
        )


def recover_listed(look: Look, listing: Listing, folder: str, limits: Limits) -> None:
    """Write the files of `listing` below `folder`, and say so.

    Raises:
        AnalyzerError: as `recover`; nothing is written.
    """
    lost = [
        Lost(item.path, item.layer, item.entry, item.event, item.also)
        for item in listing.items
        if item.entry is not None and item.event is not None
    ]
    in_order = sorted(lost, key=lambda item: (item.layer, item.path, item.entry.offset))
    recovery = recover(look, listing.inside, folder, limits, only=in_order)
    count = "1 file" if len(recovery.files) == 1 else f"{len(recovery.files)} files"
    say(f"{count} ({human_bytes(recovery.size)}) written below {folder}, listed in {MANIFEST}")
