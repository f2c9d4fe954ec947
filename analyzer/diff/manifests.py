"""Why two manifests of one config are not the same bytes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from analyzer.diff.config import same_value
from analyzer.diff.rungs import Why, few
from analyzer.layers.family import family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.report import ImageReport, LayerReport

WHITE_SPACE = "other white space"
KEY_ORDER = "other order of members"
UNPARSED = "not parsed"
_EXPLAINED = frozenset({"mediaType", "digest", "size"})
"""Members of a layer's descriptor that follow from its format and its compression."""
_MOST_NUMBERS = 4
_WORDS = {"layers": "layer descriptors", "config": "config descriptor"}


def why_other_manifest(one: ImageReport, two: ImageReport) -> list[Why]:
    """Every reason that can be seen, the most telling first. The digests differ."""
    if one.image_id and two.image_id and one.image_id != two.image_id:
        return [Why("it names another config"), *_format(one.manifest, two.manifest)]
    reasons = _recompressed(one.layers, two.layers)
    if not one.manifest or not two.manifest:
        words = ["" if image.manifest else UNPARSED for image in (one, two)]
        return [*reasons, Why("", *words)]
    if same_value(one.manifest, two.manifest):
        same_order = json.dumps(one.manifest) == json.dumps(two.manifest)
        return [Why(WHITE_SPACE if same_order else KEY_ORDER)]
    return [*reasons, *_format(one.manifest, two.manifest), *_other(one.manifest, two.manifest)]


def manifest_format(manifest: Mapping[str, Any]) -> str:
    """What a manifest is called; an OCI one may leave out its own media type.

    OCI image-spec v1.1, manifest.md, "mediaType"; distribution, manifest-v2-2.md.
    """
    config = manifest.get("config")
    inner = config.get("mediaType") if isinstance(config, Mapping) else None
    media_type = str(manifest.get("mediaType") or inner or "")
    if manifest.get("schemaVersion") == 1:
        return "Docker schema 1"
    return "Docker schema 2" if "vnd.docker." in media_type else "OCI"


def _format(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[Why]:
    if not one or not two:
        return []
    before, after = manifest_format(one), manifest_format(two)
    return [Why("other format", before, after)] if before != after else []


def _recompressed(one: Sequence[LayerReport], two: Sequence[LayerReport]) -> list[Why]:
    """Layers of the same content with other stored bytes, by who probably wrote them."""
    if len(one) != len(two):
        return []
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, (a, b) in enumerate(zip(one, two, strict=True)):
        if a.diff_id and a.diff_id == b.diff_id and a.digest and b.digest and a.digest != b.digest:
            sides = (family(a.compression, a.compressor), family(b.compression, b.compressor))
            groups[sides].append(number)
    if not groups:
        return []
    text = _which(sorted(number for numbers in groups.values() for number in numbers), len(one))
    if len(groups) == 1:
        ((sides, _),) = groups.items()
        return [_by(text, sides)]
    rows = sorted(groups.items(), key=lambda item: item[1])
    named = [Why(f"layer {few([*map(str, numbers)])}", *sides) for sides, numbers in rows]
    return [Why(text, before=_list(named, 0), after=_list(named, 1))]


def _which(numbers: Sequence[int], total: int) -> str:
    """Which of `total` layers, by number while these are few."""
    if len(numbers) == 1:
        return f"layer {numbers[0]} was recompressed"
    if len(numbers) == total:
        return f"all {total} layers were recompressed"
    if len(numbers) > _MOST_NUMBERS:
        return f"{len(numbers)} of {total} layers were recompressed"
    *first, last = map(str, numbers)
    return f"layers {', '.join(first)} and {last} were recompressed"


def _list(rows: Sequence[Why], side: int) -> str:
    return ", ".join(f"{row.text} {(row.before, row.after)[side]}" for row in rows)


def _by(text: str, sides: tuple[str, str]) -> Why:
    before, after = sides
    if before == after:
        return Why(text, detail=f"both {before}: another version, level or time")
    return Why(text, before, after)


def _other(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[Why]:
    """Members that differ beyond what format and compression bring with them."""
    before, after = _rest(one), _rest(two)
    names = sorted(
        name for name in {*before, *after} if not same_value(before.get(name), after.get(name))
    )
    return [Why(f"other {few([_WORDS.get(name, name) for name in names])}")] if names else []


def _rest(manifest: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in manifest.items() if name not in {"mediaType", "layers"}}
    config, layers = manifest.get("config"), manifest.get("layers")
    if isinstance(config, Mapping):
        rest["config"] = {name: config[name] for name in config if name != "mediaType"}
    if isinstance(layers, list):
        rest["layers"] = [
            {name: layer[name] for name in layer if name not in _EXPLAINED}
            if isinstance(layer, Mapping)
            else layer
            for layer in layers
        ]
    return rest
