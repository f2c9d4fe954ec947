"""A report to the bill of materials of one of its images, from which every document is written.

Shape: the bill describes the image; the image CONTAINS its layers, its operating system and every
installed package; a layer CONTAINS the packages it introduced, which says where, not that there
are two; a package of the system CONTAINS a package that is a second view of its files; a package
DEPENDS_ON those that meet its needs; the index is a VARIANT_OF the image (the direction ko and
apko write).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from analyzer.bills.model import Bill, Element, Evidence, Party, Relation
from analyzer.digest import Digest
from analyzer.image.identity import Kind
from analyzer.packages.contract import Location, Package
from analyzer.packages.digestmeaning import archive_digests, own_digests
from analyzer.paths import printable
from analyzer.report import ImageReport, Report, Tool
from analyzer.sbom import ids
from analyzer.sbom.coverage import completeness, unlisted
from analyzer.sbom.files import file_elements, file_remarks, shared_folders
from analyzer.sbom.licences import Licences
from analyzer.sbom.remarks import (
    document_comment,
    image_remarks,
    layer_remarks,
    package_origin,
    sorted_places,
)
from analyzer.sbom.supplier import organization, parse_supplier

LIFECYCLE = "post-build"
"""CycloneDX 1.6, `lifecycles.phase`: what an image file was when we read it."""
_VENDOR = "org.opencontainers.image.vendor"
_LICENCES = "org.opencontainers.image.licenses"
_URL = "org.opencontainers.image.url"
"""OCI image-spec v1.1, annotations.md, "Pre-Defined Annotation Keys"."""
_CONFIDENCE = {"high": 1.0, "medium": 0.7, "low": 0.3}
_OTHER_SCHEME = "DocumentRef-"


def compose(report: Report, image: ImageReport, *, created: str, created_from: str) -> Bill:
    """The bill of one image of `report`.

    `created` and `created_from` are the two halves of what `sbom.created.creation_time` returns.
    """
    return _Composer(report, image).bill(created, created_from)


def creators(tool: Tool) -> tuple[Party, ...]:
    """Who makes our documents."""
    return (Party(tool.name, kind="tool", version=tool.version),)


class _Composer:
    """Collects the elements and relations of one bill."""

    def __init__(self, report: Report, image: ImageReport) -> None:
        self._report = report
        self._image = image
        self._anchor = ids.anchor(image)
        self._licences = Licences()
        self._places: dict[Location, Evidence] = {}

    def bill(self, created: str, created_from: str) -> Bill:
        image = self._image
        root = self._root()
        layers = [self._layer(n) for n in range(len(image.layers))]
        system = [*self._operating_system()]
        packages = self._packages()
        found = [element for _, element in packages]
        index = [*self._index()]
        files, inside = file_elements(image, root, layers, packages)
        relations = [
            *(Relation(root.ref, "CONTAINS", each.ref) for each in (*layers, *system, *found)),
            *_introduced(packages, layers),
            *_between(packages),
            *(Relation(each.ref, "VARIANT_OF", root.ref) for each in index),
            *inside,
        ]
        return Bill(
            name=printable(image.title),
            subjects=(root.ref,),
            elements=(root, *layers, *system, *found, *index, *files),
            relations=tuple(dict.fromkeys(relations)),
            created=created,
            creators=creators(self._report.tool),
            comment=document_comment(self._report, image, created_from),
            licence_texts=tuple(self._licences.texts),
            completeness=completeness(image, root.ref, packages),
            remarks=(*unlisted(image, root.ref), *file_remarks(image, root)),
            lifecycle=LIFECYCLE,
        )

    def _root(self) -> Element:
        image = self._image
        name = ids.name_of(image).repository or image.label
        known = image.registry_digest
        no_name = "the file states no name; 'image' stands for it"
        facts = (image.manifest_digest, image.image_id, image.platform, image.position)
        return Element(
            ref=ids.element_ref("Image", (name,), facts),
            kind="image",
            name=printable(name),
            version=self._anchor or "",
            purl=ids.image_purl(image),
            purl_comment=no_name if ids.purl_is_stand_in(image) else "",
            digests=(known,) if known else (),
            supplier=organization(label(image, _VENDOR)),
            licence=self._licences.declared((label(image, _LICENCES),)),
            homepage=_web(label(image, _URL)),
            comment=image_remarks(image) or "",
            properties=_sorted(
                ("ociscope:image:id", image.image_id),
                ("ociscope:image:manifest", image.manifest_digest),
                ("ociscope:image:index", image.index_digest),
                ("ociscope:image:platform", image.platform),
                *(("ociscope:image:name", name) for name in image.names),
            ),
        )

    def _layer(self, position: int) -> Element:
        layer = self._image.layers[position]
        digest = layer.digest or layer.diff_id
        refuted = any(
            identity.kind is Kind.LAYER
            and identity.layer == position
            and identity.verified is False
            for identity in self._image.identities
        )
        facts = (self._anchor, layer.digest, layer.diff_id)
        return Element(
            ref=ids.element_ref("Layer", (str(position),), facts),
            kind="layer",
            name=digest or f"layer {position}",
            version=digest or "",
            digests=(layer.digest,) if layer.digest and not refuted else (),
            comment=layer_remarks(layer, position, len(self._image.layers)),
            properties=_sorted(
                ("ociscope:layer:position", str(position)),
                ("ociscope:layer:digest", layer.digest),
                ("ociscope:layer:diff-id", layer.diff_id),
                ("ociscope:layer:chain-id", layer.chain_id),
                ("ociscope:layer:media-type", layer.media_type),
                ("ociscope:layer:created-by", layer.created_by),
            ),
        )

    def _operating_system(self) -> Iterator[Element]:
        distro = self._image.distro
        if distro is None:
            return
        name = distro.id or distro.pretty_name or "unknown"
        yield Element(
            ref=ids.element_ref("OperatingSystem", (name, distro.version_id), (self._anchor,)),
            kind="system",
            name=printable(name),
            version=printable(distro.version_id),
            cpes=(distro.cpe_name,) if distro.cpe_name else (),
            summary=printable(distro.pretty_name),
            origin=f"Stated by {printable(distro.path)}" if distro.path else "",
            evidence=(Evidence(printable(distro.path), method="metadata", confidence=1.0),)
            if distro.path
            else (),
        )

    def _index(self) -> Iterator[Element]:
        digest = self._image.index_digest
        if digest is None:
            return
        name = ids.name_of(self._image).repository or self._image.label
        yield Element(
            ref=ids.element_ref("Index", (name,), (digest,)),
            kind="index",
            name=printable(name),
            version=digest,
            digests=(digest,),
            purl=ids.index_purl(self._image),
            comment="Index that lists this image; what else it lists is not described here",
        )

    def _packages(self) -> list[tuple[Package, Element]]:
        """The installed packages in the order of their keys, each with its element."""
        packages = sorted(set(self._image.installed), key=lambda each: (each.key, repr(each)))
        refs = ids.numbered(self._package_ref(package) for package in packages)
        return [
            (package, self._package(package, ref))
            for package, ref in zip(packages, refs, strict=True)
        ]

    def _package_ref(self, package: Package) -> str:
        places = [[place.path, place.layer] for place in package.locations]
        words = (package.type, package.name, package.version)
        facts = (self._anchor, package.arch, package.state, package.purl, places)
        return ids.element_ref("Package", words, facts)

    def _package(self, package: Package, ref: str) -> Element:
        return Element(
            ref=ref,
            kind="package",
            name=printable(package.name),
            version=printable(package.version),
            namespace=printable(package.namespace),
            purl=package.purl,
            digests=own_digests(package),
            supplier=parse_supplier(package.supplier),
            originator=parse_supplier(package.originator),
            cpes=package.cpes,
            licence=self._licence(package),
            licences_found=package.licenses,
            homepage=_web(package.homepage),
            origin=package_origin(package, self._image.layers) or "",
            evidence=tuple(self._evidence(package)),
            properties=self._properties(package),
        )

    def _licence(self, package: Package) -> str:
        """In SPDX's words where all that it states can be, else as found."""
        stated = package.license_expression
        if stated and _OTHER_SCHEME not in stated:
            return self._licences.known(stated)
        return self._licences.declared(package.licenses)

    def _evidence(self, package: Package) -> Iterator[Evidence]:
        confidence = _CONFIDENCE[package.confidence]
        for place in sorted_places(package.locations):
            yield Evidence(
                path=place.path,
                layer=self._digest_of(place.layer) or "",
                inside=place.inside,
                method=package.method,
                confidence=confidence,
                text=package.evidence,
                by=package.cataloger,
            )
        for other in package.also:
            yield Evidence(
                path=other.path,
                layer=self._digest_of(other.layer) or "",
                method=other.method,
                confidence=_CONFIDENCE[other.confidence],
                text=other.evidence,
                by=other.cataloger,
            )

    def _digest_of(self, layer: int | None) -> Digest | None:
        """The digest that names a layer: of the blob, else of the tar in it."""
        if layer is None or not 0 <= layer < len(self._image.layers):
            return None
        return self._image.layers[layer].digest or self._image.layers[layer].diff_id

    def _properties(self, package: Package) -> tuple[tuple[str, str], ...]:
        layer = package.introduced_in
        known = layer is not None and 0 <= layer < len(self._image.layers)
        diff_id = self._image.layers[layer].diff_id if layer is not None and known else None
        source = package.source
        return _sorted(
            ("ociscope:package:type", package.type),
            ("ociscope:package:arch", package.arch),
            ("ociscope:package:state", package.state),
            ("ociscope:package:hold", "true" if package.hold else ""),
            ("ociscope:package:found-by", package.cataloger),
            ("ociscope:package:method", package.method),
            ("ociscope:package:confidence", package.confidence),
            ("ociscope:package:signed-by", package.signed_by),
            ("ociscope:package:source:name", source.name if source else ""),
            ("ociscope:package:source:version", source.version if source else ""),
            *(("ociscope:package:archive-digest", digest) for digest in archive_digests(package)),
            ("ociscope:layer:position", str(layer) if known else ""),
            ("ociscope:layer:digest", self._digest_of(layer) if known else ""),
            ("ociscope:layer:diff-id", diff_id),
        )


def _introduced(
    packages: Iterable[tuple[Package, Element]], layers: Sequence[Element]
) -> Iterator[Relation]:
    for package, element in packages:
        if package.introduced_in is not None and 0 <= package.introduced_in < len(layers):
            yield Relation(layers[package.introduced_in].ref, "CONTAINS", element.ref)


def _between(packages: Sequence[tuple[Package, Element]]) -> Iterator[Relation]:
    """What owns and what needs what."""
    copies: Mapping[str, list[tuple[Package, Element]]] = defaultdict(list)
    for package, element in packages:
        copies[package.ident].append((package, element))
    for package, element in packages:
        if package.owner in copies:
            yield Relation(copies[package.owner][0][1].ref, "CONTAINS", element.ref)
        for needed in package.dependencies:
            if needed in copies:
                yield Relation(element.ref, "DEPENDS_ON", _nearest(package, copies[needed]).ref)


def _nearest(package: Package, copies: Sequence[tuple[Package, Element]]) -> Element:
    """Of several copies of one package that whose evidence lies nearest to `package`."""
    if len(copies) == 1:
        return copies[0][1]
    here = _place(package)
    return max(copies, key=lambda copy: shared_folders(here, _place(copy[0])))[1]


def _place(package: Package) -> list[str]:
    return min((place.path for place in package.locations), default="").split("/")


def _sorted(*pairs: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    """Properties that have a value, in the order of names and values."""
    return tuple(sorted({(name, printable(value)) for name, value in pairs if value}))


def _web(text: str) -> str:
    """A web address; empty for anything else that stands in its place."""
    scheme = text.partition("://")[0].lower()
    good = scheme in {"http", "https"} and text.isascii() and not set(text) & set(' <>"{}|\\^`')
    return text if good and text.isprintable() else ""


def label(image: ImageReport, key: str) -> str:
    """A label of the image; empty when there is none (OCI image-spec v1.1, config.md)."""
    runtime = image.config.get("config")
    labels = runtime.get("Labels") if isinstance(runtime, dict) else None
    value = labels.get(key) if isinstance(labels, dict) else None
    return value if isinstance(value, str) else ""
