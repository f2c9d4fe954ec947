"""What reading the layers of one image gave, all that a report has of it."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.findings.model import Finding
from analyzer.image.model import Measured
from analyzer.packages.contract import Package
from analyzer.packages.distro import Distro
from analyzer.problems import Problem


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of each layer what its bytes are and what is wrong with them; of all together the rest.

    `captured` is how many bytes each layer had kept for catalogers. `problems` are those of the
    merge, the distribution and the packages.
    """

    measured: tuple[Measured, ...] = ()
    scanned: tuple[tuple[Problem, ...], ...] = ()
    captured: tuple[int, ...] = ()
    distro: Distro | None = None
    packages: tuple[Package, ...] = ()
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
