"""One layer of one image, and what the image is as of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyzer.comparing.inputs import Input
from analyzer.errors import InputError
from analyzer.image.model import Image
from analyzer.layers.scan import LayerScan
from analyzer.packages.contract import Package
from analyzer.packages.distro import Distro
from analyzer.problems import Code
from analyzer.reading import Tree
from analyzer.report import ImageReport


class LayerSide:
    """A layer, 0 being the lowest, as one side of a comparison.

    Raises:
        InputError: the image has no such layer.
    """

    def __init__(self, given: Input, report: ImageReport, layer: int) -> None:
        _require(report, layer)
        self.given = given
        self.report = report
        self.layer = layer
        self.image = given.image_of(report)
        self._known: dict[int, tuple[Distro | None, Sequence[Package]]] = {}

    @property
    def words(self) -> str:
        """Which layer this is, with its step."""
        step = self.report.layers[self.layer].created_by
        return f"layer {self.layer}" + (f": {step}" if step else "")

    def scan(self) -> LayerScan | None:
        """What the layer stores; None where it could not be read whole."""
        scan = self.given.run.scans(self.image)[self.layer]
        return scan if scan is not None and scan.complete else None

    def as_of(self, *, below: bool = False) -> Image:
        """The image with this layer on top, or with the one below it."""
        return replace(self.image, layers=self.image.layers[: self._count(below=below)])

    def packages(self, *, below: bool = False) -> Sequence[Package]:
        """Those of the image as of this layer, or of the one below it."""
        return self._contents(self._count(below=below))[1]

    def report_as_of(self) -> ImageReport:
        """The report of the image as of this layer: its layers, distribution and packages."""
        count = self._count(below=False)
        distro, packages = self._contents(count)
        layers = self.report.layers[:count]
        return replace(self.report, layers=layers, distro=distro, packages=tuple(packages))

    def tree(self, *, below: bool = False) -> Tree | None:
        """The merged tree as of this layer, or of the one below; None where it is not known."""
        packages = self.packages(below=below)
        return self.given.run.tree_with(packages, self.as_of(below=below))

    def _count(self, *, below: bool) -> int:
        return self.layer + (0 if below else 1)

    def _contents(self, count: int) -> tuple[Distro | None, Sequence[Package]]:
        """Of the lowest `count` layers."""
        if count not in self._known:
            lowest = replace(self.image, layers=self.image.layers[:count])
            self._known[count] = self.given.run.contents(lowest) if count else (None, ())
        return self._known[count]


def _require(image: ImageReport, layer: int) -> None:
    count = len(image.layers)
    if layer >= count:
        there_are = f"layers 0 to {count - 1}" if count else "no layers"
        raise InputError(
            Code.BAD_ARGUMENT,
            f"there is no layer {layer} in {image.label} {image.platform}",
            hint=f"there are {there_are}",
        )
