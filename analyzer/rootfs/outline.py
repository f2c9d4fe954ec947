"""The merged tree of one image as a flat listing, with the digest of every file's content.

Made only when two trees have to be compared: it reads layers again and hashes what is in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from analyzer.codec import BadStream, inflater, sniff
from analyzer.digest import Digest, Hash, finish, new_hash
from analyzer.errors import AnalyzerError
from analyzer.image.model import LayerRef
from analyzer.layers.folder import scan_folder
from analyzer.layers.parts import entries_below
from analyzer.layers.pool import run_all
from analyzer.layers.scan import CHUNK_BYTES, Advance
from analyzer.layers.wants import CapturePlan
from analyzer.limits import Budget, check_ratio
from analyzer.problems import Severity
from analyzer.rootfs.merge import apply_layer
from analyzer.rootfs.tree import Node, new_directory
from analyzer.source.base import BlobSource
from analyzer.tarheader import NO_XATTRS, Entry, EntryKind
from analyzer.tarstream import TarWalker

_IMPLIED_MODE = 0o755
"""Of a directory that no layer lists: what container engines create it with."""
_PERMISSIONS = 0o7777


class Item(NamedTuple):
    """What stands at one path; a hard link is the file it shares.

    `content` is the SHA-256 of a regular file, None of everything else.
    """

    kind: EntryKind
    mode: int
    owner: tuple[int, int]
    target: str | None
    device: tuple[int, int] | None
    xattrs: tuple[tuple[str, bytes], ...]
    content: Digest | None
    mtime: float


Outline = Mapping[str, Item]
"""By root-relative path; the root itself is not in it."""


class _Contents(NamedTuple):
    """The entries of one layer, and the digest of each file by where its data starts."""

    entries: tuple[Entry, ...]
    digests: Mapping[int, Digest]


def read_outline(source: BlobSource, layers: Sequence[LayerRef], budget: Budget) -> Outline | None:
    """The tree that `layers` (bottom first) make, None where any of it cannot be read whole."""
    if not all(layer.name and layer.filesystem and not layer.encrypted for layer in layers):
        return None
    names = [layer.name or "" for layer in layers]
    by_name = dict(zip(names, layers, strict=True))

    def work(name: str, advance: Advance) -> _Contents | None:
        directory = by_name[name].directory
        if directory is not None:
            return _read_directory(directory, name, budget, advance)
        return _read(source, name, budget, advance)

    found = run_all(names, source.size, work, lambda _count: None)
    root = new_directory(None, 0)
    contents: list[Mapping[int, Digest]] = []
    for number, name in enumerate(names):
        layer = found[name]
        if layer is None:
            return None
        folder = layers[number].folder
        entries = tuple(entries_below(layer.entries, folder)) if folder else layer.entries
        apply_layer(root, entries, number, name)
        contents.append(layer.digests)
    return dict(_items("", root, contents))


def _read(source: BlobSource, name: str, budget: Budget, advance: Advance) -> _Contents | None:
    """One layer; None when it is damaged or over a limit."""
    entries: list[Entry] = []
    digests: dict[int, Digest] = {}

    def on_entry(entry: Entry) -> _HashSink | None:
        entries.append(entry)
        return _HashSink(digests, entry.offset) if entry.kind is EntryKind.FILE else None

    walker = TarWalker(on_entry, budget.limits, name)
    try:
        _walk(source, name, walker, budget, advance)
    except (AnalyzerError, BadStream, OSError):
        return None
    if any(problem.severity is Severity.ERROR for problem in walker.problems):
        return None
    return _Contents(tuple(entries), digests)


def _read_directory(
    directory: Path, name: str, budget: Budget, advance: Advance
) -> _Contents | None:
    """A directory in place of a layer; None when some of it cannot be read."""
    scan = scan_folder(directory, name, CapturePlan((), digests=""), budget, advance=advance)
    if not scan.complete:
        return None
    files = (entry for entry in scan.entries if entry.kind is EntryKind.FILE)
    return _Contents(scan.entries, {entry.offset: scan.digests[entry.path] for entry in files})


def _walk(
    source: BlobSource, name: str, walker: TarWalker, budget: Budget, advance: Advance
) -> None:
    """Feed the inflated layer to `walker`. Raises BadStream where it ends too early."""
    stored = inflated = 0
    with source.open(name) as stream:
        chunk = stream.read(CHUNK_BYTES)
        state = inflater(sniff(chunk))
        while chunk:
            stored += len(chunk)
            advance(len(chunk))
            for piece in state.feed(chunk):
                inflated += len(piece)
                budget.spend_inflated(len(piece), name)
                check_ratio(inflated, stored, budget.limits, name)
                walker.feed(piece)
            chunk = stream.read(CHUNK_BYTES)
    if not state.finish():
        raise BadStream(name)
    walker.finish()


class _HashSink:
    """Hashes one file; only a complete one is kept."""

    def __init__(self, digests: dict[int, Digest], offset: int) -> None:
        self._digests = digests
        self._offset = offset
        self._hash: Hash = new_hash()

    def write(self, data: memoryview) -> None:
        """Take the next piece."""
        self._hash.update(data)

    def close(self) -> None:
        """Keep the digest."""
        self._digests[self._offset] = finish(self._hash)


def _items(
    path: str, node: Node, contents: Sequence[Mapping[int, Digest]]
) -> Iterator[tuple[str, Item]]:
    waiting = [(path, node)]
    while waiting:
        path, node = waiting.pop()
        if path:
            yield path, _item(node, contents)
        for name, child in (node.children or {}).items():
            waiting.append((f"{path}/{name}" if path else name, child))


def _item(node: Node, contents: Sequence[Mapping[int, Digest]]) -> Item:
    entry = node.content
    if entry is None:
        kind = EntryKind.DIRECTORY
        return Item(kind, _IMPLIED_MODE, (0, 0), None, None, (), None, 0)
    file = node.kind is EntryKind.FILE
    return Item(
        kind=node.kind,
        mode=entry.mode & _PERMISSIONS if node.kind is not EntryKind.SYMLINK else 0,
        owner=(entry.uid, entry.gid),
        target=entry.link if node.kind is EntryKind.SYMLINK else None,
        device=entry.device,
        xattrs=tuple(sorted((entry.xattrs or NO_XATTRS).items())),
        content=contents[node.content_layer].get(entry.offset) if file else None,
        mtime=entry.mtime,
    )
