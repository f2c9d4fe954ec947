"""An OCI layout with docker's `manifest.json` beside it: two views of the same images.

docker 25 and later, BuildKit `type=docker`, `ctr images export`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyzer.digest import Digest
from analyzer.errors import AnalyzerError
from analyzer.image import docker, media, oci
from analyzer.image.blobs import Blobs
from analyzer.image.model import Image, ImageSet, LayerRef, TreeItem
from analyzer.image.names import familiar
from analyzer.problems import Code, Problem, warning

_WHERE = "manifest.json"


def read_both(blobs: Blobs) -> ImageSet:
    """The images of both views; each view may be unreadable, not both.

    Raises:
        AnalyzerError: of `index.json`, when nothing is found either way.
    """
    start = len(blobs.problems)
    try:
        found = oci.read_layout(blobs)
    except AnalyzerError as lost:
        del blobs.problems[start:]
        blobs.note_error(lost, "index.json")
        root = TreeItem("index", "index.json", media_type=media.OCI_INDEX, present=False)
        found = _with_docker_view(blobs, ImageSet((), (root,), tuple(blobs.problems)))
        if not found.images:
            raise
        return found
    return _with_docker_view(blobs, found)


def _with_docker_view(blobs: Blobs, found: ImageSet) -> ImageSet:
    """Add what `manifest.json` knows: names, and images that `index.json` does not list.

    docker 25.0.0 to 25.0.2 left untagged images out of `index.json` (moby#47150).
    """
    start = len(blobs.problems)
    try:
        document, items = docker.read_items(blobs)
    except AnalyzerError as problem:
        blobs.note_error(problem, _WHERE)
        return replace(found, problems=(*found.problems, *blobs.problems[start:]))
    images = list(found.images)
    problems: list[Problem] = []
    branches = []
    for item in items:
        image, branch = docker.read_item(blobs, item)
        branches.append(branch)
        same = [number for number, known in enumerate(images) if _same(known, image)]
        if not same:
            free = 1 + max((image.position for image in images), default=-1)
            images.append(replace(image, position=free))
            problems.append(
                warning(Code.VIEWS_DISAGREE, branch.name, "this image is missing in index.json")
            )
        for number in same:
            images[number] = _merged(blobs, images[number], image, local=item.layer_sources)
    tree = TreeItem("docker-manifest", _WHERE, size=len(document.raw), children=tuple(branches))
    return ImageSet(
        tuple(images),
        (*found.tree, tree),
        (*found.problems, *problems, *blobs.problems[start:]),
    )


def _same(image: Image, other: Image) -> bool:
    """Whether both views mean one image: by its config as it is, or else as promised."""
    if image.image_id and other.image_id:
        return image.image_id == other.image_id
    return image.config_declared is not None and image.config_declared == other.config_declared


def _merged(blobs: Blobs, image: Image, other: Image, *, local: bool) -> Image:
    """One image seen twice: names of both, and every disagreement about layers."""
    known = {familiar(name) for name in image.names}
    names = tuple(name for name in other.names if familiar(name) not in known)
    raw = all(media.layer_codec(layer.media_type) == "none" for layer in image.layers)
    merged = replace(image, names=image.names + names, local_manifest=local and raw)
    if _stored(blobs, image.layers) == _stored(blobs, other.layers):
        return merged
    ordered = _in_order_of_diff_ids(image.layers)
    if ordered is not None and _stored(blobs, ordered) == _stored(blobs, other.layers):
        what = (
            "lists the layers in another order than the manifest; taken in this order, which is "
            "that of the diff IDs (docker 25.0.0 wrote manifests in random order)"
        )
        merged = replace(merged, layers=ordered)
    else:
        what = "lists other layers for this image than its manifest; the manifest's are taken"
    problem = warning(Code.VIEWS_DISAGREE, _WHERE, what)
    return replace(merged, problems=(*merged.problems, problem))


def _stored(blobs: Blobs, layers: Sequence[LayerRef]) -> list[object]:
    """Where the bytes of each layer lie."""
    return [blobs.source.identity(layer.name) if layer.name else None for layer in layers]


def _in_order_of_diff_ids(layers: Sequence[LayerRef]) -> tuple[LayerRef, ...] | None:
    """Uncompressed layers put where the config wants them, as their digest is their diff ID.

    None when they are others than the config lists. Position, diff ID and build step stay
    where they are; only the blob is exchanged.
    """
    by_digest: dict[Digest | None, LayerRef] = {layer.digest: layer for layer in layers}
    wanted: list[Digest | None] = [layer.diff_id for layer in layers]
    if sorted(map(str, wanted)) != sorted(str(layer.digest) for layer in layers):
        return None
    return tuple(
        replace(
            by_digest[layer.diff_id],
            position=layer.position,
            diff_id=layer.diff_id,
            created_by=layer.created_by,
        )
        for layer in layers
    )
