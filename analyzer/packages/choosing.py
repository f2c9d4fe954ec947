"""Which packages a person asked for: by type, name, layer and standing. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from analyzer.packages.contract import CLAIMED, DECLARED, VENDORED, Package


class Standing(StrEnum):
    """In what sense a package is in the image; each has exactly one."""

    INSTALLED = "installed"
    OWNED = "owned"
    """Installed, and seen a second time: a package of the system brought it."""
    VENDORED = VENDORED
    DECLARED = DECLARED
    CLAIMED = CLAIMED
    GONE = "gone"
    """Its database knows it and says that its files are not there."""


ALL_STANDINGS = frozenset(Standing)
COUNTED = frozenset({Standing.INSTALLED})
"""Each piece of software once."""


def standing_of(package: Package) -> Standing:
    """In what sense `package` is in the image."""
    if package.state in {DECLARED, CLAIMED}:
        return Standing(package.state)
    if not package.installed:
        return Standing.GONE
    if package.owner:
        return Standing.OWNED
    return Standing.VENDORED if package.state == VENDORED else Standing.INSTALLED


@dataclass(frozen=True, slots=True)
class Choice:
    """What to show; empty members leave all in."""

    types: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    """Globs, of which one has to fit: the name, or the namespace, a slash and the name. Case does
    not count."""
    layer: int | None = None
    """The layer that brought it."""
    standings: frozenset[Standing] = ALL_STANDINGS

    @property
    def narrow(self) -> bool:
        """Whether it leaves out packages for another reason than their standing."""
        return bool(self.types or self.names) or self.layer is not None

    def fits(self, package: Package) -> bool:
        """Whether `package` is asked for, whatever its standing."""
        if self.types and package.type not in self.types:
            return False
        if self.layer is not None and package.introduced_in != self.layer:
            return False
        return self.fits_name(package.namespace, package.name)

    def fits_name(self, namespace: str, name: str) -> bool:
        """Whether a name is asked for."""
        if not self.names:
            return True
        whole = f"{namespace}/{name}" if namespace else name
        spelled = {name.lower(), whole.lower()}
        return any(fnmatchcase(each, glob.lower()) for each in spelled for glob in self.names)

    def of(self, packages: Iterable[Package]) -> list[Package]:
        """Those of `packages` that are asked for, in their order."""
        return [p for p in packages if standing_of(p) in self.standings and self.fits(p)]

    def left_out(self, packages: Iterable[Package]) -> Counter[Standing]:
        """How many fit in everything but their standing."""
        return Counter(
            standing
            for package in packages
            if (standing := standing_of(package)) not in self.standings and self.fits(package)
        )


EVERYTHING = Choice()


def counts(packages: Sequence[Package]) -> tuple[Counter[str], Counter[Standing]]:
    """How many of each type are installed, each once, and how many others there are."""
    standings = [(package, standing_of(package)) for package in packages]
    return (
        Counter(package.type for package, standing in standings if standing in COUNTED),
        Counter(standing for _, standing in standings if standing not in COUNTED),
    )
