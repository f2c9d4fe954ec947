"""Documents of the file by their digest, wherever the forms keep them."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.digest import Digest, algorithm_of, can_check, digest_bytes
from analyzer.errors import AnalyzerError
from analyzer.image.blobs import flat_name, layout_name
from analyzer.image.schema1 import digest_as_signed
from analyzer.limits import Limits
from analyzer.source.base import BlobSource, read_bounded
from analyzer.verify.claim import Claim, claim_of


def stored_document(
    source: BlobSource, digest: Digest, known: Sequence[bytes], limits: Limits
) -> Claim | None:
    """The manifest or index of that digest, among those `known` or in `source`.

    None where there is none, or where it says nothing that could be followed.
    """
    if not can_check(digest):
        return None
    algorithm = algorithm_of(digest)
    for raw in (*known, *_blobs(source, digest, limits)):
        signed = digest_as_signed(raw, "the document", algorithm, limits)
        if digest in {digest_bytes(raw, algorithm), signed}:
            try:
                return claim_of(raw, "the document", limits)
            except AnalyzerError:
                return None
    return None


def _blobs(source: BlobSource, digest: Digest, limits: Limits) -> list[bytes]:
    """The bytes below the names that the digest may have."""
    found = []
    flat = flat_name(digest)
    for name in (layout_name(digest), flat, f"{flat}.manifest.json"):
        try:
            if source.has(name):
                found.append(read_bounded(source, name, limits.manifest_bytes) or b"")
        except (AnalyzerError, OSError):
            continue
    return found
