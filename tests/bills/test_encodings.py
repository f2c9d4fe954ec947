"""Documents in UTF-16: XML may be, and means what it does in UTF-8; all else is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer.bills.read import NotABill, NotRead, looks_like_bill, read_bill
from tests.bills.fulldocuments import FULL_CYCLONEDX
from tests.bills.test_cyclonedx_forms import XML_ONLY
from tests.bills.test_sniffing import SPDX, TAGS
from tests.cli.harness import call
from tests.cli.test_documents_piped import piped

DOCUMENT = XML_ONLY.decode()
MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
YAML = b"SPDXID: SPDXRef-DOCUMENT\nspdxVersion: SPDX-2.3\n"
"""XML 1.0, 4.3.3 and appendix F: what is in UTF-16 begins with one of these."""


def wide(text: str, encoding: str) -> bytes:
    return MARKS[encoding] + text.encode(encoding)


def declared(text: str) -> str:
    """With the declaration that an editor writes which saves it in UTF-16."""
    return '<?xml version="1.0" encoding="UTF-16"?>\n' + text.partition("?>")[2].lstrip()


@pytest.mark.parametrize("encoding", MARKS)
def test_xml_in_utf_16_is_what_it_is_in_utf_8(encoding: str) -> None:
    data = wide(declared(DOCUMENT), encoding)
    assert looks_like_bill(data[: 64 << 10])
    assert read_bill(data) == read_bill(DOCUMENT.encode())


def test_xml_that_declares_another_encoding_than_its_mark_is_refused() -> None:
    text = '<?xml version="1.0" encoding="UTF-8"?>' + declared(DOCUMENT).partition("?>")[2]
    with pytest.raises(NotABill, match="not XML that can be read: encoding"):
        read_bill(wide(text, "utf-16-le"))


def test_rdf_in_utf_16_is_told_from_other_xml() -> None:
    with pytest.raises(NotRead, match="RDF"):
        read_bill(wide('<rdf:RDF xmlns="http://spdx.org/rdf/terms#"/>', "utf-16-be"))


@pytest.mark.parametrize("encoding", MARKS)
@pytest.mark.parametrize(
    ("text", "words"), [(SPDX, "JSON .*RFC 8259"), (TAGS, "all but XML"), (YAML, "all but XML")]
)
def test_what_is_no_xml_is_refused_by_the_name_of_its_encoding(
    text: bytes, words: str, encoding: str
) -> None:
    """RFC 8259, 8.1: JSON that systems exchange must be UTF-8."""
    data = wide(text.decode(), encoding)
    assert looks_like_bill(data)
    with pytest.raises(NotABill, match=f"UTF-16.*{words}.*iconv"):
        read_bill(data)


@pytest.mark.parametrize(
    "data", [b"\xff\xfe", b"\xfe\xff\0", b"\xff\xfe\0\0<\0\0\0", b"\xfe\xff" * 9]
)
def test_marks_alone_are_no_document(data: bytes) -> None:
    assert not looks_like_bill(data)
    with pytest.raises(NotABill):
        read_bill(data)


@pytest.mark.parametrize("encoding", MARKS)
def test_commands_read_xml_in_utf_16(encoding: str, tmp_path: Path) -> None:
    plain, other = tmp_path / "plain.xml", tmp_path / "wide.xml"
    plain.write_bytes(DOCUMENT.encode())
    other.write_bytes(wide(declared(DOCUMENT), encoding))
    said = [
        call("check", path, "-o", "json").json["documents"][0]["checks"] for path in (plain, other)
    ]
    assert said[0] == said[1]
    assert piped(other.read_bytes(), "check", "-").text.count("CycloneDX") >= 1
    answer = call("diff", plain, other, "--exit-code")
    assert answer.code == 0, answer.text


def test_commands_name_the_encoding_of_json(tmp_path: Path) -> None:
    file = tmp_path / "wide.json"
    file.write_bytes(wide(json.dumps(FULL_CYCLONEDX), "utf-16-le"))
    for words in (("check", file), ("diff", file, file), ("sbom", file)):
        answer = call(*words)
        assert answer.code == 2
        assert "in UTF-16, by its byte-order mark; JSON is read in UTF-8 only" in answer.err
    assert "JSON is read in UTF-8 only" in piped(file.read_bytes(), "check", "-").err
