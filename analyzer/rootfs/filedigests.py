"""Which digest is of which stored file: scans keep them by name, and the last of a name counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzer.digest import Digest
from analyzer.layers.scan import LayerScan
from analyzer.rootfs.origin import DigestOf
from analyzer.tarheader import Entry

_Known = tuple[Mapping[str, Digest], frozenset[int]]


def sha256_of(scans: Sequence[LayerScan | None]) -> DigestOf:
    """The SHA-256 of files of a stack of layers, where it was taken."""
    return _lookup(
        [(scan.digests, _replaced(scan, scan.digests)) if scan else None for scan in scans]
    )


def sha1_of(scans: Sequence[LayerScan | None]) -> DigestOf:
    """The SHA-1 of files of a stack of layers, where it was taken."""
    return _lookup([(scan.sha1, _replaced(scan, scan.sha1)) if scan else None for scan in scans])


def _lookup(known: Sequence[_Known | None]) -> DigestOf:
    def digest_of(layer: int, entry: Entry) -> Digest | None:
        of_layer = known[layer]
        if of_layer is None or entry.offset in of_layer[1]:
            return None
        return of_layer[0].get(entry.path)

    return digest_of


def _replaced(scan: LayerScan, digests: Mapping[str, Digest]) -> frozenset[int]:
    """Where the data lies of entries after which another of the same name follows."""
    if not digests:
        return frozenset()
    seen: set[str] = set()
    found = []
    for entry in reversed(scan.entries):
        if entry.path in seen:
            found.append(entry.offset)
        seen.add(entry.path)
    return frozenset(found)
