"""One CycloneDX document in several forms, converted by its own library, is one bill."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analyzer.bills.model import Evidence, Party, Relation, Remark
from analyzer.bills.read import read_bill
from tests.bills.comparing import comparable
from tests.bills.fulldocuments import FULL_CYCLONEDX


def xml_of(document: dict[str, Any]) -> bytes:
    """What cyclonedx-python-lib writes for a document as JSON, in the same version."""
    from cyclonedx.model.bom import Bom
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion

    bom = Bom.from_json(json.loads(json.dumps(document)))  # type: ignore[attr-defined]
    version = SchemaVersion.from_version(document["specVersion"])
    return make_outputter(bom, OutputFormat.XML, version).output_as_string().encode()


def json_of(document: dict[str, Any]) -> bytes:
    """The same from the library, as JSON, so that what it changes is changed in both."""
    from cyclonedx.model.bom import Bom
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion

    bom = Bom.from_json(json.loads(json.dumps(document)))  # type: ignore[attr-defined]
    version = SchemaVersion.from_version(document["specVersion"])
    return make_outputter(bom, OutputFormat.JSON, version).output_as_string().encode()


def test_every_member_of_cyclonedx() -> None:
    bill = read_bill(json.dumps(FULL_CYCLONEDX).encode())
    image, system, jar, inner, own, named = bill.elements
    assert (image.kind, system.kind, jar.kind) == ("image", "system", "library")
    assert image.supplier == Party("Sellers", mail="box@example.org", kind="")
    assert image.properties == (("oci:image:Id", "sha256:1"),)
    assert bill.subjects == ("img",)
    assert bill.creators == (
        Party("maker", kind="tool", version="2"),
        Party("Jane", mail="jane@example.org", kind=""),
        Party("Makers", kind=""),
    )
    assert (bill.lifecycle, bill.created) == ("post-build", "2024-01-02T03:04:05+00:00")
    assert (jar.supplier, jar.originator) == (Party("Publisher", kind=""), Party("Author", kind=""))
    assert (inner.supplier, inner.originator) == (
        Party("Supplier", kind=""),
        Party("Manufacturer", kind=""),
    )
    assert (jar.licence, jar.licences_found) == ("MIT AND ISC", ("MIT", "ISC"))
    assert (inner.licence, inner.licence_concluded) == ("", "MIT OR ISC")
    assert (own.licence, bill.licence_texts) == (
        "LicenseRef-own",
        (("LicenseRef-own", "Do\nwhat you like"),),
    )
    assert (named.licence, named.licences_found) == ("", ("MIT", "Some other"))
    assert jar.digests == ("sha3_256:" + "b" * 64,)
    assert jar.homepage == "https://example.org/"
    assert [(r.category, r.type, r.comment) for r in jar.references] == [
        ("OTHER", "vcs", "old"),
        ("PERSISTENT-ID", "gitoid", ""),
    ]
    assert jar.evidence == (Evidence("app/outer.jar", layer="sha256:" + "d" * 64),)
    assert jar.properties == (
        ("aquasecurity:trivy:LayerDiffID", "sha256:" + "e" * 64),
        ("aquasecurity:trivy:PkgType", "jar"),
        ("cyclonedx:scope", "optional"),
    )
    method = {"method": "manifest-analysis", "confidence": 0.5, "text": "MANIFEST.MF"}
    assert inner.evidence == (
        Evidence("app/outer.jar", layer="sha256:" + "e" * 64, **method),  # type: ignore[arg-type]
        Evidence("srv/outer.jar", **method),  # type: ignore[arg-type]
    )
    assert bill.relations == (
        Relation("jar", "CONTAINS", "inner"),
        Relation("img", "DEPENDS_ON", "jar"),
        Relation("img", "DEPENDS_ON", "os"),
        Relation("jar", "DEPENDS_ON", "nowhere"),
    )
    assert [(c.about, c.aggregate, c.words, c.refs) for c in bill.completeness] == [
        ("image", "complete", "", ("img",)),
        ("maven", "incomplete", "incomplete_third_party_only", ("jar",)),
    ]
    assert bill.remarks == (Remark("jar", "looked at"),)
    assert {each.what: each.count for each in bill.lost} == {
        "annotations[].annotator": 1,
        "annotations[].timestamp": 1,
        "components[].components[].supplier.url[]": 1,
    }


@pytest.mark.parametrize("version", ["1.4", "1.5", "1.6", "1.7"])
def test_the_forms_of_cyclonedx_say_the_same(version: str) -> None:
    """The library keeps no compositions and annotations, and writes what a version has."""
    known = [each for each in FULL_CYCLONEDX["dependencies"] if each["ref"] != "jar"]
    document = {**FULL_CYCLONEDX, "specVersion": version, "dependencies": known}
    json_form, xml_form = read_bill(json_of(document)), read_bill(xml_of(document))
    assert xml_form.form == f"CycloneDX {version} (XML)"
    assert len(xml_form.elements) == 6
    assert comparable(xml_form) == comparable(json_form)
    assert xml_form.lost == json_form.lost


XML_ONLY = b"""<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" xmlns:own="urn:own" serialNumber="urn:uuid:x">
  <metadata><component type="container" bom-ref="img"><name>image</name></component></metadata>
  <own:extra><own:more/></own:extra>
  <dependencies>
    <dependency ref="img"><dependency ref="a"/><provides ref="b"/></dependency>
  </dependencies>
  <compositions>
    <composition><aggregate>incomplete</aggregate>
      <assemblies><assembly ref="img"/></assemblies></composition>
    <composition><aggregate>unknown</aggregate>
      <dependencies><dependency ref="a"/></dependencies></composition>
  </compositions>
  <annotations><annotation bom-ref="n">
    <subjects><subject ref="img"/></subjects>
    <annotator><organization><name>Makers</name></organization></annotator>
    <timestamp>2024-01-02T03:04:05Z</timestamp><text>looked
at</text>
  </annotation></annotations>
</bom>"""


def test_parts_of_xml_that_the_library_does_not_write() -> None:
    bill = read_bill(XML_ONLY)
    assert bill.relations == (
        Relation("img", "DEPENDS_ON", "a"),
        Relation("img", "OTHER", "b", "provides"),
    )
    assert [(c.about, c.aggregate, c.words, c.refs) for c in bill.completeness] == [
        ("image", "incomplete", "", ("img",)),
        ("", "unknown", "of dependencies", ("a",)),
    ]
    assert bill.remarks == (Remark("img", "looked\nat"),)
    assert {each.what: each.count for each in bill.lost} == {
        "annotations[].annotator": 1,
        "annotations[].timestamp": 1,
        "elements of other namespaces": 1,
    }


def test_oldest_cyclonedx() -> None:
    """1.0 and 1.1 are XML only."""
    old = b'<bom xmlns="http://cyclonedx.org/schema/bom/1.0"><components><component type="library">'
    old += b"<name>acme</name><version>1</version><modified>false</modified></component>"
    bill = read_bill(old + b"</components></bom>")
    assert (bill.form, [e.name for e in bill.elements]) == ("CycloneDX 1.0 (XML)", ["acme"])
    assert bill.lost == ()
