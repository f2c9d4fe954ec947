"""An opened input to all its images, whichever shape it has."""

from __future__ import annotations

from dataclasses import replace

from analyzer.errors import AnalyzerError, InputError, LimitExceeded, MalformedImage
from analyzer.image import docker, dockerv1, hybrid, oci, rootfs
from analyzer.image.blobs import Blobs, flat_name, layout_name, stated_digest
from analyzer.image.documents import Descriptor, is_index, parse_manifest
from analyzer.image.manifests import manifest_item, manifest_kind, not_an_image, read_image
from analyzer.image.model import Document, ImageSet, TreeItem
from analyzer.image.referrers import absent_subjects, with_subjects
from analyzer.image.schema1 import is_schema1
from analyzer.image.schema1image import read_schema1, schema1_item
from analyzer.image.unlisted import unlisted_referrers
from analyzer.image.writers import probable_writer
from analyzer.limits import Limits
from analyzer.problems import Code, Problem, note
from analyzer.source.detect import Opened
from analyzer.source.shape import Shape

_CUT = frozenset({Code.ARCHIVE_TRUNCATED, Code.ARCHIVE_DAMAGED, Code.HEADER_DAMAGED})


def read_images(opened: Opened, limits: Limits) -> ImageSet:
    """All images of the input, in file order.

    Raises:
        AnalyzerError: the table of contents cannot be read. InputError: it is empty.
        MalformedImage: likewise, of an archive that is itself cut off or damaged, which comes
            first: what is missing in it was lost by that.
    """
    try:
        return _read_images(opened, limits)
    except LimitExceeded:
        raise
    except AnalyzerError as problem:
        damage = (*opened.problems, *opened.source.problems)
        first = next((each for each in damage if each.code in _CUT), None)
        if first is None:
            raise
        what = f"no image found; {first.detail}; {problem}"
        raise MalformedImage(first.code, what, hint=problem.hint, where=opened.name) from problem


def _read_images(opened: Opened, limits: Limits) -> ImageSet:
    flat = opened.shape is Shape.DIR
    blobs = Blobs(opened.source, limits, flat_name if flat else layout_name)
    if opened.shape is Shape.DOCKER_ARCHIVE:
        found = docker.read_archive(blobs)
    elif opened.shape is Shape.DOCKER_V1:
        found = dockerv1.read_v1(blobs)
    elif opened.system is not None:
        found = rootfs.read_rootfs(blobs, opened.system)
    elif opened.shape is Shape.DIR:
        found = _read_dir(blobs)
    elif opened.shape is Shape.BOTH:
        found = hybrid.read_both(blobs)
    else:
        found = oci.read_layout(blobs)
    found = _with_referrers(blobs, found)
    extra, problems = _unreferenced(blobs, opened.shape)
    if not found.images and not any(item.children for item in found.tree):
        raise InputError(
            Code.NO_IMAGES,
            "it lists no image",
            where=found.tree[0].name,
            hint="; ".join(problem.detail for problem in found.problems[:3]),
        )
    writer = (
        rootfs.probable_exporter(opened.system)
        if opened.system is not None
        else probable_writer(blobs, opened.shape)
    )
    return ImageSet(
        found.images,
        found.tree + extra,
        (*opened.problems, *found.problems, *problems),
        blobs.measured,
        writer.name if writer else "",
        writer.evidence if writer else (),
    )


def _with_referrers(blobs: Blobs, found: ImageSet) -> ImageSet:
    """`found` with manifests that only their `subject` ties to it, and all such links."""
    start = len(blobs.problems)
    more = oci.read_unlisted(blobs, tuple(unlisted_referrers(blobs)))
    tree = with_subjects(found.tree + more.tree)
    own = (*more.problems, *blobs.problems[start:], *absent_subjects(tree))
    problems = (*found.problems, *own)
    return replace(found, tree=tree, problems=problems)


def _read_dir(blobs: Blobs) -> ImageSet:
    """Skopeo's `dir:`, of one manifest or a list (containers/image directory/directory_src.go)."""
    document = blobs.document("manifest.json", None, None)
    blobs.used.add("version")
    if is_index(document.value, ""):
        return oci.read_listed(blobs, document)
    return _read_single(blobs, document)


def _read_single(blobs: Blobs, document: Document) -> ImageSet:
    if is_schema1(document.value):
        image = read_schema1(blobs, document, None)
        size = len(document.raw)
        item = schema1_item(blobs, image, TreeItem("manifest", document.name, size=size))
        return ImageSet((image,), (item,), tuple(blobs.problems))
    manifest = parse_manifest(document.value, document.name)
    kind = manifest_kind(manifest, Descriptor(manifest.media_type, document.measured, 0))
    item = TreeItem(kind, document.name, media_type=manifest.media_type, size=len(document.raw))
    if kind != "manifest":
        tree = manifest_item(blobs, item, manifest, kind)
        problem = not_an_image(document.name, tree.description)
        return ImageSet((), (tree,), (*manifest.problems, problem, *blobs.problems))
    image = read_image(blobs, document, manifest, None)
    tree = manifest_item(blobs, item, manifest, kind)
    tree = replace(tree, platform=str(image.platform))
    return ImageSet((image,), (tree,), (*manifest.problems, *blobs.problems))


_TABLES = frozenset({"oci-layout", "index.json", "manifest.json", "repositories", "version"})


def _unreferenced(blobs: Blobs, shape: Shape) -> tuple[tuple[TreeItem, ...], tuple[Problem, ...]]:
    """Files that no document leads to: part of the evidence, so they are listed."""
    used = {blobs.source.identity(name) for name in blobs.used if blobs.source.has(name)}
    items, problems = [], []
    for name in sorted(blobs.source.names()):
        if name in blobs.used or name in _TABLES or blobs.source.identity(name) in used:
            continue
        promised = stated_digest(name)
        kind = "file" if promised is None else "blob"
        items.append(TreeItem(kind, name, promised, size=blobs.source.size(name)))
        if promised is not None and shape is not Shape.DOCKER_ARCHIVE:
            problems.append(note(Code.UNREFERENCED_BLOB, name, "no index or manifest leads to it"))
    return tuple(items), tuple(problems)
