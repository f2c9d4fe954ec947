"""Facts of documents that other tools wrote, as those documents and their tools' sources have them.

Each value was looked up in the document itself.
"""

from __future__ import annotations

from analyzer.bills.model import Bill, Element, Evidence, Party, Relation
from analyzer.bills.read import read_bill
from tests.support.tools import shared

ALPINE = ("corpus", "sbom", "aboutcode-org-scancode.io", "alpine-3.17")
APKO = ("corpus", "layouts", "chainguard-dev-apko", "golden", "sboms")


def bill_of(*parts: str) -> Bill:
    return read_bill(shared(*parts).read_bytes())


def one(bill: Bill, name: str) -> Element:
    (found,) = (each for each in bill.elements if each.name == name)
    return found


def kinds(bill: Bill) -> dict[str, int]:
    found = [each.kind for each in bill.elements]
    return {kind: found.count(kind) for kind in sorted(set(found))}


def test_syft_as_cyclonedx() -> None:
    bill = bill_of("corpus", "sbom", "guacsec-guac", "alpine-cyclonedx.json")
    assert bill.form == "CycloneDX 1.4 (JSON)"
    assert bill.creators == (Party("syft", kind="tool", version="0.58.0"),)
    assert kinds(bill) == {"image": 1, "library": 14, "system": 1}
    assert [e.version for e in bill.elements if e.ref in bill.subjects] == [
        "sha256:cbaa390ec61abd889dfa5146a411c11717c19ef9e5e18458dbdc06439076ffe7"
    ]
    package = one(bill, "alpine-baselayout")
    layer = "sha256:994393dc58e7931862558d06e46aa2bb17487044f670f310dffe1d24e4d1eec7"
    assert package.evidence == (Evidence("lib/apk/db/installed", layer=layer),)
    assert package.licence == "GPL-2.0-only"
    assert len(package.cpes) == 6
    assert ("syft:metadata:originPackage", "alpine-baselayout") in package.properties


def test_syft_as_spdx() -> None:
    """Version 0.57 named no image, and its files by their layers."""
    bill = bill_of("corpus", "sbom", "guacsec-guac", "alpine-spdx.json")
    assert (bill.form, bill.subjects) == ("SPDX 2.2 (JSON)", ())
    assert kinds(bill) == {"file": 75, "package": 14}
    layer = "sha256:994393dc58e7931862558d06e46aa2bb17487044f670f310dffe1d24e4d1eec7"
    assert one(bill, "/bin/busybox").evidence == (Evidence("bin/busybox", layer=layer),)
    package = one(bill, "alpine-baselayout")
    owned = {r.other for r in bill.relations if r.one == package.ref and r.kind == "CONTAINS"}
    assert len(owned) == 11
    assert package.originator == Party("Natanael Copa <ncopa@alpinelinux.org>", kind="person")


def test_trivy_as_cyclonedx() -> None:
    bill = bill_of(*ALPINE, "trivy-alpine-3.17-sbom.json")
    assert bill.creators == (Party("trivy", kind="tool", version="0.65.0"),)
    assert kinds(bill) == {"image": 1, "library": 15, "system": 1}
    (subject,) = (each for each in bill.elements if each.ref in bill.subjects)
    image_id = "sha256:49176f190c7e9cdb51ac85ab6c6d5e4512352218190cd69b08e6fd803ffbf3da"
    assert ("aquasecurity:trivy:ImageID", image_id) in subject.properties
    package = one(bill, "musl")
    layer = "sha256:c158987b05517b6f2c5913f3acef1f2182a32345a304fe357e3ace5fadcad715"
    assert package.evidence == (Evidence("", layer=layer),)
    system = one(bill, "alpine")
    assert (system.kind, system.version) == ("system", "3.17.0")
    assert Relation(subject.ref, "DEPENDS_ON", system.ref) in bill.relations


def test_trivy_as_spdx_2_2() -> None:
    """As trivy 0.38 wrote it, without purposes; after `integration/testdata` of trivy."""
    document = b"""SPDXVersion: SPDX-2.2
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: centos7.tar
DocumentNamespace: https://aquasecurity.github.io/trivy/container_image/centos7.tar
Creator: Organization: aquasecurity
Creator: Tool: trivy-0.38.1
Created: 2023-03-28T06:14:55Z

##### Package: centos7.tar
PackageName: centos7.tar
SPDXID: SPDXRef-ContainerImage-dd5cad897c6263
PackageDownloadLocation: NONE
PackageAttributionText: ImageID: sha256:f1
PackageAttributionText: what this is for

##### Package: centos
PackageName: centos
SPDXID: SPDXRef-OperatingSystem-20f7fa3049cc748c
PackageVersion: 7.6.1810
PackageDownloadLocation: NONE

##### Package: bash
PackageName: bash
SPDXID: SPDXRef-Package-5a18334f22149877
PackageAttributionText: LayerDigest: sha256:aa
PackageAttributionText: LayerDiffID: sha256:bb

Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-ContainerImage-dd5cad897c6263
"""
    bill = read_bill(document)
    assert [each.kind for each in bill.elements] == ["image", "system", "package"]
    image, _, package = bill.elements
    assert image.properties == (("aquasecurity:trivy:ImageID", "sha256:f1"),)
    assert package.evidence == (Evidence("", layer="sha256:aa"),)
    assert package.properties == (("aquasecurity:trivy:LayerDiffID", "sha256:bb"),)
    assert {each.what: each.count for each in bill.lost} == {
        "packages[].attributionTexts[]": 1,
        "packages[].downloadLocation = NONE": 2,
    }


def test_apko_of_one_platform() -> None:
    bill = bill_of(*APKO, "sbom-x86_64.spdx.json")
    assert kinds(bill) == {"application": 2, "image": 1, "install": 2, "layer": 1, "system": 1}
    assert [each.name for each in bill.packages] == ["pretend-baselayout", "replayout"]
    (image,) = (each for each in bill.elements if each.kind == "image")
    (layer,) = (each for each in bill.elements if each.kind == "layer")
    assert bill.subjects == (image.ref,)
    assert image.digests == (
        "sha256:69f0237c7f8cf0b8a329d1bf1d6870c870c4ec323e39d3a6da59596632d0f2f4",
    )
    assert Relation(image.ref, "CONTAINS", layer.ref) in bill.relations
    assert sum(r.kind == "DESCRIBES" for r in bill.relations) == 2


def test_apko_as_it_wrote_layers_in_2022() -> None:
    """Without purposes, and with the package URL of an image on the layer."""
    bill = bill_of("corpus", "sbom", "kubernetes-sigs-bom", "images.spdx.json")
    assert kinds(bill) == {"image": 1, "layer": 1, "package": 21}
    (layer,) = (each for each in bill.elements if each.kind == "layer")
    assert layer.description == "apko operating system layer"
    musl = one(bill, "musl")
    assert musl.originator == Party("Timo Teräs <timo.teras@iki.fi>", kind="")
    assert (musl.licence, musl.licence_concluded) == ("", "MIT")


def test_apko_index() -> None:
    bill = bill_of(*APKO, "sbom-index.spdx.json")
    assert kinds(bill) == {"image": 2, "index": 1}
    (index,) = (each for each in bill.elements if each.kind == "index")
    images = {each.ref for each in bill.elements if each.kind == "image"}
    assert bill.subjects == (index.ref,)
    assert set(bill.relations) == {Relation(index.ref, "VARIANT_OF", ref) for ref in images}


def test_apko_index_with_its_images_elsewhere() -> None:
    """An index that only VARIANT_OF tells; the document states no version of SPDX."""
    bill = bill_of("corpus", "sbom", "kubernetes-sigs-bom", "external-references.spdx.json")
    assert (bill.form, kinds(bill)) == ("SPDX (JSON)", {"index": 1})
    assert [each.ref for each in bill.external] == [
        "DocumentRef-amd64-image-sbom",
        "DocumentRef-386-image-sbom",
    ]
    assert bill.external[0].digests == (
        "sha256:430892ae21dd7f8174183be12a500cfc32fc48a824f1e5a88fced42b4193fd1a",
    )


def test_ko() -> None:
    index = bill_of("corpus", "sbom", "guacsec-guac", "go-spdx-multi-arch_3.json")
    assert kinds(index) == {"image": 3, "index": 1}
    assert index.creators == (Party("ko", kind="tool", version="0.12.0"),)
    listed = [each.version for each in index.elements if each.version.startswith("linux/")]
    assert listed == ["linux/amd64", "linux/arm64"]
    image = bill_of("corpus", "sbom", "guacsec-guac", "go-spdx-multi-arch_1.json")
    assert kinds(image) == {"image": 2, "package": 1}
    base = "SPDXRef-Package-sha256-a69f0161c329abc7ff8c103dea053749bff00744b04b40f69d1e2f25fdc11655"
    assert Relation(image.subjects[0], "DESCENDANT_OF", base) in image.relations


def test_bom_writes_the_relation_to_an_index_the_other_way_round() -> None:
    """After `pkg/spdx/imageanalyzer` of kubernetes-sigs/bom: image VARIANT_OF index."""
    document = b"""SPDXVersion: SPDX-2.3
SPDXID: SPDXRef-DOCUMENT
PackageName: sha256:index
SPDXID: SPDXRef-index
ExternalRef: PACKAGE-MANAGER purl pkg:oci/a@sha256:1?mediaType=DOCKER.distribution.manifest.list.v2
PackageName: sha256:image
SPDXID: SPDXRef-image
ExternalRef: PACKAGE-MANAGER purl pkg:oci/a@sha256:2?arch=amd64&mediaType=DOCKER.manifest.v2
PackageName: sha256:layer
SPDXID: SPDXRef-layer
ExternalRef: PACKAGE-MANAGER purl pkg:oci/a@sha256:3?mediaType=DOCKER.image.rootfs.diff.tar.gzip
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-index
Relationship: SPDXRef-index CONTAINS SPDXRef-image
Relationship: SPDXRef-image VARIANT_OF SPDXRef-index
Relationship: SPDXRef-image CONTAINS SPDXRef-layer
"""
    bill = read_bill(document.replace(b"DOCKER", b"application%2Fvnd.docker"))
    assert [each.kind for each in bill.elements] == ["index", "image", "layer"]
    assert Relation("SPDXRef-index", "VARIANT_OF", "SPDXRef-image") in bill.relations
    assert bill.subjects == ("SPDXRef-index",)


def test_sbom_tool_and_osv_scanner_and_cdxgen() -> None:
    tool = bill_of(*ALPINE, "sbom-tool-alpine-3.17-sbom.spdx.json")
    assert (tool.form, len(tool.packages)) == ("SPDX 2.2 (JSON)", 16)
    assert Party("Microsoft.SBOMTool", kind="tool", version="4.1.1") in tool.creators
    assert {r.kind for r in tool.relations} == {"DEPENDS_ON"}
    scanner = bill_of(*ALPINE, "osv-scanner-alpine-3.17-sbom.spdx.json")
    assert (scanner.creators, len(scanner.packages)) == ((Party("SCALIBR", kind="tool"),), 16)
    cdxgen = bill_of(*ALPINE, "cdxgen-alpine-3.17-sbom.json")
    assert kinds(cdxgen) == {"file": 14, "image": 1}
    busybox = one(cdxgen, "busybox")
    assert busybox.evidence == (
        Evidence("", method="filename", confidence=0.0, text="/bin/busybox"),
    )
    assert busybox.digests == (
        "md5:54c55186b332e6dfe5a75530c4a453bd",
        "sha1:c9534b79e07b568ba108efe4cfe75b7cbddd6387",
    )
    assert cdxgen.lifecycle == "pre-build, post-build"
    assert len(cdxgen.remarks) == 1


def test_scanned_image_of_a_bill_is_the_one_that_cdxgen_names() -> None:
    """What it says of the image stands beside the image, not in it."""
    bill = bill_of(*ALPINE, "cdxgen-alpine-3.17-sbom.json")
    image_id = "sha256:49176f190c7e9cdb51ac85ab6c6d5e4512352218190cd69b08e6fd803ffbf3da"
    assert ("oci:image:Id", image_id) in bill.elements[0].properties


def test_no_digest_is_made_of_zeros() -> None:
    """Syft writes zeros for files that it did not hash."""
    zeros = b'{"algorithm": "SHA1", "checksumValue": "' + b"0" * 40 + b'"}'
    document = b'{"spdxVersion": "SPDX-2.3", "files": [{"checksums": [' + zeros + b"]}]}"
    bill = read_bill(document)
    assert bill.elements[0].digests == ()
    assert [each.what for each in bill.lost] == ["files[].checksums[].(no digest)"]
