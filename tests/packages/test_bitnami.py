"""Bitnami's components: what the cases of `fixtures/packages/bitnami` do not show."""

from __future__ import annotations

from analyzer.packages.catalogers.bitnami import CATALOGER
from analyzer.packages.purl import package_url
from tests.packages.cases import FOLDER, Case, parse


def test_package_urls_are_those_of_the_documents() -> None:
    """purl-spec, `types/bitnami-definition.json`: qualifiers `arch` and `distro`."""
    packages, _ = parse(CATALOGER, Case(FOLDER / "bitnami" / "ordinary").files)
    urls = {package_url(package, None) for package in packages}
    assert "pkg:bitnami/redis@7.4.1-0?arch=arm64&distro=debian-12" in urls
    assert "pkg:bitnami/nss_wrapper@1.1.16?arch=arm64&distro=debian-12" in urls
