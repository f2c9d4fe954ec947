"""Databases that other projects test with, against what their own tests say is in them."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import tarfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analyzer.packages.contract import Cataloger, Package, Problem, files_for
from analyzer.packages.distro import WANTS, read_distro
from analyzer.packages.registry import find_catalogers
from analyzer.paths import clean
from tests.packages.cases import parse
from tests.support.tools import shared

STATUS = "var/lib/dpkg/status"
APK = "lib/apk/db/installed"
FOUND = {cataloger.name: cataloger for cataloger in find_catalogers()}


@cache
def facts() -> dict[str, dict[str, Any]]:
    """`expected.json` by path."""
    entries = json.loads(shared("corpus", "expected.json").read_text("utf-8"))
    return {entry["path"]: entry for entry in entries}


def read(path: str) -> bytes:
    """A file of the corpus."""
    return shared("corpus", *path.split("/")).read_bytes()


def tarred(data: bytes) -> dict[str, bytes]:
    """The regular files of a layer, by clean path."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        files = {}
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if content:
                files[clean(member.name)[0]] = content.read()
        return files


def catalog(cataloger: Cataloger, files: dict[str, bytes]) -> tuple[list[Package], list[Problem]]:
    """Packages and problems of those files that the cataloger wants."""
    wanted = {want.pattern for want in cataloger.wants}
    chosen = {
        path: data
        for path, data in files.items()
        if path in wanted or f"{path.rpartition('/')[0]}/*" in wanted
    }
    return parse(cataloger, chosen)


def versions(packages: Iterable[Package]) -> list[list[str]]:
    """Name and version, as `expected.json` has them."""
    return sorted([package.name, package.version] for package in packages)


@pytest.mark.parametrize(
    "path", ["apk/google-osv-scalibr/installed", "apk/kubernetes-sigs-bom/apkdb"]
)
def test_apk_database(path: str) -> None:
    fact = facts()[path]
    packages, problems = parse(FOUND["apk"], {APK: read(path)})
    assert len(packages) == fact["package_count"]
    assert [p for p in fact["packages"] if p not in versions(packages)] == []
    # scalibr cut its copy behind the last file, where apk always writes a blank line.
    assert [p.severity for p in problems] == (["warning"] if "scalibr" in path else [])
    for name, detail in fact.get("details", {}).items():
        package = next(package for package in packages if package.name == name)
        assert package.arch == detail["arch"]
        assert package.licenses == (detail["license"],)


def test_apk_database_of_a_layer_with_origins() -> None:
    path = "apk/aboutcode-org-scancode-toolkit/alpine-container-layer.tar.xz"
    packages, problems = catalog(FOUND["apk"], tarred(lzma.decompress(read(path))))
    assert versions(packages) == sorted(facts()[path]["packages"])
    assert problems == []
    sources = {p.name: p.source.name for p in packages if p.source}
    assert sources["libcrypto1.1"] == "openssl"
    assert sources["scanelf"] == "pax-utils"


def test_apk_database_without_origin_or_of_another_arch() -> None:
    (package,), _ = parse(FOUND["apk"], {APK: read("apk/google-osv-scalibr/no-origin")})
    assert (package.name, package.version, package.source) == ("pkgname", "1.2.3", None)
    packages, _ = parse(FOUND["apk"], {APK: read("apk/google-osv-scalibr/different-arch")})
    assert [package.arch for package in packages] == ["noarch"]


def test_apk_database_of_apko_is_clean() -> None:
    packages, problems = parse(FOUND["apk"], {APK: read("apk/chainguard-dev-apko/installed")})
    assert "musl-utils" in {package.name for package in packages}
    assert problems == []


def test_dpkg_database() -> None:
    path = "dpkg/google-osv-scalibr/dpkg/valid"
    fact = facts()[path]
    packages, _ = parse(FOUND["dpkg"], {STATUS: read(path)})
    assert versions(packages) == sorted(fact["packages"])
    assert len(packages) == fact["package_count"]


def test_dpkg_states() -> None:
    """Not as in scalibr, which takes `installed` alone: unpacked files are on disk, too (dpkg(1)).

    It leaves out a stanza without Status, as dpkg does; here it is there as not installed.
    """
    packages, _ = parse(FOUND["dpkg"], {STATUS: read("dpkg/google-osv-scalibr/dpkg/statusfield")})
    assert {package.name: package.state for package in packages} == {
        "wantinstall_installed": "installed",
        "wantdeinstall_installed": "installed",
        "wantdeinstall_configfiles": "config-files",
        "wantinstall_unpacked": "unpacked",
        "wantpurge_installed": "installed",
        "wantinstall_halfinstalled": "half-installed",
        "wantnostatus": "not-installed",
    }
    assert {package.name for package in packages if package.installed} == {
        "wantinstall_installed",
        "wantdeinstall_installed",
        "wantpurge_installed",
        "wantinstall_unpacked",
    }


def test_dpkg_packages_without_name_or_version() -> None:
    """Where scalibr skips both; the one without version is reported here, and both are problems."""
    found = parse(FOUND["dpkg"], {STATUS: read("dpkg/google-osv-scalibr/dpkg/nopackage")})
    assert versions(found[0]) == [["bar", "2.0"], ["foo", "1.0"]]
    assert [problem.code for problem in found[1]] == ["package-database-damaged"]
    found = parse(FOUND["dpkg"], {STATUS: read("dpkg/google-osv-scalibr/dpkg/noversion")})
    assert versions(found[0]) == [["acl", ""], ["bar", "2.0"], ["foo", "1.0"]]
    assert [problem.code for problem in found[1]] == ["package-field-missing"]


def test_dpkg_source_of_a_transitional_package() -> None:
    (package,), _ = parse(
        FOUND["dpkg"], {STATUS: read("dpkg/google-osv-scalibr/dpkg/transitional")}
    )
    assert package.source
    assert (package.name, package.source.name) == ("iceweasel", "firefox-esr")


@pytest.mark.parametrize("layer", ["dpkg-layer1.tar.gz", "dpkg-layer2.tar.gz"])
def test_dpkg_database_of_a_layer(layer: str) -> None:
    path = f"dpkg/kubernetes-sigs-bom/{layer}"
    packages, _ = catalog(FOUND["dpkg"], tarred(gzip.decompress(read(path))))
    assert len(packages) == facts()[path]["package_count"]


def test_dpkg_split_by_package() -> None:
    path = "dpkg/kubernetes-sigs-bom/distroless.tar"
    packages, problems = catalog(FOUND["dpkg"], tarred(read(path)))
    assert [package.name for package in packages] == ["base-files", "netbase", "tzdata"]
    assert len(packages) == facts()[path]["package_count"]
    assert all(package.installed for package in packages)
    assert problems == []


def test_dpkg_database_with_a_golden_file() -> None:
    """Of the fields that both tools read, on the packages that the other one calls installed."""
    folder = "dpkg/aboutcode-org-scancode-toolkit"
    packages, _ = parse(FOUND["dpkg"], {STATUS: read(f"{folder}/basic/status")})
    golden = json.loads(read(f"{folder}/goldens/basic-status.expected"))
    ours = {package.name: package for package in packages}
    for other in golden if isinstance(golden, list) else golden["packages"]:
        assert ours[other["name"]].version == other["version"]
        assert ours[other["name"]].arch == (other.get("qualifiers") or {}).get("arch", "")


_SYFT = "osrelease/anchore-syft/os"
_INSPECTOR = "osrelease/aboutcode-org-container-inspector/os-release"
ALTERED = {
    # syft takes the point release from debian_version; VERSION_ID itself says 13.
    f"{_SYFT}/debian/with-point-release": "debian:13",
    # `ID=Zorin OS`: os-release(5) asks for quotes. container-inspector drops the blank, a shell
    # would take one word; systemd, whose format it is, reads the line.
    f"{_INSPECTOR}/zorinos/zorinos-12.txt": "Zorin OS:12",
}
"""Where the origin's fact is not what os-release(5) says."""
BLANK_DROPPED = {f"{_INSPECTOR}/pop-os/pop-os-17.04.txt"}
"""Of `ID_LIKE=debian ubuntu` without quotes container-inspector makes one word."""


def os_release_facts() -> list[str]:
    """Paths of `expected.json` that have a distribution; none without the corpus."""
    path = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "expected.json"
    if not path.exists():
        return []
    entries = json.loads(path.read_text("utf-8"))
    return [entry["path"] for entry in entries if entry["kind"] == "os-release"]


@pytest.mark.parametrize("path", os_release_facts())
def test_os_release(path: str) -> None:
    fact = facts()[path]
    place = shared("corpus", *path.split("/"))
    if place.is_dir():
        candidates = {want.pattern: place / want.pattern for want in WANTS}
        files = {name: file.read_bytes() for name, file in candidates.items() if file.is_file()}
    else:
        inside = "/".join(path.split("/")[-2:])
        name = inside if inside in {want.pattern for want in WANTS} else "etc/os-release"
        files = {name: place.read_bytes()}
    distro, _ = read_distro(files_for(WANTS, files))
    expected = ALTERED.get(path, fact["os"])
    if expected is None:
        assert distro is None
        return
    assert distro
    assert f"{distro.id}:{distro.version_id}" == expected
    if "id_like" in fact:
        between = "" if path in BLANK_DROPPED else " "
        assert between.join(distro.id_like) == fact["id_like"]
    if distro.path.endswith("os-release"):
        assert distro.pretty_name == fact.get("pretty_name", "")
