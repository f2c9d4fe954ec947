"""One open input read as deep as is asked for, and its report."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from analyzer.contained import tree_of
from analyzer.findings.config import ConfigFindings
from analyzer.findings.model import Finding
from analyzer.findings.tree import USERS, tree_findings, user_findings
from analyzer.identifying import all_identities, made_up
from analyzer.image.identity import chain_of
from analyzer.image.model import NOT_MEASURED, Image, LayerRef, Measured
from analyzer.image.select import listing
from analyzer.image.synthesised import MadeUp
from analyzer.layers.check import check_layer
from analyzer.layers.scan import Choose, LayerScan
from analyzer.layers.shared import Remembered
from analyzer.layers.toccheck import check_table
from analyzer.layers.wants import NOTHING, CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.opening import OpenImages, require_content
from analyzer.packages.contract import Cataloger, Package
from analyzer.packages.distro import Distro
from analyzer.packages.evidence import distribution, evidence_of
from analyzer.packages.parsing import ParseCache
from analyzer.packages.registry import capture_plan, find_catalogers
from analyzer.packages.run import Inventory, inventory
from analyzer.paths import printable
from analyzer.problems import Code, Problem, Severity, error
from analyzer.recall.outcome import Outcome
from analyzer.recall.recall import Recall
from analyzer.report import TOOL, ImageReport, LayerReport, Report, SourceInfo
from analyzer.rootfs import tree as rootfs_tree
from analyzer.rootfs.fold import RootFs
from analyzer.scanning import (
    LayerStore,
    Progress,
    collector_paused,
)
from analyzer.sealed import SealedFolder

if TYPE_CHECKING:
    from analyzer.stock.files import Owners


class Depth(IntEnum):
    """How deep a run looks; each includes the ones before."""

    DOCUMENTS = 0
    """Documents, and the digest of every blob."""
    LAYERS = 1
    """Layers inflated: diff IDs and sizes."""
    PACKAGES = 2
    """Layers read as tar, merged, and catalogued."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The merged tree of one image, the scans it was made of, and who owns which file."""

    root: rootfs_tree.Node
    scans: tuple[LayerScan | None, ...]
    listed: Callable[[Collection[str] | None], Owners]
    """The packages that list these paths, or any; asked for few, it answers quickly."""
    stated: Mapping[str, str] = field(default_factory=dict)
    """By path what packages list, with its digest, as `digests_by_path`; where it was asked for."""


class Run:
    """One analysis of one open input.

    `files` asks for `ImageReport.files`; `digests` only for the SHA-256 of every regular file,
    which `tree` then tells. `parsed` is shared by inputs that are read together: databases that
    both have are parsed once. `recalled` is where what reading gives is kept between runs, for who
    asks for reports alone.
    """

    def __init__(
        self,
        chosen: OpenImages,
        limits: Limits,
        progress: Progress,
        cache: Remembered | None = None,
        *,
        files: bool = False,
        digests: bool = False,
        parsed: ParseCache | None = None,
        recalled: SealedFolder | None = None,
    ) -> None:
        self._chosen = chosen
        self._files = files
        self._digests = digests
        self._catalogers: tuple[Cataloger, ...] = ()
        self._source = chosen.opened.source
        self._progress = progress
        budget = Budget(limits)
        self._store = LayerStore(self._source, budget, cache)
        self._recall: Recall | None = None
        if recalled is not None and not files and not digests:
            self._recall = Recall(recalled, self._store, budget)
        self._outcomes: dict[int, Outcome] = {}  # by `id` of the image, which lives as long
        self._cache = parsed if parsed is not None else ParseCache()
        self._plan = NOTHING
        self._merged: tuple[Image, RootFs] | None = None

    def first_look(self) -> tuple[ImageReport, ...]:
        """The images, before any layer is read."""
        return tuple(self._image(image, Depth.DOCUMENTS) for image in self._chosen.images)

    @collector_paused()
    def report(self, depth: Depth) -> Report:
        """Everything that `depth` asks for of the selected images."""
        images = self._chosen.images
        if depth is not Depth.DOCUMENTS:
            require_content(self._chosen)
            self._read_layers(depth)
        measured = {
            layer.name: bytes_.digest
            for image in images
            for layer, bytes_ in zip(image.layers, self._measured(image), strict=True)
            if layer.name is not None and bytes_.digest is not None
        }
        nodes, problems = tree_of(self._chosen, measured, self._progress)
        if images and not any(image.present for image in images):
            what = f"nothing of {listing(images)} is in the file"
            problems.append(error(Code.BLOB_MISSING, self._chosen.opened.name, what))
        opened = self._chosen.opened
        return Report(
            tool=TOOL,
            source=SourceInfo(
                opened.name,
                opened.kind,
                opened.size,
                self._chosen.found.writer,
                self._chosen.found.evidence,
            ),
            tree=nodes,
            images=tuple(self._image(image, depth) for image in images),
            problems=tuple(sorted({*self._chosen.found.problems, *problems})),
        )

    def _read_layers(self, depth: Depth) -> None:
        """Scan the layers of all images, but of those whose outcome is known already."""
        images: Sequence[Image] = self._chosen.images
        if depth is Depth.LAYERS:
            self._store.scan(images, None, self._progress)
            return
        if self._recall is not None:
            known = self._recall.known(images, self._progress)
            pairs = list(zip(images, known, strict=True))
            self._outcomes = {id(image): found for image, found in pairs if found is not None}
            images = [image for image, found in pairs if image.present and found is None]
        if images:
            self._catalogers = find_catalogers()
            self._plan = _plan(self._catalogers, files=self._files, digests=self._digests)
            self._store.scan(images, self._plan, self._progress)

    def _measured(self, image: Image) -> tuple[Measured, ...]:
        known = self._outcomes.get(id(image))
        return known.measured if known is not None else self._store.measured(image)

    # What a report does not hold.

    def tree(self, report: ImageReport, image: Image, *, stated: bool = False) -> Tree | None:
        """The merged tree of an image that was read; None where a layer was not read whole.

        `stated` asks for `Tree.stated`, too.
        """
        return self.tree_with(report.packages, image, stated=stated)

    @collector_paused()
    def tree_with(
        self, packages: Sequence[Package], image: Image, *, stated: bool = False
    ) -> Tree | None:
        """As `tree`, of an image with these packages, or of its lowest layers alone.

        It is made anew each time but the first of the image that was read last, so that only the
        trees of the images at hand are in memory.
        """
        from analyzer.stock.files import digests_by_path, owners_by_path

        scans = self._store.scans(image)
        if not image.present or any(scan is None or not scan.complete for scan in scans):
            return None
        rootfs = self._rootfs(image)
        catalogers = self._catalogers

        def listed(paths: Collection[str] | None) -> Owners:
            return owners_by_path(rootfs, packages, catalogers, [], paths)

        digests = digests_by_path(rootfs, packages, self._catalogers) if stated else {}
        return Tree(rootfs.root, scans, listed, digests)

    def _rootfs(self, image: Image) -> RootFs:
        """The merged tree that is left from the report, once; else a new one."""
        left, self._merged = self._merged, None
        if left is not None and left[0] is image:
            return left[1]
        return self._store.merged(image, self._plan)[0]

    @collector_paused()
    def contents(self, image: Image) -> tuple[Distro | None, tuple[Package, ...]]:
        """Distribution and packages of an image of this input, or of its lowest layers alone."""
        rootfs, _ = self._store.merged(image, self._plan)
        distro, packages, _ = _catalogue(rootfs, self._catalogers, self._cache)
        return distro, packages.packages

    def scans(self, image: Image) -> tuple[LayerScan | None, ...]:
        """The scan of each layer, bottom first; None for what is not in the file."""
        return self._store.scans(image)

    def read(self, layer: LayerRef, choose: Choose) -> bool:
        """Read a layer again for the content of files that `choose` wants; whether it is proven.

        What the sinks got of a layer that is damaged, or not the promised one, is not to be used.
        """
        scan = self._store.read(layer, choose, self._progress)
        wrong = [*scan.problems, *check_layer(layer, scan.measured)]
        return not any(problem.severity is Severity.ERROR for problem in wrong)

    def _image(self, image: Image, depth: Depth) -> ImageReport:
        measured = self._measured(image)
        made: tuple[MadeUp, ...] = ()
        told = ConfigFindings(_config(image), len(image.layers))
        problems = [*image.problems]
        outcome, files = Outcome(findings=_config_findings(told)), None
        if depth is not Depth.DOCUMENTS:
            made = made_up(image, measured, self._chosen.found, self._source)
            problems += self._layer_problems(image, measured)
        if depth is Depth.PACKAGES and image.present:
            outcome, rootfs = self._outcome(image, told)
            problems += outcome.problems
            if self._files and rootfs is not None:
                from analyzer.stock.files import image_files

                scans = self._store.scans(image)
                files = image_files(rootfs, scans, outcome.packages, self._catalogers, problems)
        return ImageReport(
            names=tuple(printable(name) for name in image.names),
            position=image.position,
            platform=printable(str(image.platform)),
            platform_declared=image.platform_declared,
            completeness=image.completeness,
            image_id=image.image_id,
            manifest_digest=image.manifest_digest,
            index_digest=image.index_digest,
            identities=all_identities(image, measured, self._chosen.found, made),
            config=_config(image),
            layers=_layers(image, measured, told),
            distro=outcome.distro,
            packages=outcome.packages,
            problems=tuple(sorted(set(problems))),
            manifest=_manifest(image),
            made_up=made,
            findings=outcome.findings,
            files=files,
        )

    def _outcome(self, image: Image, told: ConfigFindings) -> tuple[Outcome, RootFs | None]:
        """What the layers of an image hold, and the merged tree unless it was known before."""
        known = self._outcomes.get(id(image))
        if known is not None:
            return known, None
        rootfs, notes = self._store.merged(image, self._plan)
        if self._digests:  # somebody will ask for the tree
            self._merged = image, rootfs
        distro, found, more = _catalogue(rootfs, self._catalogers, self._cache)
        scans = [self._store.of(layer) for layer in image.layers]
        outcome = Outcome(
            measured=self._store.measured(image),
            scanned=tuple(scan.problems if scan is not None else () for scan in scans),
            captured=tuple(scan.captured_bytes if scan is not None else 0 for scan in scans),
            distro=distro,
            packages=found.packages,
            findings=_findings(image, told, rootfs),
            problems=(*notes, *rootfs.problems, *found.problems, *more),
        )
        if self._recall is not None and all(scan is not None and scan.complete for scan in scans):
            self._recall.keep(image, outcome)
        return outcome, rootfs

    def _layer_problems(self, image: Image, measured: Sequence[Measured]) -> Iterator[Problem]:
        known = self._outcomes.get(id(image))
        for number, (layer, bytes_) in enumerate(zip(image.layers, measured, strict=True)):
            scan = self._store.of(layer) if known is None else None
            if known is not None:
                yield from known.scanned[number]
            elif scan is not None:
                yield from scan.problems
            else:
                continue
            if bytes_.digest is not None:  # else it could not be opened, which is said
                yield from check_layer(layer, bytes_)
                yield from check_table(layer, bytes_)


def _plan(catalogers: Sequence[Cataloger], *, files: bool, digests: bool) -> CapturePlan:
    plan = capture_plan(catalogers, Want(USERS, optional=True))
    return CapturePlan(plan.wants, digests="", sha1=files) if files or digests else plan


def _config_findings(told: ConfigFindings) -> tuple[Finding, ...]:
    """By the config alone."""
    return (*told.root_by_name(), *told.others())


def _findings(image: Image, told: ConfigFindings, rootfs: RootFs) -> tuple[Finding, ...]:
    """By the config and the merged tree."""
    shown = [item for item in rootfs.after[-1] if item.wanted == USERS] if rootfs.after else []
    users = next((item for item in shown if item.captured is not None), None)
    data = users.captured.data if users is not None and users.captured is not None else None
    steps = [_step(image, told, layer.position) for layer in image.layers]
    return (
        *user_findings(told, data, users.layer if users is not None else None),
        *told.others(),
        *tree_findings(rootfs.root, steps.__getitem__),
    )


def _step(image: Image, told: ConfigFindings, layer: int) -> str:
    """The build step of a layer with secrets masked."""
    return told.step(layer, image.layers[layer].created_by)


def _catalogue(
    rootfs: RootFs, catalogers: Sequence[Cataloger], cache: ParseCache
) -> tuple[Distro | None, Inventory, list[Problem]]:
    evidence = evidence_of(rootfs)
    distro, problems = distribution(evidence)
    return distro, inventory(evidence, catalogers, distro, cache, rootfs.root), problems


def _config(image: Image) -> Mapping[str, Any]:
    return image.config.document if image.config is not None else {}


def _manifest(image: Image) -> Mapping[str, Any]:
    value = image.manifest.value if image.manifest is not None else None
    return value if isinstance(value, Mapping) else {}


def _layers(
    image: Image, measured: Sequence[Measured], told: ConfigFindings
) -> tuple[LayerReport, ...]:
    # Of a tar with a folder for each platform, no part has a size of its own.
    known = [
        NOT_MEASURED if layer.folder else bytes_
        for layer, bytes_ in zip(image.layers, measured, strict=True)
    ]
    return tuple(
        LayerReport(
            digest=layer.digest or (bytes_.digest if bytes_.compression != "none" else None),
            # A root filesystem is no layer of any image; its tar's digest is no diff ID.
            diff_id=None if image.without_config == "rootfs" else layer.diff_id or bytes_.diff_id,
            chain_id=chain_id,
            media_type=layer.media_type,
            compression=bytes_.compression,
            size=bytes_.size if bytes_.size is not None else layer.size,
            uncompressed_size=bytes_.uncompressed_size,
            created_by=_step(image, told, layer.position),
            compressor=bytes_.compressor,
        )
        for layer, bytes_, chain_id in zip(
            image.layers, known, chain_of(image, measured), strict=True
        )
    )
