"""What packages state about licence and supplier, in the words that SPDX allows."""

from __future__ import annotations

import pytest

from tests.sbom.documents import check_with_library, official_schema, package, written
from tests.sbom.reports import make_image, make_package


@pytest.mark.parametrize(
    ("text", "supplier"),
    [
        ("Natanael Copa <ncopa@alpinelinux.org>", "Person: Natanael Copa (ncopa@alpinelinux.org)"),
        (
            "Ubuntu Developers <d@lists.ubuntu.com>",
            "Organization: Ubuntu Developers (d@lists.ubuntu.com)",
        ),
        ("<a@b.example>", "Person: a@b.example (a@b.example)"),
        ("Red Hat, Inc. <http://bugzilla.example>", "Organization: Red Hat, Inc."),
        ("Fedora Project", "Organization: Fedora Project"),
        ("A (B) <c@d>", "Person: A [B] (c@d)"),
        ("()", "Organization: []"),
        ("a\nb", r"Organization: a\x0ab"),
        ("  ", "NOASSERTION"),
        ("", "NOASSERTION"),
    ],
)
def test_suppliers(text: str, supplier: str) -> None:
    """SPDX 2.3, 7.5: Person or Organization, the address in parentheses."""
    document = written(make_image(make_package(supplier=text)))
    assert package(document)["supplier"] == supplier
    check_with_library(document)


@pytest.mark.parametrize(
    ("found", "declared", "texts"),
    [
        (("MIT",), "MIT", {}),
        (("mit and bsd-3-clause",), "MIT AND BSD-3-Clause", {}),
        (("GPL-2.0+ WITH GCC-exception-3.1",), "GPL-2.0-or-later WITH GCC-exception-3.1", {}),
        (("MIT OR ISC", "Zlib", "Zlib"), "(MIT OR ISC) AND Zlib", {}),
        (("GPLv2+",), "LicenseRef-GPLv2-{}", {"GPLv2+"}),
        (("Public Domain", "MIT"), "LicenseRef-Public-Domain-{} AND MIT", {"Public Domain"}),
        (("MIT AND LicenseRef-Fedora",), "MIT AND LicenseRef-Fedora", {"..."}),
        (("LicenseRef-scancode-public-domain",), "LicenseRef-scancode-public-domain", {"..."}),
        (("MIT WITH MIT",), "LicenseRef-MIT-WITH-MIT-{}", {"MIT WITH MIT"}),
        (("()   - AND",), "LicenseRef-AND-{}", {"()   - AND"}),
        (("( AND MIT )",), "LicenseRef-AND-MIT-{}", {"( AND MIT )"}),
        (("(" * 2000,), "LicenseRef-{}", {"(" * 2000}),
        (("a\nb\x1b",), "LicenseRef-a-b-{}", {"a\nb\\x1b"}),
        (("NONE",), "LicenseRef-NONE-{}", {"NONE"}),
        (("DocumentRef-a:x",), "LicenseRef-DocumentRef-a-x-{}", {"DocumentRef-a:x"}),
        (("", " ", "NOASSERTION"), "NOASSERTION", {}),
        ((), "NOASSERTION", {}),
    ],
)  # fmt: skip
def test_licences(found: tuple[str, ...], declared: str, texts: set[str]) -> None:
    """Listed identifiers as an expression, all else as LicenseRef with its own text."""
    document = written(make_image(make_package(licenses=found)))
    infos = document.get("hasExtractedLicensingInfos", [])
    stated = package(document)["licenseDeclared"]
    for info in infos:
        stated = stated.replace(info["licenseId"][-16:], "{}") if "{}" in declared else stated
    assert stated == declared
    unknown = "The package states this identifier; the image states no text for it."
    assert {info["extractedText"].replace(unknown, "...") for info in infos} == set(texts)
    check_with_library(document)
    official_schema().validate(document)


def test_equal_licences_share_one_text() -> None:
    """One entry for every LicenseRef, however many packages state it."""
    image = make_image(make_package(licenses=("odd",)), make_package("b", licenses=("odd",)))
    assert len(written(image)["hasExtractedLicensingInfos"]) == 1
