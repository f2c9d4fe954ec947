"""What a person reads of a document against an image."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.diff.bill import Document
from analyzer.diff.twobills import compare_bills
from analyzer.packages.contract import Location, Package
from analyzer.packages.distro import Distro
from analyzer.render.audit import audit_text
from tests.diff.bills import audit, bill, entry, root
from tests.diff.reports import digest, image, package

LOCK = package("left-pad", kind="npm", arch="", state="declared")._replace(
    locations=(Location("srv/package-lock.json", 0),),
)
THERE = image(
    "app:1",
    index="i",
    distro=Distro("debian", "12"),
    packages=[
        package("a", "1.1"),
        *(package(name) for name in ("b", "c", "d")),
        package("e"),
        *(package(f"c{n}", kind="cargo", arch="") for n in range(3)),
        LOCK,
    ],
)
OTHER = image("app:1", image_id="o", manifest="om", index="i", platform="linux/arm64")
SBOM = bill(
    entry("pkg:deb/debian/a@1.0?arch=amd64"),
    *(entry(f"pkg:deb/debian/{name}@1.0?arch=arm64") for name in ("b", "c", "d")),
    entry("pkg:deb/debian/gone@1.0?arch=amd64"),
    entry("pkg:npm/left-pad@1.0"),
    of=root(f"pkg:oci/app@{digest('i')}?arch=amd64", digests=[digest("manifest")]),
    system="debian 11",
)


def test_everything_at_once() -> None:
    text = audit_text(audit(SBOM, THERE, OTHER))
    lines = text.splitlines()
    start = digest("manifest")[:19]
    assert lines[:6] == [
        "app.json (SPDX 2.3 (JSON)) -> image.tar (oci-layout tar)",
        f"app.json describes linux/amd64 of this file (manifest {start});",
        "  wrong platform: it is of arm64, this is linux/amd64; other distribution:",
        "  debian 11, the image has debian 12: 0 of 8 packages agree, 1 other version, 3",
        "  other architecture, 1 in the document only, 1 in the image only, no cargo (3",
        "  in the image); not about linux/arm64",
    ]
    below = text.partition("linux/amd64\n")[2].replace(digest("manifest"), "sha256:M")
    assert below.replace(digest("i"), "sha256:I") == BELOW


BELOW = """\
  subject      names the manifest of this image:
               sha256:M
               the package URL of its subject names
               sha256:I:
               the index
  platform     linux/amd64; the document says otherwise
               3 of 5 packages that state an architecture: arm64
  distro       debian 11 in the document, debian 12 in the image
  note: the document lists no cargo packages; the image has 3

  Other in the image than in the document
    deb/a                1.0 -> 1.1      (newer in the image)
    deb/b, deb/c, deb/d  arm64 -> amd64

  In the document only
    deb/gone  1.0

  In the image only
    deb/e  1.0

  Cannot be compared
    npm/left-pad  1.0  (not installed: declared only in srv/package-lock.json)

app:1 linux/arm64
  note: not what the document describes; held against it all the same, 0 of 0
    packages agree
"""


def test_each_of_several_images_has_its_headline() -> None:
    text = audit_text(audit(bill(entry("pkg:npm/a@1")), image("app:1"), image("b:1", position=1)))
    assert "app.json differs from 2 of 2 images of this file\n" in text
    assert text.count("  app.json does not say which image it is of; held against linux/amd64") == 2


def test_two_documents_are_called_the_first_and_the_second() -> None:
    one = Document(bill(entry("pkg:npm/a@1.0.0"), entry("pkg:npm/b@1.0.0")), "one.json")
    two = Document(bill(entry("pkg:npm/a@0.9.0"), system="debian 12"), "two.json")
    assert audit_text(compare_bills(one, two)) == (
        "one.json (SPDX 2.3 (JSON)) -> two.json (SPDX 2.3 (JSON))\n"
        "one.json and two.json: 0 of 1 package agrees, 1 other version, 1 in the first\n"
        "  only\n"
        "\n"
        "documents\n"
        "  subject      not both documents say\n"
        "  platform     not both documents say\n"
        "  distro       debian 12 (the first names none)\n"
        "\n"
        "  Other in the second than in the first\n"
        "    npm/a  1.0.0 -> 0.9.0  (older in the second)\n"
        "\n"
        "  In the first only\n"
        "    npm/b  1.0.0\n"
    )


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_written_is_safe_to_show_and_bounded(name: str, version: str) -> None:
    sbom = bill(entry(f"pkg:npm/{name}@{version}", name=name, version=version), of=root(name=name))
    text = audit_text(audit(sbom, image("app:1")))
    assert text.replace("\n", "").isprintable()
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) < 400


@pytest.mark.parametrize("packages", [(), (package("a"),)])
def test_a_document_without_packages(packages: tuple[Package, ...]) -> None:
    text = audit_text(audit(bill(), image("app:1", packages=packages)))
    assert f"0 of {len(packages)} package" in " ".join(text.split())
