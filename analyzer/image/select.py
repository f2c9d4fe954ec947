"""Which images and platforms of a file are meant; asking for what is not there lists what is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from analyzer.errors import InputError
from analyzer.image.model import Image
from analyzer.image.names import familiar, split_name
from analyzer.image.platform import Platform
from analyzer.problems import Code

_POSITION = re.compile(r"@(\d{1,6})")
_DIGEST_PREFIX = re.compile(r"(?:[a-z0-9]+:)?([0-9a-f]{4,128})")


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user asked for; empty means everything.

    `images` are names, tags, `@N` positions, or digests of config, manifest or index, whole or
    a unique prefix of four or more digits.
    """

    images: tuple[str, ...] = ()
    platforms: tuple[Platform, ...] = ()


EVERYTHING = Selection()


def select(images: Sequence[Image], selection: Selection) -> tuple[Image, ...]:
    """The chosen images in file order.

    Raises:
        InputError: something asked for is not there, or leads to several images.
    """
    chosen: Sequence[Image] = images
    if selection.images:
        kept = [id(image) for wanted in selection.images for image in _matching(images, wanted)]
        chosen = [image for image in images if id(image) in kept]
    if selection.platforms:
        for platform in selection.platforms:
            if not any(_fits(image, platform) for image in chosen):
                raise InputError(
                    Code.NO_MATCH,
                    f"no image for platform {platform}",
                    hint=f"there are: {listing(chosen)}",
                )
        chosen = [i for i in chosen if any(_fits(i, p) for p in selection.platforms)]
    return tuple(chosen)


def listing(images: Iterable[Image]) -> str:
    """Images and platforms for an error message, each once."""
    return ", ".join(dict.fromkeys(image.title for image in images)) or "none"


def _fits(image: Image, platform: Platform) -> bool:
    """Exact after normalising; no sub-variants, since picking one would be a guess."""
    own = image.platform
    return (own.os, own.architecture, own.variant) == (
        platform.os,
        platform.architecture,
        platform.variant,
    )


def _matching(images: Sequence[Image], wanted: str) -> list[Image]:
    if position := _POSITION.fullmatch(wanted):
        found = [image for image in images if image.position == int(position[1])]
    else:
        found = _by_name(images, wanted) or _by_digest(images, wanted)
    if not found:
        raise InputError(
            Code.NO_MATCH, f"no image {wanted!r:.200}", hint=f"there are: {listing(images)}"
        )
    return found


def _by_name(images: Sequence[Image], wanted: str) -> list[Image]:
    """By full name, by the name docker shows, by tag alone, then by name without tag."""
    forms: tuple[tuple[Callable[[str], str], str], ...] = (
        (str, wanted),
        (familiar, familiar(wanted)),
        (_tag, wanted),
        (_repository, familiar(wanted)),
    )
    for form, text in forms:
        found = [image for image in images if text in {form(name) for name in image.names}]
        if found:
            _require_one(found, wanted)
            return found
    return []


def _tag(name: str) -> str:
    return split_name(name)[1] or name


def _repository(name: str) -> str:
    return split_name(familiar(name))[0]


def _require_one(found: Sequence[Image], wanted: str) -> None:
    """One name may cover several platforms of one image, not several images."""
    if len({image.position for image in found}) > 1:
        raise InputError(
            Code.AMBIGUOUS,
            f"{wanted!r:.200} leads to several images",
            hint=f"choose one by its position: {_positions(found)}",
        )


def _positions(images: Iterable[Image]) -> str:
    return ", ".join(f"@{image.position} ({image.title})" for image in images)


def _by_digest(images: Sequence[Image], wanted: str) -> list[Image]:
    match = _DIGEST_PREFIX.fullmatch(wanted)
    if match is None:
        return []
    digits = match[1]
    hits: dict[str, list[Image]] = {}
    for image in images:
        for digest in (
            image.image_id,
            image.manifest_digest or image.manifest_declared,
            image.index_digest,
        ):
            if digest is not None and digest.partition(":")[2].startswith(digits):
                hits.setdefault(digest, []).append(image)
    if len(hits) > 1 and len({frozenset(id(i) for i in found) for found in hits.values()}) > 1:
        raise InputError(
            Code.AMBIGUOUS,
            f"{wanted!r} is the beginning of several digests",
            hint=f"give more digits: {', '.join(sorted(hits))}",
        )
    return [image for image in images if any(image in found for found in hits.values())]
