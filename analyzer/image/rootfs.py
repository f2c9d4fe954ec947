"""A root filesystem as an image of one layer, about which no identifier can be known.

`docker export`, `podman export` and BuildKit's `type=tar` write one: the merged files, and
nothing of the documents that image ID, manifest and layers are made of.
"""

from __future__ import annotations

from analyzer.image.blobs import Blobs
from analyzer.image.model import Image, ImageSet, LayerRef, TreeItem
from analyzer.image.platform import Platform
from analyzer.source.views import WHOLE


def read_rootfs(blobs: Blobs) -> ImageSet:
    """The one image of a root filesystem tar."""
    blobs.used.add(WHOLE)
    layer = LayerRef(0, WHOLE, None, None, "", None, "")
    image = Image(
        position=0,
        names=(),
        platform=Platform("", ""),
        platform_declared=None,
        indexes=(),
        manifest=None,
        manifest_declared=None,
        config_document=None,
        config_declared=None,
        config=None,
        layers=(layer,),
        without_config="rootfs",
    )
    tree = TreeItem("rootfs", WHOLE, size=blobs.source.size(WHOLE))
    return ImageSet((image,), (tree,), ())
