"""One SPDX document in several forms, converted by spdx-tools, is one bill."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from analyzer.bills.model import Evidence, ExternalDocument, Party, Relation, Remark
from analyzer.bills.read import read_bill
from tests.bills.comparing import comparable
from tests.bills.fulldocuments import FULL_SPDX
from tests.support.tools import shared


def as_tag_value(path: Path) -> bytes:
    """What spdx-tools writes for a document."""
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.writer.tagvalue.tagvalue_writer import write_document

    out = io.StringIO()
    write_document(parse_file(str(path)), out)
    return out.getvalue().encode()


def as_yaml(path: Path, folder: Path) -> bytes:
    """What spdx-tools writes for a document."""
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.writer.yaml.yaml_writer import write_document_to_file

    write_document_to_file(parse_file(str(path)), str(folder / "out.yaml"), validate=False)
    return (folder / "out.yaml").read_bytes()


def full(tmp_path: Path) -> Path:
    path = tmp_path / "full.spdx.json"
    path.write_text(json.dumps(FULL_SPDX), "utf-8")
    return path


def test_every_member_of_spdx(tmp_path: Path) -> None:
    bill = read_bill(full(tmp_path).read_bytes())
    image, system, package, file = bill.elements
    assert (image.kind, system.kind, package.kind, file.kind) == (
        *("image", "system", "package", "file"),
    )
    assert image.digests == ("sha256:" + "a" * 64,)
    assert bill.subjects == ("SPDXRef-image",)
    assert bill.creators == (
        Party("syft", kind="tool", version="1.0.0-rc-1"),
        Party("spdx-maven-plugin", kind="tool"),
        Party("Example, Inc.", mail="box@example.org"),
        Party("Jane (née Roe) Doe", kind="person"),
    )
    assert bill.comment == "A document with\nevery member: even this."
    assert bill.licence_texts == (("LicenseRef-own", "Do\n\twhat you\nlike"),)
    assert bill.external == (
        ExternalDocument(
            "DocumentRef-other",
            "https://example.org/other",
            ("sha1:" + "d" * 40,),
        ),
    )
    assert package.supplier == Party("Debian")
    assert package.originator == Party("GNU", mail="gnu@example.org", kind="person")
    assert (package.licence, package.licence_concluded) == (
        "MIT OR LicenseRef-own",
        "LicenseRef-own",
    )
    assert (package.purl, package.purl_comment) == ("pkg:deb/debian/libc6@2.36", "said by dpkg")
    assert package.cpes == ("cpe:2.3:a:gnu:glibc:2.36:*:*:*:*:*:*:*",)
    assert [(r.category, r.type) for r in package.references] == [("OTHER", "bug-tracker")]
    assert package.digests == ("sha3_256:" + "b" * 64, "blake2b_256:" + "c" * 64)
    assert package.copyright == "Copyright (C)\n  Somebody"
    assert (package.origin, package.summary) == ("built from glibc", "C library")
    assert package.evidence == (Evidence("", layer="sha256:" + "d" * 64),)
    assert file.evidence == (Evidence("lib/libc.so.6", layer="sha256:" + "d" * 64),)
    assert file.licences_found == ("GPL-2.0-only",)
    assert bill.remarks == (Remark("SPDXRef-libc6", "looked at"),)
    assert bill.relations == (
        Relation("SPDXRef-image", "CONTAINS", "SPDXRef-libc6"),
        Relation("SPDXRef-os", "DEPENDS_ON", "SPDXRef-libc6", "why"),
        Relation("SPDXRef-image", "DESCENDANT_OF", "DocumentRef-other:SPDXRef-base"),
        Relation("SPDXRef-os", "DEPENDS_ON", "NONE"),
    )
    assert {each.what: each.count for each in bill.lost} == {
        "files[].fileTypes[]": 1,
        "hasExtractedLicensingInfos[].name": 1,
        "packages[].annotations[].annotationDate": 1,
        "packages[].annotations[].annotator": 1,
        "packages[].attributionTexts[]": 1,
        "packages[].downloadLocation = NONE": 1,
    }


def test_the_forms_of_spdx_say_the_same(tmp_path: Path) -> None:
    """spdx-tools takes files after a package for its files, so that one relation is more."""
    path = full(tmp_path)
    bill = read_bill(path.read_bytes())
    assert comparable(read_bill(as_yaml(path, tmp_path))) == comparable(bill)
    tags = as_tag_value(path)
    assert read_bill(tags).form == "SPDX 2.3 (tag-value)"
    assert comparable(read_bill(tags)) == comparable(bill)


REAL = [
    "aboutcode-org-scancode.io/alpine-3.17/osv-scanner-alpine-3.17-sbom.spdx.json",
    "google-osv-scalibr/spdx/sbom.spdx.json",
    "spdx-spdx-examples/example11-spdx2.3/sbom.spdx.json",
    "spdx-spdx-examples/example14-spdx2.3/examplemaven-0.0.1-enriched.spdx.json",
]


@pytest.mark.parametrize("name", REAL)
def test_real_documents_converted_say_the_same(name: str, tmp_path: Path) -> None:
    path = shared("corpus", "sbom", *name.split("/"))
    bill = comparable(read_bill(path.read_bytes()))
    assert comparable(read_bill(as_tag_value(path))) == bill
    assert comparable(read_bill(as_yaml(path, tmp_path))) == bill


def test_yaml_versions_stay_what_they_are() -> None:
    """YAML itself would make 1.1 of `1.10` and a date of `2024-01-02`."""
    document = (
        b"spdxVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\npackages:\n"
        b"- {SPDXID: SPDXRef-a, name: 2024-01-02, versionInfo: 1.10, filesAnalyzed: false}\n"
    )
    (element,) = read_bill(document).elements
    assert (element.name, element.version) == ("2024-01-02", "1.10")
