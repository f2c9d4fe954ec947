"""What a Docker schema 1 manifest proves of an image, although it names no config.

It lists layers by the digest of their stored bytes, so bytes that hash to those are its layers.
Where it was converted from a newer manifest, it does commit to a config all the same: docker
distribution (manifest/schema1/config_builder.go) and skopeo make the newest v1 ID from the
config's bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from analyzer.digest import Digest
from analyzer.errors import AnalyzerError
from analyzer.image.documents import load_json
from analyzer.image.model import Image, LayerRef, Measured
from analyzer.image.schema1 import Schema1
from analyzer.image.v1ids import ggcr_ids
from analyzer.limits import Limits
from analyzer.verify.chain import Link
from analyzer.verify.otherwise import differing

_COMPARED = ("architecture", "os", "config")
NO_CONFIG = (
    "a schema 1 manifest names no config: image ID, environment and command are not proven by it"
)
NO_SIGNATURE = "its signatures are not checked: their keys came with the manifest"


def commits_to(manifest: Schema1, config: bytes) -> bool:
    """Whether the newest v1 ID is computed from these bytes of a config."""
    if not manifest.entries:
        return False
    ids = ggcr_ids(config, [entry.digest for entry in manifest.entries]).values
    return bool(ids) and ids[-1] == manifest.entries[-1].v1_id


def layer_links(
    listed: Sequence[Digest], scanned: Sequence[tuple[LayerRef, Measured]], platform: str
) -> Iterator[Link]:
    """One link for each layer: whether its bytes, as stored or inflated, are the blob listed.

    Bytes that are packed otherwise prove nothing, and refute nothing either. Only where this
    file itself says that they are that blob, and they are not, is a link broken.
    """
    count = f"the manifest lists {len(listed)} layers, this image has {len(scanned)}"
    yield Link(count, len(listed) == len(scanned), platform=platform)
    for digest, (layer, measured) in zip(listed, scanned, strict=False):
        same: bool | None = digest in {measured.digest, measured.diff_id}
        if not same and not (layer.digest == digest and measured.digest is not None):
            same = None
        seen = measured.digest or "not in this file"
        text = f"layer {layer.position} is the blob that the manifest lists"
        shown = digest if same else seen
        yield Link(text, same, digest, shown, platform)


def remarks(manifest: Schema1, image: Image, limits: Limits) -> Iterator[str]:
    """What it says in place of a config, compared with the config here."""
    yield NO_CONFIG
    if image.config is None or image.schema1 is not None or not manifest.entries:
        return
    try:
        newest = load_json(manifest.entries[-1].history, "v1Compatibility", limits)[0]
    except AnalyzerError:
        return
    here, there = (_compared(value) for value in (image.config.document, newest))
    fields = list(differing(there, here))
    if fields:
        yield f"its newest history entry and the config here differ in: {', '.join(fields[:20])}"
    else:
        yield f"its newest history entry says the same of {', '.join(_COMPARED)} as the config here"


def _compared(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {name: value.get(name) for name in _COMPARED} if isinstance(value, dict) else {}
