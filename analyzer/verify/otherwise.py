"""What still holds where a manifest names another config than the one in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analyzer.digest import Digest, algorithm_of, can_check, digest_bytes, encoded_of
from analyzer.errors import AnalyzerError
from analyzer.image.blobs import flat_name, layout_name
from analyzer.image.documents import Manifest, load_json
from analyzer.image.model import Image, Measured
from analyzer.limits import Limits
from analyzer.paths import printable
from analyzer.source.base import BlobSource, read_bounded

_FIELDS = 20


def what_still_holds(
    manifest: Manifest,
    image: Image,
    measured: Sequence[Measured],
    config: Mapping[str, Any] | None,
) -> Iterator[str]:
    """Sentences about layers and fields; `config` is the manifest's own, where it can be had."""
    yield _layers(manifest, measured)
    if config is None:
        yield f"to see which fields differ, bring the config {manifest.config.digest}"
    elif image.config is not None:
        fields = list(dict.fromkeys(differing(config, image.config.document)))
        if config.get("rootfs") == image.config.document.get("rootfs"):
            yield "both configs list the same diff IDs: the same layers, another config"
        more = f" and {len(fields) - _FIELDS} more" if len(fields) > _FIELDS else ""
        yield f"the configs differ in: {', '.join(fields[:_FIELDS]) or 'white space only'}{more}"


def _layers(manifest: Manifest, measured: Sequence[Measured]) -> str:
    here: list[set[Digest | None]] = [{one.digest, one.diff_id} for one in measured]
    listed = [layer.digest for layer in manifest.layers]
    same = sum(any(digest in found for found in here) for digest in listed)
    pairs = zip(listed, here, strict=False)
    if listed and len(here) == len(listed) and all(digest in found for digest, found in pairs):
        return f"the same layers ({len(listed)}), with another config"
    if same:
        return f"another config; {same} of the {len(listed)} layers listed are in this image"
    if measured and all(one.compression == "none" for one in measured):
        return (
            "another config; layers are stored uncompressed here and cannot be compared with "
            "the compressed ones that the manifest lists"
        )
    return "nothing in common: another config, and none of the layers listed"


def stored_config(
    source: BlobSource, manifest: Manifest, limits: Limits
) -> Mapping[str, Any] | None:
    """The config that the manifest means: embedded in its descriptor, or stored in this file."""
    promised = manifest.config
    digest = promised.digest
    if not can_check(digest):
        return None
    raws = [promised.data]
    encoded = encoded_of(digest)
    for name in (layout_name(digest), flat_name(digest), f"{encoded}.json", f"sha256:{encoded}"):
        try:
            if source.has(name):
                raws.append(read_bounded(source, name, limits.document_bytes))
        except (AnalyzerError, OSError):
            continue
    for raw in raws:
        if raw and digest_bytes(raw, algorithm_of(digest)) == digest:
            try:
                value = load_json(raw, "config", limits)[0]
            except AnalyzerError:
                return None
            return value if isinstance(value, dict) else None
    return None


def differing(one: object, other: object, place: str = "") -> Iterator[str]:
    """Paths of the members that differ; lists and plain values are compared whole."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            path = f"{place}.{printable(key)}" if place else printable(key)
            if key in one and key in other:
                yield from differing(one[key], other[key], path)
            else:
                yield path
    elif one != other:
        yield place
