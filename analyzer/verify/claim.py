"""A document from elsewhere that says which image something is: what kind it is, what it names.

Manifests and indexes: OCI image-spec v1.1. Simple signing: containers/image
docs/containers-signature.5.md, "critical.image.docker-manifest-digest" (cosign writes the same).
DSSE: secure-systems-lab/dsse envelope.md. Statements: in-toto/attestation spec/v1/statement.md.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from analyzer.digest import Digest, algorithm_of, can_check, digest_bytes, parse_digest
from analyzer.errors import AnalyzerError, InputError, MalformedImage
from analyzer.image import media
from analyzer.image.documents import (
    Index,
    Manifest,
    guess_media_type,
    is_index,
    load_json,
    parse_index,
    parse_manifest,
)
from analyzer.image.schema1 import Schema1, parse_schema1
from analyzer.limits import Limits, exceeded
from analyzer.paths import printable
from analyzer.problems import Code


class Kind(StrEnum):
    """What the document is."""

    MANIFEST = "manifest"
    INDEX = "index"
    PAYLOAD = "payload"
    """It only names a digest, as signatures and attestations do."""
    CONFIG = "config"
    SCHEMA1 = "schema1"
    """A Docker schema 1 manifest: it lists layers and names no config."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The document, its raw bytes, and what it names. `named` is of payloads only."""

    name: str
    raw: bytes
    kind: Kind
    what: str
    manifest: Manifest | None = None
    index: Index | None = None
    named: tuple[Digest, ...] = ()
    schema1: Schema1 | None = None

    def digest(self, algorithm: str = "sha256") -> Digest:
        """Of the raw bytes, never of anything written anew; of schema 1, of what was signed."""
        return digest_bytes(self.schema1.payload if self.schema1 else self.raw, algorithm)

    def digest_like(self, wanted: Digest | None) -> Digest:
        """Of the raw bytes, by the algorithm of the digest to compare with."""
        checkable = wanted is not None and can_check(wanted)
        return self.digest(algorithm_of(wanted) if checkable and wanted else "sha256")


def read_claim(path: Path, limits: Limits) -> Claim:
    """Read and recognise a document.

    Raises:
        InputError: it cannot be read. LimitExceeded: it is larger than `manifest_bytes`.
        MalformedImage: it is nothing that names an image.
    """
    name = printable(path.name)
    allowed = limits.manifest_bytes
    try:
        with path.open("rb") as file:
            raw = file.read(allowed + 1)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "cannot be read"
        code = Code.NOT_FOUND if isinstance(problem, FileNotFoundError) else Code.NOT_READABLE
        raise InputError(code, reason, where=printable(str(path))) from problem
    if len(raw) > allowed:
        raise exceeded("manifest_bytes", allowed, len(raw), name)
    return claim_of(raw, name, limits)


def claim_of(raw: bytes, name: str, limits: Limits) -> Claim:
    """Recognise a document by its members; errors as of `read_claim`."""
    value, doubled = load_json(raw, name, limits)
    if doubled:  # signed or not: readers disagree about what it says
        raise MalformedImage(Code.DUPLICATE_KEYS, doubled[0].detail, where=name)
    media_type = guess_media_type(value)
    if media_type.startswith(media.DOCKER_SCHEMA1):
        found = parse_schema1(raw, name, limits)
        return Claim(name, raw, Kind.SCHEMA1, "a Docker schema 1 manifest", schema1=found)
    named = tuple(dict.fromkeys(_named(value, limits)))
    if named:
        return Claim(name, raw, Kind.PAYLOAD, _payload_kind(value), named=named)
    if is_index(value, media_type):
        return Claim(name, raw, Kind.INDEX, "an index", index=parse_index(value, name))
    if isinstance(value, dict) and isinstance(value.get("rootfs"), dict):
        return Claim(name, raw, Kind.CONFIG, "an image config")
    if isinstance(value, dict) and "config" in value and "layers" in value:
        return Claim(name, raw, Kind.MANIFEST, "a manifest", manifest=parse_manifest(value, name))
    raise InputError(
        Code.BAD_ARGUMENT,
        "neither a manifest nor an index, and it names no digest",
        hint="give the raw manifest as the registry serves it (skopeo inspect --raw, crane "
        "manifest), or a signed payload",
        where=name,
    )


def _payload_kind(value: dict[str, Any]) -> str:
    if "critical" in value:
        return "a simple signing payload"
    envelope = "payload" in value or "dsseEnvelope" in value
    return "an in-toto statement in a DSSE envelope" if envelope else "an in-toto statement"


def _named(value: object, limits: Limits) -> Iterator[Digest]:
    """Every manifest digest that a payload names; signatures are not checked here."""
    if not isinstance(value, dict):
        return
    bundled = value.get("dsseEnvelope")  # a sigstore bundle
    outer: dict[str, Any] = bundled if isinstance(bundled, dict) else value
    critical = outer.get("critical")
    image = critical.get("image") if isinstance(critical, dict) else None
    if isinstance(image, dict):
        yield from _digest(image.get("docker-manifest-digest"))
    inner: Any = outer
    if isinstance(outer.get("payload"), str) and "payloadType" in outer:
        try:
            raw = base64.b64decode(outer["payload"], validate=True)
            inner = load_json(raw, "payload", limits)[0]
        except (AnalyzerError, binascii.Error, ValueError):
            return
    subjects = inner.get("subject") if isinstance(inner, dict) else None
    for subject in subjects if isinstance(subjects, list) else ():
        digests = subject.get("digest") if isinstance(subject, dict) else None
        for algorithm, encoded in (digests if isinstance(digests, dict) else {}).items():
            yield from _digest(f"{algorithm}:{encoded}")


def _digest(text: object) -> Iterator[Digest]:
    try:
        found = parse_digest(text)
    except MalformedImage:
        return
    if can_check(found):
        yield found
