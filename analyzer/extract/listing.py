"""What a part of a merged tree consists of, in the order in which it is written out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.limits import Limits, exceeded
from analyzer.paths import printable
from analyzer.rootfs.tree import Node, walk
from analyzer.tarheader import NO_XATTRS, Entry, EntryKind, Seconds

IMPLIED_MODE = 0o755
"""Of a directory that no layer lists: what container engines create it with."""


class Attributes(NamedTuple):
    """What `stat` and `getfattr` would show of a name."""

    mode: int
    uid: int
    gid: int
    mtime: Seconds
    xattrs: Mapping[str, bytes]


def attributes_of(entry: Entry | None) -> Attributes:
    """Those of an entry; None is a directory that no layer lists."""
    if entry is None:
        return Attributes(IMPLIED_MODE, 0, 0, 0, NO_XATTRS)
    return Attributes(entry.mode, entry.uid, entry.gid, entry.mtime, entry.xattrs)


class Item(NamedTuple):
    """A name to be written, and what stands there."""

    path: str
    node: Node

    @property
    def attributes(self) -> Attributes:
        """As the tree has them; a hard link's are those of the file it shares."""
        return attributes_of(self.node.content)


class StoredFile(NamedTuple):
    """A file as layer `layer` stores it, and the names it is to have; several are hard links."""

    layer: int
    entry: Entry
    names: tuple[str, ...]


class LeftOut(NamedTuple):
    """A name that was not written, and why."""

    path: str
    why: str

    def __str__(self) -> str:
        """One line for people."""
        return f"left out: {printable(self.path) or '.'}: {self.why}"


@dataclass(frozen=True, slots=True)
class Listing:
    """A tree taken apart.

    `names` has every name, sorted, with what is in a directory right behind it, the root itself
    (path empty) first. Among them `directories`, and `others`: symbolic links, devices and pipes.
    `files` are in the order in which the layers store them.
    """

    names: tuple[Item, ...]
    directories: tuple[Item, ...]
    files: tuple[StoredFile, ...]
    others: tuple[Item, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def hard_links(self) -> tuple[tuple[str, str], ...]:
        """Each further name of a file, and the first one, by name."""
        pairs = ((name, file.names[0]) for file in self.files for name in file.names[1:])
        return tuple(sorted(pairs))


def list_tree(node: Node, name: str, limits: Limits) -> Listing:
    """Everything at and below `node`, by paths that begin with `name` (empty: by paths below it).

    Raises:
        LimitExceeded: the files have more bytes than `extracted_bytes` allows.
    """
    directories: list[Item] = []
    others: list[Item] = []
    left_out: list[LeftOut] = []
    files: dict[tuple[int, int], StoredFile] = {}
    names = tuple(_allowed(_every(node, name), left_out, limits))
    for item in names:
        content = item.node.content
        if item.node.kind is EntryKind.DIRECTORY or content is None:
            directories.append(item)
        elif item.node.kind is EntryKind.FILE:
            key = item.node.content_layer, content.offset
            known = files.get(key)
            its_names = (*known.names, item.path) if known else (item.path,)
            files[key] = StoredFile(item.node.content_layer, content, its_names)
        else:
            others.append(item)
    in_order = tuple(files[key] for key in sorted(files))
    bound(in_order, limits)
    return Listing(names, tuple(directories), in_order, tuple(others), tuple(left_out))


def _every(node: Node, name: str) -> Iterator[Item]:
    if not name:
        yield Item("", node)
    for path, below in walk(node, name):
        yield Item(path, below)


def _allowed(items: Iterator[Item], left_out: list[LeftOut], limits: Limits) -> Iterator[Item]:
    """Without names that nothing can hold, and without what lies below them."""
    refused: str | None = None
    for item in items:
        if refused is not None and item.path.startswith(refused):
            continue
        refused = None
        why = _why_not(item.path, limits)
        if not why:
            yield item
            continue
        left_out.append(LeftOut(item.path, why))
        if item.node.is_directory:
            refused = f"{item.path}/"


def _why_not(path: str, limits: Limits) -> str:
    if "\0" in path:
        return "its name has a NUL, which no file system holds"
    length = len(path.encode("utf-8", "surrogateescape"))
    if length > limits.path_bytes:
        return f"its path has {length} bytes, and limit path_bytes is {limits.path_bytes}"
    return ""


def bound(files: Sequence[StoredFile], limits: Limits) -> None:
    """Refuse files with more bytes in all than may be written; raises LimitExceeded.

    A sparse file of a few stored bytes may claim any size, so this is asked before any is made.
    """
    total = sum(file.entry.size for file in files)
    if total > limits.extracted_bytes:
        raise exceeded("extracted_bytes", limits.extracted_bytes, total, "")
