"""Every way to list the names of one image: as merged, as stored, all that ever was, the lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from analyzer.digest import Digest
from analyzer.inside import Inside
from analyzer.paths import OPAQUE_NAME, RESERVED_PREFIX, WHITEOUT_PREFIX, join, split
from analyzer.rootfs.fates import Ending, Fate, endings, lost_files
from analyzer.rootfs.firstnames import FirstNames
from analyzer.rootfs.origin import Event
from analyzer.rootfs.tree import Node, walk
from analyzer.tarheader import NO_XATTRS, Entry, EntryKind

ROOT = "."
"""How the root itself is called."""
IMPLIED_MODE = 0o755
"""Of a directory that no layer lists: what container engines create it with."""
_LINK_MODE = 0o777
"""Of every symbolic link on Linux, whatever the tar says: symlink(7)."""
_PERMISSIONS = 0o7777


class Kind(StrEnum):
    """What stands at a name; the kinds of tar entries and the markers that remove."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    CHARACTER_DEVICE = "character-device"
    BLOCK_DEVICE = "block-device"
    FIFO = "fifo"
    WHITEOUT = "whiteout"
    OPAQUE = "opaque"


_FILE, _LINK = Kind.FILE, Kind.SYMLINK
_KINDS = {kind: Kind(kind.value) for kind in EntryKind}


class Item(NamedTuple):
    """One name with what stands there.

    `entry` has the values: of a hard link in the merged tree, those of the file it shares. It is
    None for a directory that no layer lists. `layer` brought the name. `hardlink` is what a stored
    hard link was made from, and in the merged tree the name that stands for the file. `ending` is
    what became of it, `event` what took it away, where that is asked for. `digest` is None where it
    was not taken.
    """

    path: str
    kind: Kind
    entry: Entry | None
    layer: int
    hardlink: str | None = None
    digest: Digest | None = None
    ending: Ending | None = None
    event: Event | None = None
    stored: bool = False
    """The values are as the tar has them, not as a file system would show them."""
    also: tuple[str, ...] = ()
    """Other names that a file had which is shown nowhere."""

    @property
    def mode(self) -> int:
        """Permissions with setuid, setgid and sticky bit."""
        entry = self.entry
        if entry is None:
            return IMPLIED_MODE
        if self.kind is _LINK and not self.stored:
            return _LINK_MODE
        return entry.mode & _PERMISSIONS

    @property
    def owner(self) -> tuple[int, int]:
        """User and group by number."""
        return (self.entry.uid, self.entry.gid) if self.entry is not None else (0, 0)

    @property
    def size(self) -> int:
        """Bytes of a regular file; 0 of everything else."""
        return self.entry.size if self.entry is not None and self.kind is _FILE else 0

    @property
    def target(self) -> str | None:
        """Where a symbolic link leads, as written."""
        is_link = self.entry is not None and self.kind is _LINK
        return self.entry.link if self.entry is not None and is_link else None

    @property
    def xattrs(self) -> Mapping[str, bytes]:
        """Extended attributes."""
        return self.entry.xattrs if self.entry is not None else NO_XATTRS

    @property
    def removes(self) -> str | None:
        """What a whiteout removes, or the directory whose lower content an opaque marker hides."""
        if self.kind not in {Kind.WHITEOUT, Kind.OPAQUE}:
            return None
        parent, name = split(self.path)
        if self.kind is Kind.OPAQUE:
            return parent or ROOT
        target = name.removeprefix(WHITEOUT_PREFIX)
        return join(parent, target) if target and not name.startswith(RESERVED_PREFIX) else None


def kind_as_stored(entry: Entry) -> Kind:
    """What a layer's entry is; OCI image-spec v1.1, layer.md, "Whiteouts"."""
    _, name = split(entry.path)
    if name == OPAQUE_NAME:
        return Kind.OPAQUE
    return Kind.WHITEOUT if name.startswith(WHITEOUT_PREFIX) else _KINDS[entry.kind]


def merged(inside: Inside) -> Iterator[Item]:
    """The merged tree by name, directories before what is in them; the root if a layer lists it."""
    root = inside.history.root
    if root.entry is not None:
        yield _shown(inside, ROOT, root, None)
    first = FirstNames(root)
    for path, node in walk(root):
        linked = first.of(path, node) if node.entry is not node.content else None
        yield _shown(inside, path, node, linked)


def _shown(inside: Inside, path: str, node: Node, linked: str | None) -> Item:
    return Item(
        path,
        _KINDS[node.kind],
        node.content,
        node.layer,
        hardlink=linked,
        digest=_digest(inside, node.content_layer, node.content),
    )


def stored(inside: Inside, layer: int) -> Iterator[Item]:
    """What layer `layer` stores, in the order of its tar."""
    scan = inside.scans[layer]
    for entry in scan.entries if scan is not None else ():
        yield _as_stored(inside, layer, entry)


def everything(inside: Inside) -> Iterator[Item]:
    """What all layers store, bottom first, each with what became of it."""
    fates = endings(inside.history)
    real, last = _places(inside)
    for layer in range(len(inside.scans)):
        for item in stored(inside, layer):
            at = item.entry.offset if item.entry is not None else 0
            yield item._replace(ending=_ending(item, fates, real.get((layer, at)), last))


_Place = tuple[int, int]
"""A layer, and the offset of an entry in it, which tells it from all others."""


def _places(inside: Inside) -> tuple[Mapping[_Place, str], Mapping[tuple[int, str], int]]:
    """Where in the tree each entry was put, and which entry of a layer came last to a name."""
    real: dict[_Place, str] = {}
    last: dict[tuple[int, str], int] = {}
    for event in inside.history.events:
        entry = event.after.entry if event.after is not None else None
        if entry is not None:
            real[event.layer, entry.offset] = event.path
            last[event.layer, event.path] = entry.offset
    return real, last


def _ending(
    item: Item,
    fates: Mapping[tuple[int, str], Ending],
    path: str | None,
    last: Mapping[tuple[int, str], int],
) -> Ending:
    if item.kind in {Kind.WHITEOUT, Kind.OPAQUE}:
        return Ending(Fate.MARKER)
    if path is None or item.entry is None:
        return Ending(Fate.LEFT_OUT)
    if last[item.layer, path] != item.entry.offset:
        return Ending(Fate.OVERWRITTEN, item.layer)
    return fates.get((item.layer, path), Ending(Fate.LEFT_OUT))


def deleted(inside: Inside) -> Iterator[Item]:
    """Files that are still shipped and shown nowhere, largest first; `event` took the last name."""
    for lost in sorted(
        lost_files(inside.history), key=lambda lost: (-lost.entry.size, lost.layer, lost.path)
    ):
        yield _as_stored(inside, lost.layer, lost.entry)._replace(
            path=lost.path, hardlink=None, event=lost.event, also=lost.also
        )


def _as_stored(inside: Inside, layer: int, entry: Entry) -> Item:
    kind = kind_as_stored(entry)
    return Item(
        entry.path or ROOT,
        kind,
        entry,
        layer,
        hardlink=entry.link if kind is Kind.HARDLINK else None,
        digest=_digest(inside, layer, entry) if kind is Kind.FILE else None,
        stored=True,
    )


def _digest(inside: Inside, layer: int, entry: Entry | None) -> Digest | None:
    if not inside.digests or entry is None or entry.kind is not EntryKind.FILE:
        return None
    return inside.digest_of(layer, entry)
