"""Selected images and their layers: every unique blob read once, folded, catalogued.

This is where readers and reports meet; what it does is data flow only.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from analyzer.digest import Digest, algorithm_for, digest_stream
from analyzer.errors import AnalyzerError, LimitExceeded
from analyzer.image.model import NOT_MEASURED, Image, LayerRef, Measured, TreeItem
from analyzer.layers.again import Again, Lacking, combined
from analyzer.layers.cache import fingerprint_of
from analyzer.layers.captures import Captured
from analyzer.layers.cores import Cores
from analyzer.layers.folder import scan_folder
from analyzer.layers.parts import PartsPlan, part_of
from analyzer.layers.pool import run_all
from analyzer.layers.scan import Advance, Choose, LayerScan, scan_layer
from analyzer.layers.shared import Remembered
from analyzer.layers.toc import FOOTER_BYTES, ends_in_table
from analyzer.layers.wants import NOTHING, CapturePlan
from analyzer.limits import Budget
from analyzer.paths import join
from analyzer.problems import Code, Problem, error
from analyzer.rootfs.fold import RootFs, fold, unread
from analyzer.source.base import BlobSource
from analyzer.tarheader import Entry


@dataclass(frozen=True, slots=True)
class Progress:
    """Called as work goes on: `total` once with all bytes to read, `advance` as they are."""

    total: Callable[[int], None] = lambda _bytes: None
    advance: Advance = lambda _bytes: None


SILENT = Progress()


_Key = tuple[object, str, str, bool]
"""Stored bytes, the algorithms of digest and diff ID promised for them, whether encrypted."""


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without cyclic garbage collection, which is switched on again if it was on.

    A scan makes hundreds of thousands of entries and nodes that stay and form no cycles; the
    collector would walk them again and again, a twentieth of the whole time. What came meanwhile
    counts as old afterwards: by way of the frozen objects, unless somebody has some of his own.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


class LayerStore:
    """Scans of the unique layers of one source; `cache` remembers those of others and of before."""

    def __init__(self, source: BlobSource, budget: Budget, cache: Remembered | None = None) -> None:
        self._source = source
        self._budget = budget
        self._cache = cache
        self._cores = Cores()
        self._scans: dict[_Key, LayerScan] = {}
        self._hashed: dict[_Key, Digest | None] = {}
        self._parts: dict[tuple[_Key, str], LayerScan] = {}
        self._again: dict[_Key, Again] = {}

    @collector_paused()
    def scan(self, images: Sequence[Image], plan: CapturePlan | None, progress: Progress) -> None:
        """Read every layer of `images` that is in the file and not read yet.

        `plan` None means digests only.
        """
        waiting: dict[_Key, LayerRef] = {}  # links and repeated layers are the same bytes
        folders: dict[_Key, set[str]] = {}
        for layer in (layer for image in images for layer in image.layers):
            if layer.name is not None:
                key = self._key(layer)
                folders.setdefault(key, set()).add(layer.folder)
                before = waiting.get(key)
                if before is None or (layer.filesystem and not before.filesystem):
                    waiting[key] = layer
        todo = {
            f"{key[1]} {key[2]} {layer.name}": layer
            for key, layer in waiting.items()
            if key not in self._scans
        }
        progress.total(sum(self._size(layer) for layer in todo.values()))

        def work(name: str, advance: Advance) -> LayerScan:
            layer = todo[name]
            wanted = plan if layer.filesystem else None
            if wanted is not None and self._has_table(layer):
                wanted = wanted.hashing()
            if wanted is not None and layer.folder:
                wanted = PartsPlan(wanted, folders[self._key(layer)])
            return self._remembered(wanted, layer, advance)

        size = self._size
        scans = run_all(todo, lambda n: size(todo[n]), work, progress.advance, self._cores)
        for name, scan in scans.items():
            self._scans[self._key(todo[name])] = scan

    def hash(self, images: Sequence[Image], progress: Progress) -> None:
        """Hash the stored bytes of every layer of `images` that is in the file and not read yet."""
        layers = {
            self._key(layer): layer
            for image in images
            for layer in image.layers
            if layer.name is not None and layer.directory is None
        }
        todo = {str(key): key for key in layers if key not in self._scans | self._hashed}
        progress.total(sum(self._size(layers[key]) for key in todo.values()))

        def size(name: str) -> int:
            return self._size(layers[todo[name]])

        def work(name: str, advance: Advance) -> Digest | None:
            layer = layers[todo[name]]
            return self._hash(layer.name or "", algorithm_for(layer.digest), advance)

        for name, digest in run_all(todo, size, work, progress.advance).items():
            self._hashed[todo[name]] = digest

    def digest(self, layer: LayerRef) -> Digest | None:
        """Of the stored bytes of a layer that was read or hashed."""
        key = self._key(layer)
        scan = self._scans.get(key) if layer.name else None
        return scan.measured.digest if scan is not None else self._hashed.get(key)

    def _has_table(self, layer: LayerRef) -> bool:
        """Whether its end says that it has a table of contents, which names digests of files."""
        if layer.name is None or layer.directory is not None or layer.encrypted:
            return False
        size = self._size(layer)
        if size < FOOTER_BYTES:
            return False
        try:
            with self._source.open(layer.name) as stream:
                stream.seek(size - FOOTER_BYTES)
                return ends_in_table(stream.read(FOOTER_BYTES))
        except (AnalyzerError, OSError):
            return False  # the scan will say why

    def _key(self, layer: LayerRef) -> _Key:
        """Equal for layers that one scan serves."""
        blob, tar = algorithm_for(layer.digest), algorithm_for(layer.diff_id)
        return self._source.identity(layer.name or ""), blob, tar, layer.encrypted

    def _size(self, layer: LayerRef) -> int:
        return self._source.size(layer.name) if layer.name else 0

    def _remembered(self, plan: CapturePlan | None, layer: LayerRef, advance: Advance) -> LayerScan:
        """The scan of a layer: out of the cache if its bytes hash to what the cache knows."""
        cache, name = self._cache, layer.name or ""
        if cache is None or layer.encrypted or layer.directory is not None:
            return self._scan_one(plan, layer, advance)
        key = self._key(layer)
        _, blob, tar, _ = key
        fingerprint = fingerprint_of(plan, self._budget.limits, tar)
        digest = promised(layer)
        if digest is not None and cache.has(digest, fingerprint):
            if key in self._hashed:
                digest = self._hashed[key]
                advance(self._size(layer))
            else:
                digest = self._hash(name, blob, advance)
            found = cache.load(digest, fingerprint, name) if digest is not None else None
            if found is not None and self._affords(found):
                return found
            advance = _no_advance  # its bytes are counted already
        scan = self._scan_one(plan, layer, advance)
        cache.store(scan, fingerprint, name)
        return scan

    def _affords(self, scan: LayerScan) -> bool:
        """Whether the limits allow to keep what was captured; if not, the scan is to say so."""
        try:
            self._budget.spend_captured(scan.captured_bytes, "")
        except LimitExceeded:
            return False
        return True

    def _hash(self, name: str, algorithm: str, advance: Advance) -> Digest | None:
        try:
            with self._source.open(name) as stream:
                return digest_stream(stream, algorithm, advance)[0]
        except (AnalyzerError, OSError):
            return None  # the scan will say why

    def read(self, layer: LayerRef, choose: Choose, progress: Progress) -> LayerScan:
        """Read one layer again for the content of files; all of it, so that it can be proven.

        `choose` is asked of every entry as it is stored, the `offset` of which tells it from all
        others: it stands for the same file in every scan of this layer.
        """
        progress.total(self._size(layer))
        return self._scan_one(NOTHING, layer, progress.advance, choose)

    def _scan_one(
        self,
        plan: CapturePlan | None,
        layer: LayerRef,
        advance: Advance,
        choose: Choose | None = None,
    ) -> LayerScan:
        name = layer.name or ""
        _, blob, tar, _ = self._key(layer)
        try:
            if layer.directory is not None:
                return scan_folder(
                    layer.directory, name, plan, self._budget, advance=advance, choose=choose
                )
            with self._source.open(name) as stream:
                if layer.encrypted:
                    digest, size = digest_stream(stream, blob, advance)
                    return LayerScan(Measured(digest, size), (), {}, (), complete=False)
                return scan_layer(
                    stream,
                    name,
                    plan,
                    self._budget,
                    algorithm=blob,
                    diff_algorithm=tar,
                    advance=advance,
                    choose=choose,
                    cores=self._cores,
                )
        except (AnalyzerError, OSError) as problem:
            return LayerScan(NOT_MEASURED, (), {}, (_unreadable(name, problem),), complete=False)

    def of(self, layer: LayerRef) -> LayerScan | None:
        """The scan of a layer; None when it is not in the file or was not asked for."""
        key = self._key(layer)
        scan = self._scans.get(key) if layer.name else None
        if scan is None or not layer.folder:
            return scan
        if (key, layer.folder) not in self._parts:
            self._parts[key, layer.folder] = part_of(scan, layer.folder)
        return self._parts[key, layer.folder]

    def scans(self, image: Image) -> tuple[LayerScan | None, ...]:
        """The scan of each layer of `image` that is part of its root filesystem."""
        return tuple(self.of(layer) if layer.filesystem else None for layer in image.layers)

    def measured(self, image: Image) -> tuple[Measured, ...]:
        """What the bytes of each layer of `image` are."""
        scans = [self.of(layer) for layer in image.layers]
        return tuple(scan.measured if scan else NOT_MEASURED for scan in scans)

    @collector_paused()
    def merged(self, image: Image, plan: CapturePlan) -> tuple[RootFs, tuple[Problem, ...]]:
        """The merged tree of `image`, and notes about layers that had to be read again.

        A link may lead a wanted path to a file that the plan did not name (a Nix store, a
        moved database, a hard link to a cache); only then is a layer read a second time, for
        what is wanted of such files.
        """
        rootfs = self._fold(image, plan)
        problems: list[Problem] = []
        for position, lacking in sorted(unread(rootfs, plan).items()):
            layer = image.layers[position]
            elsewhere = {
                join(layer.folder, path): frozenset(
                    replace(want, pattern=join(layer.folder, path)) for want in wants
                )
                for path, wants in lacking.items()
            }
            problems += self._read_again(layer, elsewhere)
        return (self._fold(image, plan) if problems else rootfs), tuple(problems)

    def _fold(self, image: Image, plan: CapturePlan) -> RootFs:
        scans = self.scans(image)
        names = [layer.name or f"layer {layer.position}" for layer in image.layers]

        # Asked for every file of every layer, so what is the same for a layer is found once.
        again = [self._kept_again(layer) for layer in image.layers]

        def captured(position: int, entry: Entry) -> Captured | None:
            scan, extra = scans[position], again[position]
            if scan is None:
                return None
            found = scan.kept(entry)
            if extra is None:
                return found
            more = extra.kept(join(image.layers[position].folder, entry.path), entry.offset)
            return combined(found, more) if found and more else found or more

        return fold(scans, names, plan, captured)

    def _kept_again(self, layer: LayerRef) -> Again | None:
        return self._again.get(self._key(layer)) if layer.name else None

    def _read_again(self, layer: LayerRef, lacking: Lacking) -> tuple[Problem, ...]:
        name = layer.name or ""
        key = self._key(layer)
        again = self._again.setdefault(key, Again())
        if missing := again.untried(lacking):
            scan = self._remembered(CapturePlan(missing), layer, _no_advance)
            known = {problem.detail for problem in self._scans[key].problems}
            new = tuple(p for p in scan.problems if p.detail not in known)
            again.add(missing, scan, new)
        return again.told(lacking, name)


def promised(layer: LayerRef) -> Digest | None:
    """What the stored bytes of a layer should hash to.

    Layers of a docker archive have no promised digest, but may be called by theirs; mostly they
    are stored plain, and then it is the diff ID.
    """
    return layer.digest or layer.named or (Digest(layer.diff_id) if layer.diff_id else None)


def _no_advance(_count: int) -> None:
    """Progress that was told already."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Digest and size in bytes of a blob that was only hashed, or why that failed."""

    digest: Digest | None
    size: int
    problem: Problem | None = None


def hash_blobs(
    source: BlobSource, items: Mapping[str, Digest | None], progress: Progress
) -> Mapping[str, Measurement]:
    """Hash blobs that no scan reads, by the algorithm of the digest promised for each."""
    progress.total(sum(source.size(name) for name in items))

    def work(name: str, advance: Advance) -> Measurement:
        algorithm = algorithm_for(items[name])
        try:
            with source.open(name) as stream:
                digest, size = digest_stream(stream, algorithm, advance)
        except (AnalyzerError, OSError) as problem:
            return Measurement(None, 0, _unreadable(name, problem))
        return Measurement(digest, size)

    return run_all(items, source.size, work, progress.advance)


def _unreadable(name: str, problem: AnalyzerError | OSError) -> Problem:
    """Why a blob was not read, without the path that the system calls it by."""
    if isinstance(problem, AnalyzerError):
        return error(problem.code, name, problem.message)
    return error(Code.NOT_READABLE, name, problem.strerror or "cannot be read")


def flatten(items: Iterable[TreeItem]) -> Iterator[TreeItem]:
    """Every item of a tree."""
    for item in items:
        yield item
        yield from flatten(item.children)


def blobs_of(items: Iterable[TreeItem]) -> dict[str, Digest | None]:
    """The blobs of a tree that are in the file, with the digest promised for each.

    Documents are not among them: they were hashed as they were read.
    """
    found: dict[str, Digest | None] = {}
    for item in flatten(items):
        if item.present and item.kind in {"layer", "attachment", "config", "blob"}:
            found.setdefault(item.name, item.declared)
    return found
