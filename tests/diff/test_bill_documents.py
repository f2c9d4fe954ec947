"""Documents of real tools against images that they are of; every count is the tools' own."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analyzer import analyze
from analyzer.bills.read import read_bill
from analyzer.diff.bill import Document, compare_bill
from analyzer.diff.tree import Difference, Kind
from analyzer.diff.twobills import compare_bills
from analyzer.digest import Digest
from analyzer.packages.contract import Package
from analyzer.packages.distro import Distro
from tests.diff.bills import bill, root
from tests.diff.reports import image, report
from tests.support.realimages import real_image
from tests.support.tools import run, shared
from tests.support.trivy import trivy

if TYPE_CHECKING:
    from analyzer.report import Report

GOLDEN = "layouts/chainguard-dev-apko/golden"
ALPINE = "sbom/aboutcode-org-scancode.io/alpine-3.17"


def document(path: Path) -> Document:
    data = path.read_bytes()
    return Document(read_bill(data), path.name, len(data))


def part(found: Difference, name: str, number: int = 0) -> Difference:
    child = found.children[number].child(name)
    assert child is not None
    return child


@pytest.fixture(scope="module")
def layout() -> Report:
    return analyze(str(shared("corpus", GOLDEN)))


def raw(tool: str) -> Any:  # noqa: ANN401 - JSON
    (path,) = shared("corpus", ALPINE).glob(f"{tool}-*")
    return json.loads(path.read_bytes())


@pytest.fixture(scope="module")
def there() -> Report:
    """The image that five documents are of: packages as syft lists them, digests as trivy does."""
    entries = [c for c in raw("anchore")["components"] if "purl" in c]
    facts = {
        entry["name"].rpartition(":")[2]: entry["value"]
        for entry in raw("trivy")["metadata"]["component"]["properties"]
    }
    packages = [Package(c["name"], c["version"], "x86_64", "apk") for c in entries]
    assert len(packages) == 15
    shown = replace(
        image(packages=packages, distro=Distro("alpine", "3.17.0")),
        image_id=Digest(facts["ImageID"]),
        index_digest=Digest(facts["RepoDigest"].partition("@")[2]),
    )
    return report(shown)


class TestApko:
    """Layouts with the documents that apko wrote beside them."""

    @pytest.mark.parametrize(("arch", "number"), [("x86_64", 0), ("aarch64", 1)])
    def test_each_describes_its_platform(self, layout: Report, arch: str, number: int) -> None:
        sbom = document(shared("corpus", GOLDEN, f"sboms/sbom-{arch}.spdx.json"))
        index = json.loads(shared("corpus", GOLDEN, "index.json").read_bytes())
        entry = index["manifests"][number]
        found = compare_bill(sbom, layout)
        assert not found.differs
        assert part(found, "subject", number).before["digest"] == entry["digest"]
        assert part(found, "platform", number).after == f"linux/{entry['platform']['architecture']}"
        assert "2 of 2 packages agree" in found.headline
        assert found.children[1 - number].kind is Kind.UNKNOWN

    def test_of_the_other_platform_it_is_wrong(self, layout: Report) -> None:
        sbom = document(shared("corpus", GOLDEN, "sboms/sbom-aarch64.spdx.json"))
        amd64 = replace(layout, images=layout.images[:1])
        found = compare_bill(sbom, amd64, layout)
        assert found.headline.startswith(
            "wrong platform: sbom-aarch64.spdx.json describes linux/arm64 of this file, this is "
            "linux/amd64: 0 of 2 packages agree"
        )
        assert {child.before["arch"] for child in part(found, "packages").children[1:]} == {
            "aarch64"
        }

    def test_the_document_of_the_index_names_both(self, layout: Report) -> None:
        sbom = document(shared("corpus", GOLDEN, "sboms/sbom-index.spdx.json"))
        found = compare_bill(sbom, layout)
        assert not found.differs
        assert found.headline.endswith("it names 2 of 2 images")
        one = replace(layout, images=layout.images[:1])
        assert compare_bill(sbom, one, layout).headline == found.headline

    def test_an_index_with_an_image_more_is_told(self, layout: Report) -> None:
        sbom = document(shared("corpus", GOLDEN, "sboms/sbom-index.spdx.json"))
        fewer = replace(sbom.bill, elements=sbom.bill.elements[:-1])
        found = compare_bill(replace(sbom, bill=fewer), layout)
        assert found.differs
        assert [c.subject for c in found.children[0].of_kind(Kind.ADDED)] == [
            "manifest linux/arm64"
        ]


class TestAlpine:
    """Five tools on one alpine:3.17.0."""

    @pytest.mark.parametrize("tool", ["anchore", "osv-scanner", "sbom-tool", "trivy"])
    def test_all_list_the_same_packages(self, there: Report, tool: str) -> None:
        (path,) = shared("corpus", ALPINE).glob(f"{tool}-*")
        found = compare_bill(document(path), there)
        assert found.headline.endswith("15 of 15 packages agree")
        assert not part(found, "packages").differs
        assert part(found, "distro").kind in {Kind.SAME, Kind.UNKNOWN}

    @pytest.mark.parametrize("tool", ["cdxgen", "trivy"])
    def test_two_name_the_index_and_know_the_image_id(self, there: Report, tool: str) -> None:
        (path,) = shared("corpus", ALPINE).glob(f"{tool}-*")
        found = compare_bill(document(path), there)
        assert found.headline.startswith(f"wrong subject: {path.name} names the index sha256:")
        assert part(found, "subject").notes[1].endswith(": the image ID of this image")

    def test_cdxgen_lists_programs_and_no_packages(self, there: Report) -> None:
        (path,) = shared("corpus", ALPINE).glob("cdxgen-*")
        found = compare_bill(document(path), there)
        assert found.headline.endswith("0 of 15 packages agree, no apk (15 in the image)")

    def test_two_documents_of_one_image(self) -> None:
        paths = [
            next(shared("corpus", ALPINE).glob(f"{tool}-*")) for tool in ("osv-scanner", "trivy")
        ]
        found = compare_bills(document(paths[0]), document(paths[1]))
        assert found.headline.endswith("15 of 15 packages agree")


class TestBuildKit:
    """What an archive of BuildKit calls its parts, by its own index, named by a document."""

    @pytest.mark.parametrize("platform", ["linux/amd64", "linux/arm64"])
    def test_each_digest_of_the_index_is_known_for_what_it_is(self, platform: str) -> None:
        path = shared("samples", "buildkit-oci-multi-platform-attestations.tar")
        with tarfile.open(path) as archive:
            outer = json.load(archive.extractfile("index.json") or io.BytesIO())
            (inner,) = (entry["digest"] for entry in outer["manifests"])
            blob = archive.extractfile(f"blobs/sha256/{inner.partition(':')[2]}")
            entries = json.load(blob or io.BytesIO())["manifests"]
        there = analyze(str(path), platforms=[platform])
        whole = analyze(str(path))
        wanted = {inner: "index"}
        for entry in entries:
            arch = entry["platform"]["architecture"]
            known = {"unknown": "part", platform.partition("/")[2]: "manifest"}
            wanted[entry["digest"]] = known.get(arch, "other image")
        seen = {
            digest: part(
                compare_bill(Document(bill(of=root(digests=[digest])), "a.json"), there, whole),
                "subject",
            ).before["is"]
            for digest in wanted
        }
        assert seen == wanted
        assert sorted(seen.values()) == ["index", "manifest", "other image", "part", "part"]


class TestTrivy:
    """Documents made on the spot by a real trivy of a real Debian on two platforms."""

    @staticmethod
    def document(name: str, form: str, folder: Path) -> Document:
        program = trivy()
        path = folder / f"{name}.json"
        options = ["--offline-scan", "--skip-db-update", "--skip-java-db-update", "-q"]
        where = [f"--cache-dir={folder}", f"--input={real_image(name)}", f"--output={path}"]
        run([program, "image", *options, *where, "--format", form], timeout=300)
        return document(path)

    @pytest.mark.parametrize("form", ["cyclonedx", "spdx-json"])
    def test_of_an_archive_all_agree(self, form: str, tmp_path: Path) -> None:
        """It knows an archive by its image ID, and labels that as one."""
        sbom = self.document("docker-archive-amd64", form, tmp_path)
        archive = analyze(str(real_image("docker-archive-amd64")))
        found = compare_bill(sbom, archive)
        total = sum(
            package.installed and not package.owner for package in archive.images[0].packages
        )
        assert not found.differs
        assert found.headline.endswith(f": {total} of {total} packages agree")
        assert part(found, "subject").before["is"] == "image ID"

    def test_of_a_layout_it_describes_the_first_platform(self, tmp_path: Path) -> None:
        sbom = self.document("docker-archive-amd64", "cyclonedx", tmp_path)
        layout = analyze(str(real_image("oci-layout")))
        found = compare_bill(sbom, layout)
        assert not found.differs
        assert found.headline.endswith("packages agree; not about linux/arm64")
        arm64 = replace(layout, images=layout.images[1:])
        assert compare_bill(sbom, arm64, layout).headline.startswith("wrong platform: ")
        alone = compare_bill(sbom, analyze(str(real_image("docker-archive-arm64"))))
        assert "wrong platform: it is of amd64, this is linux/arm64" in alone.headline
