"""Which manifests of a file are about others: signatures, attestations, SBOMs and whatever else.

A link is a claim of whoever wrote it. There are four ways, and the first that speaks is taken:

- the `subject` of a manifest or index: OCI image-spec v1.1, manifest.md;
- an annotation of the descriptor: BuildKit's `vnd.docker.reference.digest`, and what docker 29
  writes when it saves one platform;
- its place: `cosign save` marks the entries of `index.json` by their kind, so that signatures
  are about the image beside them (cosign pkg/oci/layout/write.go);
- a tag: `sha256-<hex>` for an index of referrers, where a registry cannot list them
  (distribution-spec v1.1, "Referrers Tag Schema"; regctl and oras keep it in layouts), and
  cosign's `sha256-<hex>.sig`, `.att` and `.sbom` (cosign pkg/oci/remote/remote.go).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer.digest import Digest, parse_digest
from analyzer.errors import MalformedImage
from analyzer.image.manifests import ABOUT
from analyzer.image.model import LinkedBy, TreeItem
from analyzer.image.names import split_name
from analyzer.image.oci import REF_NAME
from analyzer.problems import Code, Problem, note

COSIGN_KIND = "kind"
"""cosign pkg/oci/layout/write.go, `kindAnnotation`."""
_COSIGN = "dev.cosignproject.cosign"
_COSIGN_IMAGES = frozenset({f"{_COSIGN}/image", f"{_COSIGN}/imageIndex"})
_COSIGN_ABOUT = frozenset({f"{_COSIGN}/sigs", f"{_COSIGN}/atts"})
_TAG = re.compile(r"[\w.-]*?(sha256|sha512)-([0-9a-f]{128}|[0-9a-f]{64})(\.\w+)?")
_MANIFESTS = frozenset({"index", "manifest", "artifact", "attestation"})
_LIST = "list of referrers"
WORDS = {
    "subject": "subject",
    "annotation": "annotation",
    "tag": "tag",
    "place": "place in index.json",
}
"""How a link is known, for people; the keys are the values of `TreeItem.linked_by`."""


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around an entry of the tree."""

    digests: Mapping[str, Collection[Digest]]
    """Every digest that the tree names, by as much of it as a tag can hold."""
    beside: Digest | None
    """The image that `cosign save` put beside it."""
    above: Digest | None = None
    """What the list of referrers above it is about."""


def with_subjects(tree: Sequence[TreeItem]) -> tuple[TreeItem, ...]:
    """`tree`, each manifest with what it is about, and how that is known."""
    cut: dict[str, set[Digest]] = {}
    for item in (item for top in tree for item in top.walk()):
        if item.declared is not None:
            cut.setdefault(_cut(item.declared), set()).add(item.declared)
    return tuple(_linked(top, _Around(cut, _cosign_image(top))) for top in tree)


def absent_subjects(tree: Sequence[TreeItem]) -> Iterator[Problem]:
    """A note for each manifest in the file that is about something which is not in it."""
    items = {item.declared: item for top in tree for item in top.walk() if item.present}
    for item in items.values():
        if item.subject is not None and item.subject not in items:
            what = item.description or item.kind
            about = f"{what}: it is about {item.subject}, which is not in this file"
            yield note(Code.SUBJECT_ABSENT, item.name, about)


def by_subject(tree: Sequence[TreeItem]) -> Mapping[Digest, tuple[TreeItem, ...]]:
    """What is about each manifest or index, in file order."""
    found: dict[Digest, dict[Digest, TreeItem]] = {}
    for item in (item for top in tree for item in top.walk()):
        if item.subject is not None and item.declared is not None:
            found.setdefault(item.subject, {}).setdefault(item.declared, item)
    return {subject: tuple(items.values()) for subject, items in found.items()}


def _linked(item: TreeItem, around: _Around) -> TreeItem:
    if item.kind not in _MANIFESTS:
        return item
    if item.subject is None:
        subject, linked_by = _link(item, around)
        item = replace(item, subject=subject, linked_by=linked_by)
    if item.kind != "index":
        return item
    listed = item.linked_by == "tag"
    if listed and not item.description:
        item = replace(item, description=_LIST)
    below = replace(around, beside=None, above=item.subject if listed else None)
    # Entries of index.json itself are those that lie beside each other.
    below = replace(below, beside=around.beside) if item.declared is None else below
    return replace(item, children=tuple(_linked(child, below) for child in item.children))


def _link(item: TreeItem, around: _Around) -> tuple[Digest | None, LinkedBy]:
    for name in ABOUT:
        if (stated := _digest(item.annotations.get(name))) is not None:
            return stated, "annotation"
    if around.beside is not None and item.annotations.get(COSIGN_KIND) in _COSIGN_ABOUT:
        return around.beside, "place"
    for name in (*item.names, item.annotations.get(REF_NAME, "")):
        if (tagged := _tagged(name, around.digests)) is not None:
            return tagged, "tag"
    return (around.above, "tag") if around.above is not None else (None, "")


def _cut(digest: str) -> str:
    """A digest with 64 digits at most (distribution-spec v1.1, "Referrers Tag Schema")."""
    algorithm, _, encoded = digest.partition(":")
    return f"{algorithm}:{encoded[:64]}"


def _tagged(name: str, digests: Mapping[str, Collection[Digest]]) -> Digest | None:
    """The digest that a tag stands for; the longer ones are cut to 64 digits."""
    match = _TAG.fullmatch(split_name(name)[1] or name)
    if match is None:
        return None
    whole = _digest(f"{match[1]}:{match[2]}")
    if whole is not None:
        return whole
    fitting = digests.get(f"{match[1]}:{match[2]}", ())
    return next(iter(fitting)) if len(fitting) == 1 else None


def _cosign_image(index: TreeItem) -> Digest | None:
    images = {
        child.declared
        for child in index.children
        if child.annotations.get(COSIGN_KIND) in _COSIGN_IMAGES
    }
    return images.pop() if len(images) == 1 else None


def _digest(text: str | None) -> Digest | None:
    try:
        return parse_digest(text) if text else None
    except MalformedImage:
        return None
