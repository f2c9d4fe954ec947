"""How images lie in a source, told from the files that are there.

The order of the questions is that of the evidence: an index says more than a `manifest.json`,
which says more than folders that look like layers.
"""

from __future__ import annotations

import re
from enum import StrEnum

from analyzer.errors import InputError, MalformedImage, Unsupported
from analyzer.problems import Code
from analyzer.source.base import BlobSource, read_bounded
from analyzer.source.directory import DirectorySource
from analyzer.source.systemroot import (
    hint_for,
    is_system_root,
    platform_folders,
    top_folders,
    what_is_there,
)


class Shape(StrEnum):
    """How images lie in the input."""

    OCI_LAYOUT = "oci-layout"
    DOCKER_ARCHIVE = "docker-archive"
    BOTH = "docker-archive+oci-layout"
    """An OCI layout with docker's `manifest.json` beside it (docker 25 and later, BuildKit)."""
    DOCKER_V1 = "docker-archive-v1"
    """`docker save` before docker 1.10: layers and their JSON, no config, no `manifest.json`."""
    DIR = "dir"
    """skopeo's `dir:`: a manifest and blobs in one flat folder."""
    ROOTFS = "rootfs"
    """A root filesystem without any document (docker export, BuildKit `type=tar` and
    `type=local`, a directory), or one for each platform in a folder of its own."""


def shape_of(source: BlobSource, name: str) -> Shape:
    """The shape of `source`; `name` is what errors call it.

    Raises:
        InputError: no image is inside. Unsupported: the data folder of an engine or registry.
        MalformedImage: no image is left in a damaged archive.
    """
    shape = _documents(source) or _folders(source)
    if shape is not None:
        return shape
    _refuse_store(source, name)
    # A link that leads nowhere is no sign that an image was there and got lost.
    damage = [problem for problem in source.problems if problem.code is not Code.UNSAFE_LINK]
    if damage:
        raise MalformedImage(damage[0].code, f"no image found; {damage[0].detail}", where=name)
    raise InputError(
        Code.NOT_AN_IMAGE,
        "no image inside: neither index.json (OCI layout) nor manifest.json (docker save), nor "
        f"the folders of a root filesystem; {what_is_there(source)}",
        hint=hint_for(source),
        where=name,
    )


def _documents(source: BlobSource) -> Shape | None:
    """By the tables of contents."""
    index, listed = source.has("index.json"), source.has("manifest.json")
    if (index or listed) and _stray(source, listed=listed):
        return Shape.ROOTFS
    if index and listed:
        return Shape.BOTH
    if index or source.has("oci-layout"):
        return Shape.OCI_LAYOUT
    if listed:
        # docker's manifest.json is a list, the manifest of a dir: folder an object.
        flat = source.has("version") and (_first_byte(source) == b"{")
        return Shape.DIR if flat else Shape.DOCKER_ARCHIVE
    return None


def _stray(source: BlobSource, *, listed: bool) -> bool:
    """Whether a root filesystem has a file of that name for some purpose of its own.

    Only where no reader of images could find an image: what docker would load stays an archive.
    """
    if source.has("oci-layout") or source.has("version") or "blobs" in top_folders(source):
        return False
    return is_system_root(source) and not (listed and _first_byte(source) == b"[")


def _first_byte(source: BlobSource) -> bytes:
    head = read_bounded(source, "manifest.json", 1 << 26) or b""
    return head.lstrip()[:1]


_V1_FOLDER = re.compile(r"[0-9a-f]{64}")
_V1_JSON = re.compile(r"[0-9a-f]{64}/json")


def _folders(source: BlobSource) -> Shape | None:
    """By the names of files, where no table of contents is left."""
    tops = top_folders(source)
    root = is_system_root(source)
    if any(map(_V1_FOLDER.fullmatch, tops)) and any(map(_V1_JSON.fullmatch, source.names())):
        return Shape.DOCKER_V1
    if root:
        return Shape.ROOTFS
    if "blobs" in tops and any(name.startswith("blobs/") for name in source.names()):
        return Shape.OCI_LAYOUT  # a copy that was cut off before its index.json
    return Shape.ROOTFS if platform_folders(source) else None


_DOCUMENTS = ("index.json", "manifest.json", "oci-layout")


def only_folder(source: BlobSource) -> str | None:
    """The folder that everything in a tar lies in, if there is one with an image's documents."""
    if isinstance(source, DirectorySource) or any(source.has(name) for name in _DOCUMENTS):
        return None
    tops = {name.partition("/")[0] for name in source.names()}
    if len(tops) != 1:
        return None
    (folder,) = tops
    return folder if any(source.has(f"{folder}/{name}") for name in _DOCUMENTS) else None


_STORES = (
    ("docker/registry/v2", "a registry's storage folder"),
    ("registry/v2", "a registry's storage folder"),
    ("v2/repositories", "a registry's storage folder"),
    ("image/*/imagedb", "docker's data folder"),
    ("image/*/repositories.json", "docker's data folder"),
    ("io.containerd.content.v1.content", "containerd's data folder"),
    ("*-images/images.json", "the data folder of podman or CRI-O"),
)
"""Globs of folders that hold images in a form for their owner alone."""


def _refuse_store(source: BlobSource, name: str) -> None:
    if not isinstance(source, DirectorySource):
        return
    for pattern, what in _STORES:
        if source.holds(pattern):
            raise Unsupported(
                Code.UNSUPPORTED,
                f"{what} is not read",
                hint="export the image to a file first: docker save, podman save, "
                "ctr images export or skopeo copy",
                where=name,
            )
