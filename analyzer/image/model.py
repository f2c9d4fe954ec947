"""Images as the documents of a file describe them, before any layer is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from analyzer.digest import ChainId, DiffId, Digest, can_check, chain_ids
from analyzer.image.documents import Config
from analyzer.image.platform import Platform
from analyzer.image.schema1 import Schema1
from analyzer.problems import Problem

LinkedBy = Literal["", "subject", "annotation", "tag", "place"]
Completeness = Literal["complete", "partial", "absent"]


@dataclass(frozen=True, slots=True)
class Document:
    """A document's bytes, where they lie, and the digest promised for them, if any.

    `measured` is of the raw bytes; of a signed schema 1 manifest, of the part that was signed.
    `value` is None and `readable` False where the bytes are no JSON.
    """

    name: str
    raw: bytes
    value: Any
    declared: Digest | None
    measured: Digest
    readable: bool = True

    @property
    def verified(self) -> bool | None:
        """Whether the bytes hash to the promised digest.

        None when none was promised, or one of an algorithm that cannot be checked.
        """
        if self.declared is None or not can_check(self.declared):
            return None
        return self.declared == self.measured


@dataclass(frozen=True, slots=True)
class LayerRef:
    """A layer as manifest and config promise it.

    `name` is the blob in the source, None when it is not in the file. `digest` and `size`
    (bytes) come from a manifest descriptor and are None in a docker archive. `filesystem` is
    False for blobs that are no changeset (attestations, wasm). Of an `encrypted` one only the
    digest can be proven. `folder` is the part of the blob that is meant, where a tar holds a root
    filesystem for each platform. `directory` is read in place of a blob, if there is one.
    """

    position: int
    name: str | None
    digest: Digest | None
    size: int | None
    media_type: str
    diff_id: DiffId | None
    created_by: str
    filesystem: bool = True
    encrypted: bool = False
    named: Digest | None = None
    """The digest of its stored bytes that its name in a docker archive states, if it does."""
    folder: str = ""
    directory: Path | None = None
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Of its descriptor in the manifest."""


@dataclass(frozen=True, slots=True)
class Table:
    """The table of contents that a layer carries, as its bytes are; None for what is not known.

    `form` is `estargz` or `zstd:chunked`, empty for a layer that has no table.
    """

    form: str = ""
    toc: Digest | None = None
    """Of the table, inflated."""
    stored: Digest | None = None
    """Of the table as it is stored in its frame."""
    position: tuple[int, ...] | None = None
    """Where its frame is: offset, bytes stored, bytes inflated, kind."""
    split: Digest | None = None
    """Of the tar-split data as stored."""
    split_position: tuple[int, ...] | None = None
    """Offset, bytes stored, bytes inflated as its writer states them."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the bytes of a layer really are; None where they could not be read to the end."""

    digest: Digest | None = None
    size: int | None = None
    diff_id: DiffId | None = None
    uncompressed_size: int | None = None
    compression: str = ""
    compressor: str = ""
    """What the head of the stored bytes says of their compressor; empty for plain ones."""
    table: Table | None = None
    """None where it was not looked for."""


NOT_MEASURED = Measured()


@dataclass(frozen=True, slots=True)
class Image:
    """One platform of one image.

    `manifest` and `config` are None when they are not in the file or cannot be read; then
    `manifest_declared` and `config_declared` still say which digest was promised.
    `indexes` is the path of indexes from the outermost to the manifest.
    """

    position: int
    names: tuple[str, ...]
    platform: Platform
    platform_declared: Mapping[str, Any] | None
    indexes: tuple[Document, ...]
    manifest: Document | None
    manifest_declared: Digest | None
    config_document: Document | None
    config_declared: Digest | None
    config: Config | None
    layers: tuple[LayerRef, ...]
    docker_archive: bool = False
    local_manifest: bool = False
    """The manifest was probably written when the archive was saved, not by a registry push."""
    v1_claims: tuple[str | None, ...] = ()
    """The legacy id that the archive gives each layer (64 hex digits), where it gives any."""
    without_config: Literal["", "docker-v1", "schema1", "rootfs"] = ""
    """Set for forms that never have a config document: what is then known stands in `identity`."""
    schema1: Schema1 | None = None
    """The manifest, where it is one of schema 1; then `config` is read from its history."""
    problems: tuple[Problem, ...] = ()

    @property
    def present(self) -> int:
        """How many of its config and layers are in the file.

        What stands in a schema 1 manifest is no config, and counts only for want of layers.
        """
        own = self.config is not None and not (self.schema1 is not None and self.layers)
        return own + sum(layer.name is not None for layer in self.layers)

    @property
    def completeness(self) -> Completeness:
        """`complete`, `partial`, or `absent` when only its name (or manifest) is there."""
        if not self.present:
            return "absent"
        lacks = self.config is None and self.without_config != "rootfs"
        if lacks or any(layer.name is None for layer in self.layers):
            return "partial"
        return "complete"

    @property
    def image_id(self) -> Digest | None:
        """SHA-256 (or the promised algorithm) of the config bytes at hand."""
        return self.config_document.measured if self.config_document else None

    @property
    def manifest_digest(self) -> Digest | None:
        """Of the manifest bytes at hand."""
        return self.manifest.measured if self.manifest else None

    @property
    def index_digest(self) -> Digest | None:
        """Of the outermost index: what a multi-platform name resolves to."""
        return self.indexes[0].measured if self.indexes else None

    @property
    def chain(self) -> tuple[ChainId | None, ...]:
        """The chain ID of each layer from the config's diff IDs, None beyond them."""
        known: list[ChainId | None] = list(chain_ids(self.config.diff_ids)) if self.config else []
        missing = len(self.layers) - len(known)
        return tuple(known[: len(self.layers)] + [None] * missing)

    @property
    def title(self) -> str:
        """What errors call it: a name or position, and the platform."""
        return f"{self.names[0] if self.names else f'@{self.position}'} {self.platform}"


@dataclass(frozen=True, slots=True)
class TreeItem:
    """A document or blob as it lies in the file, with what it leads to.

    `description` says in words what an artifact is. `subject` is the manifest or index that it
    claims to be about, and `linked_by` how it claims that: by its `subject`, an `annotation`, a
    `tag`, or its `place` in `index.json`.
    """

    kind: str
    name: str
    declared: Digest | None = None
    media_type: str = ""
    size: int | None = None
    platform: str = ""
    names: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    children: tuple[TreeItem, ...] = ()
    present: bool = True
    declared_size: int | None = None
    named: bool = False
    """`declared` is what its name states; no document does."""
    description: str = ""
    subject: Digest | None = None
    linked_by: LinkedBy = ""

    def walk(self) -> Iterator[TreeItem]:
        """This item and all below it, in file order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class ImageSet:
    """All images of a file, in file order, and the tree they were found in.

    `measured` has the digest of each document that was read, by its name in the source.
    """

    images: tuple[Image, ...]
    tree: tuple[TreeItem, ...]
    problems: tuple[Problem, ...]
    measured: Mapping[str, Digest] = field(default_factory=dict)
    writer: str = ""
    """The program that probably wrote the file; empty when nothing speaks for one."""
    evidence: tuple[str, ...] = ()
    """What speaks for that program."""
