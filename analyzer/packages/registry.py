"""Finds the catalogers: one `CATALOGER` in each module of the folder `catalogers/`.

There is no list to edit and nothing registers itself; names with a leading underscore are
helpers and templates.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

from analyzer.layers.wants import CapturePlan, Want
from analyzer.packages import catalogers, distro
from analyzer.packages.contract import Cataloger


def find_catalogers() -> tuple[Cataloger, ...]:
    """Every cataloger of the package, sorted by name."""
    names = sorted(module.name for module in iter_modules(catalogers.__path__))
    modules = [import_module(f"{catalogers.__name__}.{name}") for name in names if name[0] != "_"]
    found: list[Cataloger] = [module.CATALOGER for module in modules]
    return tuple(sorted(found, key=lambda cataloger: cataloger.name))


def capture_plan(chosen: Iterable[Cataloger], *more: Want) -> CapturePlan:
    """What the `chosen` catalogers and the distribution's recognition want to see, and `more`."""
    wants = [want for cataloger in chosen for want in cataloger.wants]
    return CapturePlan((*wants, *distro.WANTS, *more))
