"""CycloneDX documents of images that real tools wrote, and of documents that others wrote."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from packageurl import PackageURL

from analyzer.api import analyze
from analyzer.bills.model import Bill
from analyzer.bills.read import NotABill, NotRead, looks_like_bill, read_bill
from analyzer.sbom.compose import compose
from analyzer.sbom.created import creation_time
from analyzer.sbom.cyclonedx import cyclonedx_json, cyclonedx_xml
from analyzer.sbom.spdx import spdx_json
from tests.sbom.cyclonedxes import VERSIONS, Json, checked_json, checked_xml, components
from tests.sbom.documents import purls
from tests.support.realimages import LANGUAGES, real_image
from tests.support.tools import ROOT, run, shared
from tests.support.trivy import trivy

FIXTURES = sorted(
    path for folder in ("layouts", "saves") for path in (ROOT / "fixtures" / folder).iterdir()
)
SAMPLES = (
    "buildkit-oci-debian-two-platforms-zstd.tar",
    "docker-20.10-save.tar",
    "docker-29-save-one-platform-with-attestation.tar",
    "podman-4.3-save-oci-archive.tar",
)
LARGEST_VALIDATED = 150_000
"""Bytes; the validator of JSON takes seconds for the addresses in a hundred kilobytes."""


def bills(path: Path) -> list[Bill]:
    """The bill of every image in a file."""
    report = analyze(str(path))
    return [
        compose(report, image, created=created, created_from=source)
        for image in report.images
        for created, source in [creation_time(image, None)]
    ]


def agree(bill: Bill, *versions: str) -> None:
    """Valid, with the package URLs that the SPDX document has; as XML in every version."""
    expected = Counter(purls(json.loads(spdx_json(bill))))
    for version in versions:
        found = components(checked_json(bill, version))
        assert Counter(each["purl"] for each in found if "purl" in each) == expected
    for version in VERSIONS:
        written = checked_xml(bill, version).iter(
            f"{{http://cyclonedx.org/schema/bom/{version}}}purl"
        )
        assert Counter(each.text for each in written) == expected


@pytest.mark.parametrize(
    "path", [p for p in FIXTURES if ".expected" not in p.name], ids=lambda path: path.name
)
def test_fixtures(path: Path) -> None:
    for bill in bills(path):
        agree(bill, *VERSIONS)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples(name: str) -> None:
    for bill in bills(shared("samples", name)):
        agree(bill, "1.6")


def test_a_debian_image_with_packages_of_many_languages() -> None:
    for bill in bills(real_image(LANGUAGES)):
        assert len(bill.packages) > 500
        document = checked_json(bill)
        checked_xml(bill)
        listed = {each["bom-ref"] for each in document["components"]}
        assert listed == {each.ref for each in bill.elements} - {*bill.subjects}


def documents_of_others() -> list[Path]:
    folder = ROOT.parent / "shared/corpus/sbom"
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    small = [path for path in files if path.stat().st_size <= LARGEST_VALIDATED]
    return [path for path in small if looks_like_bill(path.read_bytes())]


@pytest.mark.parametrize("path", documents_of_others(), ids=lambda path: path.name)
def test_documents_of_others(path: Path) -> None:
    """Every component that was read is written, and every package URL that is one."""
    try:
        bill = read_bill(path.read_bytes())
    except (NotABill, NotRead) as refused:
        pytest.skip(f"not read: {refused}")
    for version in VERSIONS:
        checked_xml(bill, version)
    document = checked_json(bill)
    assert len(components(document)) == len(bill.elements)
    found = [each["purl"] for each in components(document) if "purl" in each]
    kept = [
        each["value"]
        for part in components(document)
        for each in part.get("properties", ())
        if each["name"] == "ociscope:purl"
    ]
    stated = Counter(each.purl for each in bill.elements if each.purl)
    assert Counter([*found, *kept]) >= stated


WRITE = """
import sys
from analyzer.sbom.cyclonedx import cyclonedx_json, cyclonedx_xml
from tests.sbom.handmade import FULL, hostile_bill
for version in ("1.5", "1.6", "1.7"):
    for bill in (FULL, hostile_bill()):
        sys.stdout.buffer.write(cyclonedx_json(bill, version) + cyclonedx_xml(bill, version))
"""


def test_the_same_bytes_under_other_seeds_zones_and_locales() -> None:
    """The library keeps sets, some of whose members it compares by where they lie in memory."""
    settings = (
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "4242", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "7", "TZ": "America/St_Johns", "PYTHONMALLOC": "debug"},
    )
    written = [run([sys.executable, "-c", WRITE], env=env, cwd=ROOT).stdout for env in settings]
    assert len(written[0]) > 100_000
    assert written[1:] == written[:1] * 2


def listed_by_trivy(document: bytes, folder: Path) -> list[Json]:
    """What `trivy rootfs` lists for a folder that holds nothing but the document."""
    root = folder / "root"
    root.mkdir()
    (root / "bom.cdx.json").write_bytes(document)
    offline = ["--offline-scan", "--skip-db-update", "--skip-java-db-update"]
    output = folder / "out.json"
    command: list[str | Path] = [trivy(), "rootfs", "-q", "--format", "cyclonedx", *offline]
    run([*command, "--cache-dir", folder / "cache", "--output", output, root])
    found: list[Json] = json.loads(output.read_bytes()).get("components", [])
    return found


@pytest.mark.parametrize("version", ["1.5", "1.6"])
@pytest.mark.parametrize("name", ["debian", "languages"])
def test_trivy_lists_the_same_packages(version: str, name: str, tmp_path: Path) -> None:
    """As many of each package URL; of type `generic` it lists none, whoever wrote them.

    It does not read 1.7 (aquasecurity/trivy#10185).
    """
    path = (
        real_image(LANGUAGES)
        if name == "languages"
        else shared("samples", "buildkit-oci-debian-two-platforms-zstd.tar")
    )
    bill = bills(path)[0]
    found = listed_by_trivy(cyclonedx_json(bill, version), tmp_path)
    stated = [each.purl for each in bill.packages if each.purl]
    expected = Counter(parsed(purl) for purl in stated if not purl.startswith("pkg:generic/"))
    assert Counter(parsed(each["purl"]) for each in found if "purl" in each) == expected
    assert len(expected) > 90


def parsed(purl: str) -> str:
    """In one way of writing; trivy escapes colons."""
    return str(PackageURL.from_string(purl))


def test_the_two_forms_have_serial_numbers_of_their_own() -> None:
    (bill,) = bills(ROOT / "fixtures/layouts/apk")
    numbers = {
        checked_json(bill)["serialNumber"],
        checked_xml(bill).get("serialNumber"),
        json.loads(cyclonedx_json(bill, "1.5"))["serialNumber"],
    }
    assert len(numbers) == 3
    assert cyclonedx_xml(bill) == cyclonedx_xml(bill)
