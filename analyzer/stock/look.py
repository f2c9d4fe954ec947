"""Images opened with everything that catalogers need to see, and their packages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from analyzer.inside import Inside, Look, look_inside
from analyzer.layers.cache import LayerCache
from analyzer.limits import Limits
from analyzer.packages.contract import Cataloger, Owned, Package, Problem
from analyzer.packages.desk import Evidence
from analyzer.packages.distro import Distro
from analyzer.packages.evidence import distribution, evidence_of
from analyzer.packages.parsing import ParseCache
from analyzer.packages.registry import capture_plan, find_catalogers
from analyzer.packages.run import inventory, owned_files, presence
from analyzer.problems import exit_code_of
from analyzer.rootfs.tree import Node
from analyzer.scanning import SILENT, Progress


@dataclass(frozen=True, slots=True)
class Stock:
    """One platform of one image with its packages.

    `steps` are the build steps of the layers, with secrets masked. `evidence[k]` is what
    catalogers see after layer `k`.
    """

    inside: Inside
    root: Node
    steps: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    distro: Distro | None
    packages: tuple[Package, ...]
    problems: tuple[Problem, ...]
    catalogers: tuple[Cataloger, ...]
    cache: ParseCache

    def after_each_layer(self) -> list[list[Package]]:
        """The packages after each layer, bottom first."""
        return presence(self.evidence, self.catalogers, self.cache, self.root)

    def owned(self, layer: int, problems: list[Problem]) -> Iterator[tuple[str, Owned]]:
        """The files that packages own after a layer, each with the cataloger that says so."""
        return owned_files(self.evidence[layer], self.catalogers, problems)


@dataclass(frozen=True, slots=True)
class StockLook:
    """An open input with the packages of its selected images."""

    look: Look
    stocks: tuple[Stock, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of the file, its images and their packages, each once, sorted."""
        found = {problem for stock in self.stocks for problem in stock.problems}
        return tuple(sorted({*self.look.problems, *found}))

    def exit_code(self, more: Sequence[Problem] = ()) -> int:
        """As `Report.exit_code` has it; `more` are problems that were met since."""
        return exit_code_of((*self.problems, *more))


@contextmanager
def look_at_stock(
    path: str,
    *,
    images: Sequence[str] = (),
    platforms: Sequence[str] = (),
    limits: Limits | None = None,
    progress: Progress = SILENT,
    one: str = "",
    cache: LayerCache | None = None,
) -> Iterator[StockLook]:
    """Open `path`, read its layers and find the packages of its selected images.

    Arguments and errors as for `look_inside`.
    """
    catalogers = find_catalogers()
    with look_inside(
        path,
        images=images,
        platforms=platforms,
        limits=limits,
        progress=progress,
        one=one,
        cache=cache,
        plan=capture_plan(catalogers),
    ) as look:
        known = ParseCache()
        yield StockLook(
            look, tuple(_stock(look, inside, catalogers, known) for inside in look.images)
        )


def _stock(
    look: Look, inside: Inside, catalogers: tuple[Cataloger, ...], cache: ParseCache
) -> Stock:
    rootfs, notes = look.rootfs(inside, capture_plan(catalogers))
    evidence = evidence_of(rootfs)
    distro, problems = distribution(evidence)
    found = inventory(evidence, catalogers, distro, cache, rootfs.root)
    return Stock(
        inside,
        rootfs.root,
        inside.steps,
        tuple(evidence),
        distro,
        found.packages,
        (*notes, *problems, *found.problems),
        catalogers,
        cache,
    )
