"""OCI layouts: from `index.json` through nested indexes to images, attestations and artifacts.

OCI image-spec v1.1, image-layout.md and image-index.md; containerd's and BuildKit's annotations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from analyzer.digest import Digest
from analyzer.errors import AnalyzerError, MalformedImage
from analyzer.image import media
from analyzer.image.artifacts import (
    describe,
    describe_type,
    is_artifact_manifest,
    parse_artifact_manifest,
)
from analyzer.image.assemble import platform_of
from analyzer.image.blobs import Blobs
from analyzer.image.documents import (
    Descriptor,
    Index,
    Reader,
    guess_media_type,
    is_index,
    parse_index,
    parse_manifest,
)
from analyzer.image.manifests import (
    about,
    absence,
    artifact_item,
    is_attestation,
    manifest_item,
    manifest_kind,
    not_an_image,
    read_image,
    unread_image,
)
from analyzer.image.model import Document, Image, ImageSet, TreeItem
from analyzer.image.salvage import find_roots
from analyzer.image.schema1 import is_schema1
from analyzer.image.schema1image import read_schema1, schema1_item
from analyzer.limits import overrun
from analyzer.problems import Code, Problem, error, note, warning

REF_NAME = "org.opencontainers.image.ref.name"
CONTAINERD_NAME = "io.containerd.image.name"
LAYOUT_VERSION = "1.0.0"
"""OCI image-spec v1.1, image-layout.md, "oci-layout file"."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the tree a descriptor was met."""

    names: tuple[str, ...]
    indexes: tuple[Document, ...] = ()


@dataclass(slots=True)
class _Found:
    """What the walk collects."""

    images: list[Image] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    descriptors: int = 0


def names_of(descriptor: Descriptor) -> tuple[str, ...]:
    """The names a descriptor's annotations claim; the full one where both are there."""
    name = descriptor.annotations.get(CONTAINERD_NAME) or descriptor.annotations.get(REF_NAME)
    return (name,) if name else ()


def read_layout(blobs: Blobs) -> ImageSet:
    """All images of a layout; where `index.json` is lost, those that its blobs still tell of.

    Raises:
        AnalyzerError: `index.json` cannot be read, and no blob is a manifest.
    """
    found = _Found(problems=_marker_problems(blobs))
    root = TreeItem("index", "index.json", media_type=media.OCI_INDEX)
    try:
        document, index = _index_json(blobs)
    except AnalyzerError as problem:
        roots = find_roots(blobs)
        if not roots:
            raise
        blobs.note_error(problem, "index.json")
        lost = "images were found by looking through the blobs; their names are lost"
        found.problems.append(error(Code.BAD_DOCUMENT, "index.json", lost))
        root = replace(root, present=False, children=_walk_top(blobs, found, roots))
    else:
        found.problems += index.problems
        root = replace(
            root,
            media_type=index.media_type,
            size=len(document.raw),
            annotations=index.annotations,
            children=_walk_top(blobs, found, index.manifests),
        )
    return ImageSet(tuple(found.images), (root,), (*found.problems, *blobs.problems))


def read_listed(blobs: Blobs, document: Document) -> ImageSet:
    """All images of an index that stands alone, as skopeo's `dir:` keeps a manifest list.

    Raises:
        MalformedImage: it is no index.
    """
    index = parse_index(document.value, document.name)
    found = _Found(problems=[*index.problems])
    children = _walk(blobs, found, index.manifests, _Place((), (document,)))
    size = len(document.raw)
    root = TreeItem("index", document.name, None, index.media_type, size, children=children)
    return ImageSet(tuple(found.images), (root,), (*found.problems, *blobs.problems))


def read_unlisted(blobs: Blobs, manifests: Iterable[Descriptor]) -> ImageSet:
    """Manifests that no index leads to; none of them is of an image."""
    found = _Found()
    children = _walk(blobs, found, manifests, _Place(()))
    return ImageSet((), children, tuple(found.problems))


def _marker_problems(blobs: Blobs) -> list[Problem]:
    """What is wrong with `oci-layout`, which only says that this is a layout."""
    name = "oci-layout"
    blobs.used.add(name)
    if not blobs.source.has(name):
        return [warning(Code.LAYOUT_MARKER, name, "missing; read as an OCI layout all the same")]
    try:
        version = Reader(blobs.document(name, None, None).value, name).text("imageLayoutVersion")
    except AnalyzerError as problem:
        return [warning(Code.LAYOUT_MARKER, name, problem.message)]
    if version == LAYOUT_VERSION:
        return []
    what = f"imageLayoutVersion is {version!r:.80}, known is {LAYOUT_VERSION!r}"
    return [warning(Code.LAYOUT_MARKER, name, what)]


def _index_json(blobs: Blobs) -> tuple[Document, Index]:
    if not blobs.source.has("index.json"):
        raise MalformedImage(Code.BAD_DOCUMENT, "missing", where="index.json")
    document = blobs.document("index.json", None, None)
    return document, parse_index(document.value, "index.json")


@dataclass(slots=True)
class _Entry:
    """The images that one position stands for, while positions are given."""

    names: set[str]
    platforms: set[str]


def _walk_top(blobs: Blobs, found: _Found, manifests: Iterable[Descriptor]) -> tuple[TreeItem, ...]:
    """Entries of `index.json`: the same digest once per name is one image with several names."""
    merged: dict[Digest, Descriptor] = {}
    names: dict[Digest, list[str]] = {}
    for descriptor in manifests:
        merged.setdefault(descriptor.digest, descriptor)
        names.setdefault(descriptor.digest, []).extend(names_of(descriptor))
    children = []
    entries: list[_Entry] = []
    for digest, descriptor in merged.items():
        if _too_many(blobs, found):
            break
        first = len(found.images)
        unique = tuple(dict.fromkeys(names[digest]))
        children.append(_visit(blobs, found, descriptor, _Place(unique)))
        if images := found.images[first:]:
            position = _position(entries, images)
            found.images[first:] = [replace(image, position=position) for image in images]
    return tuple(children)


def _position(entries: list[_Entry], images: Sequence[Image]) -> int:
    """Where `images` of one top entry belong.

    `index.json` may list the platforms of one image side by side under one name, without an
    index of their own; those share a position. The same name for the same platform twice
    is two images.
    """
    names = {name for image in images for name in image.names}
    platforms = {str(image.platform) for image in images if image.platform.known}
    if not any(image.indexes for image in images) and platforms:
        for position, entry in enumerate(entries):
            if entry.names & names and not entry.platforms & platforms:
                entry.platforms |= platforms
                entry.names |= names
                return position
        entries.append(_Entry(names, platforms))
    else:
        entries.append(_Entry(set(), set()))
    return len(entries) - 1


def _walk(
    blobs: Blobs, found: _Found, manifests: Iterable[Descriptor], place: _Place
) -> tuple[TreeItem, ...]:
    """Entries of an index; one that is listed twice for the same platform is walked once."""
    children = []
    walked: set[tuple[Digest, str]] = set()
    for child in manifests:
        if _too_many(blobs, found):
            break
        key = child.digest, repr(child.platform)
        if key in walked:
            children.append(_item(_expected_kind(child), blobs.locate(child.digest), child, place))
            continue
        walked.add(key)
        below = replace(place, names=place.names or names_of(child))
        children.append(_visit(blobs, found, child, below))
    return tuple(children)


def _too_many(blobs: Blobs, found: _Found) -> bool:
    """Count one more descriptor; True, and a problem, when that is one too many."""
    found.descriptors += 1
    allowed = blobs.limits.index_descriptors
    if found.descriptors > allowed:
        what = overrun("index_descriptors", allowed, allowed + 1)
        problem = error(Code.LIMIT_EXCEEDED, "index.json", what)
        if problem not in found.problems:
            found.problems.append(problem)
    return found.descriptors > allowed


def _visit(blobs: Blobs, found: _Found, descriptor: Descriptor, place: _Place) -> TreeItem:
    name = blobs.find(descriptor)
    if name is None:
        return _absent(found, descriptor, place, blobs.locate(descriptor.digest))
    document = blobs.try_document(name, descriptor.digest, descriptor.size)
    item = _item(_expected_kind(descriptor), name, descriptor, place)
    if document is None or not document.readable:
        _keep_unread(found, descriptor, place, document)
        return item
    media_type = guess_media_type(document.value) or descriptor.media_type
    _compare_types(found, descriptor, document)
    item = replace(item, media_type=media_type)
    try:
        if is_index(document.value, media_type):
            return _visit_index(blobs, found, document, item, place)
        return _visit_manifest(blobs, found, document, descriptor, item, place)
    except AnalyzerError as problem:
        blobs.note_error(problem, name)
        _keep_unread(found, descriptor, place, document)
        return item


def _keep_unread(
    found: _Found, descriptor: Descriptor, place: _Place, document: Document | None
) -> None:
    """A manifest that cannot be read is still an image that somebody may ask for."""
    if _expected_kind(descriptor) == "manifest" and media.is_image_manifest(descriptor.media_type):
        found.images.append(
            unread_image(descriptor, names=place.names, indexes=place.indexes, document=document)
        )


def _compare_types(found: _Found, descriptor: Descriptor, document: Document) -> None:
    """A descriptor and its document that differ in the media type mislead (CVE-2021-41190)."""
    stated = document.value.get("mediaType") if isinstance(document.value, dict) else None
    known = {*media.INDEXES, *media.MANIFESTS}
    if not isinstance(stated, str) or not {stated, descriptor.media_type} <= known:
        return
    if stated != descriptor.media_type:
        what = f"the descriptor says {descriptor.media_type!r}, the document {stated!r}"
        found.problems.append(warning(Code.VIEWS_DISAGREE, document.name, what))


def _visit_index(
    blobs: Blobs, found: _Found, document: Document, item: TreeItem, place: _Place
) -> TreeItem:
    item = replace(item, kind="index")
    if document.name in {above.name for above in place.indexes}:
        found.problems.append(error(Code.INDEX_CYCLE, item.name, "the index leads back to itself"))
        return item
    if len(place.indexes) >= blobs.limits.index_depth:
        what = overrun("index_depth", blobs.limits.index_depth, len(place.indexes) + 1)
        found.problems.append(error(Code.LIMIT_EXCEEDED, item.name, what))
        return item
    index = parse_index(document.value, item.name)
    found.problems += index.problems
    below = replace(place, indexes=(*place.indexes, document))
    children = _walk(blobs, found, index.manifests, below)
    found.problems += _only_for_attestations(item.name, children)
    item = replace(item, annotations={**index.annotations, **item.annotations}, children=children)
    return item if index.subject is None else about(item, index.subject)


def _only_for_attestations(where: str, children: Sequence[TreeItem]) -> Iterator[Problem]:
    """An index of one platform and its attestations, which some services refuse or misread."""
    platforms = [child for child in children if child.kind == "manifest"]
    others = [child for child in children if child.kind == "attestation"]
    if len(platforms) == 1 and others and len(children) == 1 + len(others):
        (only,) = platforms
        what = (
            f"an index of one platform ({only.platform}) and attestations; where a service does "
            f"not take it, use the manifest digest {only.declared}"
        )
        yield note(Code.ATTESTATION_INDEX, where, what)


def _visit_manifest(
    blobs: Blobs,
    found: _Found,
    document: Document,
    descriptor: Descriptor,
    item: TreeItem,
    place: _Place,
) -> TreeItem:
    if is_schema1(document.value):
        image = read_schema1(blobs, document, descriptor.platform)
        names = place.names or image.names
        found.images.append(replace(image, names=names, indexes=place.indexes))
        return schema1_item(blobs, image, item)
    if is_artifact_manifest(document.value):
        manifest = parse_artifact_manifest(document.value, item.name)
        item = artifact_item(blobs, item, manifest)
        found.problems += [*manifest.problems, not_an_image(item.name, item.description)]
        return item
    manifest = parse_manifest(document.value, item.name)
    found.problems += manifest.problems
    kind = manifest_kind(manifest, descriptor)
    if kind == "manifest":
        image = read_image(blobs, document, manifest, descriptor.platform)
        found.images.append(replace(image, names=place.names, indexes=place.indexes))
        item = replace(item, platform=str(image.platform))
    elif kind == "artifact":
        found.problems.append(not_an_image(item.name, describe(manifest)))
    return manifest_item(blobs, item, manifest, kind)


def _absent(found: _Found, descriptor: Descriptor, place: _Place, name: str) -> TreeItem:
    """A descriptor whose blob is not in the file: legal, and said."""
    kind = _expected_kind(descriptor)
    item = replace(_item(kind, name, descriptor, place), present=False)
    if kind == "index":
        found.problems.append(error(Code.BLOB_MISSING, name, "an index is not in the file"))
    elif kind == "manifest" and media.is_image_manifest(descriptor.media_type):
        image = unread_image(descriptor, names=place.names, indexes=place.indexes)
        image = replace(image, problems=(absence(name, image.platform),))
        found.images.append(image)
    else:
        what = "an attestation" if kind == "attestation" else _absent_thing(descriptor)
        found.problems.append(note(Code.BLOB_MISSING, name, f"{what} is not in the file"))
    return item


def _absent_thing(descriptor: Descriptor) -> str:
    stated = descriptor.artifact_type
    return describe_type(stated) if stated else f"a {descriptor.media_type!r}"


def _expected_kind(descriptor: Descriptor) -> str:
    if descriptor.media_type in media.INDEXES:
        return "index"
    if is_attestation(descriptor) or descriptor.artifact_type == media.DOCKER_ATTESTATION:
        return "attestation"
    # go-containerregistry states the config's type for plain images too.
    other = descriptor.artifact_type not in {"", *media.CONFIGS}
    return "artifact" if other else "manifest"


def _item(kind: str, name: str, descriptor: Descriptor, place: _Place) -> TreeItem:
    platform = platform_of(descriptor.platform)
    return TreeItem(
        kind,
        name,
        descriptor.digest,
        descriptor.media_type,
        descriptor.size,
        str(platform) if platform else "",
        place.names if not place.indexes else names_of(descriptor),
        descriptor.annotations,
    )
