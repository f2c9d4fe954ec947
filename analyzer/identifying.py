"""Every identifier of an image, its own and those that the rest of the file tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.digest import Digest, can_check
from analyzer.image.identity import (
    NOT_THERE,
    Identity,
    Kind,
    Origin,
    identities,
    synthesised_identities,
    v1_identities,
)
from analyzer.image.model import Image, ImageSet, Measured, TreeItem
from analyzer.image.referrers import WORDS, by_subject
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
        *_referrers(image, found),
        *synthesised_identities(made),
    )


def _referrers(image: Image, found: ImageSet) -> Iterator[Identity]:
    """Manifests of the file that say they are about this image, or about one of these."""
    about = [(index.measured, "the index") for index in image.indexes]
    own = image.manifest_digest or image.manifest_declared
    if own is not None:
        about.insert(0, (own, "this manifest"))
    known = {digest for digest, _ in about}
    linked = by_subject(found.tree)
    for digest, what in about:  # grows: signatures may be about SBOMs
        for item in linked.get(digest, ()):
            if item.declared is None or item.declared in known:
                continue
            known.add(item.declared)
            about.append((item.declared, f"the {item.description or item.kind} above"))
            yield _referrer(item, what, found.measured.get(item.name))


def _referrer(item: TreeItem, what: str, measured: Digest | None) -> Identity:
    lost = "" if measured else NOT_THERE
    checked = measured is not None and item.declared is not None and can_check(item.declared)
    verified = measured == item.declared if checked else None
    if item.kind == "attestation":
        return Identity(Kind.ATTESTATION, item.declared, Origin.STORED, verified, lost)
    reason = f"{item.description or item.kind}, about {what} by its {WORDS[item.linked_by]}"
    reason += f"; {lost}" if lost else ""
    return Identity(Kind.REFERRER, item.declared, Origin.STORED, verified, reason)
