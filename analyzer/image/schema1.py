"""Docker schema 1 manifests, signed and unsigned: what they list, and what their digest is of.

Docker distribution, spec "Image Manifest Version 2, Schema 1" (docs/spec/manifest-v2-1.md), and
docker/libtrust jsonsign.go, `ParsePrettySignature`. A signed manifest is not hashed as it is
stored: each signature's protected header says how many bytes of the document were signed
(`formatLength`) and what followed them before the signatures were put in (`formatTail`). The
digest is of those bytes. Hashing the file gives a digest that no registry has.

The signatures themselves are not checked: their keys came with the manifest and prove nothing.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from analyzer.digest import Digest, ManifestDigest, digest_bytes, parse_digest
from analyzer.errors import MalformedImage
from analyzer.image import media
from analyzer.image.documents import Reader, load_json
from analyzer.limits import Limits
from analyzer.problems import Code, Problem

SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"
UNSIGNED = "application/vnd.docker.distribution.manifest.v1+json"
_OTHER_TYPES = media.INDEXES | media.MANIFESTS


@dataclass(frozen=True, slots=True)
class Schema1Layer:
    """One entry: a blob and the history that came with it, as the v1 image format had it.

    `throwaway`: the step made no layer, and its blob is an empty tar that readers skip.
    """

    digest: Digest
    v1_id: str
    parent: str
    throwaway: bool
    created_by: str
    history: bytes
    """Its `v1Compatibility` as it stands there."""


@dataclass(frozen=True, slots=True)
class Schema1:
    """A schema 1 manifest, its entries bottom first.

    `payload` is what the digest is of; for an unsigned manifest the document itself.
    """

    name: str
    tag: str
    architecture: str
    entries: tuple[Schema1Layer, ...]
    signatures: int
    payload: bytes
    problems: tuple[Problem, ...]

    @property
    def digest(self) -> ManifestDigest:
        """What a registry calls it."""
        return ManifestDigest(digest_bytes(self.payload))

    @property
    def steps(self) -> tuple[Schema1Layer, ...]:
        """The entries that count: of neighbours with one ID the lower, as docker 1.x meant it.

        moby distribution/pull_v2.go and containers/image manifest/docker_schema1.go,
        `fixManifestLayers`.
        """
        below = ("", *(entry.v1_id for entry in self.entries))
        pairs = zip(self.entries, below, strict=False)
        return tuple(entry for entry, under in pairs if not under or entry.v1_id != under)

    @property
    def layers(self) -> tuple[Digest, ...]:
        """The blobs that are layers, bottom first."""
        return tuple(entry.digest for entry in self.steps if not entry.throwaway)


def media_type_of(value: object) -> str:
    """The media type that a schema 1 manifest has by whether it is signed."""
    return SIGNED if isinstance(value, dict) and value.get("signatures") else UNSIGNED


def is_schema1(value: object) -> bool:
    """Whether a parsed document is one: a media type of another kind counts before the version."""
    if not isinstance(value, dict) or value.get("schemaVersion") != 1:
        return False
    stated = value.get("mediaType")
    return not isinstance(stated, str) or stated not in _OTHER_TYPES


def parse_schema1(raw: bytes, where: str, limits: Limits) -> Schema1:
    """A schema 1 manifest.

    Raises:
        MalformedImage: not JSON, not schema 1, lists of different lengths, a bad digest, or
            signatures from which the signed bytes do not follow.
    """
    value, problems = load_json(raw, where, limits)
    reader = Reader(value, where)
    if not is_schema1(value):
        reader.fail("schemaVersion", "1", value.get("schemaVersion"))
    blobs, history = reader.list_of("fsLayers"), reader.list_of("history")
    if len(blobs) != len(history):
        raise _malformed(f"{len(blobs)} fsLayers but {len(history)} history entries", where)
    entries = tuple(
        _entry(blob, step, f"{where} entry {position}", reader.problems, limits)
        for position, (blob, step) in enumerate(zip(blobs, history, strict=True))
    )
    signed = _payload(raw, value, where, limits)
    return Schema1(
        name=reader.text("name"),
        tag=reader.text("tag"),
        architecture=reader.text("architecture"),
        entries=entries[::-1],
        signatures=len(value.get("signatures") or ()),
        payload=signed,
        problems=(*problems, *reader.problems),
    )


def _entry(
    blob: object, step: object, where: str, problems: list[Problem], limits: Limits
) -> Schema1Layer:
    digest = parse_digest(Reader(blob, where).value.get("blobSum"), where)
    text = Reader(step, where).value.get("v1Compatibility")
    if not isinstance(text, str):
        raise _malformed("history without v1Compatibility", where)
    # A lone surrogate can be written in JSON, but is no text; it is replaced as Go does.
    raw = text.encode("utf-8", "replace")
    inner, more = load_json(raw, f"{where} v1Compatibility", limits)
    reader = Reader(inner, f"{where} v1Compatibility")
    command = Reader(reader.mapping("container_config") or {}, reader.where).strings("Cmd")
    throwaway = reader.value.get("throwaway")
    if throwaway is not None and not isinstance(throwaway, bool):
        reader.complain("throwaway", "a boolean", throwaway)
    entry = Schema1Layer(
        digest, reader.text("id"), reader.text("parent"), throwaway is True, " ".join(command), raw
    )
    problems += (*more, *reader.problems)
    return entry


def payload(raw: bytes, where: str, limits: Limits) -> bytes:
    """The bytes that a schema 1 manifest's digest is of. Raises MalformedImage."""
    value, _ = load_json(raw, where, limits)
    return _payload(raw, Reader(value, where).value, where, limits)


def digest_as_signed(raw: bytes, where: str, algorithm: str, limits: Limits) -> Digest | None:
    """The digest of what was signed; None where `raw` is no signed schema 1 manifest."""
    if b'"fsLayers"' not in raw or b'"signatures"' not in raw:
        return None
    try:
        value, _ = load_json(raw, where, limits)
        return (
            digest_bytes(_payload(raw, value, where, limits), algorithm)
            if is_schema1(value)
            else None
        )
    except MalformedImage:
        return None


def _payload(raw: bytes, value: Any, where: str, limits: Limits) -> bytes:  # noqa: ANN401 - JSON
    signatures = value.get("signatures")
    if signatures is None:
        return raw
    if not isinstance(signatures, list) or not signatures:
        raise _malformed("'signatures' is no list of signatures", where)
    formats = {
        _format(signature, f"{where} signature {position}", limits)
        for position, signature in enumerate(signatures)
    }
    if len(formats) != 1:
        raise _malformed("its signatures disagree about what they sign", where)
    ((length, tail),) = formats
    if length > len(raw):
        raise _malformed(f"{length} bytes are signed, but it has {len(raw)}", where)
    return raw[:length] + tail


def _format(signature: object, where: str, limits: Limits) -> tuple[int, bytes]:
    """`formatLength` and `formatTail` of one signature."""
    protected = _unpadded(Reader(signature, where).value.get("protected"), where)
    header, _ = load_json(protected, f"{where} protected", limits)
    reader = Reader(header, f"{where} protected")
    length = reader.value.get("formatLength")
    if not isinstance(length, int) or isinstance(length, bool) or length <= 0:
        reader.fail("formatLength", "a number of bytes", length)
    return length, _unpadded(reader.value.get("formatTail"), where)


def _unpadded(text: object, where: str) -> bytes:
    """Base64 for URLs without padding, in which libtrust overlooks blanks and line ends."""
    if not isinstance(text, str):
        raise _malformed("a part of a signature is missing", where)
    bare = text.replace("\n", "").replace(" ", "").rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as problem:
        raise _malformed(f"a part of a signature is not base64: {problem}", where) from problem


def _malformed(message: str, where: str) -> MalformedImage:
    return MalformedImage(Code.BAD_DOCUMENT, message, where=where)
