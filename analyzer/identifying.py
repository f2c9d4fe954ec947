"""Every identifier of an image, its own and those that the rest of the file tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.image.identity import (
    NOT_THERE,
    Identity,
    Kind,
    Origin,
    identities,
    synthesised_identities,
    v1_identities,
)
from analyzer.image.manifests import ABOUT
from analyzer.image.model import Image, ImageSet, Measured
from analyzer.image.schema1ids import schema1_identities
from analyzer.image.synthesised import Link, MadeUp, made_up_of
from analyzer.scanning import flatten
from analyzer.source.base import BlobSource

_LINKS: dict[str, Link] = {"symlink": "symlink", "hardlink": "hardlink"}


def made_up(
    image: Image, measured: Sequence[Measured], found: ImageSet, source: BlobSource
) -> tuple[MadeUp, ...]:
    """Manifests that tools make up for an image that docker's `manifest.json` lists."""
    entries = [item for item in flatten(found.tree) if item.kind == "image"]
    configs = {item.children[0].name for item in entries if item.children}
    if image.without_config or image.image_id not in {found.measured.get(n) for n in configs}:
        return ()
    names = [layer.name for layer in image.layers if layer.name]
    links = {name: _LINKS[link] for name in names if (link := source.link(name)) in _LINKS}
    layout = source.has("oci-layout")
    return made_up_of(image, measured, layout=layout, images=len(entries), links=links)


def all_identities(
    image: Image, measured: Sequence[Measured], found: ImageSet, made: Sequence[MadeUp]
) -> tuple[Identity, ...]:
    """Identifiers by kind: the image's documents and layers, legacy ids, attestations, made-up."""
    return (
        *identities(image, measured),
        *v1_identities(image),
        *schema1_identities(image, measured),
        *_attestations(image, found),
        *synthesised_identities(made),
    )


def _attestations(image: Image, found: ImageSet) -> Iterator[Identity]:
    """Attestation manifests of the file that say they are about this image."""
    if image.manifest_digest is None:
        return
    for item in flatten(found.tree):
        about = {item.annotations.get(name) for name in ABOUT}
        if image.manifest_digest in about and item.declared is not None:
            measured = found.measured.get(item.name)
            verified = measured == item.declared if measured else None
            reason = "" if measured else NOT_THERE
            yield Identity(Kind.ATTESTATION, item.declared, Origin.STORED, verified, reason)
