"""Package URLs: the examples of the standard and of scanners, and the way back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from analyzer.packages.contract import Package, Source
from analyzer.packages.distro import Distro
from analyzer.packages.purl import package_url

DEBIAN = Distro("debian", "12")
ALPINE = Distro("alpine", "3.19.0")


def deb(name: str, version: str, arch: str = "amd64", source: Source | None = None) -> Package:
    """A Debian package."""
    return Package(name=name, version=version, arch=arch, type="deb", source=source)


@pytest.mark.parametrize(
    ("package", "distro", "expected"),
    [
        (
            deb("libc6", "2.36-9+deb12u4", source=Source("glibc", "2.36-9+deb12u4")),
            DEBIAN,
            "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12&upstream=glibc",
        ),
        (
            Package(
                name="libstdc++",
                version="13.2.1_git20231014-r0",
                arch="x86_64",
                type="apk",
                source=Source("gcc", "13.2.1_git20231014-r0"),
            ),
            ALPINE,
            (
                "pkg:apk/alpine/libstdc%2B%2B@13.2.1_git20231014-r0?arch=x86_64"
                "&distro=alpine-3.19.0&upstream=gcc"
            ),
        ),
        (
            deb("attr", "1:2.5.1-4", source=Source("attr", "1:2.5.1-4")),
            DEBIAN,
            "pkg:deb/debian/attr@1:2.5.1-4?arch=amd64&distro=debian-12",
        ),
        (
            deb("bc", "1.07.1-3+b1", source=Source("bc", "1.07.1-3")),
            DEBIAN,
            "pkg:deb/debian/bc@1.07.1-3%2Bb1?arch=amd64&distro=debian-12&upstream=bc%401.07.1-3",
        ),
        (
            deb("g++", "4:12.2.0-3", source=Source("gcc-defaults", "1.203")),
            DEBIAN,
            (
                "pkg:deb/debian/g%2B%2B@4:12.2.0-3?arch=amd64&distro=debian-12"
                "&upstream=gcc-defaults%401.203"
            ),
        ),
        (deb("x", "1~rc1", arch=""), DEBIAN, "pkg:deb/debian/x@1~rc1?distro=debian-12"),
        (deb("x", "", arch=""), DEBIAN, "pkg:deb/debian/x?distro=debian-12"),
        (deb("x", "1"), Distro("debian"), "pkg:deb/debian/x@1?arch=amd64&distro=debian"),
        (deb("x", "1"), None, "pkg:deb/linux/x@1?arch=amd64"),
        (deb("X", "1A", arch=""), Distro("Foo OS"), "pkg:deb/foo%20os/x@1A?distro=Foo%20OS"),
        (deb("a/b", "1", arch="c/d"), None, "pkg:deb/linux/a%2Fb@1?arch=c%2Fd"),
        (deb("/", "1"), DEBIAN, ""),
        (deb("", "1"), DEBIAN, ""),
    ],
)
def test_written_form(package: Package, distro: Distro | None, expected: str) -> None:
    assert package_url(package, distro) == expected


RHEL = Distro("rhel", "8.4")


@pytest.mark.parametrize(
    ("package", "distro", "expected"),
    [
        # syft/pkg/cataloger/redhat, "package_test.go": all parts, then the mapped namespaces.
        (
            Package(
                name="p",
                version="1:v-r",
                arch="a",
                type="rpm",
                source=Source("x", "1-2.el8"),
            ),
            RHEL,
            "pkg:rpm/redhat/p@v-r?arch=a&distro=rhel-8.4&epoch=1&upstream=x-1-2.el8.src.rpm",
        ),
        (
            Package(name="p", version="v-r", arch="a", type="rpm"),
            Distro("opensuse-leap", "15.5"),
            "pkg:rpm/opensuse/p@v-r?arch=a&distro=opensuse-leap-15.5",
        ),
        (
            Package(name="acl", version="2.2.53-1.el8", arch="aarch64", type="rpm"),
            Distro("centos", "8"),
            "pkg:rpm/centos/acl@2.2.53-1.el8?arch=aarch64&distro=centos-8",
        ),
        # The standard's own type definitions.
        (
            Package(name="containers-common", version="1:0.47.4-4", arch="x86_64", type="alpm"),
            Distro("arch"),
            "pkg:alpm/arch/containers-common@1:0.47.4-4?arch=x86_64&distro=arch",
        ),
        (
            Package(name="animation", namespace="@angular", version="12.3.1", arch="", type="npm"),
            RHEL,
            "pkg:npm/%40angular/animation@12.3.1",
        ),
        (
            Package(name="Django_Package", version="1.11", arch="", type="pypi"),
            RHEL,
            "pkg:pypi/django-package@1.11",
        ),
        (
            Package(
                name="jruby-launcher",
                version="1.1.2",
                arch="java",
                type="gem",
                qualifiers=(("platform", "java"),),
            ),
            None,
            "pkg:gem/jruby-launcher@1.1.2?platform=java",
        ),
        (
            Package(name="asm", namespace="org.ow2.asm", version="9.5", arch="", type="maven"),
            None,
            "pkg:maven/org.ow2.asm/asm@9.5",
        ),
        (Package(name="asm", version="9.5", arch="", type="maven"), None, ""),
        (
            Package(
                name="v2", namespace="github.com/x/Cli", version="v2.1", arch="", type="golang"
            ),
            None,
            "pkg:golang/github.com/x/Cli/v2@v2.1",
        ),
        (
            Package(name="stdlib", version="1.22.7", arch="", type="golang"),
            None,
            "pkg:golang/stdlib@1.22.7",
        ),
        # What the ecosystem says of a package goes before what is said of all.
        (
            Package(
                name="glibc",
                namespace="wolfi",
                version="2.43-r6",
                arch="",
                type="apk",
                qualifiers=(("distro", "wolfi"),),
            ),
            ALPINE,
            "pkg:apk/wolfi/glibc@2.43-r6?distro=wolfi",
        ),
    ],
)
def test_written_form_by_type(package: Package, distro: Distro | None, expected: str) -> None:
    assert package_url(package, distro) == expected


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=12)


@given(
    kind=st.sampled_from(["deb", "apk"]),
    name=WORDS.filter(lambda word: bool(word.strip("/"))),
    version=WORDS,
    arch=WORDS,
    source=st.none() | st.builds(Source, WORDS, WORDS),
    distro=st.none() | st.builds(Distro, WORDS, WORDS),
)
def test_reads_back_as_what_was_written(
    kind: str, name: str, version: str, arch: str, source: Source | None, distro: Distro | None
) -> None:
    package = Package(name=name, version=version, arch=arch, type=kind, source=source)
    url = package_url(package, distro)
    back = PackageURL.from_string(url)
    assert back.type == kind
    assert back.name == name.lower().strip("/")
    assert (back.version or "") == version
    assert back.qualifiers.get("arch", "") == arch
    upstream = back.qualifiers.get("upstream", "")
    assert not source or upstream in {"", source.name, f"{source.name}@{source.version}"}
    assert ("distro" in back.qualifiers) is bool(distro and distro.id)
    assert not re.search("%[0-9A-F]?[a-f]", url)
