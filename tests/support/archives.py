"""Docker archives read with the standard library, as a second opinion on ours."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.codecs import sha256

GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Member:
    """One layer as `manifest.json` names it; `data` is what a link leads to."""

    path: str
    data: bytes
    link: str

    @property
    def tar(self) -> bytes:
        """The uncompressed layer."""
        return gzip.decompress(self.data) if self.data.startswith(GZIP) else self.data


@dataclass(frozen=True)
class Item:
    """One image of `manifest.json`."""

    config: bytes
    names: list[str]
    layers: list[Member]
    top: str
    """What `repositories` says of its first name."""
    diff_ids: list[str]

    @property
    def image_id(self) -> str:
        """Digest of the config."""
        return sha256(self.config)

    @property
    def folders(self) -> list[str | None]:
        """The v1 ids that the layers' folders are named after, or that `repositories` states."""
        named = [m.path.partition("/")[0] for m in self.layers if m.path.endswith("/layer.tar")]
        if len(named) == len(self.layers):
            return [*named]
        return [None] * (len(self.layers) - 1) + [self.top or None]


def items(path: Path) -> Iterator[Item]:
    """The images of a docker archive."""
    with tarfile.open(path) as archive:
        names = set(archive.getnames())
        for item in json.loads(_read(archive, "manifest.json")):
            config = _read(archive, item["Config"])
            tags = item.get("RepoTags") or []
            repositories = (
                json.loads(_read(archive, "repositories")) if "repositories" in names else {}
            )
            repository, _, tag = tags[0].rpartition(":") if tags else ("", "", "")
            yield Item(
                config,
                tags,
                [_member(archive, name) for name in item["Layers"]],
                repositories.get(repository, {}).get(tag, ""),
                json.loads(config)["rootfs"]["diff_ids"],
            )


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    assert stream is not None
    return stream.read()


def _member(archive: tarfile.TarFile, name: str) -> Member:
    info = archive.getmember(name)
    link = "symlink" if info.issym() else "hardlink" if info.islnk() else ""
    return Member(name, _read(archive, name), link)
