"""Which digest is of which stored file of a stack of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzer.digest import Digest
from analyzer.layers.scan import LayerScan
from analyzer.rootfs.origin import DigestOf
from analyzer.tarheader import Entry


def sha256_of(scans: Sequence[LayerScan | None]) -> DigestOf:
    """The SHA-256 of files of a stack of layers, where it was taken."""
    return _lookup([scan.digests if scan else {} for scan in scans])


def sha1_of(scans: Sequence[LayerScan | None]) -> DigestOf:
    """The SHA-1 of files of a stack of layers, where it was taken."""
    return _lookup([scan.sha1 if scan else {} for scan in scans])


def _lookup(known: Sequence[Mapping[int, Digest]]) -> DigestOf:
    def digest_of(layer: int, entry: Entry) -> Digest | None:
        return known[layer].get(entry.offset)

    return digest_of
