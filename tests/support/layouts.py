"""OCI layouts: a set of documents and blobs, written as a directory or a tar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tests.support.codecs import compact, sha256
from tests.support.codecs import compress as compress_bytes
from tests.support.documents import (
    CONTAINERD_NAME,
    OCI_INDEX,
    REF_NAME,
    Document,
    Image,
    Index,
    Json,
    make_index,
)
from tests.support.tarbytes import Dir, Entry, File, tar_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

OCI_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'


class Builder(Protocol):
    """Anything that can still be built in either schema: an `ImageBuilder`."""

    def build(self, schema: str = "oci") -> Image:
        """The finished image."""
        ...


def blob_path(digest: str) -> str:
    """Where a layout keeps the blob of this digest."""
    algorithm, _, encoded = digest.partition(":")
    return f"blobs/{algorithm}/{encoded}"


def name_annotations(
    name: str | None, ref_name: str | None, containerd_name: str | None
) -> dict[str, str]:
    """The two annotations that carry names; `name` sets both, as containerd does."""
    notes: dict[str, str] = {}
    full = containerd_name or name
    if full is not None:
        notes[CONTAINERD_NAME] = full
    if ref_name is None and name is not None:
        last = name.rpartition("/")[2]
        ref_name = last.partition(":")[2] or "latest"
    if ref_name is not None:
        notes[REF_NAME] = ref_name
    return notes


class Layout:
    """Collects images and indexes under one `index.json`."""

    def __init__(self, schema: str = "oci") -> None:
        self.schema = schema
        self.images: list[Image] = []
        self.indexes: list[Index] = []
        self._entries: list[Json] = []
        self._blobs: dict[str, bytes] = {}
        self._omitted: set[str] = set()
        self._replaced: dict[str, bytes | None] = {}
        self._top: Json = {}

    def add(
        self,
        image: Builder | Document,
        *,
        name: str | None = None,
        ref_name: str | None = None,
        containerd_name: str | None = None,
        platform: bool = True,
        annotations: Mapping[str, str] | None = None,
    ) -> Document:
        """Add an image (or any document) to `index.json`; returns it built."""
        document = self._built(image)
        notes = name_annotations(name, ref_name, containerd_name)
        entry = document.descriptor({**notes, **(annotations or {})}, platform=platform)
        self._entries.append(entry)
        self._blobs |= document.all_blobs()
        return document

    def add_index(
        self,
        images: Iterable[Builder | Document],
        *,
        name: str | None = None,
        ref_name: str | None = None,
        containerd_name: str | None = None,
        platform: bool = True,
        changes: Mapping[str, Any] | None = None,
    ) -> Index:
        """Add an index blob over several documents, indexes among them if wanted."""
        children = [self._built(image) for image in images]
        index = make_index(children, self.schema, platform=platform, changes=changes)
        notes = name_annotations(name, ref_name, containerd_name)
        self._entries.append(index.descriptor(notes, platform=platform))
        self._blobs |= index.all_blobs()
        self.indexes.append(index)
        return index

    def add_descriptor(self, descriptor: Json) -> Layout:
        """Put any descriptor into `index.json`, true or not."""
        self._entries.append(descriptor)
        return self

    def top(self, **extra: object) -> Layout:
        """Set top members of `index.json`."""
        self._top |= extra
        return self

    def omit(self, *digests: str) -> Layout:
        """Leave these blobs out, as a partial copy would."""
        self._omitted |= set(digests)
        return self

    def extra_blob(self, data: bytes, digest: str | None = None) -> str:
        """Store a blob that nothing refers to; returns the name it is stored as."""
        stored = digest or sha256(data)
        self._blobs[stored] = data
        return stored

    def replace(self, path: str, data: bytes | None) -> Layout:
        """Give the file at `path` other bytes, or take it away with None."""
        self._replaced[path] = data
        return self

    @property
    def index_json(self) -> bytes:
        """The bytes of `index.json`."""
        document: Json = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": self._entries,
        }
        return compact(document | self._top)

    @property
    def index_digest(self) -> str:
        """Digest of `index.json` itself; the digest of a named index is the index's."""
        return sha256(self.index_json)

    def files(self) -> dict[str, bytes]:
        """Every file of the layout by its path, blobs first and sorted."""
        kept = sorted(self._blobs.keys() - self._omitted)
        files = {blob_path(digest): self._blobs[digest] for digest in kept}
        files |= {"index.json": self.index_json, "oci-layout": OCI_LAYOUT}
        for path, data in self._replaced.items():
            files.pop(path, None)
            if data is not None:
                files[path] = data
        return files

    def write_dir(self, path: Path) -> Path:
        """Write the layout as a directory; names it cannot hold are left out."""
        (path / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        for name, data in self.files().items():
            if any(part == ".." or len(part) > 255 for part in name.split("/")):
                continue
            target = path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return path

    def tar_entries(self) -> dict[str, Entry]:
        """The layout as tar entries, directories included, in containerd's style."""
        entries: dict[str, Entry] = {
            "blobs": Dir(mtime=0),
            "blobs/sha256": Dir(mtime=0),
        }
        for name, data in self.files().items():
            mode = 0o444 if name.startswith("blobs/") else 0o644
            entries[name] = File(data, mode=mode, mtime=0)
        return entries

    def tar(self, prefix: str = "") -> bytes:
        """The bytes of the uncompressed archive; `prefix` such as "./" on each name."""
        named = {prefix + name: entry for name, entry in self.tar_entries().items()}
        return tar_bytes(named)

    def write_tar(self, path: Path, compress: str | None = None, prefix: str = "") -> Path:
        """Write the layout as one archive, compressed as a whole if asked."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(compress_bytes(self.tar(prefix), compress))
        return path

    def _built(self, image: Builder | Document) -> Document:
        document = image if isinstance(image, Document) else image.build(self.schema)
        if isinstance(document, Image):
            self.images.append(document)
        return document
