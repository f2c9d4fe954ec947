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

from analyzer.api import Depth, analyze, diff, to_spdx
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
    "to_document",
    "to_spdx",
]


def __dir__() -> list[str]:
    return __all__
