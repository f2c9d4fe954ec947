"""Every promise of a file against its bytes, as a table of checks with their findings.

The steps are those of the domain: documents, descriptors, names, layers, counts, platforms,
views, and last what no digest covers at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.digest import Digest, can_check, digest_bytes
from analyzer.image.blobs import flat_name, layout_name
from analyzer.image.model import Image, ImageSet
from analyzer.layers.check import check_layer
from analyzer.layers.toccheck import check_table, table_promises
from analyzer.limits import Limits
from analyzer.paths import printable
from analyzer.problems import Code, Problem, Severity, error, note, warning
from analyzer.scanning import SILENT, Progress
from analyzer.source.detect import Opened
from analyzer.source.shape import Shape
from analyzer.verify import programs
from analyzer.verify.checks import CHECK_OF, IN_LAYERS, PROVED_HERE, TITLES
from analyzer.verify.measure import Bytes, algorithm
from analyzer.verify.promises import (
    Promise,
    belongs,
    both_at_once,
    digest_in_name,
    promises_of,
)
from analyzer.verify.result import BY_NAME, Check, Finding, Integrity, Subject, Uncommitted
from analyzer.verify.values import values_of


def check_integrity(
    opened: Opened,
    images: Sequence[Image],
    found: ImageSet,
    limits: Limits,
    progress: Progress = SILENT,
) -> Integrity:
    """Check everything that the selected `images` of `found` and the file itself promise."""
    return _Run(opened, images, found, limits, progress).result()


@dataclass(frozen=True, slots=True)
class _Pair:
    """A digest (and size) promised for a member, and who promises."""

    check: str
    name: str
    digest: Digest
    size: int | None
    said_by: str


class _Run:
    """The checks of one file; each adds its count and findings."""

    def __init__(
        self,
        opened: Opened,
        images: Sequence[Image],
        found: ImageSet,
        limits: Limits,
        progress: Progress,
    ) -> None:
        self._opened = opened
        self._images = images
        self._found = found
        self._bytes = Bytes(opened.source, images, found, limits, progress)
        self._counts = dict.fromkeys(TITLES, 0)
        self._findings: dict[str, list[Finding]] = {name: [] for name in TITLES}
        self._committed: set[object] = set()
        self._in_layers: list[Problem] = []

    def result(self) -> Integrity:
        promises = [
            promise
            for name, value in self._bytes.documents.items()
            for promise in promises_of(value, name)
        ]
        self._members()
        self._documents()
        self._pairs(promises)
        self._embedded(promises)
        self._layers()
        self._platforms(promises)
        self._programs()
        uncommitted = self._uncommitted()
        self._problems()
        self._nothing_there()
        opened = self._opened
        return Integrity(
            opened.name,
            opened.kind,
            opened.size,
            tuple(_subject(image) for image in self._images),
            tuple(self._check(name) for name in TITLES),
            uncommitted,
        )

    def _check(self, name: str) -> Check:
        findings = self._findings[name]
        count = max(self._counts[name], len(findings)) if name == "other" else self._counts[name]
        return Check(name, TITLES[name], count, tuple(sorted(set(findings), key=_rank)))

    def _add(self, check: str, problem: Problem, values: tuple[str, ...] = ()) -> None:
        """Add a finding; `values` are what was declared, what was measured, and who declared."""
        offset = self._bytes.offset(problem.where)
        self._findings[check].append(Finding.of(problem, offset, values))

    # The file and its members.

    def _members(self) -> None:
        names = self._bytes.names()
        tar = self._bytes.source.container == "tar"
        self._counts |= {
            "archive": 1 if tar else 0,
            "trailing-bytes": 1 if tar else 0,
            "duplicate-members": len(names) if tar else 0,
            "outside-members": len(names),
            "unreferenced": sum(n.startswith("blobs/") for n in names) if self._images else 0,
            "views": len(self._images) if self._both_read() else 0,
        }
        used = dict.fromkeys(self._bytes.documents)
        layers = [layer.name for image in self._found.images for layer in image.layers]
        used |= dict.fromkeys(name for name in layers if name is not None)
        for name in names:
            if not belongs(name, used):
                what = "not part of the format"
                self._add("outside-members", note(Code.OUTSIDE_MEMBER, name, what))

    def _both_read(self) -> bool:
        """Whether there are two views of the images to compare."""
        tables = {"index.json", "manifest.json"}
        return self._opened.shape is Shape.BOTH and tables <= self._bytes.documents.keys()

    def _documents(self) -> None:
        documents = self._bytes.documents
        names = set(documents) | {n for n in self._found.measured if n not in self._bytes.skipped}
        self._counts |= dict.fromkeys(("documents", "duplicate-keys", "one-kind"), len(names))
        for name, value in documents.items():
            if both_at_once(value):
                what = "has 'manifests' and also 'layers' or 'config': tools will disagree about it"
                self._add("one-kind", error(Code.INDEX_AND_MANIFEST, name, what))

    # Digests, sizes, names.

    def _pairs(self, promises: Sequence[Promise]) -> None:
        pairs = list(dict.fromkeys((*self._by_descriptors(promises), *self._by_names())))
        every = [(name, "sha256") for name in self._bytes.names()]
        self._bytes.hash_all([*((p.name, algorithm(p.digest)) for p in pairs), *every])
        for problem in self._bytes.problems:
            self._add("archive", problem)
        for pair in pairs:
            self._committed.add(self._bytes.source.identity(pair.name))
            self._compare(pair)

    def _by_descriptors(self, promises: Iterable[Promise]) -> Iterator[_Pair]:
        for promise in promises:
            self._counts["presence"] += 1
            name = self._locate(promise.digest)
            if name is not None and name not in self._bytes.skipped:
                yield _Pair("digests", name, promise.digest, promise.size, promise.source)

    def _locate(self, digest: Digest) -> str | None:
        """The member that a descriptor means, as the readers of images find it."""
        source = self._bytes.source
        plain = flat_name(digest) if self._opened.shape is Shape.DIR else layout_name(digest)
        return next((n for n in (plain, f"{plain}.manifest.json") if source.has(n)), None)

    def _by_names(self) -> Iterator[_Pair]:
        for name in self._bytes.names():
            digest = digest_in_name(name)
            if digest is not None:
                yield _Pair("member-names", name, digest, None, BY_NAME)

    def _compare(self, pair: _Pair) -> None:
        seen = self._bytes.of(pair.name, algorithm(pair.digest))
        if seen is None:
            return  # it could not be read, which is said
        measured, size = seen
        self._counts[pair.check] += 1
        if not can_check(pair.digest):
            what = f"{pair.digest} of {pair.said_by} is of an algorithm that cannot be checked"
            self._add(pair.check, warning(Code.UNSUPPORTED, pair.name, what))
        elif measured != pair.digest:
            values = (str(pair.digest), str(measured), pair.said_by)
            what = "its bytes have another digest than declared"
            code = Code.NAME_MISMATCH if pair.check == "member-names" else Code.DIGEST_MISMATCH
            self._add(pair.check, error(code, pair.name, what), values)
        if pair.size is None:
            return
        self._counts["sizes"] += 1
        if size != pair.size:
            values = (f"{pair.size} bytes", f"{size} bytes", pair.said_by)
            what = "it has another size than declared"
            self._add("sizes", error(Code.SIZE_MISMATCH, pair.name, what), values)

    def _embedded(self, promises: Iterable[Promise]) -> None:
        for promise in promises:
            if promise.bad_data:
                self._counts["data"] += 1
                problem = warning(Code.BAD_DOCUMENT, promise.source, "'data' is not base64")
                self._add("data", problem)
            if promise.data is None or not can_check(promise.digest):
                continue
            self._counts["data"] += 1
            measured = digest_bytes(promise.data, algorithm(promise.digest))
            if measured != promise.digest:
                values = (str(promise.digest), str(measured), promise.source)
                what = "the copy embedded in a descriptor has another digest than declared there"
                self._add("data", error(Code.DIGEST_MISMATCH, promise.source, what), values)

    # Layers and what their configs say.

    def _layers(self) -> None:
        for image in self._images:
            self._counts["counts"] += image.config is not None
            if image.docker_archive:  # its manifest.json names members, not descriptors
                self._counts["presence"] += 1 + len(image.layers)
            for layer, bytes_ in zip(image.layers, self._bytes.measured(image), strict=True):
                scan = self._bytes.scan_of(layer)
                if scan is None or layer.name is None:
                    continue
                self._counts["layers"] += 1
                self._counts["trailing-bytes"] += layer.directory is None
                self._counts["media-types"] += bool(layer.media_type)
                self._in_layers += [*scan.problems, *check_layer(layer, bytes_)]
                self._counts["tables"] += len(table_promises(layer))
                for problem in check_table(layer, bytes_):
                    self._add("tables", problem)
                if layer.diff_id is None:
                    continue
                self._committed.add(self._bytes.source.identity(layer.name))
                if bytes_.diff_id is None or not can_check(layer.diff_id):
                    continue
                self._counts["diff-ids"] += 1
                if bytes_.diff_id != layer.diff_id:
                    config = image.config_document.name if image.config_document else "the config"
                    by = f"{config} rootfs.diff_ids[{layer.position}]"
                    values = (str(layer.diff_id), str(bytes_.diff_id), by)
                    what = f"layer {layer.position} inflates to another diff ID than declared"
                    problem = error(Code.DIFF_ID_MISMATCH, layer.name, what)
                    self._add("diff-ids", problem, values)

    def _platforms(self, promises: Iterable[Promise]) -> None:
        stated = {promise.digest for promise in promises if promise.platform}
        self._counts["platforms"] = sum(
            image.config is not None and image.manifest_declared in stated for image in self._images
        )

    def _programs(self) -> None:
        """The program that counts is the one of the topmost layer that has it."""
        for image in self._images:
            # Without a config only the folder of a root filesystem may name a processor.
            if image.config is None and not image.platform.architecture:
                continue
            top: dict[str, tuple[str, bytes]] = {}
            for layer in image.layers:
                scan = self._bytes.scan_of(layer) if layer.filesystem else None
                for path, captured in (scan.captured if scan else {}).items():
                    top[path] = layer.name or "", captured.data
            for path, (name, data) in sorted(top.items()):
                self._program(image, name, path, programs.machine(data))

    def _program(self, image: Image, name: str, path: str, number: int | None) -> None:
        if number is None:
            return
        self._counts["programs"] += 1
        known = programs.names_of(number)
        stated = image.platform.architecture
        if stated in known or (not known and not stated):
            return
        config = image.config_document.name if image.config_document else "the config"
        measured = " or ".join(known) or f"machine {number}"
        values = stated or "nothing", measured, f"{config} architecture"
        what = f"/{printable(path)} is a program for another processor than the image"
        self._add("programs", warning(Code.PROGRAM_MISMATCH, name, what), values)

    # What is left.

    def _uncommitted(self) -> tuple[Uncommitted, ...]:
        source = self._bytes.source
        items = []
        for name in self._bytes.names():
            if source.identity(name) in self._committed:
                continue
            seen = self._bytes.of(name)
            size = seen[1] if seen else source.size(name)
            items.append(Uncommitted(name, seen[0] if seen else None, size))
        return tuple(items)

    def _nothing_there(self) -> None:
        """A file in which nothing is there proves nothing; unless it is told why already."""
        wrong = any(f.severity is Severity.ERROR for fs in self._findings.values() for f in fs)
        if self._images and not wrong and not any(image.present for image in self._images):
            what = "nothing of the images is in the file, so nothing of them is proven"
            self._add("presence", error(Code.BLOB_MISSING, self._opened.name, what))

    def _problems(self) -> None:
        """What reading came upon; after the checks, so that it is not told twice."""
        for problem in dict.fromkeys(self._in_layers):
            self._file(problem, in_layer=True)
        for image in self._images:
            for problem in image.problems:
                self._file(problem, values_of(problem, image))
        for problem in {*self._found.problems, *self._opened.problems}:
            self._file(problem)

    def _file(
        self, problem: Problem, values: tuple[str, ...] = (), *, in_layer: bool = False
    ) -> None:
        """Put a problem where it belongs, unless a check of this module has said it better."""
        check = CHECK_OF.get(problem.code)
        if in_layer and (problem.code in IN_LAYERS or check is None):
            check = "layers"
        elif problem.where == self._opened.name and check is None:
            check = "archive"
        check = check or ("archive" if problem.code in IN_LAYERS else "other")
        if problem.code in PROVED_HERE and self._said(problem):
            return
        if check == "one-kind" and any(f.where == problem.where for f in self._findings[check]):
            return
        self._add(check, problem, values)

    def _said(self, problem: Problem) -> bool:
        """Whether a finding with both values tells the same."""
        checks = ("digests", "member-names", "data", "sizes", "diff-ids")
        said = (finding for check in checks for finding in self._findings[check])
        return any(
            f.declared
            and f.declared.removesuffix(" bytes") in problem.detail
            and f.measured.removesuffix(" bytes") in problem.detail
            for f in said
        )


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


def _rank(finding: Finding) -> tuple[int, Finding]:
    return _RANKS[finding.severity], finding


def _subject(image: Image) -> Subject:
    names = tuple(printable(name) for name in image.names)
    platform = printable(str(image.platform))
    return Subject(names, platform, image.image_id, image.manifest_digest)
