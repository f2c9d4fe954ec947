"""Whether an image itself states what a minimum element of its document asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analyzer.bills.model import Element
from analyzer.checks.minimum import says_nothing
from analyzer.packages.contract import Package
from analyzer.packages.digestmeaning import own_digests
from analyzer.report import ImageReport

_VENDOR = "org.opencontainers.image.vendor"
_LICENCES = "org.opencontainers.image.licenses"
"""OCI image-spec v1.1, annotations.md."""
_ALWAYS = frozenset({"name", "dependency", "timestamp", "tool", "context"})
"""Whoever reads an image knows these; without them a document is worse than it has to be."""


class FromImage:
    """Answers for the documents of one image."""

    def __init__(self, image: ImageReport) -> None:
        self._labels = _labels(image.config)
        self._hash = image.registry_digest
        self._digest = image.manifest_digest or image.image_id
        self._packages: dict[tuple[str, ...], list[Package]] = {}
        for package in image.installed:  # what others claim of a package is not its own word
            for key in ((package.purl,), (package.name, package.version)):
                self._packages.setdefault(key, []).append(package)

    def __call__(self, minimum: str, element: Element | None) -> bool:
        """Whether the image states `minimum` of `element`, or of the document."""
        if minimum in _ALWAYS:
            return True
        if element is None:  # who writes a document stands in no image
            return False
        if element.kind in {"image", "index"}:
            return self._image(minimum)
        found = self._packages.get((element.purl,)) if element.purl else None
        found = found or self._packages.get((element.name, element.version), [])
        return any(_states(package, minimum) for package in found)

    def _image(self, minimum: str) -> bool:
        if minimum == "supplier":
            return not says_nothing(self._labels.get(_VENDOR, ""))
        if minimum == "licence":
            return not says_nothing(self._labels.get(_LICENCES, ""))
        if minimum == "hash":  # the image ID is of the config alone
            return self._hash is not None
        return self._digest is not None


def _labels(config: Mapping[str, Any]) -> Mapping[str, str]:
    inner = config.get("config")
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    if not isinstance(labels, dict):
        return {}
    return {name: value for name, value in labels.items() if isinstance(value, str)}


def _states(package: Package, minimum: str) -> bool:
    match minimum:
        case "supplier":
            return not says_nothing(package.supplier)
        case "version":
            return not says_nothing(package.version)
        case "identifier" | "software-identifier":
            return bool(package.purl)
        case "hash":
            return bool(own_digests(package))
        case _:
            return any(not says_nothing(text) for text in package.licenses)
