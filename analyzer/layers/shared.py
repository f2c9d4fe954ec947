"""Scans that several inputs of one run share, by what the layer's bytes hash to.

Two files that have a layer in common have it inflated and read once: of the second only the
blob is hashed. As in the cache on disk, nothing is taken for a digest that was only promised.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from analyzer.problems import Severity

if TYPE_CHECKING:
    from analyzer.digest import Digest
    from analyzer.layers.cache import LayerCache
    from analyzer.layers.scan import LayerScan


class Remembered(Protocol):
    """Where scans are looked for before a layer is read, and kept afterwards."""

    def has(self, digest: Digest, fingerprint: str) -> bool:
        """Whether hashing the blob may be enough; `digest` is only the promised one yet."""

    def load(self, digest: Digest, fingerprint: str, where: str) -> LayerScan | None:
        """The scan of the blob that hashes to `digest`, with problems that call it `where`."""

    def store(self, scan: LayerScan, fingerprint: str, where: str) -> None:
        """Keep a scan whose problems call the layer `where`."""


class SharedScans:
    """Scans in memory, in front of a cache on disk where there is one."""

    def __init__(self, cache: LayerCache | None = None) -> None:
        self._cache = cache
        self._scans: dict[tuple[Digest, str], tuple[LayerScan, str]] = {}

    def has(self, digest: Digest, fingerprint: str) -> bool:
        """As `Remembered` has it."""
        if (digest, fingerprint) in self._scans:
            return True
        return self._cache is not None and self._cache.has(digest, fingerprint)

    def load(self, digest: Digest, fingerprint: str, where: str) -> LayerScan | None:
        """As `Remembered` has it."""
        if (digest, fingerprint) in self._scans:
            scan, called = self._scans[digest, fingerprint]
            return scan if called == where else _called(scan, called, where)
        if self._cache is None:
            return None
        found = self._cache.load(digest, fingerprint, where)
        if found is not None:
            self._keep(found, fingerprint, where)
        return found

    def store(self, scan: LayerScan, fingerprint: str, where: str) -> None:
        """As `Remembered` has it; what could not be read whole is read again where it is met."""
        self._keep(scan, fingerprint, where)
        if self._cache is not None:
            self._cache.store(scan, fingerprint, where)

    def _keep(self, scan: LayerScan, fingerprint: str, where: str) -> None:
        digest = scan.measured.digest
        wrong = any(problem.severity is Severity.ERROR for problem in scan.problems)
        if digest is not None and scan.complete and not wrong:
            self._scans[digest, fingerprint] = scan, where


def _called(scan: LayerScan, before: str, now: str) -> LayerScan:
    """The same scan of a layer that has another name."""
    problems = tuple(replace(p, where=now) if p.where == before else p for p in scan.problems)
    return replace(scan, problems=problems)
