"""Signatures and the like that a layout holds and its `index.json` does not name.

`cosign save` starts `index.json` anew with each thing that it writes, so that referrers it saved
before the image are there as blobs only (cosign cmd/cosign/cli/save.go, `SaveCmd`;
pkg/oci/layout/write.go). What they are about still stands in them.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.errors import AnalyzerError
from analyzer.image.blobs import Blobs, stated_digest
from analyzer.image.documents import Descriptor, guess_media_type, parse_manifest
from analyzer.image.manifests import manifest_kind
from analyzer.problems import Code, note


def unlisted_referrers(blobs: Blobs) -> Iterator[Descriptor]:
    """Descriptors of manifests with a `subject` that no document led to; images are not among them.

    A note about each goes to the problems of `blobs`.
    """
    for name in sorted(blobs.source.names()):
        digest = stated_digest(name)
        size = blobs.source.size(name)
        if digest is None or name in blobs.used or size > blobs.limits.manifest_bytes:
            continue
        value = blobs.peek(name)
        if not isinstance(value, dict) or "subject" not in value:
            continue
        descriptor = Descriptor(guess_media_type(value), digest, size)
        try:
            manifest = parse_manifest(value, name)
        except AnalyzerError:  # whatever it is, it stays an unreferenced blob
            continue
        if manifest.subject is not None and manifest_kind(manifest, descriptor) != "manifest":
            what = "no index or manifest leads to it; found by what it says that it is about"
            blobs.problems.append(note(Code.UNREFERENCED_BLOB, name, what))
            yield descriptor
