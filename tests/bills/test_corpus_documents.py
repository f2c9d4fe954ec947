"""Every document of the corpus, counted apart from our reader: with json, expat and lines."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from analyzer.bills.model import Bill
from analyzer.bills.read import NotABill, NotRead, looks_like_bill, read_bill
from tests.support.tools import ROOT, shared

CORPUS = ROOT.parent / "shared" / "corpus"
FOLDERS = ("sbom", "layouts/chainguard-dev-apko")


def documents() -> list[Path]:
    found = [path for folder in FOLDERS for path in sorted((CORPUS / folder).rglob("*"))]
    return [p for p in found if p.is_file() and ("sbom/" in str(p) or ".spdx" in p.name)]


def loaded(path: Path) -> Any:  # noqa: ANN401
    """The JSON object in a file; None where it is something else."""
    try:
        value = json.loads(path.read_bytes())
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


SPDX = [p for p in documents() if "SPDXID" in (loaded(p) or {})]
CYCLONEDX = [p for p in documents() if (loaded(p) or {}).get("bomFormat") == "CycloneDX"]
OTHERS = [p for p in documents() if p not in {*SPDX, *CYCLONEDX}]


def name(path: Path) -> str:
    return str(path.relative_to(CORPUS))


def components(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for component in value.get("components", []):
        yield component
        yield from components(component)


def test_the_corpus_is_what_it_was() -> None:
    shared("corpus", "sbom")
    assert len(SPDX) >= 29
    assert len(CYCLONEDX) >= 17


@pytest.mark.parametrize("path", SPDX, ids=name)
def test_spdx_as_json(path: Path) -> None:
    value = loaded(path)
    bill = read_bill(path.read_bytes())
    entries = [*value.get("packages", []), *value.get("files", [])]
    assert [each.ref for each in bill.elements] == [entry["SPDXID"] for entry in entries]
    assert [each.name for each in bill.elements] == [
        entry.get("name", entry.get("fileName")) for entry in entries
    ]
    assert [each.version for each in bill.elements] == [e.get("versionInfo", "") for e in entries]
    assert bill.identifier == value["documentNamespace"]
    assert bill.created == value["creationInfo"]["created"]
    assert len(bill.creators) == len(value["creationInfo"]["creators"])
    _same_statements(bill, value, entries)


def _same_statements(bill: Bill, value: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    """Purls, checksums and relationships, however they are written."""
    refs = [ref for entry in entries for ref in entry.get("externalRefs", [])]
    locators = Counter(ref["referenceLocator"] for ref in refs)
    read = Counter(each.purl for each in bill.elements if each.purl)
    read.update(cpe for each in bill.elements for cpe in each.cpes)
    read.update(ref.locator for each in bill.elements for ref in each.references)
    assert read == locators
    sums = sorted(c["checksumValue"] for entry in entries for c in entry.get("checksums", []))
    assert sorted(d.partition(":")[2] for e in bill.elements for d in e.digests) == sums
    stated = {
        frozenset({r["spdxElementId"], r["relatedSpdxElement"]})
        for r in value.get("relationships", [])
    }
    stated |= {frozenset({e["SPDXID"], ref}) for e in entries for ref in e.get("hasFiles", [])}
    about = {"SPDXRef-DOCUMENT"}
    ours = {frozenset({each.one, each.other}) for each in bill.relations}
    ours |= {frozenset({"SPDXRef-DOCUMENT", ref}) for ref in bill.subjects}
    described = {frozenset({*about, ref}) for ref in value.get("documentDescribes", [])}
    assert ours == stated | described


@pytest.mark.parametrize("path", CYCLONEDX, ids=name)
def test_cyclonedx_as_json(path: Path) -> None:
    value = loaded(path)
    bill = read_bill(path.read_bytes())
    about = value.get("metadata", {}).get("component")
    entries = [*([about] if about else []), *components(about or {}), *components(value)]
    assert [each.name for each in bill.elements] == [entry["name"] for entry in entries]
    assert [each.ref for each in bill.elements] == [entry.get("bom-ref", "") for entry in entries]
    assert [each.purl for each in bill.elements] == [entry.get("purl", "") for entry in entries]
    sums = sorted(h["content"] for entry in entries for h in entry.get("hashes", []))
    assert sorted(d.partition(":")[2] for e in bill.elements for d in e.digests) == sums
    needs = sorted(
        (entry["ref"], other)
        for entry in value.get("dependencies", [])
        for other in entry.get("dependsOn", [])
    )
    ours = [(r.one, r.other) for r in bill.relations if r.kind == "DEPENDS_ON"]
    assert sorted(ours) == needs
    lost = {each.what: each.count for each in bill.lost}
    assert lost.get("vulnerabilities[]", 0) == len(value.get("vulnerabilities", []))


@pytest.mark.parametrize("path", OTHERS, ids=name)
def test_other_files(path: Path) -> None:
    """The other forms have as many packages as lines or elements say; the rest is refused."""
    data = path.read_bytes()
    if path.suffix == ".xml":
        space = "{http://cyclonedx.org/schema/bom/1.4}"
        tree = ET.fromstring(data)  # noqa: S314  our own corpus
        found = [each.find(f"{space}name") for each in tree.iter(f"{space}component")]
        names = [each.text for each in found if each is not None]
        assert [each.name for each in read_bill(data).elements] == names
    elif path.name == "sbom.spdx":
        lines = re.findall(r"^PackageName: (.*)$", data.decode(), re.MULTILINE)
        assert [each.name for each in read_bill(data).elements] == lines
    elif path.suffix == ".yml":
        json_form = read_bill(path.with_suffix(".json").read_bytes())
        assert [e.name for e in read_bill(data).elements] == [e.name for e in json_form.elements]
    elif path.suffix == ".rdf":
        with pytest.raises(NotRead, match="RDF"):
            read_bill(data)
    else:
        with pytest.raises(NotABill):
            read_bill(data)


@pytest.mark.parametrize("path", documents(), ids=name)
def test_documents_are_told_from_other_files(path: Path) -> None:
    """Every one that can be read, and SPDX as RDF, which cannot; of one the end is cut off."""
    cut = path.name == "sbom-x86_64.spdx.json" and "base_image" in str(path)
    bill = path in {*SPDX, *CYCLONEDX} or path.suffix in {".rdf", ".xml", ".yml"} or cut
    assert looks_like_bill(path.read_bytes()) is (bill or path.name == "sbom.spdx")
