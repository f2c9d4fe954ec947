"""The documents and blobs of an input as the tree that a report has, each checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from analyzer.digest import Digest, can_check
from analyzer.image.model import TreeItem
from analyzer.opening import OpenImages
from analyzer.problems import Code, Problem, error
from analyzer.report import Node
from analyzer.scanning import Measurement, Progress, blobs_of, flatten, hash_blobs


def tree_of(
    chosen: OpenImages, layers: Mapping[str, Digest], progress: Progress
) -> tuple[tuple[Node, ...], list[Problem]]:
    """The tree, with only the branches that lead to selected images if there is a choice.

    Args:
        chosen: the input.
        layers: digests of the blobs that were scanned, by name.
        progress: told of the bytes of the others, which are hashed here.
    """
    tree = _pruned(chosen)
    measured: dict[str, Digest | None] = {**chosen.found.measured, **layers}
    todo = {name: d for name, d in blobs_of(tree).items() if name not in measured}
    hashed = hash_blobs(chosen.opened.source, todo, progress)
    measured |= {name: found.digest for name, found in hashed.items()}
    problems = [found.problem for found in hashed.values() if found.problem is not None]
    problems += _mismatches(tree, hashed, todo)
    return tuple(_node(item, measured) for item in tree), problems


def _pruned(chosen: OpenImages) -> tuple[TreeItem, ...]:
    found, images = chosen.found, chosen.images
    if len(images) == len(found.images):
        return found.tree
    keep = {image.manifest_declared for image in images if image.manifest_declared}
    keep |= {i.declared for i in flatten(found.tree) if i.subject in keep and i.declared}
    ids = {image.image_id for image in images if image.image_id}
    configs = {name for name, digest in found.measured.items() if digest in ids}
    bare = (image for image in images if image.without_config == "rootfs")
    configs |= {layer.folder or layer.name or "" for image in bare for layer in image.layers}
    kept = (_prune(item, keep, configs) for item in found.tree)
    return tuple(item for item in kept if item is not None)


def _prune(item: TreeItem, manifests: set[Digest], names: set[str]) -> TreeItem | None:
    """`item` with only the branches that lead to selected manifests, or config blobs by name."""
    if item.kind == "rootfs" and item.name in names:
        return item
    if item.kind in {"index", "docker-manifest", "rootfs"}:
        kept = [_prune(child, manifests, names) for child in item.children]
        children = tuple(child for child in kept if child is not None)
        return replace(item, children=children) if children else None
    if item.kind == "image":
        return item if any(child.name in names for child in item.children) else None
    return item if item.declared in manifests else None


def _node(item: TreeItem, measured: Mapping[str, Digest | None]) -> Node:
    found = measured.get(item.name)
    verified = None
    if item.declared is not None and found is not None and can_check(item.declared):
        verified = found == item.declared
    return Node(
        kind=item.kind,
        name=item.name,
        digest=item.declared or found,
        media_type=item.media_type,
        size=item.size,
        platform=item.platform,
        verified=verified,
        present=item.present,
        names=item.names,
        annotations=item.annotations,
        description=item.description,
        subject=item.subject,
        linked_by=item.linked_by,
        children=tuple(_node(child, measured) for child in item.children),
    )


def _mismatches(
    tree: Sequence[TreeItem],
    measured: Mapping[str, Measurement],
    names: Collection[str],
) -> Iterator[Problem]:
    """Of blobs hashed for the tree alone; those of scanned layers are checked with their image."""
    for item in flatten(tree):
        if item.name not in names or not item.present:
            continue
        found = measured[item.name]
        if found.digest is None:  # it could not be read, which is said
            continue
        if item.declared_size is not None and found.size != item.declared_size:
            yield error(
                Code.SIZE_MISMATCH,
                item.name,
                f"declared {item.declared_size} bytes, measured {found.size}",
            )
        if item.declared and can_check(item.declared) and found.digest != item.declared:
            code, said = Code.DIGEST_MISMATCH, "declared"
            if item.named:
                code, said = Code.NAME_MISMATCH, "the name says"
            yield error(code, item.name, f"{said} {item.declared}, measured {found.digest}")
