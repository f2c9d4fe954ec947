"""A root filesystem as an image of one layer, about which no identifier can be known.

`docker export`, `podman export` and BuildKit's `type=tar` and `type=local` write one: the merged
files, and nothing of the documents that image ID, manifest and layers are made of. For several
platforms BuildKit puts each into a folder called by it (exporter/local/export.go).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analyzer.image.blobs import Blobs
from analyzer.image.evidence import Writer
from analyzer.image.model import Image, ImageSet, LayerRef, TreeItem
from analyzer.image.platform import Platform, normalise
from analyzer.problems import Code, Problem, note
from analyzer.source.systemroot import SystemRoot, platform_parts
from analyzer.source.views import WHOLE


def read_rootfs(blobs: Blobs, system: SystemRoot) -> ImageSet:
    """The image of a root filesystem, or one for each of its folders of platforms."""
    blobs.used.add(WHOLE)
    images: list[Image] = []
    for folder in system.folders or ("",):
        platform = _platform(folder)
        # Two folders may spell one platform; then only their positions tell them apart.
        position = sum(image.platform == platform for image in images)
        images.append(_image(position, platform, folder, system.directory))
    return ImageSet(tuple(images), _tree(blobs, images, system.directory), ())


def probable_exporter(system: SystemRoot) -> Writer | None:
    """The program that probably wrote it, with what speaks for that."""
    if system.folders:
        return Writer("BuildKit (type=tar or type=local)", ("a folder called by each platform",))
    if system.of_container:
        return Writer("docker export", ("a .dockerenv, which docker puts into every container",))
    return None


def _image(position: int, platform: Platform, folder: str, root: Path | None) -> Image:
    if root is None:
        layer = LayerRef(0, WHOLE, None, None, "", None, "", folder=folder)
    else:
        name = folder or WHOLE
        layer = LayerRef(0, name, None, None, "", None, "", directory=root / folder)
    return Image(
        position=position,
        names=(),
        platform=platform,
        platform_declared=None,
        indexes=(),
        manifest=None,
        manifest_declared=None,
        config_document=None,
        config_declared=None,
        config=None,
        layers=(layer,),
        without_config="rootfs",
        problems=tuple(_claims(folder, platform)),
    )


def _platform(folder: str) -> Platform:
    if not folder:
        return Platform("", "")
    os, architecture, variant, version = platform_parts(folder)
    return normalise(os, architecture, variant, version)


def _claims(folder: str, platform: Platform) -> list[Problem]:
    """What a folder's name says is no proof."""
    if not folder:
        return []
    what = f"the platform {platform} is taken from the folder's name; nothing else here states it"
    return [note(Code.PLATFORM_CLAIMED, folder, what)]


def _tree(blobs: Blobs, images: Sequence[Image], root: Path | None) -> tuple[TreeItem, ...]:
    folders = [
        TreeItem("rootfs", layer.folder or layer.name or WHOLE, platform=str(image.platform))
        for image in images
        for layer in image.layers
        if layer.folder or layer.name != WHOLE
    ]
    if root is not None:
        return tuple(folders) or (TreeItem("rootfs", WHOLE),)
    return (TreeItem("rootfs", WHOLE, size=blobs.source.size(WHOLE), children=tuple(folders)),)
