"""Manifests that tools make up, computed by us from an archive that the standard library read."""

from __future__ import annotations

from typing import cast

from analyzer.digest import Digest
from analyzer.image.synthesised import Link, MadeUp, Maker, StoredLayer, made_up
from tests.support.archives import GZIP, Item, Member
from tests.support.codecs import sha256


def stored(member: Member, diff_id: str | None) -> StoredLayer:
    """A layer as the archive holds it."""
    return StoredLayer(
        path=member.path,
        diff_id=Digest(diff_id) if diff_id else None,
        digest=Digest(sha256(member.data)),
        size=len(member.data),
        uncompressed_size=len(member.tar),
        compression="gzip" if member.data.startswith(GZIP) else "none",
        link=cast("Link", member.link),
    )


def ours(item: Item, *, layout: bool = False, images: int = 1) -> dict[Maker, MadeUp]:
    """What each tool makes up for one image."""
    layers = [stored(m, d) for m, d in zip(item.layers, item.diff_ids, strict=True)]
    diff_ids = [Digest(diff_id) for diff_id in item.diff_ids]
    found = made_up(item.config, layers, diff_ids, layout=layout, images=images)
    return {one.maker: one for one in found}
