"""Values of two configs as they may be shown: what looks like a secret in either is masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.findings.config import ConfigFindings
from analyzer.findings.secrets import Masker
from analyzer.findings.values import masked_value

if TYPE_CHECKING:
    from analyzer.report import ImageReport


class Shown:
    """Masks values that were compared as they stand; both sides alike, so that these can be."""

    def __init__(self, *images: ImageReport) -> None:
        told = [ConfigFindings(image.config, len(image.layers)) for image in images]
        self._masker = Masker(frozenset[str]().union(*(each.known for each in told)))

    def text(self, text: str) -> str:
        """A build step or a name."""
        return self._masker.text(text)

    def value(self, name: str, value: object) -> Any:  # noqa: ANN401 - any JSON
        """A value that is called `name`."""
        return masked_value(value, self._masker, name)
