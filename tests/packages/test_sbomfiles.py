"""SBOM documents inside an image: what the cases of `fixtures/packages/sbomfiles` do not show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packageurl import PackageURL

from analyzer.packages.catalogers.sbomfiles import CATALOGER
from analyzer.packages.contract import Code, Package
from analyzer.packages.formats import sbomdocument
from analyzer.packages.formats.claims import cpe_names
from tests.packages.cases import FOLDER, parse
from tests.support.tools import shared

ORDINARY = FOLDER / "sbomfiles" / "ordinary"
CORPUS = "aboutcode-org-scancode.io"


def packages_of(path: Path) -> list[Package]:
    """Of one document, without a word about it."""
    packages, problems = parse(CATALOGER, {"srv/x.spdx.json": path.read_bytes()})
    assert problems == []
    return packages


def test_all_forms_of_spdx_say_the_same() -> None:
    """Pyspdxtools turned the first into the others."""
    document = (ORDINARY / "var/lib/db/sbom/demo-1.2-r0.spdx.json").read_bytes()
    tags = (ORDINARY / "usr/share/doc/demo/demo.spdx").read_bytes()
    yaml = (ORDINARY.with_name("yaml") / "usr/share/doc/demo/demo.spdx.yaml").read_bytes()
    claims = sbomdocument.read(document)
    assert sbomdocument.read(tags) == claims
    assert sbomdocument.read(yaml) == claims
    assert len(claims) == 3


def test_both_forms_of_cyclonedx_say_the_same() -> None:
    """cyclonedx-py wrote both."""
    json_form = sbomdocument.read((ORDINARY / "srv/app/env.cdx.json").read_bytes())
    xml_form = sbomdocument.read((ORDINARY / "srv/app/xml/env.cdx.xml").read_bytes())
    assert xml_form == json_form
    assert len(json_form) == 5


def test_all_forms_of_spdx_in_the_corpus_say_the_same() -> None:
    """Osv-scalibr's own; two packages, of which one has no version in any form."""
    folder = shared("corpus", "sbom", "google-osv-scalibr", "spdx")
    for ending in ("spdx.json", "spdx", "spdx.yml"):
        files = {f"srv/sbom.{ending}": (folder / f"sbom.{ending}").read_bytes()}
        packages, problems = parse(CATALOGER, files)
        assert [problem.code for problem in problems] == [Code.PACKAGE_FIELD_MISSING], ending
        assert {(p.name, p.version) for p in packages} == {("Nginx", ""), ("openssl", "1.1.1l")}


def test_a_document_of_syft_claims_what_syft_found() -> None:
    """`*.syft.json`, as `syft -o syft-json` calls its own form, here by its schema."""
    artifact = {"id": "1", "name": "musl", "version": "1.2.5-r0", "type": "apk"}
    artifact |= {"purl": "pkg:apk/alpine/musl@1.2.5-r0"}
    document = {
        "artifacts": [artifact],
        "artifactRelationships": [],
        "source": {"type": "image", "target": {}},
        "descriptor": {"name": "syft", "version": "1.0.0"},
        "schema": {
            "version": "16.0.0",
            "url": "https://raw.githubusercontent.com/anchore/syft/main/schema/json/schema-16.0.0.json",
        },
    }
    packages, problems = parse(CATALOGER, {"srv/x.syft.json": json.dumps(document).encode()})
    assert problems == []
    assert [(p.type, p.name, p.version, p.state) for p in packages] == [
        ("apk", "musl", "1.2.5-r0", "claimed")
    ]


@pytest.mark.parametrize("stem", ["sbom.cdx", "sbom.bom"])
def test_forms_of_the_corpus_say_the_same(stem: str) -> None:
    folder = shared("corpus", "sbom", "google-osv-scalibr", "cdx")
    forms = [
        sbomdocument.read((folder / f"{stem}.{ending}").read_bytes()) for ending in ("json", "xml")
    ]
    assert forms[0] == forms[1]
    assert [claim.name for claim in forms[0]] == ["openssl", "Nginx"]


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE bom [<!ENTITY a "b">]><bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
        b"<bom><components/></bom>",
        b'<project xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
        b'<bom xmlns="http://cyclonedx.org/schema/bom/1.4">',
        b'<bom xmlns="http://cyclonedx.org/schema/bom/1.4">' + b"<components>" * 100_000,
        b'<?xml version="1.0" encoding="nonsense"?><bom/>',
    ],
    ids=["document type", "no namespace", "another root", "cut off", "deep", "encoding"],
)
def test_xml_that_is_refused(document: bytes) -> None:
    packages, problems = parse(CATALOGER, {"a.cdx.xml": document})
    assert packages == []
    assert [problem.severity for problem in problems] == ["error"]


STATED = {
    "type": "library",
    "name": "demo",
    "version": "1",
    "supplier": {"name": "Shop"},
    "cpe": "cpe:2.3:a:shop:demo:1:*:*:*:*:*:*:*",
}


@pytest.mark.parametrize("author", [{"author": "Ann"}, {"authors": [{"name": "Ann"}]}])
def test_author_and_cpe_of_cyclonedx(author: dict[str, object]) -> None:
    """`author` until 1.5, `authors` since 1.6."""
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [STATED | author]}
    within = "<author>Ann</author>"
    if "authors" in author:
        within = "<authors><author><name>Ann</name></author></authors>"
    xml = f"""<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components>
        <component type="library"><supplier><name>Shop</name></supplier>{within}
        <name>demo</name><version>1</version><cpe>{STATED["cpe"]}</cpe></component>
        </components></bom>"""
    for data in (json.dumps(document).encode(), xml.encode()):
        (claim,) = sbomdocument.read(data)
        assert (claim.supplier, claim.originator) == ("Shop", "Ann")
        assert claim.cpes == (STATED["cpe"],)


def spdx_of(entry: dict[str, str]) -> bytes:
    """A document of one package."""
    return json.dumps({"spdxVersion": "SPDX-2.3", "packages": [entry]}).encode()


def test_supplier_and_originator_of_spdx() -> None:
    entry = {"SPDXID": "SPDXRef-p", "name": "p", "originator": "Person: Ann (ann@example.org)"}
    (alone,) = sbomdocument.read(spdx_of(entry))
    assert (alone.supplier, alone.originator) == ("Ann (ann@example.org)", "")
    (both,) = sbomdocument.read(spdx_of({**entry, "supplier": "Organization: Shop"}))
    assert (both.supplier, both.originator) == ("Shop", "Ann (ann@example.org)")
    tags = b"SPDXVersion: SPDX-2.3\nPackageName: p\nSPDXID: SPDXRef-p\n"
    tags += b"PackageSupplier: Organization: Shop\n"
    (tagged,) = sbomdocument.read(tags + b"PackageOriginator: Person: Ann (ann@example.org)\n")
    assert (tagged.supplier, tagged.originator) == (both.supplier, both.originator)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("cpe:2.3:a:demo:demo:1.2:*:*:*:*:*:*:*", True),
        ("cpe:2.3:a:demo:de\\:mo:1.2:*:*:*:*:*:*:*", True),
        ("cpe:/o:redhat:enterprise_linux:9::baseos", True),
        ("cpe:2.3:a:demo:demo:1.2", False),
        ("cpe:2.3:a:de mo:demo:1.2:*:*:*:*:*:*:*", False),
        ("demo", False),
        ("", False),
    ],
)
def test_cpe_names_are_told_by_their_form(text: str, is_one: bool) -> None:  # noqa: FBT001
    """NISTIR 7695, 6.1.2.1 (URI) and 6.2.1 (formatted string)."""
    assert cpe_names([text, text]) == ((text,) if is_one else ())


def test_everything_is_a_claim() -> None:
    for package in packages_of(ORDINARY / "srv/app/env.cdx.json"):
        assert (package.state, package.method) == ("claimed", "document")
        assert not package.installed


def test_package_urls_that_the_origin_expects() -> None:
    """scancode.io's own benchmark names the purls on which its document is wrong."""
    folder = shared("corpus", "sbom", CORPUS, "alpine-3.22.1")
    found = {
        (package.type, package.namespace, package.name, package.version)
        for package in packages_of(folder / "scancodeio_alpine_3.22.1.cdx.json")
    }
    lines = (folder / "alpine-3.22.1-expected-benchmark.txt").read_text("utf-8").splitlines()
    wanted = (folder / "alpine-3.22.1-expected-purls.txt").read_text("utf-8").split()
    surplus = {line[2:].strip() for line in lines if line.startswith("-")}
    missing = {line[2:].strip() for line in lines if line.startswith("+")}
    expected = (set(wanted) - missing) | surplus
    urls = [PackageURL.from_string(url) for url in expected]
    assert found == {(url.type, url.namespace or "", url.name, url.version) for url in urls}


def test_four_tools_on_one_image_name_the_same_packages() -> None:
    """syft, trivy, osv-scanner and sbom-tool on alpine:3.17."""
    folder = shared("corpus", "sbom", CORPUS, "alpine-3.17")
    tools = ["anchore", "trivy", "osv-scanner", "sbom-tool"]
    found = {
        tool: {
            (package.name, package.version)
            for package in packages_of(next(folder.glob(f"{tool}-*")))
        }
        for tool in tools
    }
    # osv-scanner and sbom-tool add what they scanned, without saying that it is an image.
    about = {("main", "0"), ("DockerImage", "1.0.0")}
    assert len(found["anchore"]) == 15
    assert ("musl", "1.2.3-r4") in found["anchore"]
    assert all(packages - about == found["anchore"] for packages in found.values())


def test_documents_beyond_the_bound_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbomdocument, "MOST", 10)
    packages, problems = parse(CATALOGER, {"a.cdx.json": b'{"bomFormat": "CycloneDX"}'})
    assert packages == []
    assert [(p.code, p.severity, p.where) for p in problems] == [
        ("limit-exceeded", "error", "a.cdx.json")
    ]


def test_components_in_each_other_without_end() -> None:
    """Deeper than Python's own stack reaches, shallower than its JSON parser refuses."""
    inner: dict[str, object] = {"type": "library", "name": "deep", "version": "1"}
    for _ in range(300):
        inner = {"type": "container", "components": [inner]}
    document = json.dumps({"bomFormat": "CycloneDX", "components": [inner]}).encode()
    packages, problems = parse(CATALOGER, {"a.cdx.json": document})
    assert ([package.name for package in packages], problems) == (["deep"], [])
    bomb = b'{"bomFormat":"CycloneDX","components":' + b"[" * 100_000
    packages, problems = parse(CATALOGER, {"a.cdx.json": bomb})
    assert packages == []
    assert [problem.severity for problem in problems] == ["error"]


def test_bitnami_documents_are_left_to_their_cataloger() -> None:
    document = (ORDINARY / "srv/app/env.cdx.json").read_bytes()
    assert parse(CATALOGER, {"opt/bitnami/x/.spdx-x.spdx": document}) == ([], [])


def test_documents_of_docker_hardened_images_are_found() -> None:
    """Their names begin with the ending."""
    data = shared("corpus", "sbom", "google-osv-scalibr", "spdx", "dhi", ".spdx.python.json")
    packages, problems = parse(CATALOGER, {f"opt/{data.name}": data.read_bytes()})
    assert [(p.type, p.name, p.version) for p in packages] == [("dhi", "python", "3.14.3")]
    assert problems == []


def test_a_text_without_end_is_read_once() -> None:
    """In the tag-value form, where such a text goes on over lines."""
    document = (ORDINARY / "usr/share/doc/demo/demo.spdx").read_bytes()
    text = b"PackageComment: <text>\n" + b"a\n" * 500_000
    expected = sbomdocument.read(document)
    assert sbomdocument.read(document + text) == expected
    assert sbomdocument.read(document + text + b"</text>\n") == expected
