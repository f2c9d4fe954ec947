r"""Builds container images and image archives for tests, straight from the formats.

Ten lines make an image, and the test shows only the part it is about:

    image = (ImageBuilder()
        .layer({"etc/os-release": b"ID=alpine\n", "d/x": b"low"})
        .layer({"d/.wh..wh..opq": b"", "d/x": b"up"}, codec="zstd")
        .platform("linux/arm64/v8"))
    layout = image.write_oci(tmp_path / "layout")

The code follows the specifications literally, takes digests with `hashlib`, and never
imports the analyzer, so that a misunderstanding cannot hide in both. It can be told to
lie: a declared digest or size goes into the documents, and the bytes are stored under
the declared name, where a reader finds them and has to notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.codecs import compact, compress, sha256
from tests.support.documents import (
    BuiltLayer,
    Document,
    Image,
    Index,
    Json,
    assemble,
    attestation,
    layer_media_type,
    make_index,
    platform_of,
)
from tests.support.layouts import Layout
from tests.support.saves import write_save
from tests.support.tarbytes import (
    Device,
    Dir,
    Entries,
    Entry,
    File,
    HardLink,
    Link,
    tar_bytes,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "BuiltLayer",
    "Device",
    "Dir",
    "Document",
    "Entries",
    "Entry",
    "File",
    "HardLink",
    "Image",
    "ImageBuilder",
    "Index",
    "Layout",
    "Link",
    "attestation",
    "compact",
    "compress",
    "make_index",
    "sha256",
    "tar_bytes",
    "write_save",
]

#: Creation time in configs and histories.
CREATED = "2024-05-01T12:00:00Z"


@dataclass(frozen=True)
class _Layer:
    """What a test asked for, before the schema is known."""

    tar: bytes
    codec: str
    media_type: str | None
    declare_size: int | None
    declare_digest: str | None
    declare_diff_id: str | None
    raw_blob: bytes | None

    def build(self, schema: str) -> BuiltLayer:
        """Compress the tar, unless the test brought the stored bytes itself."""
        blob = compress(self.tar, self.codec) if self.raw_blob is None else self.raw_blob
        size = len(blob) if self.declare_size is None else self.declare_size
        return BuiltLayer(
            self.tar,
            blob,
            self.media_type or layer_media_type(schema, self.codec),
            self.declare_digest or sha256(blob),
            size,
            self.declare_diff_id or sha256(self.tar),
        )


class ImageBuilder:
    """Collects layers and settings; every method returns the builder itself."""

    def __init__(self) -> None:
        self._layers: list[_Layer] = []
        self._history: list[Json] = []
        self._platform = platform_of("linux/amd64")
        self._config: Json = {}
        self._raw_config: bytes | None = None
        self._config_digest: str | None = None
        self._manifest: Json = {}
        self._raw_manifest: bytes | None = None

    def layer(
        self,
        entries: Entries | None = None,
        codec: str = "gzip",
        *,
        media_type: str | None = None,
        declare_size: int | None = None,
        declare_digest: str | None = None,
        declare_diff_id: str | None = None,
        raw_tar: bytes | None = None,
        raw_blob: bytes | None = None,
        created_by: str | None = None,
    ) -> ImageBuilder:
        """Add a layer on top; `raw_tar` and `raw_blob` replace tar and stored bytes."""
        tar = tar_bytes(entries or {}) if raw_tar is None else raw_tar
        self._layers.append(
            _Layer(
                tar,
                codec,
                media_type,
                declare_size,
                declare_digest,
                declare_diff_id,
                raw_blob,
            )
        )
        step = created_by or f"COPY layer{len(self._layers)} / # buildkit"
        self._history.append({"created": CREATED, "created_by": step})
        return self

    def empty_layer(self, created_by: str) -> ImageBuilder:
        """Add a history entry that made no layer, such as ENV or CMD."""
        entry = {"created": CREATED, "created_by": created_by, "empty_layer": True}
        self._history.append(entry)
        return self

    def platform(self, text: str) -> ImageBuilder:
        """Set os, architecture and variant from "linux/arm64/v8"."""
        self._platform = platform_of(text)
        return self

    def config(self, **extra: object) -> ImageBuilder:
        """Set top members of the config; `config={"Env": [...]}` is the run part."""
        self._config |= extra
        return self

    def config_bytes(self, raw: bytes) -> ImageBuilder:
        """Replace the whole config document."""
        self._raw_config = raw
        return self

    def declare_config_digest(self, digest: str) -> ImageBuilder:
        """Let the manifest name another config digest than the true one."""
        self._config_digest = digest
        return self

    def manifest(self, **extra: object) -> ImageBuilder:
        """Set top members of the manifest, `annotations` or `subject` for example."""
        self._manifest |= extra
        return self

    def manifest_bytes(self, raw: bytes) -> ImageBuilder:
        """Replace the whole manifest document."""
        self._raw_manifest = raw
        return self

    def build(self, schema: str = "oci") -> Image:
        """The finished image in OCI form, or in Docker's schema 2 form ("docker")."""
        layers = [layer.build(schema) for layer in self._layers]
        return assemble(
            self._config_document(layers),
            layers,
            schema,
            platform=self._platform,
            config_digest=self._config_digest,
            changes=self._manifest,
            raw=self._raw_manifest,
        )

    def _config_document(self, layers: list[BuiltLayer]) -> bytes:
        """The config in the member order of the Go implementations."""
        if self._raw_config is not None:
            return self._raw_config
        document: Json = {"created": CREATED, **self._platform}
        document["config"] = {"Env": ["PATH=/usr/bin:/bin"], "Cmd": ["/bin/sh"]}
        diff_ids = [layer.declared_diff_id for layer in layers]
        document["rootfs"] = {"type": "layers", "diff_ids": diff_ids}
        document["history"] = self._history
        return compact(document | self._config)

    def write_oci(self, path: Path, ref_name: str | None = None) -> Path:
        """Write an OCI layout directory that holds just this image."""
        return self._alone(ref_name).write_dir(path)

    def write_oci_tar(
        self, path: Path, ref_name: str | None = None, compress: str | None = None
    ) -> Path:
        """Write an OCI archive that holds just this image."""
        return self._alone(ref_name).write_tar(path, compress=compress)

    def write_save(self, path: Path, *names: str, style: str = "legacy") -> Path:
        """Write a docker save of just this image under the given names."""
        return write_save(path, [(self.build(), names)], style=style)

    def _alone(self, ref_name: str | None) -> Layout:
        layout = Layout()
        layout.add(self.build(), ref_name=ref_name)
        return layout
