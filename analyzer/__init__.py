"""Offline analyzer for container image archives.

>>> import analyzer
>>> report = analyzer.analyze("fixtures/layouts/multi")
>>> for image in report.images:
...     print(image.names[0], image.platform, image.distro.id, len(image.installed) > 0)
1.0 linux/amd64 debian True
1.0 linux/arm64 debian True
>>> [identity.origin.value for identity in report.images[0].identities[:3]]
['stored', 'stored', 'stored']
>>> analyzer.diff(report, report).differs
False

Everything else in this package may change without notice.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without loading typing
if TYPE_CHECKING:
    from types import ModuleType

    from analyzer.api import Depth, analyze, diff, to_cyclonedx, to_spdx
    from analyzer.errors import AnalyzerError
    from analyzer.limits import Limits
    from analyzer.opening import open_images
    from analyzer.packages.contract import Package
    from analyzer.problems import Problem
    from analyzer.report import ImageReport, Report, to_document
    from analyzer.version import __version__

__all__ = [
    "AnalyzerError",
    "Depth",
    "ImageReport",
    "Limits",
    "Package",
    "Problem",
    "Report",
    "__version__",
    "analyze",
    "diff",
    "open_images",
    "to_cyclonedx",
    "to_document",
    "to_spdx",
]
_HOMES = {
    "AnalyzerError": "errors",
    "ImageReport": "report",
    "Limits": "limits",
    "Package": "packages.contract",
    "Problem": "problems",
    "Report": "report",
    "__version__": "version",
    "open_images": "opening",
    "to_document": "report",
}
"""The module of each public name that is not in `api`."""


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for: the command must start before that."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'api')}"), name)


def __dir__() -> list[str]:
    return __all__


class _Package(type(sys)):  # type: ignore[misc]  # types.ModuleType, without loading types
    """This package. Python would put the subpackage `diff` in the place of the function."""

    @property
    def diff(self) -> object:
        return __getattr__("diff")

    @diff.setter
    def diff(self, _subpackage: ModuleType) -> None:
        """Keep the function; the subpackage is imported from by its full name."""


sys.modules[__name__].__class__ = _Package
