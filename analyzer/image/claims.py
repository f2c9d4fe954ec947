"""What a docker archive claims beside its documents: v1 ids of layers, and layers as links."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from analyzer.image.blobs import Blobs
from analyzer.image.v1ids import stacks

_LAYER = re.compile(r"([0-9a-f]{64})/layer\.tar")
_JSON = re.compile(r"[0-9a-f]{64}/json")


def v1_claims(blobs: Blobs, layers: Sequence[str]) -> tuple[str | None, ...]:
    """The v1 id that the archive gives each of `layers` (names in the archive), bottom first.

    docker and go-containerregistry call a layer's folder so. skopeo keeps layers elsewhere and
    writes folders with the documents beside; where these form one stack of the right height, it
    is this image's.
    """
    named = [match[1] if (match := _LAYER.fullmatch(name)) else None for name in layers]
    if any(named):
        return tuple(named)
    fitting = [stack for stack in stacks(_parents(blobs)) if len(stack) == len(layers)]
    return fitting[0] if len(fitting) == 1 else ()


def _parents(blobs: Blobs) -> Mapping[str, str]:
    """The `id` of every v1 document in the archive, with its `parent`."""
    found: dict[str, str] = {}
    for name in sorted(blobs.source.names()):
        if not _JSON.fullmatch(name):
            continue
        value = blobs.peek(name)
        if isinstance(value, dict) and isinstance(value.get("id"), str):
            parent = value.get("parent", "")
            found[value["id"]] = parent if isinstance(parent, str) else ""
    return found
