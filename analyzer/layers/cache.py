"""Scans of layers kept on disk between runs, by what the layer's bytes hash to.

A hit saves inflating and reading the tar, never the hashing of the blob: the caller hashes it and
asks for that digest. An entry that does not read as a scan is as if it were not there.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from analyzer.digest import Digest
from analyzer.layers.scan import LayerScan
from analyzer.layers.stored import FORMAT, BadScan, read_scan, scan_bytes
from analyzer.layers.wants import CapturePlan
from analyzer.limits import Limits
from analyzer.problems import Severity
from analyzer.sealed import SealedFolder
from analyzer.version import __version__

SCAN, IMAGE = "scan", "image"
"""What lies in the folder: scans of layers, and what came of all layers of an image."""


class LayerCache:
    """The scans in one folder, which is made when the first one is stored."""

    def __init__(self, folder: Path, limit_bytes: int = Limits().cache_bytes) -> None:
        self.folder = SealedFolder(folder, (SCAN, IMAGE), limit_bytes)

    def has(self, digest: Digest, fingerprint: str) -> bool:
        """Whether hashing the blob may be enough; `digest` is only the promised one yet."""
        return self.folder.has(_about(digest, fingerprint), SCAN)

    def load(self, digest: Digest, fingerprint: str, where: str) -> LayerScan | None:
        """The scan of the blob that hashes to `digest`; None when there is none to be trusted."""
        about = _about(digest, fingerprint)
        data = self.folder.read(about, SCAN)
        if data is None:
            return None
        try:
            scan = read_scan(data, where)
        except BadScan:
            scan = None
        if scan is not None and scan.measured.digest == digest:
            return scan
        self.folder.forget(about, SCAN)
        return None

    def store(self, scan: LayerScan, fingerprint: str, where: str) -> None:
        """Keep a scan that is whole; what cannot be kept is simply not there the next time."""
        digest = scan.measured.digest
        wrong = any(problem.severity is Severity.ERROR for problem in scan.problems)
        if digest is not None and not wrong and scan.complete:
            self.folder.write(_about(digest, fingerprint), SCAN, scan_bytes(scan, where))


def _about(digest: Digest, fingerprint: str) -> str:
    return f"{digest}\0{fingerprint}"


def fingerprint_of(plan: CapturePlan | None, limits: Limits, diff_algorithm: str) -> str:
    """Equal where a scan would find the same in the same bytes."""
    asked = plan.fingerprint if plan is not None else "digests only"
    parts = (FORMAT, __version__, asked, limits, diff_algorithm)
    return hashlib.sha256(repr(parts).encode()).hexdigest()
