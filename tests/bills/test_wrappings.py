"""Documents inside of statements, envelopes and predicates."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from analyzer.bills.model import Bound
from analyzer.bills.read import NotABill, looks_like_bill, read_bill

BOM: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "components": [{"type": "library", "name": "musl", "version": "1.2.3"}],
}
MUSL = {"name": "musl", "versionInfo": "1.2.3"}
TAGS = "SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nPackageName: musl\nPackageVersion: 1.2.3\n"
SUBJECT = {"name": "pkg:docker/a@1?platform=linux%2Farm64", "digest": {"sha256": "a" * 64}}
BOUND = Bound("pkg:docker/a@1?platform=linux%2Farm64", ("sha256:" + "a" * 64,))


def statement(predicate: object, kind: str = "https://cyclonedx.org/bom") -> dict[str, Any]:
    return {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": kind,
        "subject": [SUBJECT],
        "predicate": predicate,
    }


def envelope(payload: bytes) -> dict[str, Any]:
    return {
        "payloadType": "application/vnd.in-toto+json",
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": "", "sig": "QUJD"}],
    }


def raw(value: object) -> bytes:
    return json.dumps(value).encode()


BUNDLE = {
    "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "verificationMaterial": {},
    "dsseEnvelope": envelope(raw(statement(BOM))),
}
WRAPPED: dict[str, tuple[object, bool]] = {
    "statement v0.1": (statement(BOM), True),
    "statement v1": ({**statement(BOM), "_type": "https://in-toto.io/Statement/v1"}, True),
    "envelope": (envelope(raw(statement(BOM))), True),
    "envelope of cosign": (envelope(raw(statement({"Data": json.dumps(BOM)}))), True),
    "statement of text": (statement(TAGS, "https://spdx.dev/Document"), True),
    "predicate of cosign": ({"Data": TAGS, "Timestamp": "2024-01-01T00:00:00Z"}, False),
    "predicate of cosign, object": (statement({"Data": BOM, "Timestamp": "x"}), True),
    "bundle of Sigstore": (BUNDLE, True),
    "buildx imagetools": ({"SPDX": {"spdxVersion": "SPDX-2.3", "packages": [MUSL]}}, False),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_what_is_inside_is_read(name: str) -> None:
    document, is_bound = WRAPPED[name]
    data = raw(document)
    assert looks_like_bill(data)
    bill = read_bill(data)
    assert [(each.name, each.version) for each in bill.elements] == [("musl", "1.2.3")]
    assert bill.bound == ((BOUND,) if is_bound else ())


def test_either_alphabet_of_base64_is_read() -> None:
    """DSSE asks for it."""
    text = base64.urlsafe_b64encode(raw(statement({**BOM, "x": "\u00ff\u00fe??>>"}))).decode()
    assert read_bill(raw({**envelope(b""), "payload": text})).elements


REFUSED: dict[str, tuple[object, str]] = {
    "provenance": (
        statement({"buildDefinition": {}}, "https://slsa.dev/provenance/v1"),
        "statement of type https://slsa.dev/provenance/v1: neither SPDX",
    ),
    "no predicate": (statement(None), "without a document"),
    "another payload": ({**envelope(b"{}"), "payloadType": "text/plain"}, "text/plain"),
    "no base64": ({**envelope(b""), "payload": "%%%"}, "base64"),
    "payload of a number": ({**envelope(b""), "payload": 3}, "without a payload"),
    "payload is no JSON": (envelope(b"{"), "not JSON"),
    "empty": (envelope(b""), "neither JSON"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_bill_inside_is_refused(name: str) -> None:
    document, words = REFUSED[name]
    assert not looks_like_bill(raw(document))
    with pytest.raises(NotABill, match=words):
        read_bill(raw(document))


def test_wrapped_without_end() -> None:
    data = raw(BOM)
    for _ in range(6):
        data = raw({"Data": data.decode()})
    with pytest.raises(NotABill, match="more than 5 times"):
        read_bill(data)


def test_subjects_of_any_kind() -> None:
    document = {**statement(BOM), "subject": [3, {"name": 4, "digest": {"sha1": "b", "x": 5}}]}
    assert read_bill(raw(document)).bound == (Bound("", ()), Bound("", ("sha1:b",)))
