"""Documents made to harm: refused or read, never a crash, and told what is not read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.bills.read import NotABill, NotRead, read_bill
from analyzer.errors import LimitExceeded
from analyzer.limits import Limits
from tests.bills.fulldocuments import FULL_CYCLONEDX, FULL_SPDX
from tests.fuzz.bills import texts_in

NAMES = ["SPDX", "CycloneDX"]
DOCUMENTS = dict(zip(NAMES, [FULL_SPDX, FULL_CYCLONEDX], strict=True))
BOMB = "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
).encode()


REFUSED: dict[str, tuple[bytes, type[Exception], str]] = {
    "not at all": (b"no bill", NotABill, "neither JSON nor XML"),
    "nothing": (b"", NotABill, "neither JSON nor XML"),
    "an array": (b"[]", NotABill, "neither JSON nor XML"),
    "an image index": (b'{"schemaVersion": 2}', NotABill, "neither SPDX of version 2 nor"),
    "cut off": (b'{"bomFormat": "CycloneDX"', NotABill, "not JSON"),
    "NaN": (b'{"bomFormat": NaN}', NotABill, "no JSON number"),
    "nested JSON": (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", NotABill, "nested too deep"),
    "SPDX 3": (
        b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}',
        NotRead,
        "SPDX 3",
    ),
    "SPDX of another version": (b'{"spdxVersion": "SPDX-2.9"}', NotRead, "SPDX-2.9"),
    "SPDX 1": (b"SPDXVersion: SPDX-1.2\n", NotRead, "SPDX-1.2"),
    "CycloneDX of another version": (
        b'{"bomFormat": "CycloneDX", "specVersion": "2.0"}',
        NotRead,
        "CycloneDX '2.0'",
    ),
    "document type": (
        b'<!DOCTYPE bom [<!ENTITY a "b">]><bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
        NotABill,
        "document type",
    ),
    "another root": (b'<a xmlns="http://cyclonedx.org/schema/bom/1.4"/>', NotABill, "not Cyc"),
    "no namespace": (b"<bom/>", NotABill, "not CycloneDX"),
    "XML cut off": (b'<bom xmlns="http://cyclonedx.org/schema/bom/1.4">', NotABill, "not XML"),
    "YAML with aliases": (b"a: &a [x]\n" + BOMB + b"spdxVersion: SPDX-2.3\n", NotABill, "anchors"),
    "YAML with an anchor": (b"spdxVersion: &a SPDX-2.3\n", NotABill, "anchors"),
    "YAML with tags": (b"spdxVersion: !!python/name:os.system x\n", NotABill, "tags"),
    "YAML twice": (b"spdxVersion: SPDX-2.3\n---\na: b\n", NotABill, "several"),
    "YAML with a member twice": (b"spdxVersion: SPDX-2.3\nname: a\nname: b\n", NotABill, "twice"),
    "YAML with odd keys": (b"spdxVersion: SPDX-2.3\n? [a]\n: b\n", NotABill, "key"),
    "YAML of nothing": (b"spdxVersion: SPDX-2.3\n\0", NotABill, "not YAML"),
    "YAML of odd bytes": (b"spdxVersion: SPDX-2.3\nname: \x80\n", NotABill, "not YAML"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_words(name: str) -> None:
    data, kind, words = REFUSED[name]
    with pytest.raises(kind, match=words) as caught:
        read_bill(data)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def nested(depth: int) -> bytes:
    inner: dict[str, Any] = {"type": "library", "name": "deep"}
    for _ in range(depth - 1):
        inner = {"type": "library", "components": [inner]}
    return json.dumps({"bomFormat": "CycloneDX", "components": [inner]}).encode()


SMALL = Limits(sbom_bytes=1000, sbom_values=20, sbom_depth=5, sbom_yaml_bytes=100)
OVER: dict[str, tuple[bytes, str]] = {
    "bytes": (b'{"bomFormat": "CycloneDX"}' + b" " * 1000, "sbom_bytes"),
    "values of JSON": (b'{"bomFormat": "CycloneDX", "a": [' + b"1," * 20 + b"1]}", "sbom_values"),
    "components in components": (nested(6), "sbom_depth"),
    "elements of XML": (
        b'<bom xmlns="http://cyclonedx.org/schema/bom/1.4">' + b"<a/>" * 21 + b"</bom>",
        "sbom_values",
    ),
    "attributes of XML": (
        b'<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><a '
        + b" ".join(b'a%d=""' % n for n in range(21))
        + b"/></bom>",
        "sbom_values",
    ),
    "depth of XML": (
        b'<bom xmlns="http://cyclonedx.org/schema/bom/1.4">' + b"<a>" * 6 + b"</a>" * 6 + b"</bom>",
        "sbom_depth",
    ),
    "tags": (b"SPDXVersion: SPDX-2.3\n" + b"Creator: Tool: a\n" * 21, "sbom_values"),
    "YAML": (b"spdxVersion: SPDX-2.3\nname: " + b"a" * 100, "sbom_yaml_bytes"),
    "values of YAML": (b"spdxVersion: SPDX-2.3\na: [" + b"1," * 21 + b"1]", "sbom_values"),
    "depth of YAML": (b"spdxVersion: SPDX-2.3\na: " + b"[" * 6 + b"]" * 6, "sbom_depth"),
}


@pytest.mark.parametrize("name", OVER)
def test_limits(name: str) -> None:
    data, limit = OVER[name]
    with pytest.raises(LimitExceeded, match=limit):
        read_bill(data, SMALL)


def test_a_payload_has_the_limits_of_a_document() -> None:
    with pytest.raises(LimitExceeded, match="sbom_values"):
        read_bill(json.dumps({"Data": '{"a": [' + "[]," * 30 + "1]}"}).encode(), SMALL)


def test_members_that_repeat_are_told() -> None:
    bill = read_bill(b'{"bomFormat": "CycloneDX", "serialNumber": "a", "serialNumber": "b"}')
    assert bill.identifier == "b"
    assert [(each.what, each.count) for each in bill.lost] == [("serialNumber (stated again)", 1)]


def test_repeated_refs_and_dangling_relations_stay() -> None:
    package = {"SPDXID": "SPDXRef-a", "name": "a"}
    bill = read_bill(
        json.dumps(
            {
                "spdxVersion": "SPDX-2.3",
                "packages": [package, package, {"name": "b"}],
                "relationships": [
                    {
                        "spdxElementId": "SPDXRef-a",
                        "relationshipType": "DEPENDS_ON",
                        "relatedSpdxElement": "SPDXRef-nowhere",
                    }
                ]
                * 2,
            }
        ).encode()
    )
    assert [each.ref for each in bill.elements] == ["SPDXRef-a", "SPDXRef-a", ""]
    assert [each.other for each in bill.relations] == ["SPDXRef-nowhere"] * 2


def test_made_up_members_are_counted_up_to_a_point() -> None:
    members = {f"member{n}": n + 1 for n in range(3000)}
    bill = read_bill(json.dumps({"bomFormat": "CycloneDX", **members}).encode())
    assert len(bill.lost) == 1001
    assert sum(each.count for each in bill.lost) == 3000


def test_texts_can_be_printed() -> None:
    nasty = "\x1b[31m\x00\ud800\u202e</text>]]>\n\ttail"
    for document in (FULL_SPDX, FULL_CYCLONEDX):
        text = json.dumps(document)
        for word in ("Two\\nlines", "Two lines", "libc6", "outer", "looked at", "example.org"):
            text = text.replace(word, json.dumps(nasty)[1:-1])
        bill = read_bill(text.encode())
        assert all(t.replace("\n", "").replace("\t", "").isprintable() for t in texts_in(bill))


def test_long_texts_take_no_long_time() -> None:
    """Each would take minutes if it were looked through more than once."""
    long = 1_000_000
    texts = ["-1" * long + " x", "(" * long + ")", "a " * long + "(", " " * long + "x", "@(" * long]
    for text in texts:
        document = {
            "spdxVersion": "SPDX-2.3",
            "creationInfo": {"creators": [f"Tool: {text}", f"Person: {text}"]},
            "packages": [{"name": text, "supplier": f"Organization: {text}"}],
        }
        assert read_bill(json.dumps(document).encode()).elements
        assert read_bill(f"SPDXVersion: SPDX-2.3\nPackageName: {text}\n".encode()).elements


WRONG: list[Any] = [None, True, 3, -1.5, 1e308, "", "x", [], ["x"], [[]], [None], {}, {"a": "b"}]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    """The way to every value in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found: list[tuple[Any, ...]] = []
    for key, item in inner:
        found.append((*path, key))
        if isinstance(item, dict | list):
            found += places(item, (*path, key))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_wrong_types_everywhere(name: str) -> None:
    """Each value of a document replaced by each of another type."""
    raw = json.dumps(DOCUMENTS[name])
    for path in places(DOCUMENTS[name]):
        for wrong in WRONG:
            document = json.loads(raw)
            holder = document
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = wrong
            try:
                read_bill(json.dumps(document).encode())
            except NotABill:
                assert path in {("bomFormat",), ("specVersion",), ("spdxVersion",)}


@given(st.binary(max_size=300), st.sampled_from(NAMES), st.integers(0, 10_000))
@settings(deadline=None, max_examples=200)
def test_bytes_in_the_middle(data: bytes, name: str, place: int) -> None:
    raw = json.dumps(DOCUMENTS[name]).encode()
    place %= len(raw)
    try:
        bill = read_bill(raw[:place] + data + raw[place + len(data) :])
    except (NotABill, LimitExceeded):
        return
    assert all(t.replace("\n", "").replace("\t", "").isprintable() for t in texts_in(bill))
