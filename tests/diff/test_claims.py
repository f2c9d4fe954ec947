"""One package in the words of different tools, and that others stay others."""

from __future__ import annotations

import pytest

from analyzer.bills.model import Bill, Element
from analyzer.diff.claims import Claim, architecture, claims_of_bill, claims_of_image
from analyzer.diff.purlparts import PurlParts, purl_parts
from analyzer.packages.contract import Package
from tests.diff.bills import bill, entry, root


def listed(purl: str, **members: str) -> Claim:
    (claim,), _ = claims_of_bill(bill(entry(purl, **members)))  # type: ignore[arg-type]
    return claim


def installed(kind: str, name: str, version: str, arch: str = "", namespace: str = "") -> Claim:
    (claim,) = claims_of_image([Package(name, version, arch, kind, namespace=namespace)])
    return claim


def same(one: Claim, two: Claim) -> bool:
    return (one.key, one.version, one.arch) == (two.key, two.version, two.arch)


@pytest.mark.parametrize(
    ("purl", "package"),
    [
        # syft 1.x, and its older type (guacsec/guac, exampledata/alpine-spdx.json)
        ("pkg:apk/alpine/zlib@1.2.12-r3?arch=x86_64&upstream=zlib&distro=alpine-3.16.2", 0),
        ("pkg:alpine/zlib@1.2.12-r3?arch=x86_64&upstream=zlib&distro=alpine-3.16.2", 0),
        # apko: no distribution; osv-scanner: another qualifier
        ("pkg:apk/unknown/zlib@1.2.12-r3?arch=x86_64", 0),
        ("pkg:apk/alpine/zlib@1.2.12-r3?arch=x86_64&distro=3.17.0&origin=zlib", 0),
        # the epoch of deb: in the version (syft), in a qualifier (trivy), encoded
        ("pkg:deb/debian/bsdutils@1:2.38.1-5?arch=amd64", 1),
        ("pkg:deb/debian/bsdutils@1%3A2.38.1-5?arch=amd64", 1),
        ("pkg:deb/debian/bsdutils@2.38.1-5?arch=amd64&distro=debian-12.5&epoch=1", 1),
        ("pkg:deb/debian/bsdutils@1:2.38.1-5?arch=amd64&epoch=1", 1),
        # rpm: vendor or ID, epoch 0 is none
        ("pkg:rpm/redhat/bash@5.1.8-9.el9?arch=x86_64&upstream=bash-5.1.8-9.el9.src.rpm", 2),
        ("pkg:rpm/rhel/bash@5.1.8-9.el9?arch=x86_64&epoch=0", 2),
        ("pkg:rpm/redhat/bash@0:5.1.8-9.el9?arch=x86_64", 2),
        # Go: case, v, subpath (syft, packageURL of its golang cataloger)
        ("pkg:golang/github.com/burntsushi/toml@v1.3.2", 3),
        ("pkg:golang/github.com/BurntSushi/toml@1.3.2", 3),
        ("pkg:golang/github.com/hashicorp/vault@v1.9.2#api/v2", 4),
        ("pkg:golang/github.com/hashicorp/vault/api/v2@v1.9.2", 4),
        ("pkg:golang/stdlib@1.21.5", 5),
        ("pkg:golang/stdlib@v1.21.5", 5),
        ("pkg:golang/stdlib@go1.21.5", 5),
        # PyPI: PEP 503
        ("pkg:pypi/ruamel-yaml-clib@0.2.8", 6),
        ("pkg:pypi/ruamel.yaml.clib@0.2.8", 6),
        ("pkg:pypi/Ruamel_Yaml.Clib@0.2.8", 6),
        # npm: the scope with and without encoding
        ("pkg:npm/%40angular/core@12.3.1", 7),
        ("pkg:npm/@angular/core@12.3.1", 7),
        # trivy before 0.50
        ("pkg:rustbinary/aes@0.8.4", 8),
    ],
)
def test_the_same_package(purl: str, package: int) -> None:
    known = [
        installed("apk", "zlib", "1.2.12-r3", "x86_64"),
        installed("deb", "bsdutils", "1:2.38.1-5", "amd64"),
        installed("rpm", "bash", "5.1.8-9.el9", "x86_64"),
        installed("golang", "toml", "v1.3.2", namespace="github.com/BurntSushi"),
        installed("golang", "v2", "v1.9.2", namespace="github.com/hashicorp/vault/api"),
        installed("golang", "stdlib", "1.21.5"),
        installed("pypi", "ruamel.yaml.clib", "0.2.8"),
        installed("npm", "core", "12.3.1", namespace="@angular"),
        installed("cargo", "aes", "0.8.4"),
    ]
    claim = listed(purl)
    assert [same(claim, each) for each in known] == [n == package for n in range(len(known))]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("pkg:deb/debian/bsdutils@1:2.38.1-5", "pkg:deb/debian/bsdutils@2.38.1-5"),
        ("pkg:maven/org.a/core@1.0", "pkg:maven/org.b/core@1.0"),
        ("pkg:npm/%40a/core@1.0", "pkg:npm/core@1.0"),
        ("pkg:npm/Core@1.0", "pkg:npm/core@1.0"),
        ("pkg:golang/a/b@v1.0.0", "pkg:golang/a/b/v2@v1.0.0"),
        ("pkg:deb/debian/zlib@1", "pkg:rpm/fedora/zlib@1"),
        ("pkg:apk/alpine/a@1?arch=x86_64", "pkg:apk/alpine/a@1?arch=aarch64"),
    ],
)
def test_other_packages(one: str, two: str) -> None:
    assert not same(listed(one), listed(two))


def test_an_epoch_that_only_the_version_of_the_entry_has() -> None:
    claim = listed("pkg:rpm/redhat/dbus@1.12.20-8.el9?arch=x86_64", version="1:1.12.20-8.el9")
    assert claim.version == "1:1.12.20-8.el9"


def test_a_version_that_only_the_entry_has() -> None:
    assert listed("pkg:npm/left-pad", version="1.3.0").version == "1.3.0"
    assert listed("pkg:npm/left-pad", version="NOASSERTION").version == ""


@pytest.mark.parametrize(
    ("names", "platform"),
    [
        (("amd64", "x86_64", "X86_64"), "amd64"),
        (("arm64", "aarch64"), "arm64"),
        (("i386", "i686", "x86", "386"), "386"),
        (("armhf", "armv7", "armv7hl", "armv7l"), "arm/v7"),
        (("ppc64el", "ppc64le"), "ppc64le"),
        (("all", "noarch", "any", ""), ""),
    ],
)
def test_architectures_as_platforms_call_them(names: tuple[str, ...], platform: str) -> None:
    assert {architecture(name) for name in names} == {platform}


def test_what_is_no_package_is_left_out() -> None:
    """The subject, other images, layers, files; and what has neither purl nor version, apart."""
    document = bill(
        entry("pkg:oci/base@sha256:00", name="base", version="1"),
        entry("", name="package-lock.json", kind="application"),
        Element("f", "file", "./etc/passwd", version="1"),
        Element("s", "source", "glibc", "2.36", purl="pkg:generic/glibc@2.36"),
        entry("", name="busybox", version="1.35"),
        of=root("pkg:oci/app@sha256:11", version="1"),
    )
    claims, others = claims_of_bill(document)
    assert [(claim.type, claim.name, claim.version) for claim in claims] == [
        ("", "busybox", "1.35")
    ]
    assert [element.name for element in others] == ["package-lock.json"]


def test_a_document_without_subject_or_refs_keeps_its_packages() -> None:
    one = Element("", "library", "a", "1", purl="pkg:npm/a@1")
    claims, _ = claims_of_bill(Bill("", ("",), (one,)))
    assert [claim.name for claim in claims] == ["a"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        # purl-spec, README: examples
        (
            "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
            PurlParts(
                "deb", "debian", "curl", "7.50.3-1", {"arch": "i386", "distro": "jessie"}, ""
            ),
        ),
        (
            "pkg:golang/google.golang.org/genproto@abcdedf#/googleapis/api/annotations/",
            PurlParts(
                "golang",
                "google.golang.org",
                "genproto",
                "abcdedf",
                {},
                "googleapis/api/annotations",
            ),
        ),
        (
            "pkg:npm/%40angular/animation@12.3.1",
            PurlParts("npm", "@angular", "animation", "12.3.1", {}, ""),
        ),
        (
            "pkg:oci/debian@sha256%3A244fd47e07d10?repository_url=docker.io/library/debian&tag=1",
            PurlParts(
                "oci",
                "",
                "debian",
                "sha256:244fd47e07d10",
                {"repository_url": "docker.io/library/debian", "tag": "1"},
                "",
            ),
        ),
        ("pkg:npm/@angular/animation", PurlParts("npm", "@angular", "animation", "", {}, "")),
        # apko and ko write these
        (
            "pkg:github/https:/%2Funknown%2Funknown@326e#a.yaml",
            PurlParts("github", "https:", "/unknown/unknown".strip("/"), "326e", {}, "a.yaml"),
        ),
        ("pkg:golang/@?type=module", None),
        ("pkg:", None),
        ("pkg:npm", None),
        ("cpe:2.3:a:b", None),
        ("", None),
    ],
)
def test_purls_are_taken_apart(text: str, parts: PurlParts | None) -> None:
    assert purl_parts(text) == parts
