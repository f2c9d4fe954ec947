"""Texts hostile to tag-value stay in their field, by the parser of spdx-tools."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.parser.tagvalue.lexer import SPDXLexer

from analyzer.bills.model import Bill, Element, Evidence, Party, Reference, Relation, Remark
from analyzer.sbom.spdx import spdx_json, spdx_tag_value
from tests.sbom.bills import CREATED, TOOL, sums
from tests.sbom.spdxrules import complaints, parse_tag_value, read_json, schema

HOSTILE = {
    "an end marker": "a</text>b",
    "an end marker and a tag": "a</text>\nPackageName: evil\nSPDXID: SPDXRef-evil",
    "a begin marker": "<text>never ended",
    "a begin marker inside": "a <text>b",
    "markers with backslashes": "<text\\></text\\></text>",
    "a line that looks like a tag": "x\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-evil",
    "carriage returns": "x\rPackageName: evil\r\nSPDXID: SPDXRef-evil",
    "other ends of lines": "x\x0bPackageName: a\x85PackageName: b\u2028PackageName: c\x1c",
    "a word of the format": "PackageName",
    "nothing asserted": "NOASSERTION",
    "a tool": "Tool: x",
    "a person": "Person: x (y)",
    "a checksum": "SHA1: 00",
    "a date": "2024-01-02T03:04:05Z",
    "a date and more": "2024-01-02T03:04:05Z-rc1",
    "a comment": "# x",
    "blanks around it": "  x\t\n\n",
    "only blanks": " \t\n ",
    "bytes that are no text": "caf\udce9 \x00\x1b[2J",
    "quotation marks": '"x"',
    "a namespace": "DocumentNamespace: ",
    "parentheses": "a (b) (c)",
}


def bill_of(text: str) -> Bill:
    """A bill that says `text` wherever a bill has room for it."""
    party = Party(text, text)
    element = Element(
        ref=text,
        kind="library",
        name=text,
        version=text,
        namespace=text,
        purl=text,
        purl_comment=text,
        digests=(text, *sums(b"", "sha256")),
        supplier=party,
        originator=replace(party, kind="person"),
        licence=text,
        licence_concluded=f"MIT AND {text}",
        licences_found=(text, "x"),
        copyright=text,
        cpes=(text,),
        homepage=text,
        download=text,
        summary=text,
        description=text,
        comment=text,
        origin=text,
        evidence=(Evidence(text, text, text, text, 0.5, text, text),),
        references=(
            Reference(text, text, text, text),
            Reference("OTHER", "x", "y", text),
            Reference("OTHER", "x", text, text),
        ),
        properties=((text, text),),
    )
    file = replace(element, ref="file", kind="file", digests=sums(b"", "sha1"))
    root = Element("root", "image", "root")
    return Bill(
        name=text,
        subjects=("root",),
        elements=(root, element, file),
        relations=(
            Relation("root", "DEPENDS_ON", text, text),
            Relation("root", "CONTAINS", "file"),
            Relation("root", text, text, text),
        ),
        created=CREATED,
        creators=(TOOL, party, replace(party, kind="tool")),
        comment=text,
        licence_texts=((f"LicenseRef-{text}", text),),
        remarks=(Remark("root", text), Remark(text, text)),
        lifecycle=text,
    )


def check(text: str, version: str = "2.3") -> Document:
    """What the text became, after everything that must hold whatever it is."""
    bill = bill_of(text)
    one = read_json(bill, version)
    data = spdx_tag_value(bill, version).decode()
    other = parse_tag_value(data)
    assert complaints(one) == complaints(other) == []
    assert _skeleton(one) == _skeleton(other)
    for line in data.splitlines():
        assert line.isprintable() or "\t" in line
    return other


def _skeleton(document: Document) -> object:
    """Everything but free texts: what would change if a text could break out of its field."""
    return (
        [(p.spdx_id, len(p.external_references), p.checksums) for p in document.packages],
        [(p.license_concluded, p.license_declared) for p in document.packages],
        [(f.spdx_id, f.checksums) for f in document.files],
        sorted(
            (r.spdx_element_id, r.relationship_type.name, str(r.related_spdx_element_id))
            for r in document.relationships
        ),
        sorted((a.spdx_id, a.annotation_date) for a in document.annotations),
        [info.license_id for info in document.extracted_licensing_info],
        len(document.creation_info.creators),
    )


@pytest.mark.parametrize("version", ["2.3", "2.2"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts(text: str, version: str) -> None:
    check(text, version)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_fit_the_schema(text: str) -> None:
    import json

    document = json.loads(spdx_json(bill_of(text)))
    schema("2.3").validate(document)
    json.dumps(document, ensure_ascii=False).encode()  # raises for a lone surrogate


@pytest.mark.parametrize("word", sorted(SPDXLexer.reserved))
def test_every_word_of_the_format_can_be_a_name(word: str) -> None:
    """As a text it is there as it was; as a name it has quotation marks, and a comment says so."""
    full = bill_of(word)
    alone = tuple(replace(each, namespace="") for each in full.elements)
    document = parse_tag_value(spdx_tag_value(replace(full, elements=alone)).decode())
    (package,) = (each for each in document.packages if each.name.strip('"') == word)
    assert (package.name, package.version) == (f'"{word}"', f'"{word}"')
    assert package.summary == package.description == word
    assert "quotation marks" in str(package.comment)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(
        st.one_of(
            st.characters(exclude_categories=()),
            st.sampled_from(list("<>/text\\: \n\r#()")),
        ),
        max_size=40,
    )
    | st.lists(st.sampled_from(list(HOSTILE.values())), max_size=3).map("".join)
)
def test_any_text(text: str) -> None:
    """No text in any place makes another document."""
    check(text)


@given(st.text(st.sampled_from(list("ab<>/text\\ \n"))).filter(str.strip))
def test_markers_can_be_taken_back(text: str) -> None:
    """One backslash less, and the summary is what it was."""
    element = Element("a", "package", "a", summary=text)
    bill = Bill("x", ("a",), (element,), created=CREATED)
    (package,) = parse_tag_value(spdx_tag_value(bill).decode()).packages
    assert re.sub(r"(</?text\\*)\\>", r"\1>", str(package.summary)) == text.strip()
