"""SPDX documents: valid by other people's rules, stable, and true about what is not known."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from packageurl import PackageURL

from analyzer.digest import Digest
from analyzer.image.identity import Identity, Kind, Origin
from analyzer.packages.contract import Location
from analyzer.problems import Code, error, warning
from analyzer.report import ImageReport
from analyzer.sbom.created import creation_time
from analyzer.sbom.ids import document_namespace
from tests.sbom.documents import (
    Json,
    check_with_library,
    element,
    official_schema,
    package,
    purls,
    relations,
    spdx_of,
    written,
)
from tests.sbom.reports import (
    IMAGE_ID,
    INDEX,
    MANIFEST,
    make_docker_image,
    make_image,
    make_layer,
    make_local_image,
    make_package,
    make_report,
)
from tests.support.tools import ROOT

FULL = make_image(
    make_package(),
    make_package("bash", "5.2", licenses=("GPL-3+ or custom", "MIT or ISC"), introduced_in=1),
    make_package("nothing", "", licenses=(), supplier="", source=None, locations=(), purl=""),
    index_digest=INDEX,
    problems=(error(Code.LAYER_DAMAGED, "layer 1", "stops at byte 7"),),
)
SHAPES = {
    "full": FULL,
    "docker archive": make_docker_image(make_package()),
    "nothing known": make_image(
        names=(),
        image_id=None,
        manifest_digest=None,
        config={},
        layers=(make_layer(stored=False), replace(make_layer(stored=False), diff_id=None)),
        distro=None,
        platform="unknown/unknown",
        completeness="absent",
    ),
    "local manifest": make_local_image(make_package()),
    "no layers": make_image(make_package(), layers=()),
    "other digest algorithms": make_image(
        make_package(),
        manifest_digest=Digest("sha512:" + "ab" * 64),
        image_id=Digest("blake3:xyz"),
        index_digest=Digest("md5+b64:AA=="),
    ),
}


@pytest.mark.parametrize("image", SHAPES.values(), ids=SHAPES.keys())
def test_official_schema_accepts(image: ImageReport) -> None:
    """The JSON schema that the SPDX project publishes for 2.3."""
    official_schema().validate(written(image))


@pytest.mark.parametrize("image", SHAPES.values(), ids=SHAPES.keys())
def test_library_reads_and_validates(image: ImageReport) -> None:
    """spdx-tools' own parser and its full validation."""
    check_with_library(written(image))


@pytest.mark.parametrize("image", SHAPES.values(), ids=SHAPES.keys())
def test_purls_parse(image: ImageReport) -> None:
    """Every package URL is one."""
    for purl in purls(written(image)):
        PackageURL.from_string(purl)


def test_same_bytes_under_other_hash_seeds() -> None:
    """Sets and dictionaries must not show through."""
    code = (
        "import sys; from tests.sbom.test_spdx import *;"
        "sys.stdout.buffer.write(spdx_of(make_report(FULL), FULL))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != b""


def test_order_of_the_report_does_not_matter() -> None:
    """Packages are sorted by us."""
    turned = replace(FULL, packages=FULL.packages[::-1])
    report = make_report(FULL)
    assert spdx_of(report, turned) == spdx_of(report, FULL)


def test_namespace_is_of_the_document() -> None:
    """Anybody can recompute it: empty the member and hash the bytes."""
    data = spdx_of(make_report(FULL), FULL)
    namespace = json.loads(data)["documentNamespace"]
    assert document_namespace(data.replace(namespace.encode(), b"")) == namespace
    later = spdx_of(make_report(FULL), FULL, "2024-01-02T03:04:06Z")
    assert json.loads(later)["documentNamespace"] != namespace


def test_relationships() -> None:
    """sbom.md, "Shape for one platform"."""
    document = written(FULL)
    image, layer_0, layer_1 = "registry.example/team/app", *(str(x.digest) for x in FULL.layers)
    index = element(document, "OTHER")["SPDXID"]
    for each in document["packages"]:
        each["name"] = "INDEX" if each["SPDXID"] == index else each["name"]
    assert relations(document) == {
        ("DOC", "DESCRIBES", image),
        (image, "CONTAINS", layer_0),
        (image, "CONTAINS", layer_1),
        (image, "CONTAINS", "debian"),
        (image, "CONTAINS", "libc6"),
        (image, "CONTAINS", "bash"),
        (image, "CONTAINS", "nothing"),
        (layer_0, "CONTAINS", "libc6"),
        (layer_1, "CONTAINS", "bash"),
        (layer_0, "CONTAINS", "nothing"),
        ("INDEX", "VARIANT_OF", image),
    }


def test_image_is_its_manifest() -> None:
    """With a manifest digest: version, checksum and purl state it."""
    image = element(written(make_image()), "CONTAINER")
    hexadecimal = MANIFEST.removeprefix("sha256:")
    assert image["versionInfo"] == MANIFEST
    assert image["checksums"] == [{"algorithm": "SHA256", "checksumValue": hexadecimal}]
    assert purls({"packages": [image]})[0].startswith(f"pkg:oci/app@{MANIFEST}?")
    assert f"image ID (config digest) {IMAGE_ID}" in image["comment"]


def test_docker_archive_claims_no_manifest() -> None:
    """Without one: the image ID, said to be one, and neither checksum nor oci purl."""
    document = written(make_docker_image(make_package()))
    image = element(document, "CONTAINER")
    assert image["versionInfo"] == IMAGE_ID
    assert "checksums" not in image
    assert "image ID (config digest); registry digest unknown" in image["comment"]
    assert f"pkg:docker/team/app@{IMAGE_ID}" in purls(document)
    assert not any(purl.startswith("pkg:oci") for purl in purls(document))


def test_local_manifest_is_named_and_not_claimed() -> None:
    """The digest of a manifest that `docker save` wrote is in the comment only."""
    image = element(written(make_local_image()), "CONTAINER")
    assert image["versionInfo"] == IMAGE_ID
    assert "checksums" not in image
    assert "registry digest unknown" in image["comment"]
    assert f"manifest digest {MANIFEST}: the manifest lists" in image["comment"]


def test_refuted_layer_has_no_checksum() -> None:
    """A declared digest that the bytes contradict is no checksum of anything."""
    refuted = Identity(Kind.LAYER, None, Origin.STORED, verified=False, layer=1)
    image = make_image()
    document = written(replace(image, identities=(*image.identities, refuted)))
    layers = [p for p in document["packages"] if p.get("primaryPackagePurpose") == "ARCHIVE"]
    assert ["checksums" in layer for layer in layers] == [True, False]


def test_unknown_digests_are_not_claimed() -> None:
    """Neither manifest nor config: no version, no checksum, no purl."""
    image = element(written(SHAPES["nothing known"]), "CONTAINER")
    assert not {"versionInfo", "checksums", "externalRefs"} & image.keys()


def test_long_digest_has_its_own_checksum_algorithm() -> None:
    """A sha512 manifest digest is a SHA512 checksum; what we cannot check is no checksum."""
    document = written(SHAPES["other digest algorithms"])
    (checksum,) = element(document, "CONTAINER")["checksums"]
    assert checksum["algorithm"] == "SHA512"
    assert "checksums" not in element(document, "OTHER")


def test_stand_in_name_is_marked() -> None:
    """A package URL whose name the file does not state says so."""
    (reference,) = element(written(make_image(names=())), "CONTAINER")["externalRefs"]
    assert "no name" in reference["comment"]


def test_labels_say_who_and_under_which_licence() -> None:
    """OCI image-spec, annotations.md: vendor and licenses; odd configs are no error."""
    prefix = "org.opencontainers.image."
    labels = {f"{prefix}vendor": "Example (R&D)", f"{prefix}licenses": "MIT OR Apache-2.0"}
    image = element(written(make_image(config={"config": {"Labels": labels}})), "CONTAINER")
    assert image["supplier"] == "Organization: Example [R&D]"
    assert image["licenseDeclared"] == "MIT OR Apache-2.0"
    configs: tuple[Json, ...] = (
        {"config": None},
        {"config": {"Labels": []}},
        {"config": {"Labels": {f"{prefix}vendor": 1}}},
    )
    for config in configs:
        odd = element(written(make_image(config=config)), "CONTAINER")
        assert odd["supplier"] == odd["licenseDeclared"] == "NOASSERTION"


def test_layers() -> None:
    """Name and checksum by the stored bytes, else the name by the diff ID and no checksum."""
    stored, bare = make_layer(0, created_by="RUN apt\x1b[31m"), make_layer(1, stored=False)
    document = written(make_image(layers=(stored, bare)))
    by_name = {p["name"]: p for p in document["packages"]}
    first, second = by_name[str(stored.digest)], by_name[str(bare.diff_id)]
    assert first["checksums"][0]["checksumValue"] == str(stored.digest).partition(":")[2]
    assert first["primaryPackagePurpose"] == "ARCHIVE"
    for part in ("position 0 of 2", f"diffID {stored.diff_id}", r"history: RUN apt\x1b[31m"):
        assert part in first["comment"]
    assert "checksums" not in second


def test_the_same_layer_twice_is_two_elements() -> None:
    """An empty layer is often repeated; ids still have to differ."""
    document = written(make_image(layers=(make_layer(0),) * 3))
    check_with_library(document)


def test_operating_system() -> None:
    """With underscore: the JSON schema's spelling, not the prose's."""
    system = element(written(make_image()), "OPERATING_SYSTEM")
    assert (system["name"], system["versionInfo"]) == ("debian", "12")
    assert system["sourceInfo"] == "Stated by etc/os-release"
    document = written(make_image(distro=None))
    purposes = [p.get("primaryPackagePurpose") for p in document["packages"]]
    assert "OPERATING_SYSTEM" not in purposes


def test_package_members() -> None:
    """Everything that the report knows about a package and nothing that it does not."""
    found = package(written(make_image(make_package())))
    (layer, _) = (make_layer(0), make_layer(1))
    found.pop("SPDXID")
    (facts,) = found.pop("annotations")
    assert "ociscope:package:arch: amd64" in facts["comment"].splitlines()
    assert f"ociscope:layer:diff-id: {layer.diff_id}" in facts["comment"].splitlines()
    assert found == {
        "name": "libc6",
        "versionInfo": "2.36-9+deb12u4",
        "supplier": "Organization: GNU Libc Maintainers (debian-glibc@lists.debian.org)",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "LGPL-2.1-or-later",
        "copyrightText": "NOASSERTION",
        "sourceInfo": (
            f"Recorded in var/lib/dpkg/status (layer 0, {layer.digest}); "
            "built from source package glibc 2.36-9+deb12u4"
        ),
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": make_package().purl,
            }
        ],
    }


def test_only_installed_packages() -> None:
    """A package that left nothing but its configuration is not in the image."""
    gone = make_package("gone", state="config-files")
    half = make_package("half", state="half-configured")
    document = written(make_image(make_package(), gone, half))
    assert {"libc6", "half"} <= {p["name"] for p in document["packages"]}
    assert "gone" not in {p["name"] for p in document["packages"]}
    assert "state in its database: half-configured" in package(document, "half")["sourceInfo"]


def test_a_layer_that_is_not_there_contains_nothing() -> None:
    """Attribution and layers may disagree in a damaged image."""
    lost = make_package(introduced_in=9, locations=(Location("a", 9), Location("a", None)))
    document = written(make_image(lost))
    assert package(document)["sourceInfo"].startswith("Recorded in a; a (layer 9)")
    check_with_library(document)


@pytest.mark.parametrize("purl", ["deb/libc6", "pkg:deb", "pkg:deb/a b@1", "pkg:deb/ü@1", "x\x1b"])
def test_what_is_no_purl_is_left_out(purl: str) -> None:
    """A wrong identifier is worse than none."""
    assert "externalRefs" not in package(written(make_image(make_package(purl=purl))))


class TestComment:
    """The document says what it covers and what is missing."""

    def test_complete(self) -> None:
        """No alarm without a reason."""
        comment = written(make_image())["comment"]
        assert "INCOMPLETE" not in comment
        assert "UNPROVEN" not in comment
        assert "after build" in comment

    @pytest.mark.parametrize("completeness", ["partial", "absent"])
    def test_image_not_all_there(self, completeness: Any) -> None:  # noqa: ANN401 (a literal)
        """The first line, so that nobody overlooks it."""
        comment = written(make_image(completeness=completeness))["comment"]
        assert comment.startswith("INCOMPLETE: this inventory is incomplete: ")

    def test_unread_content(self) -> None:
        """Errors that concern reading, with their place, safely printed."""
        damaged = error(Code.LAYER_DAMAGED, "layer 1\x1b", "stops at byte 7")
        comment = written(make_image(problems=(damaged,)))["comment"]
        assert r"incomplete: layer-damaged at layer 1\x1b: stops at byte 7." in comment

    def test_unread_file(self) -> None:
        """A problem of the file concerns every image in it."""
        comment = written(make_image(), error(Code.ARCHIVE_TRUNCATED, "x.tar", "cut"))["comment"]
        assert comment.startswith("INCOMPLETE: parts of the file could not be read: archive-trunc")

    def test_contradicted_digest(self) -> None:
        """Read, and not what was promised: another thing than incomplete."""
        comment = written(make_image(problems=(error(Code.DIGEST_MISMATCH, "a", "b"),)))["comment"]
        assert comment.startswith("UNPROVEN: ")
        assert "INCOMPLETE" not in comment

    def test_other_problems_are_no_alarm(self) -> None:
        """Warnings, and errors that leave the inventory whole."""
        problems = (warning(Code.LAYER_DAMAGED, "a", "b"), error(Code.NAME_MISMATCH, "a", "b"))
        assert "INCOMPLETE" not in written(make_image(problems=problems))["comment"]

    def test_many_problems_are_counted(self) -> None:
        """A hostile image cannot fill the comment."""
        problems = tuple(error(Code.HEADER_DAMAGED, f"{n:04}", "bad") for n in range(1000))
        comment = written(make_image(problems=problems))["comment"]
        assert "and 980 more." in comment
        assert len(comment) < 2000

    @pytest.mark.parametrize("epoch", ["0", "1704164645", None])
    def test_source_of_the_time(self, epoch: str | None) -> None:
        """Said in the document."""
        for image in (make_image(), make_image(config={})):
            time, source = creation_time(image, epoch)
            data = spdx_of(make_report(image), image, time, source)
            assert f"Creation time from: {source}." in json.loads(data)["comment"]


def test_licences_in_the_words_of_spdx_go_before_those_found() -> None:
    """SPDX 2.3, 7.15: a declared licence is an expression; what was found is no name there."""
    made = make_package(licenses=("GPLv2+",), license_expression="GPL-2.0-or-later")
    found = package(written(make_image(made)))
    assert found["licenseDeclared"] == "GPL-2.0-or-later"


def test_an_owned_package_says_whose_files_it_is_made_of() -> None:
    made = make_package(owner="deb:python3-six:all@1.16-4", confidence="low", method="metadata")
    found = package(written(make_image(made)))
    assert "its files belong to deb:python3-six:all@1.16-4" in found["sourceInfo"]
    assert "recognised by metadata, confidence low" in found["sourceInfo"]


def test_a_package_contains_what_is_a_second_view_of_its_files() -> None:
    deb = make_package("python3-six", "1.16.0-4")
    module = make_package("six", "1.16.0", owner=deb.ident)
    found = relations(written(make_image(deb, module)))
    assert ("python3-six", "CONTAINS", "six") in found
    assert ("six", "CONTAINS", "python3-six") not in found
