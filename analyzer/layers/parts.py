"""A tar that holds several root filesystems, each in a folder of its own: one scan, many parts.

BuildKit's `type=tar` writes such a tar for several platforms (exporter/tar/export.go).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from analyzer.layers.scan import LayerScan
from analyzer.layers.wants import UNWANTED, CapturePlan, Wanted
from analyzer.tarheader import Entry, EntryKind

T = TypeVar("T")


class PartsPlan(CapturePlan):
    """`plan` for the files below each of `folders`, as if that folder were the root."""

    def __init__(self, plan: CapturePlan, folders: Iterable[str]) -> None:
        super().__init__(plan.wants, digests=plan.digests, sha1=plan.sha1)
        self._folders = frozenset(folders)

    @property
    def fingerprint(self) -> str:
        """The same for the same wants and folders."""
        text = "\0".join([super().fingerprint, *sorted(self._folders)])
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

    def wanted(self, path: str) -> Wanted:
        """What to keep of a regular file at `path`."""
        folder, _, inside = path.partition("/")
        return super().wanted(inside) if folder in self._folders else UNWANTED

    def spares(self, path: str) -> bool:
        """Whether the file at `path` may be left out without a word where it is too large."""
        return super().spares(path.partition("/")[2])


def part_of(scan: LayerScan, folder: str) -> LayerScan:
    """What `scan` found below the top-level `folder`, by paths from there."""
    return replace(
        scan,
        entries=tuple(entries_below(scan.entries, folder)),
        captured=_below(scan.captured, folder),
    )


def entries_below(entries: Sequence[Entry], folder: str) -> Iterator[Entry]:
    """The entries below the top-level `folder`, by paths from there, and that of the folder."""
    prefix = f"{folder}/"
    for entry in entries:
        if entry.path != folder and not entry.path.startswith(prefix):
            continue
        moved = entry._replace(path=entry.path[len(prefix) :])
        if entry.kind is EntryKind.HARDLINK and entry.link:
            # One that leads out of the folder leads nowhere: the parts are apart.
            inside = entry.link.startswith(prefix)
            moved = moved._replace(link=entry.link[len(prefix) :] if inside else "")
        yield moved


def _below(files: Mapping[str, T], folder: str) -> dict[str, T]:
    prefix = f"{folder}/"
    return {
        path.removeprefix(prefix): found for path, found in files.items() if path.startswith(prefix)
    }
