"""Report to SPDX 2.3 JSON (spdx-spec v2.3, chapters 6 to 11; schemas/spdx-schema.json).

Shape: the document DESCRIBES the image; the image CONTAINS its layers, its operating system and
every installed package; a layer CONTAINS the packages it introduced, which says where, not that
there are two; the index is a VARIANT_OF the image (the direction ko and apko write). Root and
layers are packages because a relationship needs elements at both ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from packageurl import PackageURL
from spdx_tools.common.spdx_licensing import spdx_licensing
from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.model.actor import Actor, ActorType
from spdx_tools.spdx.model.checksum import Checksum, ChecksumAlgorithm
from spdx_tools.spdx.model.document import CreationInfo, Document
from spdx_tools.spdx.model.extracted_licensing_info import ExtractedLicensingInfo
from spdx_tools.spdx.model.package import (
    ExternalPackageRef,
    ExternalPackageRefCategory,
    PackagePurpose,
)
from spdx_tools.spdx.model.package import Package as Element
from spdx_tools.spdx.model.relationship import Relationship, RelationshipType
from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion

from analyzer.bills.model import Party
from analyzer.canonical import json_bytes
from analyzer.digest import Digest, algorithm_of, can_check, encoded_of
from analyzer.image.identity import Kind
from analyzer.packages.contract import Package
from analyzer.paths import printable
from analyzer.report import ImageReport, Report
from analyzer.sbom import ids
from analyzer.sbom.created import FROM_ENVIRONMENT, creation_time
from analyzer.sbom.licences import Licences
from analyzer.sbom.remarks import document_comment, image_remarks, layer_remarks, package_origin
from analyzer.sbom.supplier import organization, parse_supplier

__all__ = ["creation_time", "spdx_json"]

_DOCUMENT = "SPDXRef-DOCUMENT"
_ALGORITHMS = {
    "sha256": ChecksumAlgorithm.SHA256,
    "sha384": ChecksumAlgorithm.SHA384,
    "sha512": ChecksumAlgorithm.SHA512,
}
_EMPTY = b'"documentNamespace": ""'
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_VENDOR = "org.opencontainers.image.vendor"
_LICENCES = "org.opencontainers.image.licenses"
"""OCI image-spec v1.1, annotations.md, "Pre-Defined Annotation Keys"."""


def spdx_json(
    report: Report, image: ImageReport, *, created: str, created_from: str | None = None
) -> bytes:
    """One image of `report` as an SPDX 2.3 JSON document.

    `created` and `created_from` are the two halves of what `creation_time` returns; where only
    the time is given, its source is told by comparing it with what the image states.
    """
    if created_from is None:
        stated, source = creation_time(image, None)
        created_from = source if created == stated else FROM_ENVIRONMENT
    document = _Builder(report, image).document(
        created=datetime.strptime(created, _TIME),  # noqa: DTZ007 (the library's times are naive)
        comment=document_comment(report, image, created_from),
    )
    return _with_namespace(json_bytes(_converted(document)))


def _with_namespace(document: bytes) -> bytes:
    """Fill the empty namespace in; inside of texts quotes are escaped, so it occurs once."""
    namespace = ids.document_namespace(document)
    return document.replace(_EMPTY, _EMPTY[:-1] + namespace.encode() + b'"', 1)


def _converted(document: Document) -> dict[str, Any]:
    """The library's JSON form, with the categories spelled as the 2.3 schema wants them.

    spdx-tools writes `PACKAGE_MANAGER`, which is SPDX 2.2. Its writer is not used because it
    looks for duplicates in quadratic time.
    """
    converter: Callable[[], Any] = DocumentConverter
    written: dict[str, Any] = converter().convert(document)
    for package in written["packages"]:
        for reference in package.get("externalRefs", ()):
            category = reference["referenceCategory"]
            reference["referenceCategory"] = category.replace("_", "-")
    return written


class _Builder:
    """Collects the elements and relationships of one document."""

    def __init__(self, report: Report, image: ImageReport) -> None:
        self._tool = report.tool
        self._image = image
        self._anchor = ids.anchor(image)
        self._refuted = {
            identity.layer
            for identity in image.identities
            if identity.kind is Kind.LAYER and identity.verified is False
        }
        self._licences = Licences()
        self._elements: list[Element] = []
        self._relationships: list[Relationship] = []

    def document(self, *, created: datetime, comment: str) -> Document:
        root = self._add(self._root())
        self._relate(_DOCUMENT, RelationshipType.DESCRIBES, root)
        layers = [self._add(self._layer(n)) for n in range(len(self._image.layers))]
        systems = [self._add(element) for element in self._operating_system()]
        packages = self._packages()
        names = [self._add(element) for _, element in packages]
        for contained in (*layers, *systems, *names):
            self._relate(root, RelationshipType.CONTAINS, contained)
        for (package, _), name in zip(packages, names, strict=True):
            if package.introduced_in is not None and 0 <= package.introduced_in < len(layers):
                layer = layers[package.introduced_in]
                self._relate(layer, RelationshipType.CONTAINS, name)
        by_ident = {p.ident: name for (p, _), name in zip(packages, names, strict=True)}
        for (package, _), name in zip(packages, names, strict=True):
            if package.owner in by_ident:
                self._relate(by_ident[package.owner], RelationshipType.CONTAINS, name)
        for element in self._index():
            self._relate(self._add(element), RelationshipType.VARIANT_OF, root)
        return Document(
            self._creation_info(created, comment),
            packages=self._elements,
            relationships=self._relationships,
            extracted_licensing_info=[
                ExtractedLicensingInfo(license_id=name, extracted_text=text)
                for name, text in self._licences.texts
            ],
        )

    def _add(self, element: Element) -> str:
        self._elements.append(element)
        return str(element.spdx_id)

    def _relate(self, one: str, how: RelationshipType, other: str) -> None:
        self._relationships.append(Relationship(one, how, other))

    def _creation_info(self, created: datetime, comment: str) -> CreationInfo:
        return CreationInfo(
            spdx_version="SPDX-2.3",
            spdx_id=_DOCUMENT,
            name=printable(f"{self._image.label} {self._image.platform}"),
            document_namespace="",
            creators=[Actor(ActorType.TOOL, f"{self._tool.name}-{self._tool.version}")],
            created=created,
            document_comment=comment,
        )

    def _root(self) -> Element:
        image = self._image
        name = ids.name_of(image).repository or image.label
        purl = ids.image_purl(image)
        no_name = "the file states no name; 'image' stands for it"
        facts = (image.manifest_digest, image.image_id, image.platform, image.position)
        return _element(
            ids.element_id("Image", (name,), facts),
            name,
            PackagePurpose.CONTAINER,
            version=self._anchor,
            checksums=_checksums(ids.registry_digest(image)),
            supplier=_actor(organization(_label(image, _VENDOR))),
            license_declared=self._licence((_label(image, _LICENCES),)),
            external_references=_purl(purl, no_name if ids.purl_is_stand_in(image) else None),
            comment=image_remarks(image),
        )

    def _layer(self, position: int) -> Element:
        layer = self._image.layers[position]
        digest = layer.digest or layer.diff_id
        return _element(
            ids.element_id("Layer", (str(position),), (self._anchor, layer.digest, layer.diff_id)),
            digest or f"layer {position}",
            PackagePurpose.ARCHIVE,
            version=digest,
            checksums=[] if position in self._refuted else _checksums(layer.digest),
            comment=layer_remarks(layer, position, len(self._image.layers)),
        )

    def _operating_system(self) -> Iterator[Element]:
        distro = self._image.distro
        if distro is None:
            return
        name = distro.id or distro.pretty_name or "unknown"
        yield _element(
            ids.element_id("OperatingSystem", (name, distro.version_id), (self._anchor,)),
            name,
            PackagePurpose.OPERATING_SYSTEM,
            version=distro.version_id or None,
            summary=printable(distro.pretty_name) or None,
            source_info=f"Stated by {printable(distro.path)}" if distro.path else None,
        )

    def _index(self) -> Iterator[Element]:
        digest = self._image.index_digest
        if digest is None:
            return
        name = ids.name_of(self._image).repository or self._image.label
        yield _element(
            ids.element_id("Index", (name,), (digest,)),
            name,
            PackagePurpose.OTHER,
            version=digest,
            checksums=_checksums(digest),
            external_references=_purl(ids.index_purl(self._image), None),
            comment="The index that lists the image, one of its platforms; not expanded here",
        )

    def _packages(self) -> list[tuple[Package, Element]]:
        """Installed packages, each once, in an order that does not depend on the report's."""
        packages = sorted(set(self._image.installed), key=lambda each: (each.key, repr(each)))
        names = ids.numbered(self._package_id(package) for package in packages)
        return [
            (each, self._package(each, name)) for each, name in zip(packages, names, strict=True)
        ]

    def _package_id(self, package: Package) -> str:
        places = [[place.path, place.layer] for place in package.locations]
        words = (package.type, package.name, package.version)
        facts = (self._anchor, package.arch, package.state, package.purl, places)
        return ids.element_id("Package", words, facts)

    def _package(self, package: Package, spdx_id: str) -> Element:
        return _element(
            spdx_id,
            package.name,
            None,
            version=package.version or None,
            supplier=_actor(parse_supplier(package.supplier)),
            license_declared=self._licence(_licences(package)),
            external_references=_purl(package.purl, None),
            source_info=package_origin(package, self._image.layers),
        )

    def _licence(self, found: Iterable[str]) -> object:
        declared = self._licences.declared(found)
        return spdx_licensing.parse(declared) if declared else SpdxNoAssertion()


def _licences(package: Package) -> tuple[str, ...]:
    """What it states: in SPDX's words where all of it can be, else as found."""
    return (package.license_expression,) if package.license_expression else package.licenses


def _element(
    spdx_id: str, name: str, purpose: PackagePurpose | None, version: str | None, **more: object
) -> Element:
    """A package element with everything that we never assert."""
    members: dict[str, Any] = {
        "supplier": SpdxNoAssertion(),
        "license_concluded": SpdxNoAssertion(),
        "license_declared": SpdxNoAssertion(),
        "copyright_text": SpdxNoAssertion(),
        **more,
    }
    return Element(
        spdx_id,
        printable(name),
        SpdxNoAssertion(),
        version=None if version is None else printable(version),
        files_analyzed=False,
        primary_package_purpose=purpose,
        **members,
    )


def _checksums(digest: Digest | None) -> list[Checksum]:
    """SPDX 2.3, 7.10; only algorithms whose values `parse_digest` has checked."""
    if digest is None or not can_check(digest):
        return []
    return [Checksum(_ALGORITHMS[algorithm_of(digest)], encoded_of(digest))]


def _purl(purl: str, comment: str | None) -> list[ExternalPackageRef]:
    """SPDX 2.3, 7.21 and Annex F.3.5; what does not parse is no package URL and left out."""
    try:
        PackageURL.from_string(purl)
    except ValueError:
        return []
    if not purl.isascii() or not purl.isprintable() or " " in purl:
        return []
    category = ExternalPackageRefCategory.PACKAGE_MANAGER
    return [ExternalPackageRef(category, "purl", purl, comment)]


def _actor(supplier: Party | None) -> Actor | SpdxNoAssertion:
    if supplier is None:
        return SpdxNoAssertion()
    kind = ActorType.PERSON if supplier.kind == "person" else ActorType.ORGANIZATION
    return Actor(kind, supplier.name, supplier.mail or None)


def _label(image: ImageReport, key: str) -> str:
    """A label of the image; empty when there is none (OCI image-spec v1.1, config.md)."""
    runtime = image.config.get("config")
    labels = runtime.get("Labels") if isinstance(runtime, dict) else None
    value = labels.get(key) if isinstance(labels, dict) else None
    return value if isinstance(value, str) else ""
