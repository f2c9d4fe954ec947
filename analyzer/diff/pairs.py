"""Which image of one report is compared with which of the other, and why those two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from analyzer.digest import Digest
from analyzer.image.identity import ROOTFS
from analyzer.image.names import familiar
from analyzer.image.platform import Platform
from analyzer.report import ImageReport

Keys = Callable[[ImageReport], Iterable[Hashable]]

BY_NAME = "paired by name and platform"
BY_PLATFORM = "paired by platform: each side has one image without a match by name"
BY_MANIFEST = "paired by manifest digest"
BY_IMAGE_ID = "paired by image ID"
BY_POSITION = "paired by position: neither has a digest"
BY_BEING_ALONE = "paired as the only images: a root filesystem states neither name nor platform"
OTHER_PLATFORMS = (
    "OTHER PLATFORMS: {} and {}; paired all the same, as each is the only image of its side"
)
_AMONG_SEVERAL = "several entries are {}: paired by {}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two images that are compared, as positions in the two sequences, and why."""

    before: int
    after: int
    notes: tuple[str, ...]


def is_attestation(image: ImageReport) -> bool:
    """Whether this entry is a statement about an image and no image.

    BuildKit declares those as `unknown/unknown` and stores in-toto statements as layers.
    """
    declared = image.platform_declared or {}
    if declared.get("os") == "unknown" and declared.get("architecture") == "unknown":
        return True
    return bool(image.layers) and all("in-toto" in layer.media_type for layer in image.layers)


def is_root_filesystem(image: ImageReport) -> bool:
    """Whether this is a root filesystem: files, and nothing that an identifier is made of."""
    return any(identity.reason == ROOTFS for identity in image.identities)


def pair_images(before: Sequence[ImageReport], after: Sequence[ImageReport]) -> tuple[Pair, ...]:
    """Pair the images of both sides; what is in no pair is on one side only.

    1. The same name and the same platform.
    2. If each side then has exactly one image of which no platform was paired: the same
       platform.
    3. The same manifest digest.
    4. The same image ID.
    5. Of images without either digest: the same position, platform and names.
    6. A root filesystem without a platform, where each side has one image and no more.

    Where one platform is there more than once, 1 and 2 go by manifest digest, then by image ID,
    then by position. Exchanging the sides gives the same pairs.
    """
    matcher = _Matcher(before, after)
    matcher.match_closest(_name_keys, BY_NAME)
    if matcher.one_image_each():
        matcher.match_closest(lambda image: [image.platform], BY_PLATFORM, new_positions=True)
    matcher.match(lambda image: _known(image.manifest_digest), (BY_MANIFEST,))
    matcher.match(lambda image: _known(image.image_id), (BY_IMAGE_ID,))
    matcher.match(_last_keys, (BY_POSITION,))
    if len(before) == len(after) == 1 and any(map(_is_bare, (*before, *after))):
        matcher.match(lambda _: ["only"], (BY_BEING_ALONE,))
    return tuple(sorted(matcher.pairs, key=lambda pair: (pair.before, pair.after)))


def pair_platforms_apart(
    before: Sequence[ImageReport], after: Sequence[ImageReport]
) -> tuple[Pair, ...]:
    """Pair the only image of each side where `pair_images` does not, as their platforms differ.

    Nobody who names two such images means anything else. Empty in every other case: of several
    images none is picked, and an image whose platform is not known may be of the same one.
    """
    if len(before) != 1 or len(after) != 1 or pair_images(before, after):
        return ()
    platforms = sorted({before[0].platform, after[0].platform})
    if len(platforms) == 1 or str(Platform("", "")) in platforms:
        return ()
    return (Pair(0, 0, (OTHER_PLATFORMS.format(*platforms),)),)


def _is_bare(image: ImageReport) -> bool:
    return is_root_filesystem(image) and image.platform == str(Platform("", ""))


def _name_keys(image: ImageReport) -> list[Hashable]:
    return [(familiar(name), image.platform) for name in image.names]


def _known(digest: Digest | None) -> list[Hashable]:
    return [digest] if digest else []


def _last_keys(image: ImageReport) -> list[Hashable]:
    if image.manifest_digest or image.image_id:
        return []
    return [(image.position, image.platform, image.names)]


class _Matcher:
    """The pairs found so far and the images still to be paired."""

    def __init__(self, before: Sequence[ImageReport], after: Sequence[ImageReport]) -> None:
        self.sides = (before, after)
        self.free: tuple[set[int], set[int]] = (set(range(len(before))), set(range(len(after))))
        self.pairs: list[Pair] = []

    def _untouched(self, side: int) -> set[int]:
        """Positions of images of which no platform is paired."""
        images, free = self.sides[side], self.free[side]
        taken = {image.position for number, image in enumerate(images) if number not in free}
        return {images[number].position for number in free} - taken

    def one_image_each(self) -> bool:
        """Whether on each side exactly one image has no pair at all."""
        return all(len(self._untouched(side)) == 1 for side in (0, 1))

    def match_closest(self, keys: Keys, why: str, *, new_positions: bool = False) -> None:
        """Match by `keys`, the ones with equal digests first, and say so where it mattered."""
        untouched = [self._untouched(side) for side in (0, 1)]

        def usable(image: ImageReport, side: int) -> bool:
            return not new_positions or image.position in untouched[side]

        crowded = self._crowded(keys, usable)
        steps: tuple[tuple[str, Callable[[ImageReport], Hashable]], ...] = (
            ("manifest digest", lambda image: image.manifest_digest),
            ("image ID", lambda image: image.image_id),
            ("position", lambda _: "any"),
        )
        for word, digest in steps:

            def refined(
                image: ImageReport, digest: Callable[[ImageReport], Hashable] = digest
            ) -> list[Hashable]:
                value = digest(image)
                return [(key, value) for key in keys(image)] if value is not None else []

            self.match(refined, (why,), usable, dict.fromkeys(crowded, word))

    def _crowded(self, keys: Keys, usable: Callable[[ImageReport, int], bool]) -> set[str]:
        """Platforms of which one side has several entries with the same key."""
        crowded = set()
        for side in (0, 1):
            seen = set()
            for number in sorted(self.free[side]):
                image = self.sides[side][number]
                for key in set(keys(image)) if usable(image, side) else ():
                    if key in seen:
                        crowded.add(image.platform)
                    seen.add(key)
        return crowded

    def match(
        self,
        keys: Keys,
        notes: tuple[str, ...],
        usable: Callable[[ImageReport, int], bool] = lambda _image, _side: True,
        crowded: dict[str, str] | None = None,
    ) -> None:
        """Pair free images that share a key: the nth with the nth, nearest positions first."""
        while edges := self._edges(keys, usable):
            for one, two in edges:
                if one in self.free[0] and two in self.free[1]:
                    platform = self.sides[0][one].platform
                    word = (crowded or {}).get(platform)
                    more = (_AMONG_SEVERAL.format(platform, word),) if word else ()
                    self.pairs.append(Pair(one, two, notes + more))
                    self.free[0].discard(one)
                    self.free[1].discard(two)

    def _edges(
        self, keys: Keys, usable: Callable[[ImageReport, int], bool]
    ) -> list[tuple[int, int]]:
        buckets: tuple[dict[Hashable, list[int]], dict[Hashable, list[int]]] = (
            defaultdict(list),
            defaultdict(list),
        )
        for side in (0, 1):
            for number in sorted(self.free[side]):
                image = self.sides[side][number]
                for key in set(keys(image)) if usable(image, side) else ():
                    buckets[side][key].append(number)
        edges = {
            edge
            for key, numbers in buckets[0].items()
            for edge in zip(numbers, buckets[1].get(key, ()), strict=False)
        }
        return sorted(edges, key=lambda edge: (abs(edge[0] - edge[1]), sum(edge)))
