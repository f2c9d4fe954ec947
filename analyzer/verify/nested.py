"""The way down through indexes to the manifest for an image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from analyzer.digest import Digest
from analyzer.image import media
from analyzer.image.assemble import platform_of
from analyzer.image.documents import Descriptor, Index
from analyzer.image.model import Image
from analyzer.limits import Limits

Path = tuple[Descriptor, ...]
"""From an entry of the outermost index to one that is no index."""
Stored = Callable[[Digest], Index | None]
"""The index of that digest, if its bytes are at hand."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Every way down from one index.

    `unread` are indexes below it whose bytes are not at hand, or that lie too deep.
    """

    paths: tuple[Path, ...]
    unread: tuple[Digest, ...]

    def to(self, image: Image) -> Path | None:
        """The way to the very manifest of `image`, else the first to one for its platform."""
        own = [path for path in self.paths if path[-1].digest == image.manifest_digest]
        fitting = [path for path in self.paths if fits(path[-1], image)]
        return next(iter(own or fitting), None)

    @property
    def platforms(self) -> list[str]:
        """What the manifests are for, sorted."""
        found = (platform_of(path[-1].platform) for path in self.paths)
        return sorted({str(platform) for platform in found if platform is not None})


def ways(index: Index, stored: Stored, limits: Limits) -> Ways:
    """All ways down from `index`, as far as its limits allow."""
    unread: list[Digest] = []
    paths: list[Path] = []
    for path in _walk(index, (), stored, limits, unread):
        if len(paths) >= limits.index_descriptors:
            break
        paths.append(path)
    return Ways(tuple(paths), tuple(dict.fromkeys(unread)))


def _walk(
    index: Index, above: Path, stored: Stored, limits: Limits, unread: list[Digest]
) -> Iterator[Path]:
    for child in index.manifests:
        path = (*above, child)
        if child.media_type not in media.INDEXES:
            yield path
            continue
        again = any(child.digest == one.digest for one in above)
        below = None if again or len(path) >= limits.index_depth else stored(child.digest)
        if below is None:
            unread.append(child.digest)
        else:
            yield from _walk(below, path, stored, limits, unread)


def fits(child: Descriptor, image: Image) -> bool:
    """Whether an entry of an index is for the platform of the image."""
    stated = platform_of(child.platform)
    own = image.platform
    if stated is None or not stated.known:
        return False
    return (stated.os, stated.architecture, stated.variant) == (
        own.os,
        own.architecture,
        own.variant,
    )
