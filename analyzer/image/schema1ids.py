"""Identifiers of a Docker schema 1 manifest alone: its file, its v1 IDs, its made-up config."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from analyzer.digest import Digest, algorithm_of, digest_bytes
from analyzer.image.identity import NO_FORMULA, Identity, Kind, Origin
from analyzer.image.model import Image, Measured
from analyzer.image.schema1 import Schema1
from analyzer.image.schema1config import MadeConfig, is_v1_id, made_config
from analyzer.image.v1ids import ggcr_ids

WITH_SIGNATURES = "of the stored bytes with their signatures; no registry knows the manifest by it"
AS_CONVERTED = "as docker distribution and skopeo compute it when they convert a newer manifest"
BOTH, SKOPEO = "docker pull, skopeo copy", "skopeo copy"
MADE_CONFIG = (
    "the image ID once it is copied to schema 2; often the one that the image had before it was "
    "converted to schema 1"
)
OTHER_CONFIG = (
    "the image ID once it is copied to schema 2; before it was converted to schema 1 the image "
    "had another, since the newest v1 ID is not computed from this config"
)
SAME_CONFIG = (
    "the image ID once it is copied to schema 2, and the one that it had before it was converted "
    "to schema 1: the newest v1 ID is computed from that very config"
)


def schema1_identities(image: Image, measured: Sequence[Measured]) -> tuple[Identity, ...]:
    """Rows for an image of a schema 1 manifest; none for others."""
    manifest = image.schema1
    if manifest is None:
        return ()
    made = made_config(manifest, [one.diff_id for one in measured])
    computed = ggcr_ids(made.raw, [entry.digest for entry in manifest.entries]).values
    known = {
        entry.v1_id
        for entry, own in zip(manifest.entries, computed, strict=False)
        if entry.v1_id == own
    }
    return (*_file(image), *_v1_ids(manifest, known), _made_up(manifest, made, known))


def _file(image: Image) -> Iterator[Identity]:
    """What sha256sum prints for the stored manifest, where that is not its digest."""
    document = image.manifest
    if document is None:
        return
    plain = digest_bytes(document.raw, algorithm_of(document.measured))
    payload = image.schema1.payload if image.schema1 else document.raw
    if plain == document.measured:  # somebody promised it by its plain hash
        signed = digest_bytes(payload, algorithm_of(document.measured))
        if signed != plain:
            yield Identity(Kind.SCHEMA1, signed, Origin.COMPUTED, None, "of what was signed")
        return
    yield Identity(Kind.SCHEMA1_FILE, plain, Origin.COMPUTED, None, WITH_SIGNATURES)


def _v1_ids(manifest: Schema1, known: Collection[str]) -> Iterator[Identity]:
    """The ID of every entry that is a layer, and last the newest, which named the image."""
    layers = [step.v1_id for step in manifest.steps if not step.throwaway]
    rows: list[tuple[str, int | None]] = [(one, position) for position, one in enumerate(layers)]
    newest = manifest.entries[-1].v1_id if manifest.entries else ""
    rows += [] if newest in layers else [(newest, None)]
    for v1_id, layer in rows:
        if is_v1_id(v1_id):
            same = v1_id in known
            reason = AS_CONVERTED if same else NO_FORMULA
            digest = Digest(f"sha256:{v1_id}")
            yield Identity(Kind.V1_ID, digest, Origin.STORED, same or None, reason, layer)


def _made_up(manifest: Schema1, made: MadeConfig, known: Collection[str]) -> Identity:
    by = BOTH if made.docker else SKOPEO
    if made.raw is None:
        origin, why = Origin.NOT_RECOVERABLE, made.reason
        return Identity(Kind.SYNTHESISED, None, origin, None, why, made_by=by)
    if manifest.entries[-1].v1_id in known:
        why = SAME_CONFIG
    else:
        why = OTHER_CONFIG if known else MADE_CONFIG
    digest = digest_bytes(made.raw)
    return Identity(Kind.SYNTHESISED, digest, Origin.MADE_UP, None, why, made_by=by)
