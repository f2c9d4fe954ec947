"""How often each layer is read."""

from __future__ import annotations

from collections import Counter
from typing import Any, BinaryIO

import pytest

from analyzer.layers.scan import LayerScan, scan_layer


def counted_scans(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The passes over each blob from now on, by its name."""
    counts: Counter[str] = Counter()

    def counting(stream: BinaryIO, where: str, *args: Any, **named: Any) -> LayerScan:  # noqa: ANN401 - handed on
        counts[where] += 1
        return scan_layer(stream, where, *args, **named)

    monkeypatch.setattr("analyzer.scanning.scan_layer", counting)
    return counts
