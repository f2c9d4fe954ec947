"""Documents of images that real tools wrote, held against the same rules."""

from __future__ import annotations

import json

import pytest
from packageurl import PackageURL

from analyzer.api import analyze
from analyzer.digest import algorithm_of
from analyzer.report import Report
from analyzer.sbom.created import creation_time
from tests.sbom.documents import (
    Json,
    check_with_library,
    element,
    official_schema,
    purls,
    spdx_of,
)
from tests.support.tools import shared

SAMPLES = {
    "buildkit-oci-debian-two-platforms-zstd.tar": "oci",
    "buildkit-oci-multi-platform-attestations.tar": "oci",
    "docker-29-save-containerd-store.tar": "oci",
    "podman-4.3-save-oci-archive.tar": "oci",
    "crane-tarball.tar": "docker",
    "docker-20.10-save.tar": "docker",
    "docker-29-save-graphdriver-store.tar": "docker",
    "podman-4.3-save-docker-archive.tar": "docker",
}
"""With the type of the image's package URL: `docker` where no registry digest is in the file."""


def documents(report: Report) -> list[Json]:
    """The document of every image of a report."""
    return [
        json.loads(spdx_of(report, image, time, source))
        for image in report.images
        for time, source in [creation_time(image, None)]
    ]


@pytest.mark.parametrize(("name", "kind"), SAMPLES.items())
def test_samples(name: str, kind: str) -> None:
    """Valid, and an image ID is nowhere passed off as a manifest digest."""
    report = analyze(str(shared("samples", name)))
    for image, document in zip(report.images, documents(report), strict=True):
        official_schema().validate(document)
        check_with_library(document)
        parsed = [PackageURL.from_string(purl) for purl in purls(document)]
        root = element(document, "CONTAINER")
        assert parsed[0].type == kind
        assert parsed[0].version == root["versionInfo"]
        assert (root["versionInfo"] == image.image_id) == (kind == "docker")
        assert ("checksums" in root) == (kind == "oci")
        assert algorithm_of(root["versionInfo"]) == "sha256"


def test_debian_inventory() -> None:
    """Every installed package has a package URL, a supplier, and a layer that contains it."""
    name = "buildkit-oci-debian-two-platforms-zstd.tar"
    report = analyze(str(shared("samples", name)))
    for image, document in zip(report.images, documents(report), strict=True):
        packages = [p for p in document["packages"] if "primaryPackagePurpose" not in p]
        assert len(packages) == len(image.installed) > 50
        for package in packages:
            assert package["externalRefs"][0]["referenceLocator"].startswith("pkg:deb/debian/")
            assert package["supplier"] != "NOASSERTION"
            targets = [
                r["relatedSpdxElement"]
                for r in document["relationships"]
                if r["relationshipType"] == "CONTAINS"
            ]
            assert targets.count(package["SPDXID"]) == 2
