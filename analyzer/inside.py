"""Looking inside images: layers read as tar, merged, with who did what; files' content, proven.

Reports (`api.py`) tell what was found; this is for commands that ask for the files themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from analyzer.errors import InputError, IntegrityError
from analyzer.findings.config import ConfigFindings
from analyzer.image.model import Image, LayerRef
from analyzer.image.select import listing
from analyzer.layers.cache import LayerCache
from analyzer.layers.check import check_layer
from analyzer.layers.scan import Choose, LayerScan
from analyzer.layers.toccheck import check_table
from analyzer.layers.wants import CapturePlan
from analyzer.limits import Budget, Limits
from analyzer.opening import OpenImages, open_images, require_content
from analyzer.problems import Code, Problem, Severity, exit_code_of
from analyzer.rootfs.filedigests import sha256_of
from analyzer.rootfs.fold import RootFs
from analyzer.rootfs.origin import DigestOf, History, replay
from analyzer.scanning import SILENT, LayerStore, Progress, collector_paused


@dataclass(frozen=True, slots=True)
class Inside:
    """One platform of one image, with its layers read.

    `scans` has one element per layer position, bottom first; None for a layer that is not in the
    file. `digests`: whether the scans have the SHA-256 of every regular file.
    """

    image: Image
    scans: tuple[LayerScan | None, ...]
    history: History
    problems: tuple[Problem, ...]
    digests: bool
    steps: tuple[str, ...]
    """The build step of each layer as it may be shown: secrets masked, nothing for a terminal."""
    digest_of: DigestOf
    """The SHA-256 of a file that a layer stores; None where it was not taken."""

    @property
    def platform(self) -> str:
        """As every table is headed."""
        return str(self.image.platform)

    @property
    def config(self) -> Mapping[str, Any]:
        """The config document as parsed; empty where there is none."""
        return self.image.config.document if self.image.config is not None else {}


class Look:
    """An open input whose selected images were read."""

    def __init__(
        self, chosen: OpenImages, store: LayerStore, progress: Progress, *, digests: bool
    ) -> None:
        self._chosen = chosen
        self._store = store
        self._progress = progress
        self.name = chosen.opened.name
        """The input's base name."""
        self.kind = chosen.opened.kind
        self.everything = chosen.found.images
        """All images of the file, of which only the selected ones were read."""
        self.images = tuple(self._inside(image, digests=digests) for image in chosen.images)

    def _inside(self, image: Image, *, digests: bool) -> Inside:
        layers = [layer if layer.filesystem else None for layer in image.layers]
        scans = tuple(self._store.of(layer) if layer else None for layer in layers)
        names = [layer.name or f"layer {layer.position}" for layer in image.layers]

        digest_of = sha256_of(scans)
        history = replay(scans, names, digest_of)
        problems = {*image.problems, *self._layer_problems(image), *history.problems}
        return Inside(
            image, scans, history, tuple(sorted(problems)), digests, _steps(image), digest_of
        )

    def _layer_problems(self, image: Image) -> Iterator[Problem]:
        for layer in image.layers:
            scan = self._store.of(layer)
            if scan is not None:
                yield from scan.problems
                if scan.measured.digest is not None:
                    yield from check_layer(layer, scan.measured)
                    yield from check_table(layer, scan.measured)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of the file and of every image that was read, each once, sorted."""
        images = (problem for image in self.images for problem in image.problems)
        return tuple(sorted({*self._chosen.found.problems, *images}))

    @property
    def exit_code(self) -> int:
        """As `Report.exit_code` has it."""
        return exit_code_of(self.problems)

    def rootfs(self, inside: Inside, plan: CapturePlan) -> tuple[RootFs, tuple[Problem, ...]]:
        """The merged tree of an image with the files that `plan` wants, as it was scanned with."""
        return self._store.merged(inside.image, plan)

    def read(self, layer: LayerRef, choose: Choose) -> None:
        """Read a layer again for the content of files that `choose` wants (by `Entry.offset`).

        What the sinks got is proven only when this returns: keep it from users until then.

        Raises:
            IntegrityError: the layer is damaged, or not the one that was promised.
        """
        scan = self._store.read(layer, choose, self._progress)
        wrong = [*scan.problems, *check_layer(layer, scan.measured)]
        for problem in wrong:
            if problem.severity is Severity.ERROR:
                raise IntegrityError(problem.code, problem.detail, where=problem.where)


@contextmanager
def look_inside(
    path: str,
    *,
    images: Sequence[str] = (),
    platforms: Sequence[str] = (),
    limits: Limits | None = None,
    progress: Progress = SILENT,
    digests: bool = False,
    one: str = "",
    cache: LayerCache | None = None,
    plan: CapturePlan | None = None,
) -> Iterator[Look]:
    """Open `path` and read the layers of its selected images as tar.

    Args:
        path: as for `open_images`, like `images`, `platforms` and `limits`.
        images: as above.
        platforms: as above.
        limits: as above.
        progress: told of bytes read.
        digests: take the SHA-256 of every regular file.
        one: what needs exactly one platform, for the error where there are several; empty for
            what takes all.
        cache: of scans of earlier runs.
        plan: what to keep while the layers are read, for `Look.rootfs`; it takes the place of
            `digests`.

    Raises:
        AnalyzerError: as `open_images`; nothing of the selection is in the file; or a choice
            between platforms is needed.
    """
    limits = limits or Limits()
    with (
        collector_paused(),
        open_images(path, images=images, platforms=platforms, limits=limits) as chosen,
    ):
        if one:
            require_one(chosen, one)
        require_content(chosen)
        store = LayerStore(chosen.opened.source, Budget(limits), cache)
        if plan is None:
            plan = CapturePlan((), digests="" if digests else None)
        store.scan(chosen.images, plan, progress)
        yield Look(chosen, store, progress, digests=digests)


def _steps(image: Image) -> tuple[str, ...]:
    document = image.config.document if image.config is not None else {}
    told = ConfigFindings(document, len(image.layers))
    return tuple(told.step(layer.position, layer.created_by) for layer in image.layers)


def require_one(chosen: OpenImages, what: str) -> None:
    """Refuse a selection of several platforms, which `what` cannot do with, and list them.

    Raises:
        InputError: there are several.
    """
    if len(chosen.images) > 1:
        raise InputError(
            Code.AMBIGUOUS,
            f"{what} needs one platform, and there are {len(chosen.images)}",
            where=chosen.opened.name,
            hint=f"choose with --platform (and --image); there are: {listing(chosen.images)}",
        )
