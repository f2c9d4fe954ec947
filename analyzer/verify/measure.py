"""The bytes of a file, measured once: documents, layers in one pass, and everything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from analyzer.digest import Digest, algorithm_of, can_check, digest_bytes
from analyzer.errors import AnalyzerError
from analyzer.image.documents import load_json
from analyzer.image.model import Image, ImageSet, LayerRef, Measured
from analyzer.layers.scan import LayerScan
from analyzer.layers.wants import CapturePlan
from analyzer.limits import Budget, Limits
from analyzer.problems import Problem
from analyzer.scanning import LayerStore, Progress, hash_blobs
from analyzer.source.base import BlobSource, read_bounded
from analyzer.verify import programs
from analyzer.verify.promises import digest_in_name


class Bytes:
    """What the members of one source measure; blobs of images not chosen are left alone."""

    def __init__(
        self,
        source: BlobSource,
        images: Sequence[Image],
        found: ImageSet,
        limits: Limits,
        progress: Progress,
    ) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._limits = limits
        self._progress = progress
        self._store = LayerStore(source, Budget(limits))
        self._known: dict[tuple[object, str], tuple[Digest, int] | None] = {}
        self.skipped = frozenset(_names(found.images, images) - _names(images))
        self.documents = dict(self._documents(found.measured))
        self._scan(images)

    def names(self) -> list[str]:
        """Every member that counts, sorted."""
        return [name for name in sorted(self.source.names()) if name not in self.skipped]

    def _documents(self, read: Mapping[str, Digest]) -> Iterator[tuple[str, Any]]:
        """Every document that was read, parsed again from its bytes."""
        for name in sorted(read):
            if name in self.skipped or not self.source.has(name):
                continue
            try:
                raw = read_bounded(self.source, name, self._limits.document_bytes)
                if raw is None:
                    continue
                self._keep(name, digest_bytes(raw), len(raw))
                if digest_in_name(name):  # a schema 1 manifest lies under that of what was signed
                    self._keep(name, read[name], len(raw))
                yield name, load_json(raw, name, self._limits)[0]
            except (AnalyzerError, OSError):
                continue  # it was said when the images were read

    def _keep(self, name: str, digest: Digest, size: int) -> None:
        self._known[self.source.identity(name), algorithm_of(digest)] = (digest, size)

    def _scan(self, images: Sequence[Image]) -> None:
        configs = [image.config.document for image in images if image.config is not None]
        self._store.scan(images, CapturePlan(programs.wants(configs)), self._progress)
        for image in images:
            for layer, bytes_ in zip(image.layers, self.measured(image), strict=True):
                if layer.name and bytes_.digest is not None and bytes_.size is not None:
                    self._keep(layer.name, bytes_.digest, bytes_.size)

    def measured(self, image: Image) -> tuple[Measured, ...]:
        """What the bytes of each layer are."""
        return self._store.measured(image)

    def scan_of(self, layer: LayerRef) -> LayerScan | None:
        """The scan of a layer that is in the file."""
        return self._store.of(layer)

    def hash_all(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Measure every (name, algorithm) that is not known yet."""
        todo: dict[str, dict[tuple[object, str], str]] = {}
        for name, algorithm in wanted:
            key = self.source.identity(name), algorithm
            if key not in self._known:
                todo.setdefault(algorithm, {}).setdefault(key, name)
        for algorithm, members in sorted(todo.items()):
            asked = {name: Digest(f"{algorithm}:") for name in members.values()}
            done = hash_blobs(self.source, asked, self._progress)
            for key, name in members.items():
                found = done[name]
                self._known[key] = (found.digest, found.size) if found.digest else None
                if found.problem is not None:
                    self.problems.append(found.problem)

    def of(self, name: str, algorithm: str = "sha256") -> tuple[Digest, int] | None:
        """Digest and size of a member after `hash_all`; None where it could not be read."""
        return self._known.get((self.source.identity(name), algorithm))

    def offset(self, name: str) -> int | None:
        """Where a member's bytes begin in the (inflated) tar; None where that means nothing.

        `name` may have a place in the member behind it, after a blank.
        """
        if self.source.container != "tar" or not name:
            return None
        name = name if self.source.has(name) else name.partition(" ")[0]
        if not self.source.has(name):
            return None
        match self.source.identity(name):
            case (int() as offset, int()):
                return offset
        return None


def algorithm(digest: Digest) -> str:
    """The algorithm to measure by: that of the promise where it can be computed."""
    return algorithm_of(digest) if can_check(digest) else "sha256"


def _names(images: Sequence[Image], but: Sequence[Image] = ()) -> set[str]:
    """The blobs that belong to images and to nothing above them."""
    names: set[str] = set()
    for image in images:
        if any(image is other for other in but):
            continue
        documents = (image.manifest, image.config_document)
        names |= {document.name for document in documents if document is not None}
        names |= {layer.name for layer in image.layers if layer.name is not None}
    return names
