"""The archive in which apk keeps the scripts of packages: whether only checksums differ.

`/lib/apk/db/scripts.tar`, in version 3 of apk `scripts.tar.gz`, has a member for each script,
called `NAME-VERSION.CHECKSUM.KIND` by the checksum of the package (apk-tools, `src/database.c`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from analyzer.codec import BadStream, inflater, sniff
from analyzer.errors import LimitExceeded
from analyzer.limits import Limits
from analyzer.tarheader import Entry, Sink
from analyzer.tarstream import TarWalker

PATH = re.compile(r"(?:usr/)?lib/apk/db/scripts\.tar(?:\.gz)?")
_CHECKSUM = re.compile(r"\.Q[12][A-Za-z0-9+/=]+\.(?=[a-z-]+\Z)")
_Scripts = Counter[tuple[str, int, bytes]]


def same_scripts(contents: Sequence[bytes], limits: Limits) -> bool:
    """Whether the archives hold the same scripts of the same packages, and nothing else."""
    read = [_scripts(content, limits) for content in contents]
    return read[0] is not None and all(each == read[0] for each in read)


def _scripts(content: bytes, limits: Limits) -> _Scripts | None:
    """Package, permissions and text of each; None where the archive is damaged or too large."""
    found: list[tuple[Entry, _Text]] = []

    def on_entry(entry: Entry) -> Sink:
        found.append((entry, _Text()))
        return found[-1][1]

    walker = TarWalker(on_entry, limits, "")
    left = limits.content_text_bytes
    try:
        state = inflater(sniff(content), window=limits.window_bytes)
        for piece in state.feed(content):
            left -= len(piece)
            if left < 0:
                return None
            walker.feed(bytes(piece))
        whole = state.finish()
        walker.finish(whole=whole)
    except (BadStream, LimitExceeded):
        return None
    if walker.problems or not whole:
        return None
    return Counter(
        (_CHECKSUM.sub(".", entry.path), entry.mode, bytes(text.data)) for entry, text in found
    )


class _Text:
    """Keeps one script."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self.data += data

    def close(self) -> None:
        """All of it was there."""
