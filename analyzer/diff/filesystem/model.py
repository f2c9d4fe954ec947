"""What is compared of files, and what became of one on the way from one tree to the other."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal, NamedTuple

from analyzer.diff.tree import Expected, Kind
from analyzer.digest import Digest
from analyzer.tarheader import EntryKind

What = Literal[
    "content",
    "type",
    "mode",
    "owner",
    "capabilities",
    "xattrs",
    "target",
    "device",
    "time",
]
"""In what a file differs; `capabilities` is the extended attribute `security.capability`,
`xattrs` every other one, `target` that of a link."""


class Marker(StrEnum):
    """What an entry of a layer is that makes nothing (image-spec v1.1, layer.md, "Whiteouts")."""

    WHITEOUT = "whiteout"
    """Removes a name of the layers below."""
    OPAQUE = "opaque"
    """Hides what the layers below have in its folder."""


class FileState(NamedTuple):
    """What stands at one path of a merged tree, where a hard link is the file it shares.

    Or what one layer stores under a path; there hard links are links, and there are markers.
    """

    kind: EntryKind | Marker
    size: int
    """Bytes of a regular file, 0 of everything else."""
    mode: int
    """Permissions with setuid, setgid and sticky bit; 0 of a symbolic link."""
    uid: int
    gid: int
    target: str | None
    device: tuple[int, int] | None
    xattrs: tuple[tuple[str, bytes], ...]
    """Sorted by name."""
    content: Digest | None
    """SHA-256 of a regular file; None of everything else, and where it could not be read."""
    mtime: float | Decimal
    layer: int
    """0-based position of the layer that brought this version."""
    owners: tuple[str, ...] = ()
    """`ident` of the packages whose database or metadata lists it, sorted."""
    ghost: bool = False
    """Whether none of these brings it: they name what somebody else makes (rpm's `%ghost`)."""

    @property
    def unread(self) -> bool:
        """Whether it is a regular file whose content could not be read."""
        return self.kind is EntryKind.FILE and self.content is None


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path that is not the same on both sides; or one file that lies elsewhere.

    `kind` is ADDED, REMOVED or CHANGED, or MOVED: the same content at another path, whose place
    on the first side is `before_path`. `what` is empty but for CHANGED, and for MOVED where more
    than the path differs; it is in the order of `What`.
    """

    path: str
    """Root-relative, as the layer spells it: not printable yet."""
    kind: Kind
    before: FileState | None
    after: FileState | None
    what: tuple[What, ...] = ()
    before_path: str = ""

    @property
    def only_time(self) -> bool:
        """Whether nothing but its modification time differs."""
        return self.kind is Kind.CHANGED and self.what == ("time",)


@dataclass(frozen=True, slots=True)
class FileChanges:
    """What became of the files between two trees; `changes` is sorted by the lower path.

    Equal trees have no changes. A change of kind UNKNOWN is a file of which everything that
    could be read is the same, and of which some content could not be.
    """

    changes: tuple[FileChange, ...]
    before: int
    """Names in the first tree, the root left out."""
    after: int
    ambiguous: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    """Paths that went and came with one content, where it is not told which became which."""
    expected: tuple[Expected, ...] = ()
    """What differs between two platforms as these do, and is none of the changes."""

    @property
    def differing(self) -> tuple[FileChange, ...]:
        """Changes that make the trees two: neither times alone nor what was not read."""
        return tuple(
            change
            for change in self.changes
            if change.kind is not Kind.UNKNOWN and not change.only_time
        )

    @property
    def only_times(self) -> tuple[FileChange, ...]:
        """Paths of which nothing but the modification time differs."""
        return tuple(change for change in self.changes if change.only_time)

    @property
    def unknown(self) -> tuple[FileChange, ...]:
        """Paths of which it cannot be told whether they are the same."""
        return tuple(change for change in self.changes if change.kind is Kind.UNKNOWN)
