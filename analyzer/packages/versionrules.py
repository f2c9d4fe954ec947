"""By which rules a package's version is read.

Mostly its package URL type says that. Some systems have no type and are all `generic`; there it is
who found the package, since each of these catalogers reads the database of one system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.packages.contract import Package

_GENERIC = "generic"
_SYSTEMS = {
    "nix": "nix",
    "nodelocks": "npm",
    "opkg": "opkg",
    "php": "pear",
    "portage": "portage",
    "wordpress": "wordpress",
}
"""By cataloger. PEAR and PECL are what the one of PHP finds beyond Composer's packages, JSR's what
that of Node's lock files finds beyond npm's."""


def version_rules(package: Package) -> str:
    """The name of the rules, as `analyzer.diff.versions.order` takes it."""
    if package.type != _GENERIC:
        return package.type
    return _SYSTEMS.get(package.cataloger, package.type)
