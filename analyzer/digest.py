"""Digests: one validated string type, a name for each thing that has one, and hashing.

Grammar: OCI image-spec v1.1, descriptor.md, "Digests". Only the registered algorithms can be
checked; a digest of another algorithm is kept as read and never called verified.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO, NewType, Protocol

from analyzer.errors import MalformedImage
from analyzer.problems import Code

Digest = NewType("Digest", str)
"""`algorithm:encoded`, validated by `parse_digest`."""
BlobDigest = NewType("BlobDigest", Digest)
"""Of a blob as stored, compressed or not."""
DiffId = NewType("DiffId", Digest)
"""Of a layer's uncompressed tar stream."""
ChainId = NewType("ChainId", Digest)
"""Of a stack of diff IDs."""
ImageId = NewType("ImageId", Digest)
"""Of the config document's bytes."""
ManifestDigest = NewType("ManifestDigest", Digest)
"""Of the manifest's bytes, as a registry serves one platform."""

_GRAMMAR = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")
_HEX_LENGTH = {"sha256": 64, "sha384": 96, "sha512": 128}
_CHUNK_BYTES = 1 << 20


class Hash(Protocol):
    """What `hashlib` returns."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take in more bytes."""

    def hexdigest(self) -> str:
        """The digest so far, as lower-case hexadecimal."""


_MAKERS: Mapping[str, Callable[[], Hash]] = {
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
"""Called by name they take a quarter of the time of `hashlib.new`."""


def parse_digest(text: object, where: str = "") -> Digest:
    """Validate `text` by the grammar and by the length its algorithm asks for.

    Raises:
        MalformedImage: not a string, not a digest, or not lower-case hexadecimal of the
            right length.
    """
    if isinstance(text, str) and _GRAMMAR.fullmatch(text):
        algorithm, _, encoded = text.partition(":")
        length = _HEX_LENGTH.get(algorithm)
        if length is None or re.fullmatch(rf"[0-9a-f]{{{length}}}", encoded):
            return Digest(text)
    raise MalformedImage(Code.BAD_DOCUMENT, f"not a digest: {text!r:.120}", where=where)


def algorithm_of(digest: Digest) -> str:
    """The algorithm's name, such as `sha256`."""
    return digest.partition(":")[0]


def encoded_of(digest: Digest) -> str:
    """The part behind the colon."""
    return digest.partition(":")[2]


def can_check(digest: Digest) -> bool:
    """Whether we can compute digests of this algorithm."""
    return algorithm_of(digest) in _HEX_LENGTH


def algorithm_for(promised: Digest | None) -> str:
    """The algorithm to measure by: that of the promise where it can be computed, else SHA-256."""
    return algorithm_of(promised) if promised is not None and can_check(promised) else "sha256"


def comparable(one: Digest, other: Digest) -> bool:
    """Whether it means something that two digests differ: only those of one algorithm do."""
    return algorithm_of(one) == algorithm_of(other)


def new_hash(algorithm: str = "sha256") -> Hash:
    """A fresh hash; `algorithm` must be one that `can_check` accepts."""
    return _MAKERS[algorithm]()


def new_sha1() -> Hash:
    """A fresh SHA-1, which SPDX 2.3, 8.4 asks of files; it proves nothing and checks nothing."""
    return hashlib.new("sha1", usedforsecurity=False)


def finish(state: Hash, algorithm: str = "sha256") -> Digest:
    """The digest of everything `state` has taken in."""
    return Digest(f"{algorithm}:{state.hexdigest()}")


def digest_bytes(data: bytes, algorithm: str = "sha256") -> Digest:
    """The digest of `data`."""
    state = new_hash(algorithm)
    state.update(data)
    return finish(state, algorithm)


def digest_stream(
    stream: BinaryIO,
    algorithm: str = "sha256",
    advance: Callable[[int], None] = lambda _bytes: None,
) -> tuple[Digest, int]:
    """Read `stream` to its end; the digest and the number of bytes.

    `advance` is called with the bytes of each step and may raise to stop.
    """
    state, size = new_hash(algorithm), 0
    while chunk := stream.read(_CHUNK_BYTES):
        state.update(chunk)
        size += len(chunk)
        advance(len(chunk))
    return finish(state, algorithm), size


def chain_ids(diff_ids: Iterable[DiffId]) -> Iterator[ChainId]:
    """The chain ID of each prefix of `diff_ids`, bottom layer first.

    OCI image-spec v1.1, config.md, "Layer ChainID".
    """
    chain: ChainId | None = None
    for diff_id in diff_ids:
        if chain is None:
            chain = ChainId(diff_id)
        else:
            chain = ChainId(digest_bytes(f"{chain} {diff_id}".encode()))
        yield chain
