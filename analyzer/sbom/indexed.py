"""A report to the bill of an image index: which manifests it lists, and the document of each.

As ko and apko write it: the document describes the index, and the index is a VARIANT_OF each
manifest of a platform. Everything else that the index lists stands there, too, named as what it
is, so that nobody thinks it was overlooked; packages are in the documents of the platforms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.bills.model import Bill, Completeness, Element, ExternalDocument, Kind, Relation
from analyzer.digest import Digest
from analyzer.paths import printable
from analyzer.report import ImageReport, Node, Report
from analyzer.sbom import ids
from analyzer.sbom.compose import LIFECYCLE, creators

_KINDS: Mapping[str, Kind] = {
    "manifest": "image",
    "index": "index",
    "attestation": "attestation",
    "docker-manifest": "image",
}
"""Of what an index lists; anything else is a `manifest` of no image."""
_COMPLETE = "every entry of the index is listed, and what else in the file says it is about them"
_COMMENT = (
    "What the index lists. Packages stand in the document of each platform, which is a document "
    "of its own because no list of packages is true of two platforms."
)


@dataclass(frozen=True, slots=True)
class PlatformDocument:
    """The document of one platform that an index bill points to."""

    manifest: Digest
    uri: str
    """Its namespace."""
    sha1: str
    """Of its bytes, hexadecimal; SPDX 2.3, 6.6 asks for this algorithm."""


def indexes(images: Iterable[ImageReport]) -> dict[Digest, list[ImageReport]]:
    """The images that each index of a file lists, in the order of the file."""
    found: dict[Digest, list[ImageReport]] = {}
    for image in images:
        if image.index_digest is not None:
            found.setdefault(image.index_digest, []).append(image)
    return found


def compose_index(
    report: Report,
    digest: Digest,
    documents: Sequence[PlatformDocument] = (),
    *,
    created: str,
    created_from: str,
) -> Bill | None:
    """The bill of the index `digest`; None where the file does not hold it.

    `documents` are those of its platforms; `created` and `created_from` as for `compose`.
    """
    nodes = [node for top in report.tree for node in top.walk()]
    index = next((node for node in nodes if node.kind == "index" and node.digest == digest), None)
    images = indexes(report.images).get(digest, [])
    if index is None or not images:
        return None
    composer = _Composer(images, digest, index, _beside(index, nodes))
    return composer.bill(report, documents, created, created_from)


def _beside(index: Node, nodes: Iterable[Node]) -> list[Node]:
    """What lies elsewhere in the file and says that it is about the index or what it lists."""
    listed = {child.digest for child in index.children}
    about = {index.digest, *listed} - {None}
    found = {
        node.digest: node for node in nodes if node.subject in about and node.digest not in listed
    }
    return sorted(found.values(), key=lambda node: (node.digest or "", node.name))


class _Composer:
    """Collects what one index lists."""

    def __init__(
        self,
        images: Sequence[ImageReport],
        digest: Digest,
        node: Node,
        beside: Sequence[Node],
    ) -> None:
        self._images = {image.manifest_digest: image for image in images}
        self._name = ids.name_of(images[0])
        self._label = images[0].label
        self._root = Element(
            ref=ids.element_ref("Index", (self._name.repository or self._label,), (digest,)),
            kind="index",
            name=printable(self._name.repository or self._label),
            version=digest,
            purl=ids.index_purl(images[0]),
            digests=(digest,),
            comment=_names(node),
        )
        self._entries = [(child, True) for child in node.children]
        self._entries += [(other, False) for other in beside]

    def bill(
        self,
        report: Report,
        documents: Sequence[PlatformDocument],
        created: str,
        created_from: str,
    ) -> Bill:
        refs = ids.numbered(self._ref(node) for node, _ in self._entries)
        listed = [
            self._element(node, ref, listed=listed)
            for (node, listed), ref in zip(self._entries, refs, strict=True)
        ]
        return Bill(
            name=printable(f"{self._label} index"),
            subjects=(self._root.ref,),
            elements=(self._root, *listed),
            relations=tuple(self._relations(listed)),
            created=created,
            creators=creators(report.tool),
            comment=f"{_COMMENT}\nCreation time from: {created_from}.",
            completeness=(Completeness("image", "complete", _COMPLETE, (self._root.ref,)),),
            external=tuple(self._external(listed, documents)),
            lifecycle=LIFECYCLE,
        )

    def _ref(self, child: Node) -> str:
        words = (child.platform.replace("/", "-") or child.kind,)
        return ids.element_ref("Manifest", words, (child.digest, child.platform, child.kind))

    def _element(self, child: Node, ref: str, *, listed: bool) -> Element:
        image = self._images.get(child.digest)
        kind = _KINDS.get(child.kind, "manifest")
        return Element(
            ref=ref,
            kind=kind,
            name=printable(child.digest or child.name),
            version=printable(child.digest or ""),
            purl=ids.image_purl(image) if image is not None else "",
            digests=(child.digest,) if child.digest else (),
            comment=printable("; ".join(_remarks(child, kind, image, listed=listed))),
            properties=tuple(
                (name, printable(value))
                for name, value in (
                    ("ociscope:image:id", image.image_id if image else None),
                    ("ociscope:image:platform", child.platform),
                    ("ociscope:subject", child.subject),
                )
                if value
            ),
        )

    def _relations(self, listed: Sequence[Element]) -> Iterator[Relation]:
        by_digest = {element.version: element for element in (self._root, *listed)}
        for (child, inside), element in zip(self._entries, listed, strict=True):
            if inside:
                how = "VARIANT_OF" if element.kind in {"image", "index"} else "CONTAINS"
                yield Relation(self._root.ref, how, element.ref)
            about = by_digest.get(child.subject or "")
            if about is not None and about is not element:
                words = f"{child.description or child.kind} about it"
                yield Relation(element.ref, "OTHER", about.ref, printable(words))

    def _external(
        self, listed: Sequence[Element], documents: Iterable[PlatformDocument]
    ) -> Iterator[ExternalDocument]:
        by_digest = {document.manifest: document for document in documents}
        seen: set[str] = set()
        for element in listed:
            document = by_digest.get(Digest(element.version))
            if document is None or element.version in seen:
                continue
            seen.add(element.version)
            ref = f"DocumentRef-{element.ref}"
            yield ExternalDocument(ref, document.uri, (f"sha1:{document.sha1}",), element.ref)


def _names(node: Node) -> str:
    return printable(f"Names in the file: {', '.join(node.names)}") if node.names else ""


def _remarks(child: Node, kind: Kind, image: ImageReport | None, *, listed: bool) -> Iterator[str]:
    if kind == "image":
        yield f"Manifest for the platform {child.platform or 'that is not stated'}"
    else:
        yield child.description or f"A {child.kind}"
        if child.platform:
            yield f"listed for the platform {child.platform}"
    if not listed:
        yield "beside the index in this file, which does not list it"
    if child.subject:
        yield f"it says that it is about {child.subject}"
    if image is not None and image.image_id:
        yield f"image ID (config digest) {image.image_id}"
    if not child.present:
        yield "not in this file: its digest is what the index says"
    elif child.verified is False:
        yield "its bytes in this file do not match the digest that the index says"
