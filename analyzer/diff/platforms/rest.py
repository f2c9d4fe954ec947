"""What else platforms may differ in: distribution, attachments, and the layers they share."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from analyzer.diff.platforms.model import (
    ABSENT,
    UNKNOWN,
    Cell,
    Part,
    Row,
    SharedLayers,
    same_cells,
    there,
)
from analyzer.diff.platforms.rules import TEXT, folded
from analyzer.digest import Digest
from analyzer.image.platform import Platform
from analyzer.packages.distro import Distro
from analyzer.report import ImageReport, Node, distro_document

DISTRIBUTION = "distribution"
_NOT_COMPARED = frozenset({"path"})
"""Which of the two paths of os-release(5) was read says nothing of the distribution."""
_PREDICATE = "in-toto.io/predicate-type"
"""BuildKit, docs/attestations/attestation-storage.md."""


def distribution_rows(
    distros: Sequence[Distro | None], read: Sequence[bool], platforms: Sequence[Platform]
) -> Iterator[Row]:
    """A row for each member of os-release that differs; one in all where some state none."""
    documents = [distro_document(distro) for distro in distros]
    known = [document for document, was in zip(documents, read, strict=True) if was]
    if any(document is None for document in known):
        cells = [
            _cell(None if document is None else _called(document), read=was)
            for document, was in zip(documents, read, strict=True)
        ]
        if not same_cells(cells):
            yield Row(Part.DISTRIBUTION, DISTRIBUTION, tuple(cells))
        return
    for member in known[0] or {} if known else {}:
        cells = [
            _cell(document[member] if document else None, read=was)
            for document, was in zip(documents, read, strict=True)
        ]
        if member not in _NOT_COMPARED and not same_cells(cells):
            rules = folded(cells, platforms, TEXT)
            yield Row(Part.DISTRIBUTION, member, tuple(cells), rules)


def _called(document: dict[str, object]) -> object:
    return document["pretty_name"] or document["id"]


def _cell(value: object, *, read: bool) -> Cell:
    if not read:
        return UNKNOWN
    return there(value) if value not in (None, "", []) else ABSENT


def attachment_rows(images: Sequence[ImageReport], tree: Sequence[Node]) -> Iterator[Row]:
    """A row for each kind of statement that is not about all platforms alike.

    They belong to a manifest, so of a platform without one in the file nothing is known.
    """
    about: dict[Digest, Counter[str]] = defaultdict(Counter)
    seen = set()
    for node in (node for top in tree for node in top.walk()):
        if node.subject is not None and (node.subject, node.digest) not in seen:
            seen.add((node.subject, node.digest))
            about[node.subject].update(_statements(node))
    manifests = [image.manifest_digest for image in images]
    kinds = {kind for digest in manifests if digest for kind in about[digest]}
    for kind in sorted(kinds):
        cells = [_count(about, digest, kind) for digest in manifests]
        if not same_cells(cells):
            yield Row(Part.ATTACHMENTS, kind, tuple(cells))


def _count(about: dict[Digest, Counter[str]], manifest: Digest | None, kind: str) -> Cell:
    if manifest is None:
        return UNKNOWN
    return there(about[manifest][kind]) if about[manifest][kind] else ABSENT


def _statements(node: Node) -> list[str]:
    """What a manifest attaches: each predicate by its type, anything else as a whole."""
    predicates = sorted(
        child.annotations[_PREDICATE] for child in node.children if _PREDICATE in child.annotations
    )
    if node.kind == "attestation" and predicates:
        return [f"attestation {predicate}" for predicate in predicates]
    return [node.description or node.kind]


def shared_layers(images: Sequence[ImageReport]) -> tuple[SharedLayers, ...]:
    """Which layers, by content, are on which platforms; those on most platforms first."""
    having: dict[Digest, set[int]] = defaultdict(set)
    for number, image in enumerate(images):
        for layer in image.layers:
            if layer.diff_id is not None:
                having[layer.diff_id].add(number)
    groups: dict[tuple[int, ...], list[Digest]] = defaultdict(list)
    for diff_id, numbers in having.items():
        groups[tuple(sorted(numbers))].append(diff_id)
    order = sorted(groups, key=lambda numbers: (-len(numbers), numbers))
    return tuple(SharedLayers(numbers, tuple(groups[numbers])) for numbers in order)
