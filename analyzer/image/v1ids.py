"""Legacy v1 layer ids, recomputed by the formulas of those who write them.

Archives name folders after them (`<v1 id>/layer.tar`, `<v1 id>/json`), and the file
`repositories` leads from a tag to the id of the top layer. Every writer computes them from other
bytes, so an id that does not match says which tool did not write the archive, not that it is
damaged:

- docker, image/v1/imagev1.go `CreateID` and image/tarexport/save.go `saveImage`: SHA-256 of the
  V1 part of the config as docker's structs write it (`v1config.py`), with `layer_id` (chain ID)
  and `parent` (`sha256:` and the id below), members sorted. Layers below the top have an empty
  `container_config` and a time: year 1 (1.10 to 1.12), the image's own (1.13 to 17.03), or the
  start of 1970 in the daemon's time zone (from 17.04).
- skopeo, podman, buildah, containers/image docker/internal/tarfile/writer.go: `layer_id`, bare
  `parent`, and for the top layer seven members of the config as they are, null where absent.
- go-containerregistry's legacy form, pkg/legacy/tarball/write.go, and the ids that docker
  distribution puts into a manifest converted to schema 1 (manifest/schema1/config_builder.go):
  SHA-256 of `<hex of layer digest> <id below>`, for the top layer followed by a blank and the
  config's bytes.

Before docker 1.10 the ids were random.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from analyzer.digest import DiffId, Digest, chain_ids, encoded_of
from analyzer.errors import MalformedImage
from analyzer.image import gojson, v1config
from analyzer.image.v1config import GENERATIONS, Generation, Unreadable
from analyzer.problems import Code

_SKOPEO_MEMBERS = (
    *("architecture", "config", "container", "container_config"),
    *("created", "docker_version", "os"),
)
_QUARTERS = range(-12 * 4, 14 * 4 + 1)
"""All time zones there are, in quarters of an hour; that of Greenwich is tried before."""
_SHORT_CONTROLS = re.compile(rb"\\(?:[bf]|u000[8cC])")
_CONFIG = "config"


class Formula(StrEnum):
    """Whose way of computing the ids."""

    DOCKER = "docker"
    SKOPEO = "skopeo"
    GGCR = "ggcr"


@dataclass(frozen=True, slots=True)
class V1Ids:
    """The ids of all layers, bottom first, as one writer computes them.

    `writer` says which programs those are; `detail` what else was assumed. `values` is empty
    when the formula does not apply, and `reason` says why.
    """

    formula: Formula
    writer: str
    values: tuple[str, ...]
    detail: str = ""
    reason: str = ""


def candidates(
    config: bytes,
    diff_ids: Sequence[DiffId],
    layer_digests: Sequence[Digest | None] = (),
) -> tuple[V1Ids, ...]:
    """What each formula gives; `layer_digests` are of the compressed layers, where known."""
    return (
        *docker_ids(config, diff_ids),
        skopeo_ids(config, diff_ids),
        ggcr_ids(config, layer_digests or [None] * len(diff_ids)),
    )


def match(
    claimed: Sequence[str | None],
    config: bytes,
    diff_ids: Sequence[DiffId],
    layer_digests: Sequence[Digest | None] = (),
) -> V1Ids | None:
    """The formula that gives the claimed ids, None when none of ours does.

    `claimed` has one element for each layer, bottom first, None where the archive says nothing
    (`repositories` names the top layer only).
    """
    if len(claimed) != len(diff_ids) or not any(claimed):
        return None
    found = [
        ids for ids in candidates(config, diff_ids, layer_digests) if _fits(claimed, ids.values)
    ]
    if not found:
        found = list(_docker_elsewhere(claimed, config, diff_ids))
    return _united(found)


def stacks(parents: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """The ids that v1 documents claim, bottom first, one tuple for each top layer.

    `parents` has the `id` of each document with its `parent`, empty for a bottom layer. Docker
    from 25 on still writes these documents, as blobs that nothing refers to.
    """
    tops = [number for number in parents if number not in set(parents.values())]
    found = []
    for top in tops:
        stack: list[str] = []
        number = top
        while number and number not in stack:
            stack.append(number)
            number = parents.get(number, "")
        found.append(tuple(reversed(stack)))
    return tuple(found)


def _fits(claimed: Sequence[str | None], values: Sequence[str]) -> bool:
    return len(values) == len(claimed) and all(
        claim in {None, value} for claim, value in zip(claimed, values, strict=True)
    )


def _united(found: Sequence[V1Ids]) -> V1Ids | None:
    """One answer for neighbouring versions of docker that agree."""
    if not found:
        return None
    first, last = found[0], found[-1]
    if first.formula is Formula.DOCKER and last.formula is Formula.DOCKER and first is not last:
        since = first.writer.partition(" to ")[0]
        until = last.writer.rpartition(" to ")[2].removeprefix("docker ")
        return replace(first, writer=f"{since} to {until}")
    return first


# docker


def docker_ids(config: bytes, diff_ids: Sequence[DiffId]) -> Iterator[V1Ids]:
    """Docker's ids, once for each generation that computes others than the one before."""
    try:
        document = _document(config)
    except MalformedImage as problem:
        yield V1Ids(Formula.DOCKER, "docker", (), reason=problem.message)
        return
    before: V1Ids | None = None
    for ids in _docker_generations(document, diff_ids):
        if before is not None and before.values == ids.values and before.detail == ids.detail:
            before = _united([before, ids])
        else:
            if before is not None:
                yield before
            before = ids
    if before is not None:
        yield before


def _docker_generations(document: Mapping[str, Any], diff_ids: Sequence[DiffId]) -> Iterator[V1Ids]:
    for generation in GENERATIONS:
        writer = _writer(generation)
        try:
            time, detail = _time_below(document, generation)
            values = _docker(document, diff_ids, generation, time)
            yield V1Ids(Formula.DOCKER, writer, values, detail if len(values) > 1 else "")
        except Unreadable as problem:
            yield V1Ids(Formula.DOCKER, writer, (), reason=f"docker cannot read it: {problem}")


def _writer(generation: Generation) -> str:
    if generation.last.startswith(generation.first):
        return f"docker {generation.last}"
    return f"docker {generation.first} to {generation.last}"


def _time_below(document: Mapping[str, Any], generation: Generation) -> tuple[str | None, str]:
    if generation.created == "zero":
        return v1config.ZERO_TIME, f"lower layers are dated {v1config.ZERO_TIME}"
    if generation.created == "image":
        return v1config.created_of(document, generation), "lower layers are dated as the image"
    return v1config.EPOCH, f"lower layers are dated {v1config.EPOCH}"


def _docker(
    document: Mapping[str, Any],
    diff_ids: Sequence[DiffId],
    generation: Generation,
    created: str | None,
    *,
    short_controls: bool = False,
) -> tuple[str, ...]:
    below = v1config.below_top(generation, created)
    values: list[str] = []
    for position, chain_id in enumerate(chain_ids(diff_ids)):
        top = position == len(diff_ids) - 1
        fields = v1config.top(document, generation) if top else below
        fields = fields | {"layer_id": chain_id}
        if values:
            fields["parent"] = f"sha256:{values[-1]}"
        written = {
            name: gojson.encode(value, short_controls=short_controls)
            for name, value in fields.items()
        }
        values.append(hashlib.sha256(gojson.sorted_object(written)).hexdigest())
    return tuple(values)


def _docker_elsewhere(
    claimed: Sequence[str | None], config: bytes, diff_ids: Sequence[DiffId]
) -> Iterator[V1Ids]:
    """Docker in another time zone than Greenwich, or built with Go 1.22 or later."""
    try:
        document = _document(config)
    except MalformedImage:
        return
    spellings = (False, True) if _SHORT_CONTROLS.search(config) else (False,)
    for generation in GENERATIONS:
        for time, detail in _other_times(claimed, document, diff_ids, generation):
            for short in spellings:
                try:
                    values = _docker(document, diff_ids, generation, time, short_controls=short)
                except Unreadable:
                    continue
                if _fits(claimed, values):
                    yield V1Ids(Formula.DOCKER, _writer(generation), values, detail)
                    break


def _other_times(
    claimed: Sequence[str | None],
    document: Mapping[str, Any],
    diff_ids: Sequence[DiffId],
    generation: Generation,
) -> Iterator[tuple[str | None, str]]:
    """Times of the lower layers that are worth a try: those that give the bottom layer's id."""
    try:
        yield _time_below(document, generation)
    except Unreadable:
        return
    if generation.created != "epoch" or len(claimed) == 1:
        return
    for quarters in _QUARTERS:
        time = _local_epoch(quarters)
        if quarters and claimed[0] == _docker_bottom(diff_ids[0], generation, time):
            yield time, f"lower layers are dated {time}, in the daemon's time zone"


def _docker_bottom(diff_id: DiffId, generation: Generation, created: str) -> str:
    fields = v1config.below_top(generation, created) | {"layer_id": diff_id}
    written = {name: gojson.encode(value) for name, value in fields.items()}
    return hashlib.sha256(gojson.sorted_object(written)).hexdigest()


def _local_epoch(quarters: int) -> str:
    """The start of 1970 on a clock so many quarters of an hour ahead of Greenwich."""
    minutes = quarters * 15
    day = "1970-01-01" if minutes >= 0 else "1969-12-31"
    hour, minute = divmod(minutes % (24 * 60), 60)
    sign = "-" if minutes < 0 else "+"
    ahead = divmod(abs(minutes), 60)
    return f"{day}T{hour:02}:{minute:02}:00{sign}{ahead[0]:02}:{ahead[1]:02}"


def _document(config: bytes) -> Mapping[str, Any]:
    value = gojson.decode(config, _CONFIG)
    if not isinstance(value, dict):
        raise MalformedImage(Code.BAD_DOCUMENT, "it is no object", where=_CONFIG)
    return value


# containers/image


def skopeo_ids(config: bytes, diff_ids: Sequence[DiffId]) -> V1Ids:
    """The ids of skopeo, podman and buildah."""
    writer = "skopeo, podman or buildah"
    try:
        raw = gojson.members(config, _CONFIG)
    except MalformedImage as problem:
        return V1Ids(Formula.SKOPEO, writer, (), reason=problem.message)
    values: list[str] = []
    for position, chain_id in enumerate(chain_ids(diff_ids)):
        fields = {"layer_id": gojson.encode_string(chain_id)}
        if values:
            fields["parent"] = gojson.encode_string(values[-1])
        if position == len(diff_ids) - 1:
            fields |= {name: gojson.compact(raw.get(name, b"null")) for name in _SKOPEO_MEMBERS}
        values.append(hashlib.sha256(gojson.sorted_object(fields)).hexdigest())
    return V1Ids(Formula.SKOPEO, writer, tuple(values))


# go-containerregistry, and docker distribution's conversion to schema 1


def ggcr_ids(config: bytes | None, layer_digests: Sequence[Digest | None]) -> V1Ids:
    """The ids of the legacy form of go-containerregistry, and of converted schema 1 manifests.

    Those hash digests of compressed layers, which an archive of uncompressed ones does not
    hold. For schema 1, give the `blobSum` of every entry, throwaway ones included, bottom first;
    without `config` the id of the top layer is left out.
    """
    writer = "go-containerregistry (crane --format legacy, rules_docker)"
    if not layer_digests or any(digest is None for digest in layer_digests):
        reason = "it hashes the digests of the compressed layers, which are not in this file"
        return V1Ids(Formula.GGCR, writer, (), reason=reason)
    values: list[str] = []
    for position, digest in enumerate(layer_digests):
        below = values[-1] if values else ""
        hashed = f"{encoded_of(Digest(str(digest)))} {below}".encode()
        if position == len(layer_digests) - 1:
            if config is None:
                break
            hashed += b" " + config
        values.append(hashlib.sha256(hashed).hexdigest())
    return V1Ids(Formula.GGCR, writer, tuple(values))
