"""Blobs that lie under another name than their digest: found by what they are.

OCI image-spec v1.1, image-layout.md: a blob's name MUST be its digest. Copies that were renamed by
hand or by a broken tool can still be read; that the name is wrong is said.
"""

from __future__ import annotations

from analyzer.digest import Digest, algorithm_of, digest_stream
from analyzer.errors import AnalyzerError
from analyzer.source.base import BlobSource


class Misplaced:
    """Looks for blobs by size first, so that only what may fit is hashed, and that once."""

    def __init__(self, source: BlobSource) -> None:
        self._source = source
        self._sizes: dict[tuple[str, int], list[str]] | None = None
        self._digests: dict[str, Digest | None] = {}

    def find(self, digest: Digest, size: int) -> str | None:
        """The name of a blob that has exactly this digest and size; its own name says another."""
        names = self._by_size().get((algorithm_of(digest), size), ())
        return next((name for name in names if self._digest(name) == digest), None)

    def _by_size(self) -> dict[tuple[str, int], list[str]]:
        if self._sizes is None:
            self._sizes = {}
            for name in sorted(self._source.names()):
                folder, _, rest = name.partition("/")
                algorithm, _, encoded = rest.partition("/")
                if folder == "blobs" and encoded and algorithm in {"sha256", "sha384", "sha512"}:
                    key = algorithm, self._source.size(name)
                    self._sizes.setdefault(key, []).append(name)
        return self._sizes

    def _digest(self, name: str) -> Digest | None:
        """The digest of a blob by the algorithm of its folder; None if it cannot be read."""
        if name not in self._digests:
            try:
                with self._source.open(name) as stream:
                    found, _ = digest_stream(stream, name.split("/")[1])
            except (AnalyzerError, OSError):  # whoever reads it as what it is named says so
                self._digests[name] = None
            else:
                self._digests[name] = found
        return self._digests[name]
