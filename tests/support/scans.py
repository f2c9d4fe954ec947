"""Scans in tests: how often each layer is read, and the digests of its files by name."""

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


def sha256s(scan: LayerScan) -> dict[str, str]:
    """The SHA-256 of files by name, of which the last counts."""
    return {e.path: scan.digests[e.offset] for e in scan.entries if e.offset in scan.digests}


def sha1s(scan: LayerScan) -> dict[str, str]:
    """The SHA-1 of files by name, of which the last counts."""
    return {e.path: scan.sha1[e.offset] for e in scan.entries if e.offset in scan.sha1}
